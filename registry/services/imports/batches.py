"""The life of one file: upload, mend, apply or discard."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from registry import permissions
from registry.importing import KINDS, read_file
from registry.importing.containers import is_workbook
from registry.models import ImportBatch, SchoolYear
from registry.selectors.imports import Options, Plan, build_plan
from registry.services.imports.writers import write
from registry.workflow import IMPORT_STEPS
from schoolops.lib import files
from schoolops.lib.clock import db_now
from schoolops.lib.turns import Turn, take_turn
from schoolops.lib.workbooks import MEDIA_TYPE
from schoolops.lib.workflow import TransitionDenied, denial, perform

LONGEST_CELL = 300


def upload_batch(
    *, kind: str, school_year: SchoolYear, content: bytes, name: str, options: Options, by: User
) -> ImportBatch:
    """Read the file and keep it with its rows for the preview; nothing of the register changes.

    Raises PermissionDenied, or RefusedFileError with the reason when the file cannot be read.
    """
    batch = ImportBatch(kind=kind, school_year=school_year, uploaded_by=by)
    if reason := permissions.import_denial(by, batch):
        raise PermissionDenied(reason)
    reading = read_file(content, kind, max_rows=settings.IMPORT_MAX_ROWS)
    media_type = MEDIA_TYPE if is_workbook(content) else "text/csv"
    batch.rows = reading.rows
    batch.edits = {"options": options.as_json(), "cells": {}, "skipped": []}
    batch.result = {"headings": reading.headings, "notes": [note.as_json() for note in reading.notes]}
    with transaction.atomic():
        batch.file = files.store(content, name=name, media_type=media_type, by=by)
        batch.full_clean()
        batch.save()
    return batch


@transaction.atomic
def edit_batch(
    *,
    batch: ImportBatch,
    by: User,
    cells: Mapping[int, Mapping[str, str]] | None = None,
    skipped: Mapping[int, bool] | None = None,
    options: Options | None = None,
    accept_suggestions: bool = False,
) -> ImportBatch:
    """Mend cells, leave rows out or take them in again; the file itself stays as it was sent.

    Raises TransitionDenied when the file is no longer in preview.
    """
    locked = ImportBatch.objects.select_for_update(of=("self",)).select_related("school_year").get(pk=batch.pk)
    if reason := denial(IMPORT_STEPS, "apply", by, locked):
        raise TransitionDenied(reason)
    for number, mended in (cells or {}).items():
        _mend(locked, number, mended)
    _leave_out(locked, skipped or {})
    if options is not None:
        locked.edits["options"] = options.as_json()
    if accept_suggestions:
        _accept_suggestions(locked)
    locked.save(update_fields=["edits"])
    return locked


def _mend(batch: ImportBatch, number: int, mended: Mapping[str, str]) -> None:
    """Keep what differs from the file; a cell set back to what the file says is no edit any more."""
    if not 0 <= number < len(batch.rows):
        return
    original, edits = batch.rows[number]["cells"], batch.edits["cells"]
    known = KINDS[batch.kind].names
    row = {
        **edits.get(str(number), {}),
        **{name: text[:LONGEST_CELL] for name, text in mended.items() if name in known},
    }
    row = {name: text for name, text in row.items() if text != original.get(name, "")}
    edits.pop(str(number), None)
    if row:
        edits[str(number)] = row


def _leave_out(batch: ImportBatch, skipped: Mapping[int, bool]) -> None:
    """Leave rows out, or take them in again."""
    left_out = set(batch.edits["skipped"]) - skipped.keys()
    chosen = {number for number, is_skipped in skipped.items() if is_skipped and 0 <= number < len(batch.rows)}
    batch.edits["skipped"] = sorted(left_out | chosen)


def _accept_suggestions(batch: ImportBatch) -> None:
    for row in build_plan(batch).rows:
        if row.problems:
            _mend(batch, row.number, {item.field: item.suggestion for item in row.problems if item.suggestion})


def apply_batch(*, batch: ImportBatch, by: User, fingerprint: str, agrees_to_end: bool = False) -> ImportBatch:
    """Load the whole file, exactly as the preview with this fingerprint showed it, or nothing.

    What the file ends is agreed to by itself. Raises TransitionDenied with the reason: the register or the file has changed
    since, a row is still in trouble, or the list of endings is not agreed to.
    """
    try:
        with perform(IMPORT_STEPS, "apply", batch, by=by) as locked:
            take_turn(Turn.REGISTER)
            plan = build_plan(locked, lock=True)
            _require(plan, fingerprint, agrees_to_end=agrees_to_end)
            counts = write(plan, Options.of(locked), by=by, reason=f"{locked}")
            locked.applied_at = db_now()
            locked.result = {**locked.result, "counts": counts, "creates": plan.creates}
    except (IntegrityError, OperationalError) as error:
        raise TransitionDenied(_changed_meanwhile()) from error
    return locked


def _require(plan: Plan, fingerprint: str, *, agrees_to_end: bool) -> None:
    if plan.fingerprint != fingerprint:
        raise TransitionDenied(_changed_meanwhile())
    if not plan.is_ready:
        raise TransitionDenied(_("Còn dòng cần xem lại, hoặc tệp không có gì mới để nhập."))
    if plan.endings and not agrees_to_end:
        raise TransitionDenied(_("Chưa nhập gì: xem danh sách phân công sẽ kết thúc và đánh dấu đồng ý rồi nhập lại."))


def _changed_meanwhile() -> str:
    return _(
        "Có người vừa thay đổi dữ liệu nên chưa nhập gì. Những chỗ đã sửa vẫn được giữ: xem lại bản dưới đây rồi nhập."
    )


def discard_batch(*, batch: ImportBatch, by: User) -> ImportBatch:
    """Put the file aside: what was read from it is emptied, the row and its history stay."""
    with perform(IMPORT_STEPS, "discard", batch, by=by) as locked:
        locked.rows = _without_cells(locked.rows)
        locked.edits = {**locked.edits, "cells": {}}
    return locked


def _without_cells(rows: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    return [{"sheet": row["sheet"], "row": row["row"], "cells": {}} for row in rows]
