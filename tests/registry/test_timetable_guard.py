"""W7: what was published stays as it was, whoever writes; on real connections that commit, with and without the guard."""

import threading
from contextlib import closing, contextmanager
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from registry import services
from registry.models import Timetable, TimetableEntry
from registry.selectors.timetables import build_plan
from registry.services import Facts
from tests.registry.sheets import timetable
from tests.support import build_school, committed_database, superuser, until, waiting_for_locks

LESSONS = {"7A1": ["Toán - Lan", "Văn - Hoa"]}


@pytest.fixture
def database(django_db_setup, django_db_blocker, worker_name):
    """A school with a version in draft, in a database of its own."""
    name = f"timetable_guard_{worker_name}"
    with committed_database(name, django_db_blocker):
        yield name


def drafted(school, number=1):
    made = services.upload_timetable(
        school_year=school.year,
        content=timetable(LESSONS),
        name="tkb.xlsx",
        facts=Facts(timezone.localdate(), number),
        by=school.cast.it_staff,
    )
    return services.save_timetable(timetable=made, fingerprint=build_plan(made).fingerprint, by=school.cast.it_staff)


def attacks(published, draft):
    """Ways past every service to change what was published, by the trigger that refuses them."""
    entry, other = published.entries.first(), draft.entries.first()
    version = Timetable.objects.filter(pk=published.pk)
    free = {"school_class": entry.school_class, "weekday": 7, "session": "pm", "period": 5, "activity": "flag"}
    return {
        "timetable_entry_kept": [
            lambda: published.entries.update(room="P.9"),
            lambda: published.entries.filter(pk=entry.pk).delete(),
            lambda: published.entries.create(**free),
            lambda: TimetableEntry.objects.filter(pk=other.pk).update(timetable=published, weekday=7),
            lambda: TimetableEntry.objects.filter(pk=entry.pk).update(timetable=draft, weekday=7),
        ],
        "timetable_kept": [
            lambda: version.update(applies_from=date(2026, 9, 6)),
            lambda: version.update(note="khác"),
            lambda: version.update(state="draft", published_at=None, published_by=None),
        ],
    }


def succeeded(work):
    """Whether the database lets it through; undone in either case."""
    try:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)
    except IntegrityError:
        return False
    return True


@contextmanager
def without(trigger, table, database):
    with closing(superuser(database)) as owner, owner.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


def test_a_published_timetable_cannot_be_changed_by_anyone(database):
    """W7: each attack is refused, and by its own guard: with that one switched off it succeeds."""
    school = build_school()
    published, draft = drafted(school), drafted(school, 2)
    services.publish_timetable(timetable=published, by=school.cast.principal)
    tables = {"timetable_entry_kept": "registry_timetableentry", "timetable_kept": "registry_timetable"}
    for trigger, works in attacks(published, draft).items():
        assert [succeeded(work) for work in works] == [False] * len(works)
        with without(trigger, tables[trigger], database):
            assert [succeeded(work) for work in works] == [True] * len(works)
    assert succeeded(lambda: draft.entries.update(room="P.9"))


def test_a_lesson_added_while_a_version_is_published_comes_too_late(database):
    """W7: whoever writes a lesson waits for the one who is just publishing, and is then refused."""
    school = build_school()
    made, found = drafted(school), []
    at_publishing, may_commit = threading.Event(), threading.Event()

    def publish():
        with transaction.atomic():
            services.publish_timetable(timetable=made, by=school.cast.principal)
            at_publishing.set()
            may_commit.wait(10)
        connection.close()

    def add():
        try:
            made.entries.create(school_class=school.classes["7A1"], weekday=7, session="pm", period=5, activity="flag")
            found.append("added")
        except IntegrityError:
            found.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=publish), threading.Thread(target=add)]
    threads[0].start()
    assert at_publishing.wait(10)
    threads[1].start()
    until(lambda: waiting_for_locks() or found)
    may_commit.set()
    for thread in threads:
        thread.join()
    assert found == ["refused"]
