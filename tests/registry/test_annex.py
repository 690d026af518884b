"""A4, A9: the annex of a decision in mid-year: what it no longer names ends the day before, agreed to by itself, never deleted."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Decision
from registry import services
from registry.models import HomeroomAssignment, ImportBatch, TeachingAssignment
from registry.selectors.imports import Options, build_plan
from schoolops.lib.workflow import TransitionDenied
from tests.registry.sheets import xlsx
from tests.support import again

pytestmark = pytest.mark.django_db
HEADINGS = ["Mã cán bộ", "Họ và tên", "Lớp", "Môn", "Chủ nhiệm"]
# The school as it is, but maths of 7A1 goes to Phan Thị Hoa and the class to Võ Minh Khang.
ROWS = [
    ["GV001", "Trần Thị Lan", "7A1", "GDTC", None],
    ["GV002", "Phan Thị Hoa", "7A1, 7A2", "Toán", None],
    ["GV002", "Phan Thị Hoa", "7A1", "Ngữ văn", None],
    ["GV003", "Võ Minh Khang", "7A1", None, "x"],
]


@pytest.fixture
def day(school):
    return school.year.starts_on + timedelta(days=60)


@pytest.fixture
def annex(send, day):
    def sent(rows=ROWS, **options):
        return send(xlsx([HEADINGS, *rows]), "assignments", **{"valid_from": day, "replaces": True, **options})

    return sent


def apply(batch, by, **more):
    return services.apply_batch(batch=batch, by=by, fingerprint=build_plan(batch).fingerprint, **more)


def endings(batch):
    return [(ending.what, ending.teacher) for ending in build_plan(batch).endings]


def test_what_the_annex_no_longer_names_is_listed(annex):
    assert endings(annex()) == [("Toán – 7A1", "Trần Thị Lan"), ("Chủ nhiệm lớp 7A1", "Lý Văn Tú")]


def test_it_ends_the_day_before_once_agreed_to(annex, cast, day):
    """A4: the row stays with its decision and gets its last day; rights follow the dates; the history names who."""
    batch = annex()
    before = TeachingAssignment.objects.count(), HomeroomAssignment.objects.count()
    with pytest.raises(TransitionDenied, match="đồng ý"):
        apply(batch, cast.it_staff)
    assert not TeachingAssignment.objects.exclude(valid_until=None).exists()
    done = apply(batch, cast.it_staff, agrees_to_end=True)
    assert (done.result["counts"]["ended"], done.result["counts"]["teaching"]) == (2, 1)
    ended = TeachingAssignment.objects.get(teacher=cast.teacher, class_subject__item__subject__code="TOAN")
    assert ended.valid_until == day - timedelta(days=1)
    assert ended.history.first().history_user == cast.it_staff
    assert HomeroomAssignment.objects.get(teacher=cast.homeroom_teacher).valid_until == day - timedelta(days=1)
    assert HomeroomAssignment.objects.get(teacher=cast.subject_head).valid_from == day
    after = TeachingAssignment.objects.count(), HomeroomAssignment.objects.count()
    assert after == (before[0] + 1, before[1] + 1), "nothing is deleted"


def test_unchanged_ones_stay(annex, cast):
    apply(annex(), cast.it_staff, agrees_to_end=True)
    kept = TeachingAssignment.objects.filter(valid_until=None).order_by("class_subject__school_class__sort_key")
    named = {(item.teacher.username, str(item.class_subject)) for item in kept}
    assert named == {
        ("teacher", "Giáo dục thể chất – 7A1"),
        ("other_teacher", "Toán – 7A1"),
        ("other_teacher", "Ngữ văn – 7A1"),
        ("other_teacher", "Toán – 7A2"),
    }


def test_second_run_ends_nothing_twice(annex, cast):
    apply(annex(), cast.it_staff, agrees_to_end=True)
    plan = build_plan(annex())
    assert plan.endings == []
    assert not plan.is_ready


def test_part_of_the_school_ends_nothing(annex, cast):
    """Without the mark a file adds; a class with another homeroom teacher is a problem, as before."""
    batch = annex(replaces=False)
    assert endings(batch) == []
    assert [row.group.value for row in build_plan(batch).rows] == ["unchanged", "new", "unchanged", "problem"]
    apply(annex(ROWS[:3], replaces=False), cast.it_staff)
    assert not TeachingAssignment.objects.exclude(valid_until=None).exists()


def test_only_endings_are_something_to_load(annex, cast, school):
    batch = annex(ROWS[:1])
    plan = build_plan(batch)
    assert (plan.is_ready, len(plan.endings)) == (True, 4)
    apply(batch, cast.it_staff, agrees_to_end=True)
    assert TeachingAssignment.objects.filter(valid_until=None).count() == 1


def test_what_begins_on_the_day_cannot_end_before_it(annex, cast, school, day):
    """No row ends before it begins: such ones are shown, and a second homeroom teacher is refused."""
    HomeroomAssignment.objects.update(valid_from=day)
    batch = annex()
    plan = build_plan(batch)
    assert [ending.what for ending in plan.later] == ["Chủ nhiệm lớp 7A1"]
    assert [row.group.value for row in plan.rows][-1] == "problem"
    assert "Chủ nhiệm lớp 7A1" not in [ending.what for ending in plan.endings]


def test_list_that_changed_is_not_agreed_to(annex, cast, school):
    """The agreement is for the list that was shown: another ending since, and nothing is loaded."""
    batch = annex()
    seen = build_plan(batch).fingerprint
    TeachingAssignment.objects.create(
        teacher=again(cast.subject_head),
        class_subject=school.class_subjects["NV 7A2"],
        decision=school.decision,
        valid_from=school.year.starts_on,
    )
    with pytest.raises(TransitionDenied):
        services.apply_batch(batch=batch, by=cast.it_staff, fingerprint=seen, agrees_to_end=True)


def test_options_of_older_files_are_read(school):
    batch = ImportBatch(
        edits={
            "options": {
                "valid_from": "2026-09-05",
                "decision": None,
                "decision_number": "",
                "decision_date": "",
                "decision_signer": "",
            }
        }
    )
    assert Options.of(batch).replaces is False


# --- the pages ----------------------------------------------------------------------------------
@pytest.fixture
def it(client, cast):
    client.force_login(cast.it_staff, backend="accounts.backends.SignInBackend")
    return client


def test_page_lists_the_endings_and_asks(it, annex, cast):
    batch = annex()
    address = reverse("registry:import_detail", args=[batch.pk])
    page = it.get(address).content.decode()
    assert "Những phân công sẽ kết thúc" in page
    assert "kết thúc 2 phân công" in page
    fingerprint = build_plan(batch).fingerprint
    url = reverse("registry:import_apply", args=[batch.pk])
    it.post(url, {"fingerprint": fingerprint})
    batch.refresh_from_db()
    assert batch.state == "preview"
    it.post(url, {"fingerprint": fingerprint, "agrees": "on"})
    batch.refresh_from_db()
    assert batch.state == "applied"
    assert "phân công đã kết thúc" in it.get(address).content.decode()


def test_file_leads_back_to_where_it_was_asked_for(it, school, day):
    """The way through upload, preview and loading keeps `next`; another site is never a place to go on to."""
    place = f"/admin/setup/{school.year.code}/"
    form = it.get(f"/registry/import/?kind=assignments&year={school.year.code}&next={place}")
    assert [card["kind"] for card in form.context["cards"]] == ["assignments"]
    sent = it.post(
        f"/registry/import/?kind=assignments&year={school.year.code}&next={place}",
        {
            "kind": "assignments",
            "school_year": school.year.pk,
            "valid_from": f"{day:%d/%m/%Y}",
            "decision": Decision.objects.get().pk,
            "replaces": "on",
            "file": SimpleUploadedFile("phu-luc.xlsx", xlsx([HEADINGS, *ROWS])),
        },
    )
    batch = ImportBatch.objects.get()
    assert (
        sent.url
        == f"{reverse('registry:import_detail', args=[batch.pk])}?next=%2Fadmin%2Fsetup%2F{school.year.code}%2F"
    )
    page = it.get(sent.url)
    [action] = [
        part.split('"')[0] for part in page.content.decode().split('action="') if "/apply/" in part.split('"')[0]
    ]
    done = it.post(action, {"fingerprint": build_plan(batch).fingerprint, "agrees": "on"})
    assert done.url == place


@pytest.mark.parametrize("place", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "x"])
def test_nobody_is_led_to_another_site(it, annex, place):
    batch = annex()
    url = reverse("registry:import_discard", args=[batch.pk])
    assert it.post(f"{url}?next={place}").url == "/registry/import/"
