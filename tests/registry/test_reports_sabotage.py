"""R7: twins of the guard's tests. Take one trigger away, as only the owner of the tables can, and the change goes through."""

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from accounts.roles import Role
from registry import services
from registry.models import Submission
from tests.gradebook.test_races import clone, leading_to
from tests.registry.test_reports import CHANGES
from tests.support import SUPERUSER, build_school, forget_actor, grant, person

GUARDS = {
    "submission_kept": ("registry_submission", ["row", "day", "back", "replaced and more"]),
    "submission_file_kept": ("lib_storedfile", ["file", "name of the file"]),
}


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker, worker_name):
    """A committed school in a throw-away database of which a report was sent; connections are the superuser's."""
    with django_db_blocker.unblock(), clone(f"schoolops_reports_{worker_name}") as name:
        school = build_school()
        clerk = person("clerk", "Nguyễn Thị Hiền")
        grant(clerk, Role.CLERK, school.decision, by=User.objects.get(username="it_staff"))
        services.plan_reports(year=school.year)
        report = Submission.objects.get(form="csdl-hoc-sinh", period="DN")
        with leading_to(name, user=SUPERUSER):
            yield report.pk, clerk


def refused(pk: int, clerk: User, change, *statements: str) -> bool:
    """Whether the change of a sent report is refused, after these statements; everything is taken back."""
    with transaction.atomic():
        report = Submission.objects.get(pk=pk)
        made = services.make_report(submission=report, by=clerk)
        sent = services.send_report(submission=made, by=clerk, receiver="Phòng")
        forget_actor()
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        try:
            with transaction.atomic():
                change(sent)
        except IntegrityError as error:
            return "stays as it was sent" in str(error)
        finally:
            transaction.set_rollback(True)
    return False


@pytest.mark.parametrize(
    ("trigger", "change"), [(trigger, change) for trigger, (_table, changes) in GUARDS.items() for change in changes]
)
def test_sabotage_lets_the_change_through(trigger, change, stage, tmp_path, settings):
    """R7: refused as it is, done without the trigger: the trigger is what keeps a sent report."""
    settings.MEDIA_ROOT = tmp_path
    table, _changes = GUARDS[trigger]
    assert refused(*stage, CHANGES[change])
    gone = ("SET CONSTRAINTS ALL IMMEDIATE", f"DROP TRIGGER {trigger} ON {table}")
    assert not refused(*stage, CHANGES[change], *gone)
