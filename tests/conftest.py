"""The suite is strict: real PostgreSQL under the role of the web, no network, warnings are errors, and a template that
asks for an unknown variable fails. The same cast plays in every test."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.db.models.expressions import OrderBy
from django.db.models.functions import Random
from django.db.models.sql.compiler import SQLCompiler
from django.template import engines
from django.utils import translation

from gradebook import services as gradebook_services
from gradebook.models import Gradebook
from registry.models import ClassSubject
from tests.support import (
    Cast,
    SchoolFixture,
    build_school,
    drop_database,
    forget_actor,
    fresh,
    make_database,
    spread_ids,
)


@pytest.fixture(scope="session")
def worker_name(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker, worker_name: str) -> Iterator[None]:
    """A clone of the migrated template for each worker process, used as role schoolops_app."""
    name = f"schoolops_test_{worker_name}"
    make_database(name)
    spread_ids(name)
    with django_db_blocker.unblock():
        connections["default"].settings_dict["NAME"] = name
        settings.DATABASES["default"]["NAME"] = name
    yield
    with django_db_blocker.unblock():
        connections.close_all()
    drop_database(name)


# --- strictness ---------------------------------------------------------------------------------
class UndefinedVariable(str):
    """Django prints nothing for an unknown variable; here it fails, with the variable's name."""

    __slots__ = ()

    def __contains__(self, item: object) -> bool:
        return item == "%s"

    def __mod__(self, variable: object) -> str:
        pytest.fail(f"undefined template variable: {variable}", pytrace=False)


@pytest.fixture(autouse=True, scope="session")
def strict_templates() -> Iterator[None]:
    """Our own templates ask for nothing that is not there; the library's may."""
    engine = engines["django"].engine
    before, engine.string_if_invalid = engine.string_if_invalid, UndefinedVariable("%s")
    yield
    engine.string_if_invalid = before


@pytest.fixture(autouse=True, scope="session")
def shuffled_querysets() -> Iterator[None]:
    """A query that asks for no order gets a random one, so that nothing leans on the order rows happen to have."""
    ordered = SQLCompiler.get_order_by

    def shuffled(self: SQLCompiler) -> list[tuple[OrderBy, tuple[str, tuple[object, ...], bool]]]:
        found = ordered(self)
        query = self.query
        if found or query.distinct or query.combinator or query.group_by is not None:
            return found
        random = OrderBy(Random()).resolve_expression(query, allow_joins=True)
        return [(random, (*self.compile(random), False))]

    SQLCompiler.get_order_by = shuffled
    yield
    SQLCompiler.get_order_by = ordered


@pytest.fixture(autouse=True, scope="session")
def static_folder() -> None:
    """Where collected files would be; whitenoise warns of a folder that is not there."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def vietnamese() -> None:
    """A request leaves its language behind in the thread; each test starts in the portal's own, with an empty cache."""
    translation.activate("vi")
    for name in ("process", "template_fragments"):
        caches[name].clear()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests reach this machine only."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            pytest.fail(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


# --- the cast -----------------------------------------------------------------------------------
@pytest.fixture
def cast(school: SchoolFixture) -> Cast:
    return school.cast


@pytest.fixture
def school(db: None) -> SchoolFixture:
    return build_school()


@pytest.fixture
def books(school: SchoolFixture, cast: Cast) -> dict[str, Gradebook]:
    """Open books of term I by name: "TOAN 7A1"."""
    class_subjects = ClassSubject.objects.select_related("item")
    opened = gradebook_services.open_gradebooks(class_subjects=class_subjects, term=school.term, by=cast.it_staff)
    names = {class_subject.pk: name for name, class_subject in school.class_subjects.items()}
    forget_actor()
    return {names[book.class_subject_id]: book for book in opened}


@pytest.fixture
def maths(books: dict[str, Gradebook]) -> Gradebook:
    return fresh(books["TOAN 7A1"])
