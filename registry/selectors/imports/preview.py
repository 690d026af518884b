"""A stored file as a plan: cells as mended, compared with the register of this moment."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from registry.importing import KINDS, clean_row
from registry.models import ImportBatch
from registry.selectors.imports.assignments import plan_assignments
from registry.selectors.imports.plans import Group, Options, Plan, RowPlan, settle
from registry.selectors.imports.staff import plan_staff
from registry.selectors.imports.students import plan_students
from schoolops.lib.clock import local_day

Kind = ImportBatch.Kind


def build_plan(batch: ImportBatch, *, lock: bool = False) -> Plan:
    """What loading this file now would do; with `lock` the rows of the register that it may change stay as they are."""
    rows = rows_of(batch)
    if batch.kind == Kind.STUDENTS:
        return plan_students(batch.school_year, rows, lock=lock)
    if batch.kind == Kind.STAFF:
        return plan_staff(rows, lock=lock)
    return plan_assignments(batch.school_year, rows, Options.of(batch))


def rows_of(batch: ImportBatch) -> list[RowPlan]:
    """The rows of the file with the cells as mended, read; those that cannot be read are in trouble."""
    kind, today = KINDS[batch.kind], local_day(timezone.now())
    headings, skipped = batch.result["headings"], set(batch.edits["skipped"])
    rows = []
    for number, stored in enumerate(batch.rows):
        cells = {**stored["cells"], **batch.edits["cells"].get(str(number), {})}
        row = RowPlan(number, stored["sheet"], stored["row"], cells, headings.get(stored["sheet"], {}))
        row.values, problems = clean_row(kind, cells, today=today)
        if number in skipped:
            row.group = Group.SKIPPED
        for name, problem in problems.items() if number not in skipped else ():
            row.refuse(name, kind.field_named(name).heading, problem)
        rows.append(row)
    settle(rows)
    return rows


def notes_in_words(batch: ImportBatch) -> Iterator[tuple[str, str]]:
    """(tone, sentence) for what the reader noticed."""
    for note in batch.result["notes"]:
        tone, text = _note_in_words(note)
        sheet = _("Trang tính %(sheet)s: ") % {"sheet": note["sheet"]} if note["sheet"] else ""
        yield tone, f"{sheet}{text}" if sheet else text[:1].upper() + text[1:]


def _note_in_words(note: dict[str, Any]) -> tuple[str, str]:
    values = {"n": note["count"], "rows": ", ".join(map(str, note["rows"]))}
    if note["kind"] == "tcvn3":
        return "info", _("đã đổi %(n)s ô từ phông chữ cũ (TCVN3) sang Unicode. Xem kỹ họ tên trước khi nhập.") % values
    if note["kind"] == "swapped_dates":
        return "warn", _(
            "%(n)s ngày có thể đã bị Excel đổi chỗ ngày và tháng (05/09 thành 09/05). So lại với giấy khai sinh trước khi nhập."
        ) % values
    if note["kind"] == "hidden_sheet":
        return "info", _("trang tính này bị ẩn nên không đọc.")
    return "info", _("%(n)s dòng ngoài bảng (dòng tổng, chữ ký…) không đọc: dòng %(rows)s.") % values
