"""Powers by decision: who gives them, when they hold, when they end (A3, A4, A6, A8)."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from guardian.models import GroupObjectPermission, UserObjectPermission

from accounts import permissions, services
from accounts.models import Grant, User
from accounts.roles import GRANTABLE_BY_IT, LEADERSHIP, PERMISSIONS, Role
from registry.models import ClassAccess
from schoolops.lib.workflow import TransitionDenied
from tests.support import again, grant


def asked(school, person, role=Role.CLERK, **more):
    return Grant(person=person, role=role, decision=school.decision, valid_from=timezone.localdate(), **more)


def test_it_staff_give_a_duty_by_decision(school, cast):
    made = services.give_grant(grant=asked(school, cast.stranger), by=cast.it_staff)
    assert again(cast.stranger).has_perm("registry.view_schoolclass")
    assert made.granted_by == cast.it_staff


@pytest.mark.parametrize("who", ["teacher", "principal", "subject_head", "parent"])
def test_others_give_nothing(school, cast, who):
    with pytest.raises(TransitionDenied, match="quản trị"):
        services.give_grant(grant=asked(school, cast.stranger), by=getattr(cast, who))


def test_nobody_gives_to_themselves(school, cast):
    with pytest.raises(TransitionDenied, match="tự cấp quyền"):
        services.give_grant(grant=asked(school, cast.it_staff), by=cast.it_staff)
    row = asked(school, cast.it_staff, granted_by=cast.it_staff)
    with pytest.raises(IntegrityError, match="grant_not_to_oneself"), transaction.atomic():
        row.save()


@pytest.mark.parametrize("role", sorted(LEADERSHIP))
def test_leadership_waits_for_the_principal(school, cast, role):
    made = services.give_grant(grant=asked(school, cast.stranger, role), by=cast.it_staff)
    assert not again(cast.stranger).has_perm("gradebook.set_locks")
    with pytest.raises(TransitionDenied):
        services.confirm_grant(grant=made, by=cast.it_staff)
    with pytest.raises(TransitionDenied):
        services.confirm_grant(grant=made, by=cast.vice_principal)
    services.confirm_grant(grant=made, by=cast.principal)
    assert again(cast.stranger).has_perm("gradebook.set_locks")
    with pytest.raises(TransitionDenied, match="đã được xác nhận"):
        services.confirm_grant(grant=made, by=cast.principal)


def test_confirming_ones_own_is_refused_in_the_database(school, cast):
    row = asked(school, cast.stranger, Role.VICE_PRINCIPAL, granted_by=cast.it_staff)
    row.confirmed_by, row.confirmed_at = cast.stranger, timezone.now()
    with pytest.raises(IntegrityError, match="grant_confirmed_by_another"), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    ("starts", "ends", "holds"), [(0, None, True), (-5, 0, True), (-5, -1, False), (1, None, False)]
)
def test_grant_holds_by_its_dates_alone(school, cast, starts, ends, holds):
    """A4: an expired right is gone without any worker."""
    today = timezone.localdate()
    row = grant(cast.stranger, Role.CLERK, school.decision, by=cast.it_staff)
    row.valid_from = today + timedelta(days=starts)
    row.valid_until = None if ends is None else today + timedelta(days=ends)
    row.save()
    assert again(cast.stranger).has_perm("accounts.work_here") is holds


def test_revoked_is_gone_at_the_next_request(school, cast):
    row = grant(cast.stranger, Role.CLERK, school.decision, by=cast.it_staff)
    assert services.revoke_grant(grant=row, by=cast.it_staff)
    assert not again(cast.stranger).has_perm("accounts.work_here")
    assert not services.revoke_grant(grant=row, by=cast.it_staff)


def test_superuser_flag_opens_nothing(school, maths, cast):
    cast.stranger.is_superuser = cast.stranger.is_staff = True
    cast.stranger.save()
    user = again(cast.stranger)
    assert not user.has_perm("accounts.use_admin")
    assert not user.has_perm("gradebook.enter_scores", maths)
    assert not user.has_module_perms("accounts")


def test_closed_account_has_no_right(school, maths, cast):
    cast.teacher.is_active = False
    cast.teacher.save()
    assert not again(cast.teacher).has_perm("gradebook.enter_scores", maths)


def test_no_role_of_an_administrator_enters_approves_or_publishes():
    """A6: what IT staff hold, and what they can hand out, writes no score."""
    forbidden = {"gradebook.enter_scores", "gradebook.set_locks"}
    assert not PERMISSIONS[Role.IT_STAFF] & forbidden
    for role in GRANTABLE_BY_IT - LEADERSHIP:
        assert not PERMISSIONS[role] & forbidden
    assert not any("gradebook.enter_scores" in rights for rights in PERMISSIONS.values())


def test_scope_limits_a_grant(school, books, cast):
    """A3: the head of a department sees its subjects and no others."""
    user = again(cast.subject_head)
    assert user.has_perm("gradebook.view_gradebook", books["TOAN 7A1"])
    assert not user.has_perm("gradebook.view_gradebook", books["NV 7A1"])


@pytest.mark.parametrize(("days", "holds"), [((-1, 1), True), ((-9, -1), False), ((1, 9), False)])
def test_access_given_by_hand_holds_within_its_dates(school, cast, days, holds):
    from django.contrib.auth.models import Permission

    today = timezone.localdate()
    ClassAccess.objects.create(
        user=cast.stranger,
        content_object=school.classes["7A1"],
        permission=Permission.objects.get(codename="view_schoolclass"),
        decision=school.decision,
        valid_from=today + timedelta(days=days[0]),
        valid_until=today + timedelta(days=days[1]),
    )
    user = again(cast.stranger)
    assert user.has_perm("registry.view_schoolclass", school.classes["7A1"]) is holds
    assert not user.has_perm("registry.view_schoolclass", school.classes["7A2"])


def test_generic_guardian_tables_stay_empty(school, cast, books):
    assert not UserObjectPermission.objects.exists()
    assert not GroupObjectPermission.objects.exists()


def test_dates_out_of_order_are_refused_in_words(school, cast):
    row = asked(school, cast.stranger, valid_until=timezone.localdate() - timedelta(days=3))
    with pytest.raises(ValidationError, match="Ngày kết thúc"):
        services.give_grant(grant=row, by=cast.it_staff)


def test_one_phone_one_account(school, cast):
    cast.teacher.phone = cast.parent.phone = "0900000001"
    cast.teacher.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        cast.parent.save()


def test_people_with_a_right_are_found(school, cast):
    assert set(permissions.people_with("gradebook.set_locks")) == {cast.vice_principal, cast.principal}
    assert User.objects.get(pk=cast.it_staff.pk) in permissions.people_with("accounts.handle_incidents")
