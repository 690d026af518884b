"""What can be wrong with a ledger, each kind in one sentence, in Vietnamese and English. Plain values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Language = Literal["vi", "en"]

# A sentence after "book N: " when the fault has a book.
WORDS: dict[str, tuple[str, str]] = {
    # the chain
    "event_missing": (
        "thiếu sự kiện {event}, sự kiện kế tiếp là {next}",
        "event {event} is missing, the next one is {next}",
    ),
    "event_rewritten": (
        "sự kiện {event} đã bị viết lại, mã băm không nối tiếp",
        "event {event} was rewritten, its hash does not follow",
    ),
    "event_of_another_place": (
        "sự kiện {event} thuộc chỗ khác (sổ hoặc số thứ tự khác)",
        "event {event} belongs to another place",
    ),
    "event_unreadable": ("sự kiện {event} không đọc được ({error})", "event {event} is not readable ({error})"),
    "event_unknown": ("sự kiện {event} thuộc loại không có: {op}", "event {event} is of no known kind: {op}"),
    "event_older": (
        "sự kiện {event} có giờ sớm hơn sự kiện đứng trước",
        "event {event} is older than the one before it",
    ),
    "head_differs": (
        "đầu chuỗi ghi sự kiện {head}, nhưng chuỗi kết thúc ở {last}",
        "the head says event {head}, the chain ends at {last}",
    ),
    # what an event does
    "column_never_opened": (
        "sự kiện {event} ghi vào một cột chưa từng được mở",
        "event {event} writes a column that was never opened",
    ),
    "old_differs": (
        "sự kiện {event} thay {old!r}, nhưng ô khi đó là {held!r}",
        "event {event} replaces {old!r}, but the cell held {held!r}",
    ),
    "closed": ("sự kiện {event} ghi vào cột đã khóa", "event {event} wrote into a closed column"),
    # petitions
    "petition_unknown": (
        "sự kiện {event} nói về đề nghị {corr} chưa từng được gửi",
        "event {event} is about petition {corr}, which was never sent",
    ),
    "petition_order": (
        "sự kiện {event}: bước {op} của đề nghị {corr} sai thứ tự, khi đó đang là {state}",
        "event {event}: step {op} of petition {corr} is out of order, it was {state}",
    ),
    "petition_stranger": (
        "sự kiện {event}: bước {op} của đề nghị {corr} không do người đề nghị làm",
        "event {event}: step {op} of petition {corr} was not taken by the person who asked",
    ),
    "petition_own_verdict": (
        "sự kiện {event}: người đề nghị tự quyết định đề nghị {corr} của mình",
        "event {event}: petition {corr} was decided by the person who asked",
    ),
    "petition_revision": (
        "sự kiện {event}: bước {op} dùng bản {rev} của đề nghị {corr}, bản đã gửi là {sent}",
        "event {event}: step {op} is about version {rev} of petition {corr}, version {sent} was sent",
    ),
    "petition_unfinished": (
        "sự kiện {event}: đề nghị {corr} ghi là xong khi còn điểm chưa điều chỉnh",
        "event {event}: petition {corr} is called done before all its cells were changed",
    ),
    "correction_not_approved": (
        "sự kiện {event} sửa điểm theo đề nghị {corr}, nhưng chưa ai khác duyệt ô này",
        "event {event} changes a cell by petition {corr}, which no second person has approved for it",
    ),
    "correction_used": (
        "sự kiện {event} dùng lại một dòng đã dùng của đề nghị {corr}",
        "event {event} uses a row of petition {corr} a second time",
    ),
    "correction_differs": (
        "sự kiện {event} khác điều đã duyệt trong đề nghị {corr}",
        "event {event} is not what petition {corr} was approved for",
    ),
    # the tables
    "cell_differs": (
        "cột {column}, học sinh {student} đang là {held}, nhật ký nói {told}",
        "column {column}, pupil {student} holds {held}, the ledger says {told}",
    ),
    "column_differs": (
        "cột {column} là {held}, nhật ký nói {told}",
        "column {column} is {held}, the ledger says {told}",
    ),
    "window_differs": (
        "cột {column} mở trong khoảng {held}, nhật ký nói {told}",
        "column {column} is open {held}, the ledger says {told}",
    ),
    "exception_differs": (
        "lần mở ngoại lệ {exception} là {held}, nhật ký nói {told}",
        "exception {exception} is {held}, the ledger says {told}",
    ),
    "confirmed_silently": (
        "cột {column} ghi là đã xác nhận, nhật ký không nói vậy",
        "column {column} is confirmed, the ledger does not say so",
    ),
    "remark_rewritten": (
        "cột {column}, học sinh {student}: lời nhận xét đã bị viết lại, không cho ra mã của nó",
        "column {column}, pupil {student}: a remark was rewritten, its words do not give its code",
    ),
    "remark_missing": (
        "cột {column}, học sinh {student}: không có lời nhận xét của mã trong ô",
        "column {column}, pupil {student}: there are no words for the code in the cell",
    ),
    "petition_differs": (
        "đề nghị {corr}: {what} là {held}, nhật ký nói {told}",
        "petition {corr}: {what} is {held}, the ledger says {told}",
    ),
    # books
    "book_gone": ("có sự kiện nhưng sổ không còn", "there are events of a book that is gone"),
    "book_missing": (
        "sổ số {number} trong danh sách sổ đã mở không còn",
        "the book with number {number} in the register is missing",
    ),
    "book_moved": (
        "sổ thuộc (lớp – môn, học kỳ) {held}, khi mở là {told}",
        "the book is that of (class-subject, term) {held}, it was opened for {told}",
    ),
    "book_unregistered": ("sổ không có trong danh sách sổ đã mở", "the book is not in the register of books"),
    "register_gap": (
        "Danh sách sổ đã mở thiếu số {number}",
        "The register of books has no number {number}",
    ),
    # checkpoints
    "checkpoint_signature": (
        "Điểm kiểm chứng {checkpoint}: chữ ký không đúng với khóa đã cho",
        "Checkpoint {checkpoint}: the signature is not by the given key",
    ),
    "checkpoint_unreadable": (
        "Điểm kiểm chứng {checkpoint} không đọc được ({error})",
        "Checkpoint {checkpoint} is not readable ({error})",
    ),
    "checkpoint_order": (
        "Điểm kiểm chứng {checkpoint} không nối tiếp điểm trước",
        "Checkpoint {checkpoint} does not follow the one before it",
    ),
    "checkpoint_total": (
        "Điểm kiểm chứng {checkpoint}: danh sách sổ không khớp với tổng",
        "Checkpoint {checkpoint}: its books do not add up to its total",
    ),
    "checkpoint_back": (
        "điểm kiểm chứng {checkpoint} mâu thuẫn với điểm trước đó ở sự kiện {event}",
        "checkpoint {checkpoint} contradicts an earlier one at event {event}",
    ),
    "checkpoints_none": ("Không có điểm kiểm chứng nào", "There is no checkpoint at all"),
    "checkpoints_cut": (
        "Điểm kiểm chứng mới nhất là {checkpoint}, nhưng đã có điểm {newest}",
        "The newest checkpoint is {checkpoint}, but number {newest} exists",
    ),
    "signed_otherwise": (
        "sự kiện {event} khác với điểm kiểm chứng {checkpoint}",
        "event {event} is not the one of checkpoint {checkpoint}",
    ),
    "signed_early": (
        "sự kiện {event} mang giờ sau điểm kiểm chứng {checkpoint} đã ký nó",
        "event {event} is younger than checkpoint {checkpoint}, which signs it",
    ),
    "signed_longer": (
        "chuỗi kết thúc ở sự kiện {last}, nhưng điểm kiểm chứng {checkpoint} đã ký sự kiện {event}",
        "the chain ends at event {last}, but checkpoint {checkpoint} signs event {event}",
    ),
    "signed_book_gone": (
        "sổ có trong điểm kiểm chứng {checkpoint} nhưng không còn",
        "the book is in checkpoint {checkpoint}, and is gone",
    ),
    "year_differs": (
        "sổ ghi năm học {held}, nơi khác ghi {told}",
        "the book is called one of the year {held}, elsewhere of {told}",
    ),
    # the files of an export
    "file_missing": ("Thiếu tệp {file}", "File {file} is missing"),
    "file_unlisted": ("Tệp {file} không có trong danh mục", "File {file} is not in the list"),
    "file_differs": ("Tệp {file} khác với mã băm trong danh mục", "File {file} is not the one of the list"),
    "line_unreadable": (
        "Tệp {file}, dòng {line} không đọc được ({error})",
        "File {file}, line {line} is not readable ({error})",
    ),
}


@dataclass(frozen=True)
class Fault:
    """Something that does not fit. `str()` is the English sentence; `values` fill it."""

    kind: str
    book: int | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, language: Language, name: str = "") -> str:
        """The fault in one line; `name` says which book it is, for people."""
        words = WORDS[self.kind][language == "en"]
        if language == "en":
            place = f"book {self.book}{f' ({name})' if name else ''}: "
            return (place if self.book is not None else "") + words.format(**self.values)
        place = f"Sổ {self.book}{f' ({name})' if name else ''}: "
        shown = {
            key: value if key in {"old", "held"} and "!r" in words else _vi(value) for key, value in self.values.items()
        }
        return (place if self.book is not None else "") + words.format(**shown)


def fault(kind: str, book: int | None = None, /, **values: object) -> Fault:
    """A fault of a known kind."""
    if kind not in WORDS:
        raise KeyError(kind)
    return Fault(kind, book, values)


def _vi(value: object) -> object:
    """A value of a table as a Vietnamese reader expects it."""
    if value is None:
        return "không có"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, datetime):
        return f"{value:%H:%M:%S %d/%m/%Y} UTC"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], bool):
        return (value[0] or "ô trống") + (" (kiểm tra bù)" if value[1] else "")
    if isinstance(value, tuple):
        return " – ".join(str(_vi(part)) for part in value)
    return value
