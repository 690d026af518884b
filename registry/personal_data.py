"""What the register holds about a pupil, why it is kept, and what a family may have erased (P1-21)."""

from collections.abc import Iterable
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccessLog
from registry import growth
from registry.models import (
    Consent,
    DataRequest,
    DataRequestTransition,
    Enrollment,
    Guardian,
    Guardianship,
    HealthCheck,
    HealthNote,
    IdentityChange,
    IdentityChangeTransition,
    Invitation,
    Movement,
    PolicyStatus,
    RegisterEntry,
    Student,
)
from registry.selectors import reads
from schoolops.lib.moments import vn_second
from schoolops.lib.personal_data import Holding, Row, Told, declare

REGISTER = gettext_lazy("Sổ đăng bộ và hồ sơ học sinh được lưu lâu dài theo quy định về hồ sơ của nhà trường.")
STUDY = gettext_lazy("Nhà trường cần trong thời gian em học và để xác nhận quá trình học sau này.")
HEALTH = gettext_lazy(
    "Hồ sơ y tế trường học; lời ghi và lịch sử của nó được giữ để chăm sóc em và trả lời khi có việc."
)
EVIDENCE = gettext_lazy("Bằng chứng về việc gia đình đã đồng ý hoặc yêu cầu, phải giữ theo luật.")
KEYS = frozenset({"sort_key", "search_key"})


def _reads_about(student_id: int) -> Iterable[Row]:
    """The log of reading as the family sees it: duty and part, no names of staff."""
    found = reads.reads_about(Student.objects.get(pk=student_id)).order_by("at", "pk")
    return [
        {
            _("lúc"): vn_second(read.at),
            _("với tư cách"): reads.capacity_of(read),
            _("phần đã xem"): str(read.get_record_display()),
            _("về ai"): str(read.get_about_display()),
        }
        for read in found
    ]


declare(
    Holding(Student, "", REGISTER, hidden=KEYS),
    Holding(
        Guardian,
        "guardianships__student",
        STUDY,
        hidden=KEYS,
        shown={"birth_year": str},
        erased={"birth_year": None, "occupation": ""},
        erased_after_leaving={"phone": ""},
    ),
    Holding(Guardianship, "student", STUDY, hidden=frozenset({"student"})),
    Holding(Enrollment, "student", STUDY, hidden=frozenset({"student"})),
    Holding(PolicyStatus, "student", STUDY, hidden=frozenset({"student"})),
    Holding(Movement, "student", REGISTER, hidden=frozenset({"student"})),
    Holding(RegisterEntry, "student", REGISTER, hidden=frozenset({"student"}), shown={"number": str}),
    Holding(
        HealthCheck,
        "student",
        HEALTH,
        hidden=frozenset({"student"}),
        shown={name: partial(growth.show_figure, name) for name in growth.FIGURES},
    ),
    Holding(HealthNote, "student", HEALTH, hidden=frozenset({"student"})),
    Holding(Consent, "student", EVIDENCE, hidden=frozenset({"student"})),
    Holding(DataRequest, "student", EVIDENCE, hidden=frozenset({"student"})),
    Holding(DataRequestTransition, "request__student", EVIDENCE, hidden=frozenset({"step", "from_state", "to_state"})),
    Holding(IdentityChange, "student", REGISTER, hidden=frozenset({"student"})),
    Holding(
        IdentityChangeTransition, "change__student", REGISTER, hidden=frozenset({"step", "from_state", "to_state"})
    ),
    Holding(Invitation, "student", STUDY, hidden=frozenset({"student", "code_hash"})),
    Told(gettext_lazy("nhật ký xem dữ liệu"), EVIDENCE, _reads_about, (AccessLog,)),
)
