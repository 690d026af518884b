"""deploy/postgres-init.sh and schoolops/sql/roles.sql: who may do what in a database that was just made."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors

ROOT = Path(__file__).resolve().parents[2]
PASSWORDS = {f"SCHOOLOPS_{role}_PASSWORD": "only-for-tests" for role in ("OWNER", "APP", "SIGNER")}


@contextmanager
def connected(user, database="postgres"):
    connection = psycopg2.connect(host=os.environ["SCHOOLOPS_DB_HOST"], user=user, dbname=database)
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


def initialise(database, passwords):
    env = {
        "PATH": os.environ["PATH"],
        "PGHOST": os.environ["SCHOOLOPS_DB_HOST"],
        "POSTGRES_USER": os.environ["SCHOOLOPS_TEST_SUPERUSER"],
        "POSTGRES_DB": database,
        "ROLES_SQL": str(ROOT / "schoolops/sql/roles.sql"),
    }
    command = [str(ROOT / "deploy/postgres-init.sh")]
    return subprocess.run(command, env=env | passwords, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def database():
    """A new database, initialised twice: the script may be run again."""
    superuser, name = os.environ["SCHOOLOPS_TEST_SUPERUSER"], f"roles_{os.getpid()}"
    with connected(superuser) as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        for _ in range(2):
            result = initialise(name, PASSWORDS)
            assert result.returncode == 0, result.stderr
        with connected("schoolops_owner", name) as owner:
            owner.execute("CREATE TABLE marks (id serial PRIMARY KEY)")
            owner.execute("CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        yield name
        cursor.execute(f"DROP DATABASE {name}")


def test_app_reads_and_writes_rows_of_tables_made_later(database):
    with connected("schoolops_app", database) as app:
        app.execute("INSERT INTO marks DEFAULT VALUES RETURNING id")
        app.execute("UPDATE marks SET id = id + 100")
        app.execute("DELETE FROM marks")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE own (id int)",
        "CREATE TEMPORARY TABLE own (id int)",
        "ALTER TABLE marks DISABLE TRIGGER ALL",
        "TRUNCATE marks",
        "DROP TABLE marks",
        "SELECT secret()",
        "SET ROLE schoolops_owner",
        "SET session_replication_role = replica",
    ],
)
def test_app_changes_no_structure_and_runs_no_function_it_was_not_given(database, statement):
    with connected("schoolops_app", database) as app, pytest.raises(errors.InsufficientPrivilege):
        app.execute(statement)


def test_signer_sees_nothing_before_a_migration_grants_it(database):
    with connected("schoolops_signer", database) as signer, pytest.raises(errors.InsufficientPrivilege):
        signer.execute("SELECT FROM marks")


def test_no_role_has_powers_over_the_server(database):
    with connected("schoolops_owner", database) as owner:
        owner.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'schoolops%%' AND rolname <> %s"
            " AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)",
            [os.environ["SCHOOLOPS_TEST_SUPERUSER"]],
        )
        assert owner.fetchall() == []


@pytest.mark.parametrize("missing", PASSWORDS)
def test_a_missing_password_stops_the_script_with_its_name(missing):
    result = initialise("postgres", {name: value for name, value in PASSWORDS.items() if name != missing})
    assert result.returncode != 0
    assert missing in result.stderr
