"""docker-compose.yml says what runs in production: each command in it must start, with the environment it gives."""

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
PORTAL = ["web", "worker", "beat", "migrate"]
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


def starts(command, env, log, announced):
    """Start the command, wait for its own word that it is at work, stop it; returns its exit status and output."""
    deadline = time.monotonic() + 40
    with log.open("w") as stdout, subprocess.Popen(command, cwd=ROOT, env=env, stdout=stdout, stderr=stdout) as process:
        try:
            while announced not in log.read_text() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            process.terminate()
            status = process.wait(timeout=20)
        finally:
            process.kill()
    return status, log.read_text()


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
    assert users == dict.fromkeys(PORTAL, "schoolops_app") | {"migrate": "schoolops_owner"}


def test_redis_never_evicts():
    command = command_of("redis")
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_web_command_is_accepted_by_gunicorn_and_loads_the_portal(environment):
    result = run([*command_of("web"), "--check-config"], environment("web", 9))
    assert result.returncode == 0, result.stderr


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
    status, output = starts(command, environment("worker", 8), tmp_path / "log", announced="ready.")
    assert "ready." in output, output
    assert status == 0, output


def test_beat_starts_and_stops(environment, tmp_path):
    command = command_of("beat")
    command[command.index("--schedule") + 1] = str(tmp_path / "beat-schedule")
    status, output = starts(
        [*command, "--loglevel", "INFO"], environment("beat", 9), tmp_path / "log", announced="beat: Starting..."
    )
    assert "beat: Starting..." in output, output
    assert status == 0, output


def test_migrate_has_nothing_to_do_on_a_migrated_database(environment):
    result = run([*command_of("migrate"), "--check"], environment("migrate", 9))
    assert result.returncode == 0, result.stdout + result.stderr


def test_redis_command_starts_a_server(tmp_path):
    socket = tmp_path / "redis.sock"
    command = [*command_of("redis"), "--port", "0", "--unixsocket", str(socket)]
    status, output = starts(
        command, {"PATH": os.environ["PATH"]}, tmp_path / "log", announced="eady to accept connections"
    )
    assert "eady to accept connections" in output, output
    assert status == 0


def test_image_installs_the_locked_set_and_runs_as_nobody_special():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes -r /tmp/requirements.txt" in dockerfile
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["schoolops"]
    assert (ROOT / SERVICES["web"]["healthcheck"]["test"][2]).is_file()
