"""Petitions of the demo school: one waits, one was applied, one came back, and a batch whose rows slipped by one."""

import io
from dataclasses import dataclass

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

from accounts.models import User
from gradebook import services
from gradebook.models import CorrectionRequest, Gradebook, Score, ScoreColumn
from schoolops.lib.clock import db_now
from schoolops.lib.scores import code_of, format_score, tenths_of

Reason = CorrectionRequest.Reason
BATCH_FROM, BATCH = 10, 8
PAPER = (900, 640)


@dataclass(frozen=True)
class _Closed:
    """A closed mid-term column of a teacher with its filled cells."""

    book: Gradebook
    column: ScoreColumn
    cells: list[Score]


def ask(reviewer: User) -> None:
    """Nothing in a school too small to have closed books of these two teachers."""
    literature, maths = (_closed_columns(User.objects.get(username=username)) for username in ("gvbm", "gvcn"))
    if not literature or not maths:
        return
    literature_teacher, maths_teacher = (User.objects.get(username=username) for username in ("gvbm", "gvcn"))
    done = _send(maths[-1], maths[-1].cells[2:3], Reason.TYPO, "Bài ghi điểm cao hơn, nhập nhầm số.", maths_teacher)
    services.approve_correction(correction=done, revision=done.revision, by=reviewer)
    back = _send(
        literature[-1], literature[-1].cells[4:5], Reason.REVIEW, "Chấm phúc khảo bài viết.", literature_teacher
    )
    services.return_correction(
        correction=back, revision=back.revision, by=reviewer, comment="Ảnh chưa thấy rõ điểm trên bài."
    )
    _send(
        literature[0], literature[0].cells[1:2], Reason.TYPO, "Bài ghi điểm cao hơn, nhập nhầm số.", literature_teacher
    )
    slipped = maths[0].cells[BATCH_FROM : BATCH_FROM + BATCH]
    _send(maths[0], slipped, Reason.WRONG_PUPIL, "Nhập lệch một dòng từ giữa danh sách.", maths_teacher)


def _closed_columns(teacher: User) -> list[_Closed]:
    columns = ScoreColumn.objects.filter(
        gradebook__class_subject__assignments__teacher=teacher,
        kind=ScoreColumn.Kind.MIDTERM,
        closes_at__lt=db_now(),
        exceptions__isnull=True,
    ).select_related(
        "gradebook__class_subject__school_class", "gradebook__class_subject__item__subject", "gradebook__term"
    )
    found = [
        _Closed(column.gradebook, column, _filled(column))
        for column in columns.order_by("gradebook__class_subject__school_class__sort_key")
    ]
    return [where for where in found if len(where.cells) >= BATCH_FROM + BATCH]


def _filled(column: ScoreColumn) -> list[Score]:
    cells = column.scores.order_by("student__enrollments__roll_no")
    return [cell for cell in cells if tenths_of(cell.code) is not None]


def _send(where: _Closed, cells: list[Score], reason: Reason, explanation: str, by: User) -> CorrectionRequest:
    wanted = [(where.column.pk, cell.student_id) for cell in cells]
    made = services.start_correction(gradebook=where.book, cells=wanted, by=by)
    new = {(cell.column_id, cell.student_id): _other(cell.code) for cell in cells}
    values = {item.pk: new[item.column_id, item.student_id] for item in made.items.all()}
    services.save_correction(
        correction=made, values=values, by=by, reason=reason, explanation=explanation, addressed_to=None
    )
    paper = ContentFile(_paper(next(iter(values.values()))), name="bai-kiem-tra.jpg")
    services.add_evidence(correction=made, uploads=[paper], by=by)
    return services.submit_correction(correction=made, by=by, device="Chrome, Windows")


def _other(code: str) -> str:
    """A score near by, as a teacher types it."""
    tenths = tenths_of(code) or 0
    return format_score(code_of(tenths + 10 if tenths <= 90 else tenths - 10))


def _paper(score: str) -> bytes:
    """A picture of a marked test paper: ruled lines and the score in red, nobody's name."""
    sheet = Image.new("RGB", PAPER, "#fdfdf8")
    pen = ImageDraw.Draw(sheet)
    for y in range(120, PAPER[1] - 20, 40):
        pen.line((60, y, PAPER[0] - 40, y), fill="#c8d4e6", width=2)
    pen.line((140, 0, 140, PAPER[1]), fill="#e3b0b0", width=2)
    pen.ellipse((660, 20, 840, 110), outline="#c02020", width=5)
    pen.text((705, 30), score, fill="#c02020", font=ImageFont.load_default(size=56))
    content = io.BytesIO()
    sheet.save(content, "JPEG", quality=80)
    return content.getvalue()
