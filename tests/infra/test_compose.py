"""docker-compose.yml says what runs in production: each command in it must start, with the environment it gives."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from django.db import connection

from tests.support import drop_database, make_database, until

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
PORTAL = ["web", "worker", "beat", "signer", "migrate"]
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<rest>[^}]*))?\}")


def interpolate(text, values):
    def replace(match):
        fallback = match["rest"] if match["kind"] == "-" else None
        return values.get(match["name"]) or fallback or pytest.fail(f"{match[0]} has no value")

    return VARIABLE.sub(replace, str(text)).replace("$$", "$")


def all_texts(node):
    if isinstance(node, dict):
        return [text for value in node.values() for text in all_texts(value)]
    if isinstance(node, list):
        return [text for value in node for text in all_texts(value)]
    return [node] if isinstance(node, str) else []


VALUES = {match["name"]: f"x{match['name']}" for text in all_texts(COMPOSE) for match in VARIABLE.finditer(text)}
VALUES["SCHOOLOPS_ALLOWED_HOSTS"] = "school.example,www.school.example"
VALUES["SCHOOLOPS_CHECKPOINT_PUBLIC_KEY"] = "0f" * 32
VALUES["SCHOOLOPS_SECURITY_PROFILE"] = "nist"
VALUES["SCHOOLOPS_CHECKPOINT_EMAIL"] = "luutru@school.example"
VALUES["SCHOOLOPS_SMTP_URL"] = "smtp+tls://portal:secret%21@mail.school.example"


def command_of(service):
    return shlex.split(interpolate(SERVICES[service]["command"], VALUES))


@pytest.fixture
def environment(tmp_path, django_db_setup):
    """What the service would see, with the addresses of this run's private servers."""

    def build(service, redis_database):
        given = {name: interpolate(value, VALUES) for name, value in SERVICES[service]["environment"].items()}
        here = {
            "SCHOOLOPS_DB_HOST": os.environ["SCHOOLOPS_DB_HOST"],
            "SCHOOLOPS_DB_NAME": connection.settings_dict["NAME"],
            "SCHOOLOPS_BROKER_URL": re.sub(r"/\d+$", f"/{redis_database}", os.environ["SCHOOLOPS_TEST_REDIS_URL"]),
            "SCHOOLOPS_DATA_DIR": str(tmp_path),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
        }
        assert set(here) - {"PATH", "HOME"} <= set(given)
        return given | here

    return build


def run(command, env, cwd=ROOT, timeout=60):
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout, check=False)


@contextmanager
def started(command, env, log, announced):
    """The command at work: entered when it has said so, ended with SIGTERM, and its exit status must be 0."""
    deadline = time.monotonic() + 40
    with log.open("w") as stdout, subprocess.Popen(command, cwd=ROOT, env=env, stdout=stdout, stderr=stdout) as process:
        try:
            while announced not in log.read_text() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            assert announced in log.read_text(), log.read_text()
            yield
            process.terminate()
            assert process.wait(timeout=20) == 0, log.read_text()
        finally:
            process.kill()


def test_every_reference_has_its_definition():
    for name, service in SERVICES.items():
        assert service.get("image"), name
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        for volume in service.get("volumes", []):
            source, target, *_mode = interpolate(volume, VALUES).split(":")
            assert target.startswith("/"), volume
            if source.startswith("./"):
                assert (ROOT / source).is_file(), volume
            else:
                assert source in COMPOSE["volumes"] or "${" in volume, volume


def test_dependency_conditions_can_come_true():
    for service in SERVICES.values():
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[needed], needed
            else:
                assert SERVICES[needed]["restart"] == "no", needed


def test_no_secret_has_a_default_and_none_is_written_down():
    for text in all_texts(COMPOSE):
        for match in VARIABLE.finditer(text):
            if re.search(r"PASSWORD|SECRET|HOSTS|TLS", match["name"]):
                assert match["kind"] == "?", text
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET", key):
                assert VARIABLE.fullmatch(value), f"{name}: {key}"


def test_only_the_proxy_is_reached_from_outside():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert "back" not in SERVICES["proxy"]["networks"]
    assert COMPOSE["networks"]["back"]["internal"]


def test_proxy_headers_are_set_in_one_place():
    config = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    indents = {len(line) - len(line.lstrip()) for line in config.splitlines() if "proxy_set_header X" in line}
    assert indents == {4}, "inside a location it would undo the others: a visitor could then choose their own address"


def test_only_migrations_run_as_the_owner_of_the_tables():
    users = {name: SERVICES[name]["environment"]["SCHOOLOPS_DB_USER"] for name in PORTAL}
    others = {"migrate": "schoolops_owner", "signer": "schoolops_signer"}
    assert users == dict.fromkeys(PORTAL, "schoolops_app") | others


def test_only_the_signer_has_the_key_and_it_has_no_files():
    for name, service in SERVICES.items():
        texts = " ".join(all_texts({"environment": service.get("environment"), "volumes": service.get("volumes")}))
        assert ("SIGNING" in texts) == (name == "signer"), name
    assert not any("files" in volume for volume in SERVICES["signer"]["volumes"])


def test_redis_never_evicts():
    command = command_of("redis")
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_web_starts_is_healthy_and_stops(environment, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command, env = command_of("web"), environment("web", 9)
    command[command.index("--bind") + 1] = f"127.0.0.1:{port}"
    with started([*command, "--log-level", "info"], env, tmp_path / "log", announced="Booting worker"):
        # The first answer waits for the imports; the engine, too, asks as often as the file says.
        for _ in range(SERVICES["web"]["healthcheck"]["retries"]):
            result = run([*SERVICES["web"]["healthcheck"]["test"][1:], port], env)
            if result.returncode == 0:
                break
        assert result.returncode == 0, result.stderr


def test_web_is_unhealthy_when_nothing_answers(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        result = run([*SERVICES["web"]["healthcheck"]["test"][1:], str(taken.getsockname()[1])], environment("web", 9))
    assert result.returncode != 0


@pytest.mark.parametrize(
    "name", ["SCHOOLOPS_SECRET_KEY", "SCHOOLOPS_ALLOWED_HOSTS", "SCHOOLOPS_DB_HOST", "SCHOOLOPS_BROKER_URL"]
)
def test_web_refuses_to_start_without_and_says_what_is_missing(environment, name):
    env = {key: value for key, value in environment("web", 9).items() if key != name}
    result = run([*command_of("web"), "--check-config"], env)
    assert result.returncode != 0
    assert name in result.stderr


def test_worker_starts_and_stops(environment, tmp_path):
    command = [*command_of("worker"), "--loglevel", "INFO", "--hostname", "compose@localhost"]
    with started(command, environment("worker", 8), tmp_path / "log", announced="ready."):
        pass


def test_beat_starts_and_stops(environment, tmp_path):
    command = command_of("beat")
    command[command.index("--schedule") + 1] = str(tmp_path / "beat-schedule")
    command += ["--loglevel", "INFO"]
    with started(command, environment("beat", 9), tmp_path / "log", announced="beat: Starting..."):
        until(lambda: list(tmp_path.glob("beat-schedule*")))


@pytest.fixture
def signing(environment, tmp_path, worker_name):
    """The signer's environment, with a key of its own and a database in which what it writes does not stay."""
    name = f"schoolops_compose_{worker_name}"
    make_database(name)
    env = environment("signer", 9) | {
        "SCHOOLOPS_DB_NAME": name,
        "SCHOOLOPS_SIGNING_KEY_FILE": str(tmp_path / "key"),
        "SCHOOLOPS_CHECKPOINT_DIR": str(tmp_path),
    }
    yield env
    drop_database(name)


def test_signer_starts_and_stops(signing, tmp_path):
    made = run([sys.executable, "manage.py", "make_signing_key", str(tmp_path / "key")], signing)
    assert re.fullmatch(r"[0-9a-f]{64}\n", made.stdout), made.stderr
    announced = f"signing with {made.stdout.strip()}, places: 2"
    with started(command_of("signer"), signing, tmp_path / "log", announced=announced):
        pass


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SCHOOLOPS_SIGNING_KEY_FILE": "/nowhere"}, "/nowhere cannot be read"),
        ({"SCHOOLOPS_SMTP_URL": ""}, "SCHOOLOPS_SMTP_URL is not set"),
        ({"SCHOOLOPS_SMTP_URL": "mail.school.example"}, "SCHOOLOPS_SMTP_URL must be"),
        ({"SCHOOLOPS_CHECKPOINT_PUBLIC_KEY": "abc"}, "SCHOOLOPS_CHECKPOINT_PUBLIC_KEY must hold"),
    ],
)
def test_signer_refuses_to_start_without_and_says_what_is_missing(signing, change, said):
    result = run(command_of("signer"), signing | change)
    assert result.returncode != 0
    assert said in result.stderr


def test_migrate_has_nothing_to_do_on_a_migrated_database(environment):
    result = run([*command_of("migrate"), "--check"], environment("migrate", 9))
    assert result.returncode == 0, result.stdout + result.stderr


def test_redis_command_starts_a_server(tmp_path):
    command = [*command_of("redis"), "--port", "0", "--unixsocket", str(tmp_path / "redis.sock")]
    with started(command, {"PATH": os.environ["PATH"]}, tmp_path / "log", announced="eady to accept connections"):
        pass


def test_image_installs_the_locked_set_and_runs_as_nobody_special():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r /tmp/requirements.txt" in dockerfile
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["schoolops"]
    assert (ROOT / SERVICES["web"]["healthcheck"]["test"][2]).is_file()
