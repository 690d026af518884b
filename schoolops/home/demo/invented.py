"""Invented names, numbers and addresses. No telephone number begins with 0000 and no province has the code 099."""

import random
from dataclasses import dataclass

from schoolops.lib import names

COMMUNE = "xã Mường Sương"
PROVINCE = "tỉnh Thanh Lam"
HAMLETS = ("Bản Nà Hoa", "Bản Co Ban", "Thôn Đồi Chè", "Thôn Suối Trong", "Thôn Tân Lập", "Bản Pá Mây", "Buôn Ea Nuôl")

FAMILIES = (
    *("Nguyễn",) * 28,
    *("Trần", "Lê") * 10,
    *("Phạm", "Hoàng", "Phan") * 4,
    *("Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Huỳnh") * 3,
    *("Hồ", "Ngô", "Dương", "Đinh", "Lý", "Mai", "Đào", "Trịnh", "Đoàn", "Lương", "Cao", "Tạ", "Ứng", "Âu", "Ông"),
)
MIDDLES = {
    "male": "Văn Đức Minh Quang Hữu Gia Quốc Tuấn Bảo Công Thành Xuân Ngọc Đình Thế Hoàng",
    "female": "Thị Thị Ngọc Khánh Phương Bảo Thùy Thanh Quỳnh Diệu Minh Hồng Thu",
}
GIVEN = {
    "male": (
        "An Anh Ân Bảo Bằng Bình Cường Đạt Đăng Đức Dũng Duy Giang Hải Hiếu Hoàng Huy Hưng Khang Khánh Khoa Kiên Lâm "
        "Long Lộc Minh Nam Nghĩa Nhân Phong Phúc Quân Quang Quý Sơn Tài Tâm Thắng Thành Thiện Thịnh Tiến Toàn Trí "
        "Trung Tú Tuấn Tùng Việt Vinh Vũ Ý"
    ),
    "female": (
        "An Anh Ánh Ân Châu Chi Dung Duyên Dương Đào Giang Hà Hân Hạnh Hiền Hoa Hồng Huệ Hương Huyền Khuê Lan Liên "
        "Linh Loan Ly Mai My Nga Ngân Ngọc Nguyệt Nhi Nhung Oanh Phương Quyên Quỳnh Tâm Thảo Thơ Thu Thúy Thủy Tiên "
        "Trâm Trang Trinh Tú Tuyết Uyên Ước Vân Vy Xuân Yến"
    ),
}
# ethnicity: (families, what stands in the middle, given names), for each sex where they differ.
PEOPLES: dict[str, dict[str, tuple[str, str, str]]] = {
    "Thái": {
        "male": ("Lò Quàng Cầm Lường Tòng", "Văn", "Thiết Hặc Phanh Inh Dung Chiến"),
        "female": ("Lò Quàng Cầm Lường Tòng", "Thị", "Ọi Xuân Pành Ín Lả Chom"),
    },
    "HMông": {
        "male": ("Giàng Vàng Sùng Thào Mùa", "A", "Páo Chứ Sình Dơ Tủa Lềnh"),
        "female": ("Giàng Vàng Sùng Thào Mùa", "Thị", "Mỷ Dợ Sua Pà Máy Chía"),
    },
    "Ê-đê": {
        "male": ("Y", "Wang Krông Thơm Moan Djêk", "Niê Mlô Êban Ayŭn Byă Kbuôr"),
        "female": ("H'Hen H'Lan H'Bel H'Yuôn H'Duyên", "", "Niê Mlô Êban Ayŭn Byă Kbuôr"),
    },
    "Tày": {"male": ("Nông Triệu Vi", "Văn", "Hiệp Thuận Đồng"), "female": ("Nông Triệu Vi", "Thị", "Slao Nhình Thắm")},
    "Khơ-me": {"male": ("Thạch Sơn Danh", "Sa", "Rinh Phol Rết"), "female": ("Thạch Sơn Danh", "Thị", "Sóc Đa Rem")},
}
KINH = "Kinh"


@dataclass(frozen=True)
class Invented:
    """A name with what goes with it."""

    name: str
    sex: str
    ethnicity: str


# What breaks careless software: no tên at the end, one word, two tone placements, letters outside a-z with signs.
HARD_NAMES = (
    Invented("H'Hen Niê", "female", "Ê-đê"),
    Invented("Đặng Thị Ước", "female", KINH),
    Invented("Y Krông Ayŭn", "male", "Ê-đê"),
    Invented("H'Mai", "female", "Gia-rai"),
    Invented("Công Tằng Tôn Nữ Hoàng Bảo Ngọc", "female", KINH),
    Invented("Nguyễn Thị Hoà", "female", KINH),
    Invented("Nguyễn Thị Hòa", "female", KINH),
    Invented("Rơ Châm H'Yăm", "female", "Gia-rai"),
    Invented("Siu", "male", "Gia-rai"),
    Invented("Lê Ý", "male", KINH),
    Invented("Trần Ngọc Anh-Thư", "female", KINH),
)
TWINS = Invented("Nguyễn Minh Anh", "female", KINH)


def person(rng: random.Random, *, kinh: float = 0.74) -> Invented:
    """Somebody who does not exist; `kinh` is the share of the majority."""
    sex = rng.choice(("male", "female"))
    if rng.random() < kinh:
        parts = [rng.choice(FAMILIES), rng.choice(MIDDLES[sex].split()), rng.choice(GIVEN[sex].split())]
        return Invented(names.clean_name(" ".join(parts)), sex, KINH)
    people = rng.choice(list(PEOPLES))
    parts = [rng.choice(words.split()) for words in PEOPLES[people][sex] if words]
    return Invented(names.clean_name(" ".join(parts)), sex, people)


def relative(rng: random.Random, child: str, ethnicity: str, sex: str) -> str:
    """A parent's name: of the child's people, a father with the child's family name where that comes first."""
    kind = PEOPLES.get(ethnicity)
    families, middles, given = kind[sex] if kind else (" ".join(FAMILIES), MIDDLES[sex], GIVEN[sex])
    surname, *_ = child.split(" ", 1)
    if sex != "male" or surname not in families.split():
        surname = rng.choice(families.split())
    parts = [surname, *(rng.choice(words.split()) for words in (middles, given) if words)]
    return names.clean_name(" ".join(parts))


def address(rng: random.Random) -> str:
    return f"{rng.choice(HAMLETS)}, {COMMUNE}, {PROVINCE}"


def phone(number: int) -> str:
    """A number that cannot ring anywhere."""
    return f"0000{number:06d}"


def personal_number(sex: str, birth_year: int, serial: int) -> str:
    """12 digits in the national order (province, century and sex, year, serial), of a province that does not exist."""
    century = (0 if sex == "male" else 1) + (2 if birth_year >= 2000 else 0)
    return f"099{century}{birth_year % 100:02d}{serial:06d}"
