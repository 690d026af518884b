"""The life of a timetable: a file is read, looked at and mended, saved as a draft, published to those whom it concerns (W7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.importing.containers import is_workbook
from registry.importing.timetable_files import LONGEST_CELL, read_timetable
from registry.models import Enrollment, Guardianship, SchoolClass, SchoolYear, Timetable, TimetableEntry
from registry.selectors.timetables import TimetablePlan, build_plan, difference
from registry.workflow import TIMETABLE_STEPS
from schoolops.lib import files, outbox
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.history import keep
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workbooks import MEDIA_TYPE
from schoolops.lib.workflow import TransitionDenied, denial, perform

UNPUBLISHED = frozenset({Timetable.State.PREVIEW, Timetable.State.DRAFT})
_BATCH = 1000


@dataclass(frozen=True)
class Facts:
    """What is said of a version beside its lessons."""

    applies_from: date
    number: int | None = None
    note: str = ""
    document_number: str = ""


def next_number(school_year: SchoolYear) -> int:
    """One after the highest number of the year."""
    kept = school_year.timetables.exclude(state=Timetable.State.DISCARDED)
    return (kept.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def upload_timetable(*, school_year: SchoolYear, content: bytes, name: str, facts: Facts, by: User) -> Timetable:
    """Read the file and keep what it says for the preview; no lesson is written yet.

    Raises PermissionDenied, RefusedFileError with the reason when the file cannot be read, TransitionDenied when the number
    is taken.
    """
    made = Timetable(school_year=school_year, made_by=by)
    if reason := permissions.load_timetable_denial(by, made):
        raise PermissionDenied(reason)
    made.reading = read_timetable(content, max_rows=settings.IMPORT_MAX_ROWS).as_json()
    take_turn(Turn.TIMETABLES)
    made.number = facts.number or next_number(school_year)
    _describe(made, facts)
    media_type = MEDIA_TYPE if is_workbook(content) else "text/csv"
    made.file = files.store(content, name=name, media_type=media_type, by=by)
    return _kept(made, by)


@transaction.atomic
def describe_timetable(*, timetable: Timetable, facts: Facts, by: User) -> Timetable:
    """Change what is said of a version that is not published yet; its lessons stay. Raises TransitionDenied."""
    locked = _locked(timetable)
    if reason := permissions.load_timetable_denial(by, locked):
        raise TransitionDenied(reason)
    if locked.state not in UNPUBLISHED:
        raise TransitionDenied(_("Thời khóa biểu đã công bố thì giữ nguyên; thay đổi bằng một thời khóa biểu mới."))
    locked.number = facts.number or locked.number
    _describe(locked, facts)
    return _kept(locked, by)


def _describe(timetable: Timetable, facts: Facts) -> None:
    timetable.applies_from = facts.applies_from
    timetable.note, timetable.document_number = facts.note, facts.document_number


def _kept(timetable: Timetable, by: User) -> Timetable:
    try:
        return keep(timetable, by)
    except ValidationError as error:
        raise TransitionDenied(" ".join(error.messages)) from error


@transaction.atomic
def mend_timetable(*, timetable: Timetable, cells: Mapping[str, str], by: User) -> Timetable:
    """Mend cells of the preview by their key; an emptied one is left out. The file itself stays as it was sent.

    Raises TransitionDenied when the version is no longer in preview.
    """
    locked = _locked(timetable)
    _require_step("save", locked, by)
    known = {problem.key for problem in build_plan(locked).problems if problem.key} | locked.edits.keys()
    mended = {key: text[:LONGEST_CELL] for key, text in cells.items() if key in known}
    locked.edits = {**locked.edits, **mended}
    return keep(locked, by)


def accept_suggestions(*, timetable: Timetable, by: User) -> Timetable:
    """Mend every cell for which there is one likely answer."""
    found = {problem.key: problem.suggestion for problem in build_plan(timetable).problems if problem.suggestion}
    return mend_timetable(timetable=timetable, cells=found, by=by)


def _locked(timetable: Timetable) -> Timetable:
    found = Timetable.objects.select_for_update(of=("self",)).select_related("school_year")
    return found.get(pk=timetable.pk)


def _require_step(step: str, timetable: Timetable, by: User) -> None:
    if reason := denial(TIMETABLE_STEPS, step, by, timetable):
        raise TransitionDenied(reason)


def save_timetable(*, timetable: Timetable, fingerprint: str, by: User) -> Timetable:
    """Write every lesson that the preview with this fingerprint showed; cells in trouble are left out, nothing else is.

    Raises TransitionDenied with the reason: there is nothing to write, or the register has changed since the preview.
    """
    with perform(TIMETABLE_STEPS, "save", timetable, by=by) as locked:
        plan = build_plan(locked)
        _require_plan(plan, fingerprint)
        TimetableEntry.objects.bulk_create(plan.lessons, batch_size=_BATCH)
    return locked


def _require_plan(plan: TimetablePlan, fingerprint: str) -> None:
    if plan.fingerprint != fingerprint:
        raise TransitionDenied(
            _("Dữ liệu của trường vừa thay đổi nên chưa lưu gì. Những ô đã sửa vẫn được giữ: xem lại rồi lưu.")
        )
    if not plan.lessons:
        raise TransitionDenied(_("Chưa có tiết nào đọc được nên chưa lưu gì. Sửa các ô cần xem lại trước."))


def reopen_timetable(*, timetable: Timetable, by: User) -> Timetable:
    """Back to the preview, to mend cells: the lessons are written anew when it is saved again."""
    with perform(TIMETABLE_STEPS, "reopen", timetable, by=by) as locked:
        locked.entries.all().delete()
    return locked


def discard_timetable(*, timetable: Timetable, by: User) -> Timetable:
    """Put a version aside; its row, its file and its history stay, its number is free again."""
    with perform(TIMETABLE_STEPS, "discard", timetable, by=by) as locked:
        locked.entries.all().delete()
    return locked


@transaction.atomic
def publish_timetable(*, timetable: Timetable, by: User) -> Timetable:
    """Put the draft into force from its day on, and tell those whose lessons change, and the families of those classes.

    Raises TransitionDenied when `by` may not, or when it would change what was shown on days gone by.
    """
    take_turn(Turn.TIMETABLES)
    with perform(TIMETABLE_STEPS, "publish", timetable, by=by) as locked:
        _require_no_rewriting(locked)
        locked.published_at, locked.published_by = db_now(), by
    _tell(locked)
    return locked


def _require_no_rewriting(timetable: Timetable) -> None:
    """Only the first version of a year may begin on a day gone by: a school that comes in the middle of the year has one."""
    today = local_day(db_now())
    others = Timetable.objects.published().filter(school_year=timetable.school_year_id)
    if timetable.applies_from < today and others.exists():
        raise TransitionDenied(
            _("Ngày áp dụng %(day)s đã qua. Chọn từ hôm nay trở đi: thời khóa biểu của những ngày đã dạy giữ nguyên.")
            % {"day": f"{timetable.applies_from:%d/%m/%Y}"}
        )


def _tell(timetable: Timetable) -> None:
    """Teachers whose own lessons changed, and guardians of pupils in classes whose lessons changed; nobody else."""
    changed = difference(timetable)
    context = {"number": timetable.number, "day": f"{timetable.applies_from:%d/%m/%Y}"}
    outbox.notify(
        changed.teachers,
        "timetable.published",
        context,
        url=f"{reverse('registry:timetable_own')}?week={timetable.applies_from:%Y-%m-%d}",
    )
    outbox.notify(guardians_of(changed.classes), "timetable.of_children", context, url=reverse("family_home"))


def guardians_of(classes: Iterable[SchoolClass]) -> list[User]:
    """The accounts of those who answer today for a pupil of these classes."""
    pupils = Enrollment.objects.present().filter(school_class__in=[found.pk for found in classes])
    ties = Guardianship.objects.in_force(local_day(db_now())).filter(student__in=pupils.values("student"))
    found = ties.filter(guardian__user__is_active=True)
    return list(User.objects.filter(pk__in=found.values("guardian__user")))
