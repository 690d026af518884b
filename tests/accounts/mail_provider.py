"""A provider of OpenID Connect on this machine: discovery, keys, and a token for each code, right or with one thing wrong."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET, DOMAIN = "school-portal", "a-secret-of-the-tests", "truonghoaban.edu.vn"


class Provider:
    """`people` are claims by code; `asked` what the token endpoint was sent."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signer = self.key
        self.algorithm = "RS256"
        self.is_away = False
        self.people: dict[str, dict] = {}
        self.asked: list[dict[str, str]] = []
        self.url = ""

    def token(self, code: str) -> str:
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300}
        secret = self.signer if self.algorithm == "RS256" else "x" * 32
        return jwt.encode(usual | self.people[code], secret, algorithm=self.algorithm, headers={"kid": "1"})

    def answer(self, path: str) -> dict:
        if path == "/.well-known/openid-configuration":
            paths = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            return {"issuer": self.url} | {name: f"{self.url}/{place}" for name, place in paths.items()}
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "1", "alg": "RS256"}]}

    @property
    def settings(self) -> dict:
        return {
            "provider_id": "oidc1",
            "name": "Thư của trường",
            "client_id": CLIENT,
            "secret": SECRET,
            "settings": {"server_url": self.url, "domain": DOMAIN},
        }


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(provider.answer(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            sent = {name: values[0] for name, values in parse_qs(body).items()}
            provider.asked.append(sent)
            known = sent.get("code") in provider.people and sent.get("client_secret") == SECRET
            self._say({"access_token": "a", "id_token": provider.token(sent["code"])} if known else {}, known)

        def _say(self, answer: dict, is_well: bool = True) -> None:
            self.send_response(200 if is_well and not provider.is_away else 503)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked_of(response) -> dict[str, str]:
    """What the browser is sent to the provider with."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response.url).query).items()}
