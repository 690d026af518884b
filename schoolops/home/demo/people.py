"""The people who work at the demo school, and their accounts."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from accounts.models import Department, PasswordRecord, StaffProfile, User
from schoolops.home.demo import invented
from schoolops.home.demo.plan import Plan
from schoolops.home.demo.school import MATHS, OFFICE, SUBJECTS
from schoolops.home.demo.timetable import Timetable
from schoolops.lib import names
from schoolops.lib.demo import PASSWORD

# The account that acts before anybody holds a right, and the officer who confirms the principal; neither signs in.
SYSTEM, OFFICER = "hethong", "uyban"
TEACHER = "Giáo viên"


@dataclass(frozen=True)
class Post:
    """A place of work; `name` and `sex` are given for the demo accounts only."""

    key: str
    position: str
    department: str
    name: str = ""
    sex: str = ""


DEMO_POSTS = {
    post.key: post
    for post in (
        Post("hieutruong", "Hiệu trưởng", OFFICE, "Lương Thị Thu Hà", "female"),
        Post("phohieutruong", "Phó Hiệu trưởng", "Tổ Xã hội", "Đỗ Quang Khải", "male"),
        Post("quantri", "Giáo viên, quản trị hệ thống", MATHS, "Phạm Đức Huy", "male"),
        Post("totruong", "Tổ trưởng chuyên môn", MATHS, "Vũ Ngọc Sơn", "male"),
        Post("gvcn", TEACHER, MATHS, "Trần Thị Lan", "female"),
        Post("gvbm", TEACHER, "Tổ Ngữ văn", "Hoàng Thị Yến", "female"),
        Post("vanthu", "Nhân viên văn thư – lưu trữ", OFFICE, "Nguyễn Thị Hiền", "female"),
        Post("yte", "Nhân viên y tế", OFFICE, "Lò Thị Ín", "female"),
        Post("bbt", "Tổng phụ trách Đội", OFFICE, "Bùi Thanh Tùng", "male"),
        Post("thuvien", "Nhân viên thư viện, thiết bị", OFFICE, "Đặng Thị Nguyệt", "female"),
    )
}
OTHER_POSTS = (Post("ketoan", "Kế toán", OFFICE),)


@dataclass
class Staff:
    """The people by the name of their seat or demo account."""

    by_key: dict[str, User] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, key: str) -> User:
        return self.by_key[key]

    def members(self, department: str) -> list[User]:
        """The people of a department without the demo accounts, in the order of their posts."""
        return [
            user
            for key, user in self.by_key.items()
            if self.departments.get(key) == department and key not in DEMO_POSTS
        ]


def hire(plan: Plan, timetable: Timetable, departments: dict[str, Department]) -> Staff:
    """One account and one profile for each post; all sign in with the demo password."""
    system = _institution(SYSTEM, "Hệ thống", plan)
    officer = _institution(OFFICER, f"Cán bộ UBND {invented.COMMUNE}", plan)
    wanted, rng = posts(timetable), plan.rng("staff")
    password, taken, users = make_password(PASSWORD), set(DEMO_POSTS), []
    for number, post in enumerate(wanted, start=1):
        users.append(_user(post, rng, password=password, number=number, taken=taken, joined=_joined(plan)))
    users.append(_parent(password, len(wanted) + 1, _joined(plan)))
    users = bulk_create_with_history(users, User, default_user=system)
    profiles = [
        _profile(user, post, departments, rng, number)
        for number, (user, post) in enumerate(zip(users, wanted, strict=False), start=1)
    ]
    PasswordRecord.objects.bulk_create(
        PasswordRecord(person=user, hash=user.password, set_at=_password_set(plan, rng)) for user in users
    )
    bulk_create_with_history(profiles, StaffProfile, default_user=system)
    staff = Staff({SYSTEM: system, OFFICER: officer}, {post.key: post.department for post in wanted})
    staff.by_key |= {post.key: user for post, user in zip(wanted, users, strict=False)}
    return staff


def _password_set(plan: Plan, rng: random.Random) -> datetime:
    """Most within the school's interval, some overdue."""
    day = plan.today - timedelta(days=rng.randint(1, 95))
    return timezone.make_aware(datetime(day.year, day.month, day.day, 19, 30))  # noqa: DTZ001  # made aware at once


def posts(timetable: Timetable) -> list[Post]:
    """Demo accounts first, then a teacher for each seat, then the office."""
    seats = timetable.seats().items()
    teachers = [Post(seat, TEACHER, SUBJECTS[code][4]) for seat, code in seats if seat not in DEMO_POSTS]
    return [*DEMO_POSTS.values(), *teachers, *OTHER_POSTS]


def _institution(username: str, full_name: str, plan: Plan) -> User:
    """An account that stands for an office and cannot sign in."""
    user = User(
        username=username,
        full_name=full_name,
        is_active=False,
        password=make_password(None),
        date_joined=_joined(plan),
    )
    user.save()
    return user


def _user(post: Post, rng: random.Random, *, password: str, number: int, taken: set[str], joined: datetime) -> User:
    someone = invented.Invented(post.name, post.sex, invented.KINH) if post.name else invented.person(rng, kinh=0.85)
    username = post.key if post.name else next(free for free in _usernames(someone.name) if free not in taken)
    taken.add(username)
    return User(
        username=username,
        full_name=someone.name,
        salutation=User.Salutation.MR_TEACHER if someone.sex == "male" else User.Salutation.MS_TEACHER,
        phone=invented.phone(1000 + number),
        password=password,
        date_joined=joined,
    )


def _parent(password: str, number: int, joined: datetime) -> User:
    """An account without any right: what parents see comes later."""
    return User(
        username="phuhuynh",
        full_name="Nguyễn Văn Phú",
        salutation=User.Salutation.MR,
        phone=invented.phone(1000 + number),
        password=password,
        date_joined=joined,
    )


def _usernames(name: str) -> Iterator[str]:
    """lannt, lannt2, lannt3, … for Nguyễn Thị Lan."""
    *before, given = names.fold(name).replace("'", "").split()
    plain = given + "".join(part[0] for part in before)
    yield plain
    for number in range(2, 1000):
        yield f"{plain}{number}"


def _profile(
    user: User, post: Post, departments: dict[str, Department], rng: random.Random, number: int
) -> StaffProfile:
    sex = "male" if user.salutation == User.Salutation.MR_TEACHER else "female"
    return StaffProfile(
        user=user,
        staff_code=f"HB{number:03d}",
        personal_number=invented.personal_number(sex, rng.randint(1970, 1999), 100000 + number),
        department=departments[post.department],
        position=post.position,
    )


def _joined(plan: Plan) -> datetime:
    return timezone.make_aware(datetime(plan.first_year, 8, 20, 8, 0))  # noqa: DTZ001  # made aware at once
