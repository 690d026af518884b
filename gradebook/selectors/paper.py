"""A petition as its paper says it (the appendix "Giấy đề nghị điều chỉnh"), in words of the language in force when asked."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from accounts.selectors.offices import office_of
from gradebook.models import CorrectionItem, CorrectionRequest, CorrectionTransition, ScoreColumn
from gradebook.selectors.corrections import items_of, new_value, old_value
from registry.models import GoverningBody, School
from schoolops.lib.clock import db_now, local_day
from schoolops.lib.moments import vn_formal, vn_second

State, Kind = CorrectionRequest.State, ScoreColumn.Kind
DECIDED = frozenset({State.APPROVED, State.APPLIED, State.REJECTED})
# The step that led to a state, where its comment is printed.
LAST_STEP = {
    State.APPROVED: "approve",
    State.APPLIED: "approve",
    State.REJECTED: "reject",
    State.RETURNED: "return",
    State.WITHDRAWN: "withdraw",
}
# More changes than this are not written a second time into the administrator's box.
SAID_AGAIN = 4
# The body of a commune names the place of its schools; a department (Sở) sits elsewhere.
COMMUNE = re.compile(r"(?:UBND|[ỦU][ỷy] ban nhân dân)\s+((?:xã|phường|đặc khu)\s.+)", re.IGNORECASE)
DOTS = "……………………"


@dataclass(frozen=True)
class Cell:
    """One score of the petition, before and after."""

    student_id: int
    pupil: str
    kind: str
    column: str
    old: str
    new: str

    @property
    def kind_name(self) -> str:
        """ "Giữa kỳ"; the columns of Thường xuyên by their own names."""
        return f"{Kind.REGULAR.label} ({self.column})" if self.kind == Kind.REGULAR else self.column


@dataclass(frozen=True)
class FormRow:
    """A line of the appendix's table; without cells it stays empty. Values of Thường xuyên say their column."""

    label: str
    cells: list[Cell]
    is_named: bool


@dataclass(frozen=True)
class Verdict:
    """The left box as it was decided."""

    words: str
    comment: str
    office: list[str]
    name: str
    on_behalf_of: str
    at: str


@dataclass(frozen=True)
class Paper:
    """What is printed, but for the QR code and the moment of printing."""

    correction: CorrectionRequest
    school: str
    is_secondary: bool
    number: str
    addressee: str
    dated: str
    sent_at: str
    cells: list[Cell]
    rows: list[FormRow]
    evidence: list[tuple[str, str]]
    evidence_words: str
    reviewer: str
    verdict: Verdict | None
    banner: str
    note: str

    @property
    def is_one_pupil(self) -> bool:
        return len({cell.student_id for cell in self.cells}) == 1

    @property
    def is_said_again(self) -> bool:
        return len(self.cells) <= SAID_AGAIN and all(cell.kind != Kind.REMARK for cell in self.cells)

    @property
    def recorded_at(self) -> str:
        """When the book took the change; empty until then."""
        return _stamp(self.correction.applied_at)


def paper_of(correction: CorrectionRequest) -> Paper:
    """The paper of a petition as `corrections.with_names` loaded it; the same few queries for any number of cells."""
    school = School.objects.first()
    cells = [_cell(item) for item in items_of(correction)]
    evidence = [
        (_("ảnh") if kind.startswith("image/") else _("tệp PDF"), sha256[:16])
        for kind, sha256 in correction.evidence.values_list("file__media_type", "file__sha256")
    ]
    is_secondary = school is not None and school.level != School.Level.PRIMARY
    office, last = _office_of_reviewer(correction), _last_step(correction)
    is_sent = _is_as_sent(correction, last)
    return Paper(
        correction=correction,
        school=school.name if school else DOTS,
        is_secondary=is_secondary,
        number=f"{correction.number:02d}/{correction.gradebook.term.school_year.code}" if correction.number else "",
        addressee=_addressee(correction),
        dated=_dated(correction, is_sent),
        sent_at=vn_second(correction.submitted_at) if is_sent else "",
        cells=cells,
        rows=_rows(cells, is_secondary=is_secondary),
        evidence=evidence,
        evidence_words=_evidence_words([kind for kind, _sha256 in evidence]),
        reviewer=_reviewer(office),
        verdict=_verdict(correction, office, last),
        banner=_banner(correction),
        note=_note(correction, last),
    )


# --- what is asked for --------------------------------------------------------------------------------
def _cell(item: CorrectionItem) -> Cell:
    is_asked = (item.old_code, item.old_makeup) != (item.new_code, item.new_makeup)
    return Cell(
        student_id=item.student_id,
        pupil=item.student.full_name,
        kind=item.column.kind,
        column=item.column.label,
        old=_value(old_value(item), is_makeup=item.old_makeup),
        # Until a value is typed the draft holds the old one: the paper leaves room for it.
        new=_value(new_value(item), is_makeup=item.new_makeup) if is_asked else "",
    )


def _value(value: str, *, is_makeup: bool) -> str:
    text = value or _("trống")
    return _("%(score)s (kiểm tra bù)") % {"score": text} if is_makeup else text


def _rows(cells: list[Cell], *, is_secondary: bool) -> list[FormRow]:
    """The three lines of the appendix, which is that of secondary schools; levels and remarks where they are asked for."""
    labels = {
        Kind.REGULAR: _("Điểm thường xuyên"),
        Kind.MIDTERM: _("Điểm giữa kỳ"),
        Kind.FINAL: _("Điểm cuối kỳ"),
        Kind.LEVEL: _("Mức đạt được"),
        Kind.REMARK: _("Nhận xét"),
    }
    appendix = {Kind.REGULAR, Kind.MIDTERM, Kind.FINAL} if is_secondary else set()
    asked = appendix | {Kind(cell.kind) for cell in cells}
    return [
        FormRow(label, [cell for cell in cells if cell.kind == kind], kind not in {Kind.MIDTERM, Kind.FINAL})
        for kind, label in labels.items()
        if kind in asked
    ]


def _evidence_words(kinds: list[str]) -> str:
    """ "3 tệp (2 ảnh, 1 tệp PDF)" """
    if not kinds:
        return _("chưa có tệp nào")
    by_kind = ", ".join(f"{count} {kind}" for kind, count in Counter(kinds).items())
    return _("%(count)s tệp (%(kinds)s)") % {"count": len(kinds), "kinds": by_kind}


# --- who, where, when ---------------------------------------------------------------------------------
def _addressee(correction: CorrectionRequest) -> str:
    person = correction.addressed_to
    if person is None:
        return _("Lãnh đạo nhà trường phụ trách chuyên môn")
    office = office_of(person, correction.submitted_at or db_now())
    title = office.label if office else _("Lãnh đạo nhà trường")
    return f"{title} {person.full_name}"


def _office_of_reviewer(correction: CorrectionRequest) -> Role | None:
    """Of the person who decided; before that, of the person it is addressed to."""
    person, at = correction.decided_by or correction.addressed_to, correction.decided_at or correction.submitted_at
    return office_of(person, at or db_now()) if person else None


def _reviewer(office: Role | None) -> str:
    """Whose box it is: the form names the vice-principal."""
    return _("của Hiệu trưởng nhà trường") if office is Role.PRINCIPAL else _("của Phó Hiệu trưởng nhà trường")


def _last_step(correction: CorrectionRequest) -> CorrectionTransition | None:
    """With the comment that explains the state; None where nobody had to say anything."""
    step = LAST_STEP.get(State(correction.state))
    if step is None:
        return None
    return correction.transitions.filter(step=step).select_related("by").order_by("-at", "-id").first()


def _is_as_sent(correction: CorrectionRequest, last: CorrectionTransition | None) -> bool:
    """Whether this is what was sent: what is being edited may differ from it."""
    if correction.state == State.WITHDRAWN:
        return last is not None and last.from_state == State.SUBMITTED
    return correction.submitted_at is not None and correction.state not in {State.DRAFT, State.RETURNED}


def _dated(correction: CorrectionRequest, is_sent: bool) -> str:
    if not is_sent or correction.submitted_at is None:
        return _("%(place)s, ngày …… tháng …… năm ………") % {"place": DOTS}
    day = local_day(correction.submitted_at)
    return f"{_place(day) or DOTS}, {vn_formal(day)}"


def _stamp(moment: datetime | None) -> str:
    """10:42:05 21/11/2026, as the appendix asks for in the boxes: hour, minute / day, month, year."""
    return f"{timezone.localtime(moment):%H:%M:%S %d/%m/%Y}" if moment else ""


def _place(day: date) -> str:
    """The commune, by its full name: one that is named after a person or a number may not be shortened."""
    names = GoverningBody.objects.in_force(day).values_list("name", flat=True)
    found = COMMUNE.fullmatch(names.first() or "")
    if not found:
        return ""
    name = found[1].title() if found[1].isupper() else found[1]
    return name[:1].upper() + name[1:]


# --- the verdict ----------------------------------------------------------------------------------------
def _verdict(correction: CorrectionRequest, office: Role | None, last: CorrectionTransition | None) -> Verdict | None:
    if correction.state not in DECIDED or correction.decided_by is None:
        return None
    # Nghị định 30: a deputy signs in the head's place.
    lines = {Role.PRINCIPAL: [_("HIỆU TRƯỞNG")], Role.VICE_PRINCIPAL: [_("KT. HIỆU TRƯỞNG"), _("PHÓ HIỆU TRƯỞNG")]}
    return Verdict(
        words=_("Không đồng ý") if correction.state == State.REJECTED else _("Đồng ý"),
        comment=last.comment if last else "",
        office=lines[office] if office else [],
        name=correction.decided_by.full_name,
        on_behalf_of=_with_office(correction.decided_for, correction) if correction.decided_for else "",
        at=_stamp(correction.decided_at),
    )


def _with_office(person: User, correction: CorrectionRequest) -> str:
    office = office_of(person, correction.decided_at or db_now())
    return f"{office.label} {person.full_name}" if office else person.full_name


def _banner(correction: CorrectionRequest) -> str:
    """What nobody who holds the paper may overlook."""
    banners = {
        State.REJECTED: _("Không duyệt – điểm trong sổ giữ nguyên"),
        State.WITHDRAWN: _("Đã rút – giấy này không có hiệu lực"),
    }
    return banners.get(State(correction.state), "")


def _note(correction: CorrectionRequest, last: CorrectionTransition | None) -> str:
    """The state at the moment of printing, as a sentence."""
    sentences = {
        State.DRAFT: _("Bản đang sửa, chưa gửi trên hệ thống. Điểm trong sổ chưa thay đổi."),
        State.SUBMITTED: _("Đã gửi trên hệ thống, đang chờ duyệt. Điểm trong sổ chưa thay đổi."),
        State.RETURNED: _(
            "%(who)s trả lại để bổ sung lúc %(moment)s: “%(comment)s” Chưa gửi lại; điểm trong sổ chưa thay đổi."
        ),
        State.WITHDRAWN: _("Người đề nghị rút lúc %(moment)s: “%(comment)s” Điểm trong sổ giữ nguyên."),
        State.REJECTED: _("Không được duyệt. Điểm trong sổ giữ nguyên."),
        State.APPROVED: _("Đã duyệt, chờ quản trị viên hệ thống ghi nhận. Điểm trong sổ chưa thay đổi."),
        State.APPLIED: _("Đã duyệt và đã điều chỉnh trong sổ."),
    }
    values = {
        "who": _with_office(last.by, correction) if last and correction.state == State.RETURNED else "",
        "moment": vn_second(last.at) if last else "",
        "comment": last.comment if last else "",
    }
    return sentences[State(correction.state)] % values
