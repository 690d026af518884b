"""R6: the medical staff write check-ups down; only they, the homeroom teacher, leaders and the child's family read them."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import PERMISSIONS, Role
from registry import services
from registry.models import Enrollment, HealthCheck, HealthNote, Student
from registry.selectors import health
from registry.services.health import UNMEASURED, standing
from tests.support import client_of, grant, person

pytestmark = pytest.mark.django_db
FIGURES = {"height_mm": "142,5", "weight_hg": "38.5", "vision_left": "8", "vision_right": "7/10"}
SECRET, MARKED = "Hen phế quản", "Ngồi bàn đầu"
SECRET_NOTE, MARKED_NOTE, ENDED_NOTE = "Uống thuốc buổi trưa", "Dị ứng tôm", "Gãy tay năm ngoái"


@pytest.fixture
def nurse(school):
    return newcomer(Role.MEDICAL, school, "nurse")


@pytest.fixture
def family(school, cast):
    """`parent` answers for the first pupil of 7A1."""
    tie = services.add_guardian(
        student=school.students[0],
        person={"full_name": "Trần Thị Hoa", "phone": ""},
        tie={"relation": "mother"},
        by=cast.homeroom_teacher,
    )
    tie.guardian.user = cast.parent
    tie.guardian.save()
    return tie


@pytest.fixture
def checks(school, nurse):
    """The first pupil has a private note, the second one that is marked for the homeroom teacher."""
    return [
        made(school, nurse, school.students[0], conclusion=SECRET),
        made(school, nurse, school.students[1], conclusion=MARKED, is_for_homeroom=True, height_mm=1613),
    ]


@pytest.fixture
def notes(school, nurse):
    """About the first pupil: a private one, one for the homeroom teacher, and one for them that has ended."""
    found = [
        noted(school.students[0], nurse, text=text, is_for_homeroom=is_for_homeroom)
        for text, is_for_homeroom in ((SECRET_NOTE, False), (MARKED_NOTE, True), (ENDED_NOTE, True))
    ]
    services.end_health_note(note=found[2], by=nurse)
    return found


def noted(student, by, **values):
    note = {"noted_on": timezone.localdate(), "category": "allergy", "text": "x", **values}
    return services.add_health_note(student=student, note=note, by=by)


def newcomer(role, school, name, **scope):
    user = person(name, "Lò Thị Ín")
    grant(user, role, school.decision, by=User.objects.get(username="it_staff"), **scope)
    return user


def made(school, by, student, **values):
    given = {"round": 1, "checked_on": timezone.localdate() - timedelta(days=7)}
    figures = {"height_mm": 1425, "weight_hg": 387, "vision_left": 9, "vision_right": 6}
    return HealthCheck.objects.create(
        student=student, school_year=school.year, recorded_by=by, **{**given, **figures, **values}
    )


def page(school, name="7A1", number=1):
    return reverse("registry:health_detail", args=[school.classes[name].pk]) + f"?round={number}"


def seen(check=None):
    return json.dumps(list(standing(check).values()))


def lines(*sent, day=None):
    """The body of a form: (pupil, what was typed, what was seen)."""
    data = {"checked_on": f"{day or timezone.localdate():%d/%m/%Y}"}
    for student, typed, was in sent:
        data |= {f"s{student.pk}-{name}": value for name, value in typed.items()}
        data[f"s{student.pk}-seen"] = was
    return data


def typed_of(check, **changes):
    """A line as the page shows it, with changes."""
    shown = {"height_mm": "142,5", "weight_hg": "38,7", "vision_left": "9", "vision_right": "6", "conclusion": SECRET}
    return {**shown, **changes}


# --- writing ------------------------------------------------------------------------------------
def test_a_class_is_written_at_once(school, nurse):
    """Y1: comma and point, empty lines stay empty, each row with who wrote it and its history."""
    first, second, third = school.students[:3]
    data = lines((first, FIGURES, seen()), (second, {"height_mm": "150"}, seen()), (third, {}, seen()))
    response = client_of(nurse).post(page(school), data)
    assert response.status_code == 302
    check = HealthCheck.objects.get(student=first)
    assert (check.height_mm, check.weight_hg, check.vision_left, check.vision_right) == (1425, 385, 8, 7)
    assert (check.round, check.recorded_by, check.checked_on) == (1, nurse, timezone.localdate())
    assert check.history.get().history_user == nurse
    assert HealthCheck.objects.get(student=second).weight_hg is None
    assert not HealthCheck.objects.filter(student=third).exists()


def test_one_error_keeps_everything_that_was_typed(school, nurse):
    """P0: nothing is written, every value stands where it was typed, each error names its pupil (422)."""
    first, second = school.students[:2]
    typed = {**FIGURES, "conclusion": "Đã khám"}
    data = lines((first, typed, seen()), (second, {"height_mm": "1,42", "weight_hg": "3850"}, seen()))
    response = client_of(nurse).post(page(school), data)
    text = response.content.decode()
    assert response.status_code == 422
    assert not HealthCheck.objects.exists()
    for value in ('value="142,5"', 'value="38.5"', 'value="7/10"', 'value="Đã khám"', 'value="1,42"', 'value="3850"'):
        assert value in text
    assert "Chỉ lấy một chữ số thập phân." in text
    assert f"{second.full_name}, Cân nặng (kg)" in text


def test_a_day_outside_of_the_year_is_refused(school, nurse):
    for day in (timezone.localdate() + timedelta(days=1), school.year.starts_on - timedelta(days=61)):
        data = lines((school.students[0], FIGURES, seen()), day=day)
        assert client_of(nurse).post(page(school), data).status_code == 422
    assert not HealthCheck.objects.exists()


def test_mending_keeps_the_day_and_writes_history(school, nurse, checks):
    data = lines((school.students[0], typed_of(checks[0], weight_hg="40"), seen(checks[0])))
    client_of(nurse).post(page(school), data)
    check = HealthCheck.objects.get(pk=checks[0].pk)
    assert (check.weight_hg, check.checked_on) == (400, checks[0].checked_on)
    assert [row.weight_hg for row in check.history.order_by("history_id")] == [387, 400]


def test_a_line_that_was_not_changed_writes_nothing(school, nurse, checks):
    data = lines((school.students[0], typed_of(checks[0]), seen(checks[0])))
    client_of(nurse).post(page(school), data)
    assert checks[0].history.count() == 1


def test_a_value_that_somebody_else_changed_is_refused_with_both(school, nurse, checks):
    """Nothing is written over; both values stand on the page, and saving again replaces knowingly."""
    other = newcomer(Role.MEDICAL, school, "other_nurse")
    was = seen(checks[0])
    HealthCheck.objects.filter(pk=checks[0].pk).update(weight_hg=391, vision_left=10, recorded_by=other)
    mine = typed_of(checks[0], weight_hg="40,2")
    second = school.students[2]
    response = client_of(nurse).post(
        page(school), lines((school.students[0], mine, was), (second, {"height_mm": "150"}, seen()))
    )
    text = response.content.decode()
    assert response.status_code == 422
    assert "vừa ghi 39,1" in text
    assert 'value="40,2"' in text
    assert 'value="150"' in text
    # What this person did not touch is the latest.
    prefix = f"s{school.students[0].pk}"
    assert f'name="{prefix}-vision_left" value="10"' in text
    assert not HealthCheck.objects.filter(student=second).exists()
    check = HealthCheck.objects.get(pk=checks[0].pk)
    assert check.weight_hg == 391
    again_ = lines((school.students[0], {**mine, "vision_left": "10"}, seen(check)))
    assert client_of(nurse).post(page(school), again_).status_code == 302
    assert HealthCheck.objects.get(pk=check.pk).weight_hg == 402


def test_another_value_of_the_same_line_is_no_conflict(school, nurse, checks):
    """Two people who fill different columns do not stand in each other's way."""
    was = seen(checks[0])
    HealthCheck.objects.filter(pk=checks[0].pk).update(vision_left=10)
    client_of(nurse).post(page(school), lines((school.students[0], typed_of(checks[0], weight_hg="40"), was)))
    check = HealthCheck.objects.get(pk=checks[0].pk)
    assert (check.weight_hg, check.vision_left) == (400, 10)


def test_two_who_write_the_same_pupil_first(school, nurse):
    """The second of two who both saw an empty line is told of the first."""
    pupil = school.students[0]
    client = client_of(nurse)
    assert client.post(page(school), lines((pupil, {"height_mm": "142"}, seen()))).status_code == 302
    assert client.post(page(school), lines((pupil, {"height_mm": "150"}, seen()))).status_code == 422
    assert HealthCheck.objects.get().height_mm == 1420


@pytest.mark.parametrize("broken", ["", "x", "[1]", "{}", "5", "null"])
def test_a_line_without_what_was_seen_is_refused(school, nurse, broken):
    assert client_of(nurse).post(page(school), lines((school.students[0], FIGURES, broken))).status_code == 422
    assert not HealthCheck.objects.exists()


def test_a_pupil_of_another_class_is_passed_over(school, nurse):
    stranger = Enrollment.objects.filter(school_class=school.classes["7A2"]).first().student
    client_of(nurse).post(page(school), lines((stranger, FIGURES, seen())))
    assert not HealthCheck.objects.exists()


def test_rounds_are_apart(school, nurse, checks):
    client_of(nurse).post(page(school, number=2), lines((school.students[0], FIGURES, seen())))
    assert sorted(HealthCheck.objects.filter(student=school.students[0]).values_list("round", flat=True)) == [1, 2]


def test_a_closed_year_is_read_only(school, nurse, cast, checks):
    school.year.closed_at, school.year.closed_by = timezone.now(), cast.principal
    school.year.save()
    response = client_of(nurse).post(page(school), lines((school.students[2], FIGURES, seen())))
    assert response.status_code == 403
    assert "142,5" in client_of(nurse).get(page(school)).content.decode()


# --- the database itself ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "values",
    [
        {"height_mm": 699}, {"height_mm": 2301}, {"weight_hg": 79}, {"weight_hg": 2001}, {"vision_left": 21},
        {"vision_right": 21}, {"round": 3},
    ],
)  # fmt: skip
def test_the_database_refuses_what_cannot_be(school, nurse, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        HealthCheck.objects.create(
            **{
                "student": school.students[0],
                "school_year": school.year,
                "round": 1,
                "checked_on": timezone.localdate(),
                "recorded_by": nurse,
                **values,
            }
        )


def test_one_check_up_a_round(school, nurse, checks):
    with pytest.raises(IntegrityError), transaction.atomic():
        made(school, nurse, school.students[0])


@pytest.mark.parametrize(
    "table",
    ["registry_healthcheck", "registry_historicalhealthcheck", "registry_healthnote", "registry_historicalhealthnote"],
)
def test_nothing_is_taken_away(checks, notes, table):
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")


# --- who reads which field ----------------------------------------------------------------------
# Height, weight, vision, index; the private note; the note that is marked.
FIELDS = {
    "height_mm": "142,5 cm",
    "weight_hg": "38,7 kg",
    "vision_left": "9/10",
    "vision_right": "6/10",
    "bmi": "BMI 19,1",
    "private conclusion": SECRET,
    "marked conclusion": MARKED,
    "private note": SECRET_NOTE,
    "marked note": MARKED_NOTE,
    "ended note": ENDED_NOTE,
    "warning": "Thị lực dưới 8/10",
}
FIGURE_FIELDS = {"height_mm", "weight_hg", "vision_left", "vision_right", "bmi", "warning"}
READS = {
    "nurse": set(FIELDS),
    "principal": set(FIELDS),
    "vice_principal": set(FIELDS),
    "homeroom_teacher": FIGURE_FIELDS | {"marked conclusion", "marked note"},
    "parent": FIGURE_FIELDS | {"private conclusion", "private note", "marked note"},
    "teacher": set(),
    "other_teacher": set(),
    "subject_head": set(),
    "it_staff": set(),
    "stranger": set(),
    "clerk": set(),
    "editor": set(),
    "librarian": set(),
    "other_parent": set(),
}


def reader(role, school, nurse):
    if role == "nurse":
        return nurse
    if role in {"clerk", "editor", "librarian"}:
        return newcomer(Role(role), school, role)
    if role == "other_parent":
        user = person(role, "Phạm Văn Khác")
        tie = services.add_guardian(
            student=school.students[2],
            person={"full_name": user.full_name, "phone": ""},
            tie={"relation": "father"},
            by=school.cast.homeroom_teacher,
        )
        tie.guardian.user = user
        tie.guardian.save()
        return user
    return getattr(school.cast, role)


@pytest.mark.parametrize("role", READS)
def test_each_role_reads_its_fields_on_every_page(role, school, nurse, family, checks, notes):
    """R6: the grid, the pages of both pupils and the family's page; staff who are not named read nothing at all."""
    client = client_of(reader(role, school, nurse))
    addresses = [
        page(school),
        *(reverse("registry:student_detail", args=[pupil.pk]) + "?tab=health" for pupil in school.students[:2]),
        *(reverse("child_health", args=[pupil.pk]) for pupil in school.students[:2]),
        reverse("registry:student_detail", args=[school.students[0].pk]) + "?tab=history",
        reverse("family_home"),
    ]
    text = " ".join(client.get(address).content.decode() for address in addresses)
    assert {name for name, words in FIELDS.items() if words in text} == READS[role]


def test_a_family_reads_its_own_child_alone(school, cast, family, checks):
    """The second pupil's height appears nowhere for the parent of the first."""
    client = client_of(cast.parent)
    assert client.get(reverse("child_health", args=[school.students[1].pk])).status_code == 404
    assert client.get(reverse("registry:student_detail", args=[school.students[1].pk])).status_code == 404
    assert "161,3" not in client.get(reverse("child_health", args=[school.students[0].pk])).content.decode()
    assert reverse("child_health", args=[school.students[0].pk]) in client.get(reverse("family_home")).content.decode()


def test_a_family_whose_tie_has_ended_reads_nothing(school, cast, family, checks):
    family.ended_on = timezone.localdate() - timedelta(days=1)
    family.valid_from = family.ended_on - timedelta(days=1)
    family.save()
    assert client_of(cast.parent).get(reverse("child_health", args=[family.student_id])).status_code == 404


def test_the_home_page_shows_no_empty_door(school, cast, family):
    assert "/health/" not in client_of(cast.parent).get(reverse("family_home")).content.decode()


def test_the_homeroom_teacher_loses_sight_of_a_pupil_who_changed_class(school, cast, checks):
    pupil = school.students[0]
    Enrollment.objects.filter(student=pupil).update(left_on=timezone.localdate())
    Enrollment.objects.create(
        student=pupil, school_class=school.classes["7A2"], roll_no=99, enrolled_on=timezone.localdate()
    )
    client = client_of(cast.homeroom_teacher)
    tab = reverse("registry:student_detail", args=[pupil.pk]) + "?tab=health"
    assert "142,5" not in client.get(tab).content.decode()
    assert "142,5" not in client.get(page(school)).content.decode()


def test_no_grant_of_it_staff_names_health():
    """A6, R6: neither the role nor the administration pages lead there."""
    assert not [perm for perm in PERMISSIONS[Role.IT_STAFF] if "health" in perm]
    for model in ("healthcheck", "historicalhealthcheck", "healthnote", "historicalhealthnote"):
        with pytest.raises(NoReverseMatch):
            reverse(f"admin:registry_{model}_changelist")


def test_a_service_refuses_by_itself(school, cast):
    """The right is asked where the writing is, not in the view alone."""
    line = services.Typed(school.students[0].pk, {**UNMEASURED, "height_mm": 1425}, dict(UNMEASURED))
    for role in ("homeroom_teacher", "principal", "it_staff", "teacher"):
        with pytest.raises(PermissionDenied, match="nhân viên y tế"):
            services.record_checks(
                school_class=school.classes["7A1"],
                number=1,
                typed=[line],
                checked_on=timezone.localdate(),
                by=getattr(cast, role),
            )
    assert not HealthCheck.objects.exists()


def test_a_grant_for_one_grade_reaches_its_classes_only(school):
    helper = newcomer(Role.MEDICAL, school, "helper", scope_kind="grade", scope_id=6)
    assert client_of(helper).get(page(school)).status_code == 404


def test_changes_are_told_to_those_who_read_everything(school, nurse, cast, checks):
    data = lines((school.students[0], typed_of(checks[0], weight_hg="40"), seen(checks[0])))
    client_of(nurse).post(page(school), data)
    tab = reverse("registry:student_detail", args=[school.students[0].pk]) + "?tab=health"
    assert "38,7" in client_of(cast.principal).get(tab).content.decode()
    assert "Đã ghi và thay đổi" not in client_of(cast.homeroom_teacher).get(tab).content.decode()


# --- what is counted ----------------------------------------------------------------------------
def test_the_list_counts_pupils_with_all_figures(school, nurse, checks):
    """Those who left, halves of check-ups and the other round do not count."""
    made(school, nurse, school.students[2], vision_left=None)
    made(school, nurse, school.students[3], round=2)
    Enrollment.objects.filter(student=school.students[1]).update(left_on=timezone.localdate())
    found = health.progress(type(school.classes["7A1"]).objects.all(), school.year)
    [line] = [item for item in found if item.school_class.name == "7A1"]
    assert (line.total, line.done) == (4, {1: 1, 2: 1})
    text = client_of(nurse).get(reverse("registry:health_list")).content.decode()
    assert "Đợt 1: 1/4 em" in text


def test_a_shorter_pupil_is_pointed_out(school, nurse, checks):
    made(school, nurse, school.students[0], round=2, height_mm=1400, checked_on=timezone.localdate())
    shown = health.checks_of(school.students[0], whole=True)
    assert [str(word) for word in shown[0].warnings if "Thấp" in str(word)] == ["Thấp hơn lần khám trước"]
    assert not [word for word in shown[1].warnings if "Thấp" in str(word)]


@pytest.mark.parametrize("role", ["nurse", "homeroom_teacher"])
def test_a_class_of_45_costs_as_much_as_one_of_five(role, school, nurse, checks):
    """At most fifteen queries, and none that grows with the class."""
    client = client_of(reader(role, school, nurse))
    few = cost(client, page(school))
    for pupil in forty_more(school):
        made(school, nurse, pupil)
    assert cost(client, page(school)) == few <= 15


def cost(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def forty_more(school):
    """Pupils of 7A1 until there are 45."""
    for number in range(40):
        pupil = Student.objects.create(full_name="Lê Văn Bình", birth_date="2014-01-01", sex="male")
        Enrollment.objects.create(
            student=pupil, school_class=school.classes["7A1"], roll_no=50 + number, enrolled_on=school.year.starts_on
        )
        yield pupil


def test_saving_a_class_of_45_is_few_queries(school, nurse):
    pupils = [*school.students[:5], *forty_more(school)]
    client = client_of(nurse)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(page(school), lines(*((pupil, FIGURES, seen()) for pupil in pupils))).status_code == 302
    assert HealthCheck.objects.count() == len(pupils) == 45
    assert len(queries) <= 30, len(queries)


# --- notes --------------------------------------------------------------------------------------
def test_a_note_is_written_and_ended(school, nurse):
    """Dated, with its kind; ended by the medical staff, kept with its history."""
    client, pupil = client_of(nurse), school.students[0]
    new = reverse("registry:health_note_new", args=[pupil.pk])
    day = timezone.localdate() + timedelta(days=1)
    refused = client.post(new, {"noted_on": f"{day:%d/%m/%Y}", "category": "allergy", "text": MARKED_NOTE})
    assert refused.status_code == 422
    assert MARKED_NOTE in refused.content.decode()
    data = {"noted_on": f"{timezone.localdate():%d/%m/%Y}", "category": "allergy", "text": MARKED_NOTE}
    assert client.post(new, data).status_code == 302
    note = HealthNote.objects.get()
    assert (note.recorded_by, note.is_for_homeroom, note.ended_on) == (nurse, False, None)
    end = reverse("registry:health_note_end", args=[pupil.pk, note.pk])
    client.post(end)
    assert HealthNote.objects.get().ended_on == timezone.localdate()
    client.post(end)
    assert note.history.count() == 2


def test_a_note_of_another_pupil_is_not_there(school, nurse, notes):
    end = reverse("registry:health_note_end", args=[school.students[1].pk, notes[0].pk])
    assert client_of(nurse).post(end).status_code == 404


def test_nothing_is_noted_about_a_pupil_who_left(school, nurse):
    Enrollment.objects.filter(student=school.students[0]).update(left_on=timezone.localdate())
    with pytest.raises(PermissionDenied, match="rời trường"):
        noted(school.students[0], nurse)


@pytest.mark.parametrize("role", ["homeroom_teacher", "principal", "it_staff", "teacher"])
def test_only_medical_staff_write_notes(role, school, cast, nurse, notes):
    with pytest.raises(PermissionDenied, match="nhân viên y tế"):
        noted(school.students[0], getattr(cast, role))
    with pytest.raises(PermissionDenied, match="nhân viên y tế"):
        services.end_health_note(note=notes[0], by=getattr(cast, role))


def test_a_note_alone_opens_the_door_for_the_family(school, cast, family, nurse):
    note = noted(school.students[0], nurse, text=SECRET_NOTE)
    assert "/health/" in client_of(cast.parent).get(reverse("family_home")).content.decode()
    services.end_health_note(note=note, by=nurse)
    assert "/health/" not in client_of(cast.parent).get(reverse("family_home")).content.decode()
