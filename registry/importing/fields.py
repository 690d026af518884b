"""The columns of each kind of file: the heading of our template, the headings met in real files, and how to fill them.

Headings are data, not interface: they stand in files, so they are Vietnamese in every language of the portal.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from schoolops.lib import names

_HINT = re.compile(r"\([^)]*\)|\[[^\]]*\]")
# Every character that is only space; control characters, which str.split also takes for space, are not.
SPACES = re.compile("[ \t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_SIGNS = re.compile(r"[^a-z0-9]+")


def squeeze(text: str) -> str:
    """NFC, single spaces, no line breaks."""
    return SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def heading_key(text: str) -> str:
    """'Ngày  sinh\\n(dd/mm/yyyy) *', NFC or NFD, and 'NGÀY SINH' are one heading."""
    return _SIGNS.sub(" ", _HINT.sub(" ", names.fold(text))).strip()


@dataclass(frozen=True)
class Field:
    """One column; `is_text` columns hold digits that Excel must not take for numbers."""

    name: str
    heading: str
    how: str | Promise
    example: str
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    is_text: bool = False

    def answers_to(self) -> set[str]:
        return {heading_key(self.heading), *self.aliases}


@dataclass(frozen=True)
class Kind:
    """One kind of file; a row of headings must hold one field of every group in `needs`."""

    fields: tuple[Field, ...]
    needs: tuple[frozenset[str], ...]
    # A row without any of these is a signature, a total or an empty line.
    identifying: frozenset[str]
    by_heading: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for column in self.fields:
            self.by_heading.update(dict.fromkeys(column.answers_to(), column.name))

    def field_named(self, name: str) -> Field:
        return next(column for column in self.fields if column.name == name)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.fields)


_NAME = ("ho ten", "ho va ten khai sinh", "ten day du")
_PHONE = ("so dien thoai", "sdt", "so dt", "dt", "di dong", "so di dong")
_PERSONAL_NUMBER = (
    "so dinh danh",
    "ma dinh danh ca nhan",
    "so cccd",
    "cccd",
    "so can cuoc",
    "can cuoc",
    "can cuoc cong dan",
    "so can cuoc cong dan",
    "cccd cmnd",
    "cmnd cccd",
    "so cmnd cccd",
)
_TWELVE_DIGITS = _("Đúng 12 chữ số, kể cả số 0 đứng đầu.")
_DAY = _("Ngày/tháng/năm, năm đủ bốn chữ số.")

STUDENTS = Kind(
    fields=(
        Field("roll_no", "STT", _("Số thứ tự trong lớp."), "1", ("so thu tu", "tt", "so tt")),
        Field(
            "class_name",
            "Lớp",
            _("Tên lớp. Có thể bỏ cột này nếu mỗi lớp là một trang tính mang tên lớp."),
            "6A1",
            ("ten lop", "ma lop", "lop hoc", "lop hien tai"),
            is_text=True,
        ),
        Field(
            "full_name",
            "Họ và tên",
            _("Như trong giấy khai sinh."),
            "Nguyễn Thị Ngọc Ánh",
            (*_NAME, "ho va ten hoc sinh", "ho ten hoc sinh", "ten hoc sinh", "hoc sinh"),
            is_required=True,
        ),
        Field(
            "birth_date",
            "Ngày sinh",
            _DAY,
            "05/09/2014",
            ("ngay thang nam sinh", "sinh ngay", "nam sinh"),
            is_text=True,
        ),
        Field("sex", "Giới tính", _("Nam hoặc Nữ."), "Nữ", ("nam nu", "phai", "gioi")),
        Field(
            "moet_id",
            "Mã định danh học sinh",
            _("Mã trên cơ sở dữ liệu của Bộ."),
            "7912345678",
            ("ma hoc sinh", "ma hs", "ma dinh danh", "ma dinh danh hs", "ma moet", "ma dinh danh bo", "ma so hoc sinh"),
            is_text=True,
        ),
        Field("national_id", "Số định danh cá nhân", _TWELVE_DIGITS, "079314001234", _PERSONAL_NUMBER, is_text=True),
        Field("ethnicity", "Dân tộc", _("Theo danh mục các dân tộc Việt Nam."), "Kinh", ("ten dan toc",)),
        Field(
            "address",
            "Địa chỉ thường trú",
            _("Số nhà, đường, xã hoặc phường, tỉnh hoặc thành phố."),
            "12 Lê Lợi, phường Bến Nghé, TP Hồ Chí Minh",
            (
                "dia chi",
                "thuong tru",
                "noi thuong tru",
                "ho khau thuong tru",
                "dia chi lien he",
                "cho o hien nay",
                "noi o",
            ),
        ),
        Field(
            "contact_name",
            "Cha, mẹ hoặc người giám hộ",
            _("Một người để nhà trường liên hệ."),
            "Trần Thị Hoa",
            (
                "cha me",
                "phu huynh",
                "nguoi giam ho",
                "ho ten phu huynh",
                "ho va ten phu huynh",
                "ho ten cha me",
                "ho va ten cha me",
                "ho ten nguoi giam ho",
                "ho ten cha",
                "ho ten bo",
                "ho ten me",
            ),
        ),
        Field(
            "contact_phone",
            "Điện thoại liên hệ",
            _("10 hoặc 11 chữ số, bắt đầu bằng 0."),
            "0912345678",
            (
                *_PHONE,
                "dien thoai",
                "dien thoai phu huynh",
                "so dien thoai phu huynh",
                "sdt phu huynh",
                "dien thoai sll",
            ),
            is_text=True,
        ),
        Field(
            "family_middle",
            "Họ và tên đệm",
            _("Dùng cùng cột “Tên” thay cho “Họ và tên”."),
            "Nguyễn Thị Ngọc",
            ("ho dem", "ho lot", "ho va dem", "ho va chu lot", "ho va chu dem", "ho"),
        ),
        Field("given", "Tên", _("Dùng cùng cột “Họ và tên đệm”."), "Ánh", ("ten goi",)),
    ),
    needs=(
        frozenset({"full_name", "family_middle"}),
        frozenset({"roll_no", "class_name", "birth_date", "sex", "moet_id", "national_id", "contact_phone"}),
    ),
    identifying=frozenset({"full_name", "moet_id", "national_id"}),
)

_OF_SECTOR = ("full_name", "birth_date", "sex", "moet_id", "national_id", "ethnicity", "address")

# The list of pupils of the sector's database (C1-HocSinh): version 3 added columns, and has both name and code of a class.
SECTOR = Kind(
    fields=(
        Field("class_name", "Lớp", _("Tên lớp."), "6A1", ("ten lop", "lop hoc", "lop hien tai"), is_text=True),
        Field("class_code", "Mã lớp", _("Tên hoặc mã lớp của ngành."), "6A1", is_text=True),
        *(field for name in _OF_SECTOR for field in STUDENTS.fields if field.name == name),
        Field(
            "status",
            "Trạng thái HS",
            _("Như cơ sở dữ liệu ngành ghi."),
            "Đang học",
            ("trang thai", "trang thai hoc sinh"),
        ),
    ),
    needs=(frozenset({"full_name"}), frozenset({"moet_id", "national_id"})),
    identifying=frozenset({"full_name", "moet_id", "national_id"}),
)

STAFF = Kind(
    fields=(
        Field(
            "staff_code",
            "Mã cán bộ",
            _("Mỗi người một mã, không đổi."),
            "GV001",
            (
                "ma gv",
                "ma giao vien",
                "ma cb",
                "ma nhan vien",
                "ma vien chuc",
                "ma so",
                "ma cbgv",
                "ma",
            ),
            is_required=True,
            is_text=True,
        ),
        Field(
            "full_name",
            "Họ và tên",
            _("Như trong hồ sơ viên chức."),
            "Trần Thị Lan",
            (*_NAME, "ho ten giao vien", "ho va ten giao vien", "ho ten can bo", "ho va ten can bo", "giao vien"),
            is_required=True,
        ),
        Field("salutation", "Cách xưng hô", _("thầy, cô, ông hoặc bà."), "cô", ("xung ho", "danh xung")),
        Field(
            "sex",
            "Giới tính",
            _("Nam hoặc Nữ; dùng khi không có cột “Cách xưng hô”."),
            "Nữ",
            ("nam nu", "phai", "gioi"),
        ),
        Field(
            "phone",
            "Điện thoại",
            _("10 hoặc 11 chữ số, bắt đầu bằng 0. Dùng để đăng nhập được."),
            "0912345678",
            _PHONE,
            is_text=True,
        ),
        Field(
            "personal_number", "Số định danh cá nhân", _TWELVE_DIGITS, "001185001234", _PERSONAL_NUMBER, is_text=True
        ),
        Field(
            "department",
            "Tổ chuyên môn",
            _("Tổ chưa có sẽ được tạo."),
            "Tổ Toán – Tin",
            ("to", "to bo mon", "to cm", "to nhom"),
        ),
        Field(
            "position",
            "Chức vụ",
            _("Ghi như trong quyết định."),
            "Giáo viên",
            ("vi tri viec lam", "chuc danh", "nhiem vu"),
        ),
        Field(
            "username",
            "Tên đăng nhập",
            _("Để trống thì hệ thống tự đặt, ví dụ lantt."),
            "lantt",
            ("tai khoan", "ten tai khoan", "user name", "username"),
            is_text=True,
        ),
    ),
    needs=(frozenset({"full_name"}), frozenset({"staff_code"})),
    identifying=frozenset({"full_name", "staff_code"}),
)

ASSIGNMENTS = Kind(
    fields=(
        Field(
            "staff_code",
            "Mã cán bộ",
            _("Mã của giáo viên; có thể thay bằng họ và tên nếu không trùng tên."),
            "GV001",
            ("ma gv", "ma giao vien", "ma cb", "ma vien chuc", "ma cbgv"),
            is_text=True,
        ),
        Field(
            "full_name",
            "Họ và tên",
            _("Giáo viên được phân công."),
            "Trần Thị Lan",
            (*_NAME, "giao vien", "ho ten giao vien", "ho va ten giao vien", "ten giao vien", "gv"),
        ),
        Field(
            "classes",
            "Lớp",
            _("Một hoặc nhiều lớp, cách nhau bằng dấu phẩy."),
            "6A1, 6A2",
            ("ten lop", "ma lop", "lop day", "day lop", "cac lop", "lop giang day"),
            is_text=True,
        ),
        Field(
            "subject",
            "Môn",
            _("Tên môn, tên ngắn hoặc mã môn."),
            "Toán",
            ("mon hoc", "mon day", "ten mon", "ma mon", "phan mon", "bo mon"),
        ),
        Field(
            "homeroom",
            "Chủ nhiệm",
            _("Ghi x nếu chủ nhiệm lớp ở cột “Lớp”, hoặc ghi tên lớp chủ nhiệm."),
            "6A1",
            ("gvcn", "chu nhiem lop", "lop chu nhiem", "cn", "kiem nhiem chu nhiem"),
            is_text=True,
        ),
        Field(
            "decision_number",
            "Số quyết định",
            _("Để trống nếu đã chọn một quyết định chung khi tải tệp lên."),
            "12/QĐ-THCS",
            ("quyet dinh", "so qd", "quyet dinh so", "qd so"),
            is_text=True,
        ),
        Field(
            "decision_date",
            "Ngày ký",
            _DAY,
            "25/08/2026",
            ("ngay quyet dinh", "ngay ky quyet dinh", "ngay qd"),
            is_text=True,
        ),
        Field(
            "decision_signer",
            "Người ký",
            _("Họ và tên người ký quyết định."),
            "Nguyễn Văn Hùng",
            ("nguoi ky quyet dinh",),
        ),
    ),
    needs=(
        frozenset({"staff_code", "full_name"}),
        frozenset({"classes", "homeroom"}),
        frozenset({"subject", "homeroom"}),
    ),
    identifying=frozenset({"classes", "subject", "homeroom"}),
)

KINDS: dict[str, Kind] = {"students": STUDENTS, "staff": STAFF, "assignments": ASSIGNMENTS, "sector": SECTOR}
