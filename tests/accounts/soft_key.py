"""A passkey in software: it makes and signs what a browser would send, right or with one thing wrong."""

import json
import os
from hashlib import sha256

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

HOST = "localhost"
ORIGIN = f"http://{HOST}"
FLAG = AuthenticatorData.FLAG


class SoftKey:
    """`host` is the site it was made for; `opened` says whether its holder showed a finger, a face or a PIN."""

    def __init__(self, host: str = HOST) -> None:
        self.host = host
        self.secret = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.holder = b""

    def create(self, options: dict, *, opened: bool = True) -> str:
        """The answer to creation options."""
        asked = options["publicKey"]
        self.holder = websafe_decode(asked["user"]["id"])
        public = ES256.from_cryptography_key(self.secret.public_key())
        made = AttestedCredentialData.create(b"\0" * 16, self.id, public)
        data = AuthenticatorData.create(self._site(), self._flags(opened) | FLAG.AT, 0, made)
        client = CollectedClientData.create("webauthn.create", asked["challenge"], f"http://{self.host}")
        response = {"attestationObject": AttestationObject.create("none", data, {}), "clientDataJSON": client}
        return self._answer(response, {"credProps": {"rk": True}})

    def get(self, options: dict, *, opened: bool = True, origin: str = ORIGIN, holder: bytes | None = None) -> str:
        """The answer to request options, signed."""
        client = CollectedClientData.create("webauthn.get", options["publicKey"]["challenge"], origin)
        data = AuthenticatorData.create(self._site(), self._flags(opened), 1)
        signature = self.secret.sign(data + client.hash, ec.ECDSA(SHA256()))
        response = {
            "authenticatorData": data,
            "clientDataJSON": client,
            "signature": signature,
            "userHandle": self.holder if holder is None else holder,
        }
        return self._answer(response, {})

    def _site(self) -> bytes:
        return sha256(self.host.encode()).digest()

    def _flags(self, opened: bool) -> int:
        return FLAG.UP | FLAG.UV if opened else FLAG.UP

    def _answer(self, response: dict, extensions: dict) -> str:
        name = websafe_encode(self.id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": {field: websafe_encode(bytes(value)) for field, value in response.items()},
                "clientExtensionResults": extensions,
                "authenticatorAttachment": "platform",
            }
        )


def key_of(person, key: SoftKey | None = None, name: str = "Điện thoại"):
    """Put a key on the account, as if it had been added in the portal."""
    key = key or SoftKey()
    holder = websafe_encode(user_pk_to_url_str(person).encode())
    made = json.loads(key.create({"publicKey": {"user": {"id": holder}, "challenge": websafe_encode(b"0" * 32)}}))
    return Authenticator.objects.create(user=person, type="webauthn", data={"name": name, "credential": made})
