"""The school, its year, its programme and its classes."""

from dataclasses import dataclass
from datetime import date, timedelta

import holidays

from accounts.models import Department
from registry.models import (
    CalendarDay,
    ClassSubject,
    CurriculumItem,
    GoverningBody,
    GradeScheme,
    School,
    SchoolClass,
    SchoolYear,
    Subject,
    Term,
)
from schoolops.home.demo.invented import COMMUNE, PROVINCE, phone
from schoolops.home.demo.plan import GRADES, Plan

SCORE, COMMENT = CurriculumItem.Assessment.SCORE, CurriculumItem.Assessment.COMMENT
OFFICE = "Tổ Văn phòng"
MATHS = "Tổ Toán – Tin"
ENGLISH = "Tổ Ngoại ngữ"
# code: (name, short name, periods a year, assessment, department), in the order of the ministry's forms.
SUBJECTS: dict[str, tuple[str, str, int, CurriculumItem.Assessment, str]] = {
    "NV": ("Ngữ văn", "Văn", 140, SCORE, "Tổ Ngữ văn"),
    "TOAN": ("Toán", "Toán", 140, SCORE, MATHS),
    "NN1": ("Ngoại ngữ 1 (Tiếng Anh)", "Anh", 105, SCORE, ENGLISH),
    "GDCD": ("Giáo dục công dân", "GDCD", 35, SCORE, "Tổ Xã hội"),
    "LSDL": ("Lịch sử và Địa lí", "Sử – Địa", 105, SCORE, "Tổ Xã hội"),
    "KHTN": ("Khoa học tự nhiên", "KHTN", 140, SCORE, "Tổ KHTN – Công nghệ"),
    "CN": ("Công nghệ", "CN", 35, SCORE, "Tổ KHTN – Công nghệ"),
    "TIN": ("Tin học", "Tin", 35, SCORE, MATHS),
    "GDTC": ("Giáo dục thể chất", "GDTC", 70, COMMENT, "Tổ Nghệ thuật – Thể chất"),
    "NT": ("Nghệ thuật (Âm nhạc, Mĩ thuật)", "NT", 70, COMMENT, "Tổ Nghệ thuật – Thể chất"),
    "GDDP": ("Nội dung giáo dục của địa phương", "GDĐP", 35, COMMENT, "Tổ Xã hội"),
    "HDTNHN": ("Hoạt động trải nghiệm, hướng nghiệp", "HĐTN", 105, COMMENT, "Tổ Xã hội"),
}
# Công nghệ has 52 periods from grade 8 on.
OTHER_PERIODS = {("CN", 8): 52, ("CN", 9): 52}
TWO_LEVELS_FROM = date(2025, 7, 1)
# No public holiday but Tết falls between these two days of the year.
TET_DAYS = range(15, 75)


@dataclass(frozen=True)
class Campus:
    """What the other parts build on."""

    year: SchoolYear
    term: Term
    departments: dict[str, Department]
    classes: list[SchoolClass]
    class_subjects: list[ClassSubject]

    def subject(self, school_class: SchoolClass, code: str) -> ClassSubject:
        return next(
            found
            for found in self.class_subjects
            if found.school_class_id == school_class.pk and found.item.subject.code == code
        )


def build(plan: Plan) -> Campus:
    """The school with an open year, before anybody works there."""
    _school()
    year = SchoolYear.objects.create(code=plan.year_code, starts_on=plan.starts_on, ends_on=plan.ends_on)
    terms = [_term(plan, year, number) for number in (1, 2)]
    CalendarDay.objects.bulk_create(_calendar(plan, year))
    GradeScheme.objects.bulk_create(
        [GradeScheme(school_year=year, grade=grade, scheme=GradeScheme.Scheme.TT22) for grade in GRADES]
    )
    departments = _departments()
    classes = SchoolClass.objects.bulk_create(
        [SchoolClass(school_year=year, grade=grade, name=name) for grade, name in plan.class_names()]
    )
    class_subjects = _class_subjects(classes, _curriculum(year, departments))
    return Campus(year, terms[plan.term - 1], departments, classes, class_subjects)


def _school() -> None:
    school = School.objects.create(
        name="Trường THCS Hoa Ban",
        short_name="THCS Hoa Ban",
        code="99000501",
        level=School.Level.LOWER_SECONDARY,
        address=f"Bản Nà Hoa, {COMMUNE}, {PROVINCE}",
        phone=phone(1),
    )
    GoverningBody.objects.bulk_create(
        [
            GoverningBody(
                school=school,
                name="Phòng GD&ĐT huyện Mường Sương",
                valid_from=date(2005, 8, 15),
                valid_until=TWO_LEVELS_FROM - timedelta(days=1),
            ),
            GoverningBody(school=school, name=f"UBND {COMMUNE}", valid_from=TWO_LEVELS_FROM),
        ]
    )


def _term(plan: Plan, year: SchoolYear, number: int) -> Term:
    starts_on, ends_on = plan.term_dates(number)
    return Term.objects.create(school_year=year, number=number, starts_on=starts_on, ends_on=ends_on)


def _calendar(plan: Plan, year: SchoolYear) -> list[CalendarDay]:
    """The public holidays, and the two free weeks around Tết that the plan of the year gives."""
    known = holidays.country_holidays("VN", years=[plan.first_year, plan.first_year + 1], language="vi")
    free = {day: str(name) for day, name in known.items() if plan.starts_on <= day <= plan.ends_on}
    tet = min(day for day in free if day.timetuple().tm_yday in TET_DAYS)
    monday = tet - timedelta(days=tet.weekday())
    for offset in range(14):
        free.setdefault(monday + timedelta(days=offset), "Nghỉ Tết Nguyên Đán theo kế hoạch năm học")
    return [
        CalendarDay(school_year=year, day=day, kind=CalendarDay.Kind.HOLIDAY, name=name)
        for day, name in sorted(free.items())
    ]


def _departments() -> dict[str, Department]:
    wanted = [*dict.fromkeys(department for *_, department in SUBJECTS.values()), OFFICE]
    return {made.name: made for made in Department.objects.bulk_create([Department(name=name) for name in wanted])}


def _curriculum(year: SchoolYear, departments: dict[str, Department]) -> list[CurriculumItem]:
    subjects = Subject.objects.bulk_create(
        [
            Subject(code=code, name=name, short_name=short_name, position=position, department=departments[department])
            for position, (code, (name, short_name, _, _, department)) in enumerate(SUBJECTS.items(), start=1)
        ]
    )
    return CurriculumItem.objects.bulk_create(
        [
            CurriculumItem(
                school_year=year,
                grade=grade,
                subject=subject,
                periods=OTHER_PERIODS.get((subject.code, grade), SUBJECTS[subject.code][2]),
                assessment=SUBJECTS[subject.code][3],
            )
            for grade in GRADES
            for subject in subjects
        ]
    )


def _class_subjects(classes: list[SchoolClass], items: list[CurriculumItem]) -> list[ClassSubject]:
    return ClassSubject.objects.bulk_create(
        [
            ClassSubject(school_class=school_class, item=item)
            for school_class in classes
            for item in items
            if item.grade == school_class.grade
        ]
    )
