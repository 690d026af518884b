"""A list of the sector's database that IT staff have sent and not decided on yet: a bit of every kind of difference."""

import csv
import io
from datetime import timedelta

from accounts.models import User
from registry import services
from registry.models import Enrollment, ImportBatch, SchoolClass, SchoolYear
from registry.selectors.imports import Options
from schoolops.home.demo.plan import Plan

HEADINGS = (
    "STT",
    "Mã lớp",
    "Mã học sinh",
    "Họ tên",
    "Ngày sinh",
    "Giới tính",
    "Trạng thái HS",
    "Dân tộc",
    "Số định danh cá nhân",
)
ENOUGH_PUPILS = 10
# Places in the class list of those about whom the two sides do not agree.
OTHER_DAY, LEFT_OUT, WITHOUT_CODES, GONE = 1, 3, 5, 6
MISSING_NUMBER = "001200999001"


def compare(plan: Plan, year: SchoolYear, by: User) -> ImportBatch | None:
    """The list of the first class of the last grade; nothing in a school too small for it."""
    school_class = SchoolClass.objects.filter(school_year=year).order_by("-grade", "sort_key").first()
    places = Enrollment.objects.present().filter(school_class=school_class).select_related("student", "school_class")
    listed = list(places.order_by("roll_no"))
    if school_class is None or len(listed) < ENOUGH_PUPILS:
        return None
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(HEADINGS)
    lines = [_line(number, place) for number, place in enumerate(listed) if number != LEFT_OUT]
    writer.writerows([*lines, _stranger(school_class, plan)])
    return services.upload_batch(
        kind=ImportBatch.Kind.SECTOR,
        school_year=year,
        content=out.getvalue().encode(),
        name=f"C1-HocSinh {school_class.name}.csv",
        options=Options(valid_from=year.starts_on),
        by=by,
    )


def _line(number: int, place: Enrollment) -> list[str]:
    pupil = place.student
    day = pupil.birth_date
    if day and number == OTHER_DAY:
        day += timedelta(days=1)
    codes = ["", ""] if number == WITHOUT_CODES else [pupil.moet_id or "", pupil.national_id or ""]
    if number == 0 and not codes[1]:
        codes[1] = MISSING_NUMBER
    shown = "" if day is None or number == WITHOUT_CODES else f"{day:%d/%m/%Y}"
    status = "Thôi học kỳ 1" if number == GONE else "Đang học"
    sex = str(pupil.get_sex_display()) if pupil.sex else ""
    return [
        str(number + 1),
        place.school_class.name,
        codes[0],
        pupil.full_name,
        shown,
        sex,
        status,
        pupil.ethnicity,
        codes[1],
    ]


def _stranger(school_class: SchoolClass, plan: Plan) -> list[str]:
    day = f"15/03/{plan.first_year - school_class.grade - 5}"
    return ["99", school_class.name, "0099999002", "Lường Thị Mai", day, "Nữ", "Đang học", "Thái", ""]
