"""What a school of each level begins with before it has a year of its own to copy.

Subjects and yearly periods of the 2018 programme (Thông tư 32/2018/TT-BGDĐT). The text itself was not at hand: the page says so,
and schools check the figures against their own plan. What is `unsure` differs between schools and is marked on its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.models import CurriculumItem, GradeScheme, School

SCORE, COMMENT = CurriculumItem.Assessment.SCORE, CurriculumItem.Assessment.COMMENT
Level, Scheme = School.Level, GradeScheme.Scheme


@dataclass(frozen=True)
class Starter:
    """A subject with its periods a year by grade; of Thông tư 27 those with a test are SCORE."""

    code: str
    name: str
    short_name: str
    periods: dict[int, int]
    assessment: CurriculumItem.Assessment
    unsure: bool = False


def _same(grades: range, periods: int) -> dict[int, int]:
    return dict.fromkeys(grades, periods)


_G1_5, _G6_9, _G10_12 = range(1, 6), range(6, 10), range(10, 13)
_PRIMARY = [
    Starter("TV", "Tiếng Việt", "T.Việt", {1: 420, 2: 350, 3: 245, 4: 245, 5: 245}, SCORE),
    Starter("TOAN", "Toán", "Toán", {1: 105} | _same(range(2, 6), 175), SCORE),
    Starter("NN1", "Ngoại ngữ 1", "N.ngữ", _same(range(3, 6), 140), SCORE),
    Starter("DD", "Đạo đức", "Đ.đức", _same(_G1_5, 35), COMMENT),
    Starter("TNXH", "Tự nhiên và Xã hội", "TN&XH", _same(range(1, 4), 70), COMMENT),
    Starter("KH", "Khoa học", "K.học", _same(range(4, 6), 70), SCORE),
    Starter("LSDL", "Lịch sử và Địa lí", "Sử – Địa", _same(range(4, 6), 70), SCORE),
    # Most software keeps the two halves of "Tin học và Công nghệ" apart.
    Starter("TIN", "Tin học", "Tin", _same(range(3, 6), 35), SCORE, unsure=True),
    Starter("CN", "Công nghệ", "CN", _same(range(3, 6), 35), SCORE, unsure=True),
    Starter("GDTC", "Giáo dục thể chất", "GDTC", _same(_G1_5, 70), COMMENT),
    Starter("AN", "Âm nhạc", "Nhạc", _same(_G1_5, 35), COMMENT),
    Starter("MT", "Mĩ thuật", "MT", _same(_G1_5, 35), COMMENT),
    Starter("HDTN", "Hoạt động trải nghiệm", "HĐTN", _same(_G1_5, 105), COMMENT),
]
_LOWER = [
    Starter("NV", "Ngữ văn", "Văn", _same(_G6_9, 140), SCORE),
    Starter("TOAN", "Toán", "Toán", _same(_G6_9, 140), SCORE),
    Starter("NN1", "Ngoại ngữ 1", "N.ngữ", _same(_G6_9, 105), SCORE),
    Starter("GDCD", "Giáo dục công dân", "GDCD", _same(_G6_9, 35), SCORE),
    Starter("LSDL", "Lịch sử và Địa lí", "Sử – Địa", _same(_G6_9, 105), SCORE),
    Starter("KHTN", "Khoa học tự nhiên", "KHTN", _same(_G6_9, 140), SCORE),
    Starter("CN", "Công nghệ", "CN", {6: 35, 7: 35, 8: 52, 9: 52}, SCORE),
    Starter("TIN", "Tin học", "Tin", _same(_G6_9, 35), SCORE),
    Starter("GDTC", "Giáo dục thể chất", "GDTC", _same(_G6_9, 70), COMMENT),
    Starter("NT", "Nghệ thuật (Âm nhạc, Mĩ thuật)", "NT", _same(_G6_9, 70), COMMENT),
    Starter("GDDP", "Nội dung giáo dục của địa phương", "GDĐP", _same(_G6_9, 35), COMMENT),
    Starter("HDTNHN", "Hoạt động trải nghiệm, hướng nghiệp", "HĐTN", _same(_G6_9, 105), COMMENT),
]
_UPPER = [
    Starter("NV", "Ngữ văn", "Văn", _same(_G10_12, 105), SCORE),
    Starter("TOAN", "Toán", "Toán", _same(_G10_12, 105), SCORE),
    Starter("NN1", "Ngoại ngữ 1", "N.ngữ", _same(_G10_12, 105), SCORE),
    Starter("LS", "Lịch sử", "Sử", _same(_G10_12, 52), SCORE),
    Starter("GDTC", "Giáo dục thể chất", "GDTC", _same(_G10_12, 70), COMMENT),
    Starter("GDQPAN", "Giáo dục quốc phòng và an ninh", "GDQP&AN", _same(_G10_12, 35), SCORE),
    Starter("GDDP", "Nội dung giáo dục của địa phương", "GDĐP", _same(_G10_12, 35), COMMENT),
    Starter("HDTNHN", "Hoạt động trải nghiệm, hướng nghiệp", "HĐTN", _same(_G10_12, 105), COMMENT),
    # Electives: a class takes four of them.
    Starter("DL", "Địa lí", "Địa", _same(_G10_12, 70), SCORE, unsure=True),
    Starter("KTPL", "Giáo dục kinh tế và pháp luật", "KT&PL", _same(_G10_12, 70), SCORE, unsure=True),
    Starter("VL", "Vật lí", "Lí", _same(_G10_12, 70), SCORE, unsure=True),
    Starter("HH", "Hóa học", "Hóa", _same(_G10_12, 70), SCORE, unsure=True),
    Starter("SH", "Sinh học", "Sinh", _same(_G10_12, 70), SCORE, unsure=True),
    Starter("CN", "Công nghệ", "CN", _same(_G10_12, 70), SCORE, unsure=True),
    Starter("TIN", "Tin học", "Tin", _same(_G10_12, 70), SCORE, unsure=True),
    Starter("AN", "Âm nhạc", "Nhạc", _same(_G10_12, 70), COMMENT, unsure=True),
    Starter("MT", "Mĩ thuật", "MT", _same(_G10_12, 70), COMMENT, unsure=True),
]
_SUBJECTS = {Level.PRIMARY: _PRIMARY, Level.LOWER_SECONDARY: _LOWER, Level.UPPER_SECONDARY: _UPPER}
_SCHEMES = {Level.PRIMARY: Scheme.TT27, Level.LOWER_SECONDARY: Scheme.TT22, Level.UPPER_SECONDARY: Scheme.TT22}


def starters(level: str) -> list[Starter]:
    """The subjects of a level, in the order of the ministry's forms."""
    return _SUBJECTS[Level(level)]


def usual_scheme(level: str) -> str:
    """The circular that assesses this level today."""
    return _SCHEMES[Level(level)]


def taught_in(level: str, grade: int) -> Iterator[Starter]:
    return (found for found in starters(level) if grade in found.periods)
