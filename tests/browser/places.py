"""Every page that can be opened with GET, and the accounts that open it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.browser.records import Records

PathOf = Callable[[Records], str]


@dataclass(frozen=True)
class Place:
    """A page. `ready` is an element that its script has finished with."""

    path: str | PathOf
    status: int = 200
    ready: str = "h1"
    is_grid: bool = False

    def at(self, records: Records) -> str:
        return self.path if isinstance(self.path, str) else self.path(records)


def _book(class_name: str, subject: str, part: str = "", column: str = "") -> PathOf:
    def path(records: Records) -> str:
        book = records.book(class_name, subject)
        return (book.column_path(column) if column else book.path) + part

    return path


def _cell(class_name: str, subject: str, column: str) -> PathOf:
    def path(records: Records) -> str:
        book = records.book(class_name, subject)
        return f"{book.path}cell/{book.columns[column]}/{book.pupils[0].id}/"

    return path


def _exception(class_name: str, subject: str) -> PathOf:
    return lambda records: f"/locks/columns/{records.book(class_name, subject).columns['GK']}/open/"


def _incident(state: str) -> PathOf:
    return lambda records: f"/incidents/{records.one('SELECT min(id) FROM accounts_incident WHERE state = %s', state)}/"


def _petition(where: str) -> PathOf:
    question = f"SELECT min(r.id) FROM gradebook_correctionrequest r WHERE {where}"
    return lambda records: f"/corrections/{records.one(question)}/"


def _roster(class_name: str) -> PathOf:
    return lambda records: f"/roster/{records.one('SELECT id FROM registry_schoolclass WHERE name = %s', class_name)}/"


def _class_timetable(class_name: str) -> PathOf:
    question = "SELECT id FROM registry_schoolclass WHERE name = %s"
    return lambda records: f"/timetable/classes/{records.one(question, class_name)}/"


def _timetable(state: str) -> PathOf:
    question = "SELECT id FROM registry_timetable WHERE state = %s"
    return lambda records: f"/timetable/versions/{records.one(question, state)}/"


FIRST = """SELECT e.student_id FROM registry_enrollment e JOIN registry_schoolclass c ON c.id = e.school_class_id
           WHERE c.name = %s AND e.roll_no = 1"""


def _roster_pupil(class_name: str) -> PathOf:
    return lambda records: f"{_roster(class_name)(records)}pupils/{records.one(FIRST, class_name)}/"


def _pupil(class_name: str) -> PathOf:
    return lambda records: f"/students/{records.one(FIRST, class_name)}/"


def _health(class_name: str) -> PathOf:
    return lambda records: f"/health/{records.one('SELECT id FROM registry_schoolclass WHERE name = %s', class_name)}/"


OWN_CHILD = """SELECT t.student_id FROM registry_guardianship t JOIN registry_guardian g ON g.id = t.guardian_id
               JOIN accounts_user u ON u.id = g.user_id JOIN registry_healthcheck h ON h.student_id = t.student_id
               WHERE u.username = 'phuhuynh' ORDER BY 1 LIMIT 1"""


def _report(where: str) -> PathOf:
    return lambda records: f"/reports/{records.one(f'SELECT min(id) FROM registry_submission WHERE {where}')}/"


BATCH = "(SELECT count(*) FROM gradebook_correctionitem i WHERE i.request_id = r.id) > 5"


def _identity(records: Records) -> str:
    return f"/identity-changes/{records.one('SELECT max(id) FROM registry_identitychange')}/"


def _identity_new(records: Records) -> str:
    asked = "SELECT student_id FROM registry_identitychange ORDER BY id DESC LIMIT 1"
    return f"/students/{records.one(asked)}/identity/"


def _lost_factors(records: Records) -> str:
    return f"/powers/{records.one('SELECT min(user_id) FROM mfa_authenticator')}/factors/"


def _person(username: str) -> PathOf:
    return lambda records: f"/powers/{records.one('SELECT id FROM accounts_user WHERE username = %s', username)}/"


def _setup(page: str) -> PathOf:
    return lambda records: f"/admin/setup/{records.one('SELECT min(code) FROM registry_schoolyear')}/{page}"


def _row(page: str, table: str) -> PathOf:
    return lambda records: f"/admin/{page}/{records.one(f'SELECT min(id) FROM {table}')}/change/"


PLACES = {
    "login": Place("/login/"),
    "status": Place("/trang-thai/"),
    "missing": Place("/khong-co-trang-nay/", status=404),
    "forbidden": Place("/locks/", status=403),
    "forbidden admin": Place("/admin/", status=403),
    "today": Place("/today/"),
    "inbox": Place("/inbox/"),
    "more": Place("/more/"),
    "help": Place("/help/"),
    "me": Place("/me/"),
    "classes": Place("/classes/"),
    "locks": Place("/locks/"),
    "styleguide": Place("/styleguide/"),
    "password": Place("/password/change/"),
    "second factor": Place("/2fa/"),
    "confirm": Place("/reauthenticate/?next=/2fa/"),
    "incident new": Place("/incidents/new/"),
    "incidents": Place("/incidents/"),
    "incident open": Place(_incident("new")),
    "incident done": Place(_incident("resolved")),
    "grid": Place(_book("7A1", "TOAN"), ready="#cells-left:not(:empty)", is_grid=True),
    "grid closed": Place(_book("6A1", "TOAN"), is_grid=True),
    "grid by comment": Place(_book("7A1", "GDTC"), ready="#cells-left:not(:empty)", is_grid=True),
    "grid read only": Place(_book("7A1", "NV"), is_grid=True),
    "grid of a department": Place(_book("7A1", "TOAN"), is_grid=True),
    "remarks": Place(_book("7A1", "TOAN", "remarks/?column=NX1"), ready="#cells-left:not(:empty)"),
    "remarks closed": Place(_book("7A1", "TOAN", "remarks/?column=NX2")),
    "remarks read only": Place(_book("7A1", "NV", "remarks/?column=NX1")),
    "verify": Place(_book("7A1", "TOAN", "verify/", "GK")),
    "verify full": Place(_book("7A1", "TOAN", "verify/", "TX2")),
    "verify shifted": Place(_book("6A1", "KHTN", "verify/", "TX3")),
    "stack": Place(_book("7A1", "TOAN", "stack/", "GK")),
    "stack closed": Place(_book("7A1", "TOAN", "stack/", "TX1")),
    "cell": Place(_cell("7A1", "TOAN", "TX1")),
    "exception": Place(_exception("6A1", "NV")),
    "exception of own": Place(_exception("9A1", "GDCD")),
    "corrections": Place("/corrections/"),
    "corrections mine": Place("/corrections/?tab=mine"),
    "corrections done": Place("/corrections/?tab=done"),
    "correction new": Place("/corrections/new/"),
    "correction report": Place("/corrections/report/"),
    "correction waiting": Place(_petition(f"r.state = 'submitted' AND NOT {BATCH}")),
    "correction batch": Place(_petition(f"r.state = 'submitted' AND {BATCH}")),
    "correction applied": Place(_petition("r.state = 'applied'")),
    "correction returned": Place(lambda records: _petition("r.state = 'returned'")(records) + "edit/"),
    "phone ended": Place("/e/khong-co-ma-nay/", status=410),
    "policies": Place("/policies/"),
    "policy": Place("/policies/gradebook.correction_answer_days/"),
    "policy not mine": Place("/policies/gradebook.corrections_by_hand/"),
    "policies by document": Place("/policies/by-document/PH/"),
    "grants": Place("/grants/waiting/"),
    "powers": Place("/powers/"),
    "powers of one": Place(_person("gvcn")),
    "lost factors": Place(_lost_factors),
    "review": Place("/powers/review/"),
    "denied": Place("/powers/denied/"),
    "sign-ins": Place("/powers/sign-ins/?all=1"),
    "sessions": Place("/me/sessions/"),
    "family": Place("/home/"),
    "slip of staff": Place("/slip/"),
    "slips of staff": Place("/powers/slips/"),
    "slip": Place("/m/482719350/"),
    "adoption": Place("/invites/"),
    "slips of a class": Place(
        lambda records: f"/invites/{records.one('SELECT id FROM registry_schoolclass WHERE name = %s', '7A1')}/"
    ),
    "delegations": Place("/delegations/"),
    "delegation new": Place("/delegations/new/"),
    "rosters": Place("/roster/"),
    "roster": Place(_roster("7A1")),
    "roster gaps": Place(lambda records: _roster("6A1")(records) + "?field=phone"),
    "roster pupil": Place(_roster_pupil("7A1")),
    "pupil": Place(lambda records: _pupil("7A1")(records)),
    "pupil family": Place(lambda records: _pupil("7A1")(records) + "?tab=family"),
    "pupil moves": Place(lambda records: _pupil("7A1")(records) + "?tab=moves"),
    "pupil history": Place(lambda records: _pupil("7A1")(records) + "?tab=history"),
    "health": Place("/health/"),
    "health class": Place(_health("7A1")),
    "health class later": Place(lambda records: _health("7A1")(records) + "?round=2"),
    "pupil health": Place(lambda records: _pupil("7A1")(records) + "?tab=health"),
    "health note": Place(lambda records: _pupil("7A1")(records) + "health/"),
    "child data": Place(lambda records: f"/home/{records.one(OWN_CHILD)}/data/"),
    "child consents": Place(lambda records: f"/home/{records.one(OWN_CHILD)}/data/consents/"),
    "child request": Place(lambda records: f"/home/{records.one(OWN_CHILD)}/data/requests/new/"),
    "consents": Place("/consents/"),
    "consents of class": Place(
        lambda records: f"/consents/{records.one('SELECT id FROM registry_schoolclass WHERE name = %s', '7A1')}/"
    ),
    "consent texts": Place("/consents/texts/"),
    "consent of pupil": Place(lambda records: f"/students/{records.one(FIRST, '7A1')}/consents/"),
    "data requests": Place("/data-requests/"),
    "data request": Place(lambda records: f"/data-requests/{records.one('SELECT max(id) FROM registry_datarequest')}/"),
    "data request on paper": Place(lambda records: f"/students/{records.one(FIRST, '7A1')}/data-requests/new/"),
    "identity": Place("/identity-changes/"),
    "identity one": Place(_identity),
    "identity new": Place(_identity_new),
    "reads": Place("/access-log/"),
    "pupil reads": Place(lambda records: f"/students/{records.one(FIRST, '7A1')}/?tab=reads"),
    "child health": Place(lambda records: f"/home/{records.one(OWN_CHILD)}/health/"),
    "move": Place(lambda records: _pupil("7A1")(records) + "move/"),
    "move out": Place(lambda records: _pupil("7A1")(records) + "move/?kind=transfer_out"),
    "transfer in": Place(lambda records: _roster("7A1")(records) + "transfer-in/"),
    "register book": Place("/register-book/"),
    "register line": Place("/register-book/1/"),
    "staff changes": Place("/staff-changes/"),
    "reports": Place("/reports/"),
    "report forms": Place("/reports/forms/"),
    "report due": Place(_report("state = 'due' AND form = 'csdl-can-bo'")),
    "report made": Place(_report("state = 'made'")),
    "report sent": Place(_report("state = 'sent'")),
    "report gaps": Place(lambda records: _report("form = 'csdl-ket-qua' AND period = 'HK1'")(records) + "gaps/"),
    "sector": Place("/registry/sector/"),
    "sector differences": Place(
        lambda records: (
            f"/registry/sector/{records.one('SELECT min(id) FROM registry_importbatch WHERE kind = %s', 'sector')}/"
        )
    ),
    "staff change new": Place("/staff-changes/new/"),
    "guardian new": Place(lambda records: _pupil("7A1")(records) + "family/"),
    "policy new": Place(lambda records: _pupil("7A1")(records) + "policies/"),
    "timetable": Place("/timetable/"),
    "timetable of a class": Place(_class_timetable("7A1")),
    "timetable of a teacher": Place(
        lambda records: (
            f"/timetable/teachers/{records.one('SELECT id FROM accounts_user WHERE username = %s', 'gvcn')}/"
        )
    ),
    "timetable versions": Place("/timetable/versions/"),
    "timetable published": Place(_timetable("published")),
    "timetable draft": Place(_timetable("draft")),
    "timetable in preview": Place(_timetable("preview")),
    "timetable new": Place("/timetable/versions/new/"),
    "import": Place("/registry/import/"),
    "import assignments": Place("/registry/import/?kind=assignments&next=/admin/setup/"),
    "setup": Place("/admin/setup/"),
    "setup new": Place("/admin/setup/new/"),
    "setup dates": Place(_setup("dates/")),
    "setup programme": Place(_setup("programme/?grade=7")),
    "setup classes": Place(_setup("classes/")),
    "setup pupils": Place(_setup("pupils/")),
    "setup check": Place(_setup("check/")),
    "admin": Place("/admin/"),
    "admin list": Place("/admin/registry/student/"),
    "admin form": Place(_row("registry/student", "registry_student")),
    "admin people": Place("/admin/accounts/user/"),
    "admin new grant": Place("/admin/accounts/grant/add/"),
}
EVERYBODY = ["today", "inbox", "more", "help", "me", "sessions"]
STAFF = [*EVERYBODY, "locks", "corrections"]
TEACHER = [*STAFF, "classes"]
VISITS: dict[str, list[str]] = {
    "": ["login", "status", "missing", "phone ended", "slip", "slip of staff"],
    "hieutruong": [
        *TEACHER, "incidents", "rosters", "roster", "exception", "grants", "powers", "powers of one", "lost factors", "identity", "identity one", "review", "denied", "sign-ins", "delegations", "policies", "policy", "policies by document", "reports", "report due", "report gaps",
        "delegation new", "setup", "setup check", "consents", "consent texts", "data requests", "data request", "data request on paper", "reads", "pupil reads",
        "timetable of a teacher", "timetable draft",
    ],
    "phohieutruong": [*TEACHER, "exception of own", "verify shifted", "grid read only", "correction waiting", "correction batch", "correction report", "corrections mine"],
    "quantri": [
        *TEACHER, "policy not mine", "incidents", "incident open", "rosters", "roster gaps", "move", "move out", "transfer in", "register book", "identity", "identity new", "adoption", "slips of staff", "import", "import assignments", "setup", "setup new",
        "setup dates", "setup programme", "setup classes", "setup pupils", "setup check", "admin", "admin list", "admin form", "admin people",
        "admin new grant", "timetable in preview", "timetable new", "sector", "sector differences", "reports",
    ],
    "totruong": [*TEACHER, "grid of a department"],
    "gvcn": [
        *TEACHER, "roster", "roster pupil", "pupil", "pupil family", "pupil health", "pupil moves", "pupil history", "health class", "guardian new", "policy new", "grid", "remarks", "remarks closed", "remarks read only", "grid closed", "grid read only", "verify", "verify full", "stack", "stack closed", "cell", "incident new",
        "incident done", "password", "second factor", "confirm", "styleguide", "missing", "forbidden admin",
        "correction new", "correction applied", "corrections done", "adoption", "slips of a class", "family", "consents of class", "consent of pupil",
        "timetable", "timetable of a class", "timetable versions", "timetable published",
    ],
    "gvbm": [*TEACHER, "correction returned"],
    "thiettv": ["grid by comment"],
    "vanthu": [*STAFF, "rosters", "register book", "register line", "staff changes", "staff change new", "reports", "report forms", "report due", "report made", "report sent", "report gaps"],
    "yte": [*STAFF, "health", "health class", "health class later", "pupil health", "health note"],
    "bbt": STAFF,
    "thuvien": STAFF,
    "phuhuynh": [*EVERYBODY[1:], "family", "child health", "child data", "child consents", "child request", "slip", "forbidden", "timetable of a class"],
}  # fmt: skip
