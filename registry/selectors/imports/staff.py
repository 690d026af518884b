"""Staff of a file against the accounts: one account per natural person, a user name for each newcomer (A9, A1)."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Department, StaffProfile, User
from registry.importing.fields import STAFF, heading_key
from registry.selectors.imports.people import changes_of
from registry.selectors.imports.plans import Change, Group, Plan, RowPlan, by_value, flag_duplicates, settle
from schoolops.lib import names

USER_FIELDS = ("full_name", "salutation", "phone")
PROFILE_FIELDS = ("personal_number", "position")
_BY_SEX = {"female": User.Salutation.MS_TEACHER, "male": User.Salutation.MR_TEACHER}


@dataclass
class StaffPlan(Plan):
    """Accounts and profiles; `values` of a newcomer carries the user name, `department` the object."""

    new_departments: list[Department]


class _Accounts:
    """The staff whom a file may mean, and what is taken among all accounts."""

    def __init__(self, *, lock: bool) -> None:
        profiles: QuerySet[StaffProfile] = StaffProfile.objects.select_related("user", "department").order_by("pk")
        found = list(profiles.select_for_update(of=("self", "user")) if lock else profiles)
        self.by_code = {item.staff_code.casefold(): item for item in found}
        self.by_number = {item.personal_number: item for item in found if item.personal_number}
        people = User.objects.order_by("pk")
        with_profile = {item.user_id for item in found}
        self.by_phone = {item.phone: item for item in people if item.phone}
        self.taken = {item.username: item for item in people}
        self.without_profile = {item.username: item for item in people if item.pk not in with_profile}


class _Departments:
    """Departments by name; unsaved ones are new."""

    def __init__(self) -> None:
        self._by_key = {heading_key(item.name): item for item in Department.objects.filter(closed_on=None)}
        self.new: list[Department] = []

    def find(self, name: str) -> Department:
        key = heading_key(name)
        if key not in self._by_key:
            self._by_key[key] = Department(name=name)
            self.new.append(self._by_key[key])
        return self._by_key[key]


def plan_staff(rows: list[RowPlan], *, lock: bool) -> StaffPlan:
    """Give every row its account and its group."""
    accounts, departments = _Accounts(lock=lock), _Departments()
    for row in rows:
        if row.is_open:
            row.target = _find_profile(row, accounts)
            _check_phone(row, accounts)
    _flag_twins(rows)
    for row in rows:
        if row.is_open:
            _compare(row, accounts, departments)
    settle(rows)
    created = sorted(item.name for item in departments.new)
    return StaffPlan(rows, {"departments": created}, departments.new)


# --- who is who ---------------------------------------------------------------------------------
def _find_profile(row: RowPlan, accounts: _Accounts) -> StaffProfile | None:
    """By the staff code; a personal number that belongs to somebody else's code is a problem."""
    values = row.values
    by_code = accounts.by_code.get(values["staff_code"].casefold())
    by_number = accounts.by_number.get(values.get("personal_number", ""))
    if by_number and (by_code is None or by_code.pk != by_number.pk):
        row.refuse(
            "personal_number",
            _heading("personal_number"),
            _("số này đã thuộc %(whom)s, mã cán bộ %(code)s.")
            % {"whom": by_number.user.full_name, "code": by_number.staff_code},
        )
    if by_code and by_code.left_on:
        row.refuse(
            "staff_code",
            _heading("staff_code"),
            _("%(whom)s đã nghỉ từ %(day)s.") % {"whom": by_code.user.full_name, "day": f"{by_code.left_on:%d/%m/%Y}"},
        )
    return by_code


def _check_phone(row: RowPlan, accounts: _Accounts) -> None:
    """A phone number signs one person in."""
    owner = accounts.by_phone.get(row.values.get("phone", ""))
    mine = row.target.user if row.target else _own_account(row, accounts)
    if owner and (mine is None or owner.pk != mine.pk):
        message = _("số này đã thuộc tài khoản của %(whom)s.") % {"whom": owner.full_name}
        row.refuse("phone", _heading("phone"), message)


def _own_account(row: RowPlan, accounts: _Accounts) -> User | None:
    """An account made by hand before: same user name and same name, and no staff profile yet."""
    account = accounts.without_profile.get(row.values.get("username", ""))
    if account and names.identity_key(account.full_name) == names.identity_key(row.values["full_name"]):
        return account
    return None


def _flag_twins(rows: list[RowPlan]) -> None:
    message = _("“%(value)s” có cả ở %(other)s.")
    flag_duplicates(rows, _code, "staff_code", _heading("staff_code"), message)
    for name in ("personal_number", "phone", "username"):
        flag_duplicates(rows, by_value(name), name, _heading(name), message)


def _code(row: RowPlan) -> str | None:
    code = row.values.get("staff_code")
    return str(code).casefold() if code else None


def _heading(name: str) -> str:
    return STAFF.field_named(name).heading


# --- what changes -------------------------------------------------------------------------------
def _compare(row: RowPlan, accounts: _Accounts, departments: _Departments) -> None:
    values, profile = row.values, row.target
    if "salutation" not in values and "sex" in values:
        values["salutation"] = _BY_SEX[values["sex"]]
    if "department" in values:
        values["department"] = departments.find(values["department"])
    if profile is None:
        _prepare_newcomer(row, accounts)
        return
    if values.get("username", profile.user.username) != profile.user.username:
        row.refuse(
            "username",
            _heading("username"),
            _("tài khoản này đã có tên đăng nhập “%(name)s”.") % {"name": profile.user.username},
        )
        return
    row.changes = _changes(profile, values)
    row.group = Group.CHANGED if row.changes else Group.UNCHANGED


def _prepare_newcomer(row: RowPlan, accounts: _Accounts) -> None:
    account = row.values["account"] = _own_account(row, accounts)
    _choose_username(row, accounts)
    row.facts = _facts(row)
    if account is not None:
        row.changes = changes_of(account, row.values, USER_FIELDS)
        row.notes.append(_("Đã có tài khoản “%(name)s”; chỉ thêm hồ sơ cán bộ.") % {"name": account.username})


def _changes(profile: StaffProfile, values: dict[str, Any]) -> list[Change]:
    changes = changes_of(profile.user, values, USER_FIELDS) + changes_of(profile, values, PROFILE_FIELDS)
    department = values.get("department")
    if department is not None and department != profile.department:
        changes.append(
            Change(_("tổ chuyên môn"), str(profile.department or ""), department.name, "department", department)
        )
    return changes


def _choose_username(row: RowPlan, accounts: _Accounts) -> None:
    """The one in the file when it is free, otherwise given name and initials: Trần Thị Lan is lantt."""
    wanted = row.values.get("username")
    owner = accounts.taken.get(wanted or "")
    if wanted and owner and row.values["account"] is None:
        message = _("tên đăng nhập “%(name)s” đã có người dùng.") % {"name": wanted}
        row.refuse("username", _heading("username"), message)
        return
    row.values["username"] = wanted or _free_username(row.values["full_name"], accounts)
    accounts.taken.setdefault(row.values["username"], User())


def _free_username(full_name: str, accounts: _Accounts) -> str:
    *before, given = re.sub(r"[^a-z ]", "", names.fold(full_name)).split() or ["nguoidung"]
    base = (given + "".join(part[0] for part in before))[:24]
    base = base if len(base) > 2 else f"{base}gv"
    number = 1
    while (username := base if number == 1 else f"{base}{number}") in accounts.taken:
        number += 1
    return username


def _facts(row: RowPlan) -> tuple[str, ...]:
    values = row.values
    department = values.get("department")
    return (
        values["staff_code"],
        values.get("username", ""),
        values.get("phone", ""),
        department.name if department else "",
        values.get("position", ""),
    )
