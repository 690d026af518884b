"""The roles of a school and what each may do: one literal table, read by the grant backend and by the admin."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Duties given by a decision. Teaching and homeroom duty are not here: they follow from dated assignments."""

    PRINCIPAL = "principal", _("Hiệu trưởng")
    VICE_PRINCIPAL = "vice_principal", _("Phó Hiệu trưởng")
    IT_STAFF = "it_staff", _("Quản trị hệ thống")
    DEPARTMENT_HEAD = "department_head", _("Tổ trưởng chuyên môn")
    CLERK = "clerk", _("Văn thư – lưu trữ")
    MEDICAL = "medical", _("Nhân viên y tế")
    EDITOR = "editor", _("Ban biên tập")
    LIBRARIAN = "librarian", _("Thư viện")
    DATA_PROTECTION = "data_protection", _("Phụ trách bảo vệ dữ liệu cá nhân")


class Duty(models.TextChoices):
    """What leaders may delegate. Entering scores is not here: a substitute is a dated assignment."""

    CORRECTIONS = "corrections", _("Duyệt đề nghị điều chỉnh điểm")
    LOCKS = "locks", _("Đặt lịch khóa sổ và mở ngoại lệ")


DELEGABLE: dict[Duty, frozenset[str]] = {
    Duty.CORRECTIONS: frozenset({"gradebook.decide_correction", "gradebook.view_gradebook"}),
    Duty.LOCKS: frozenset({"gradebook.set_locks", "gradebook.view_gradebook"}),
}

LEADERSHIP = frozenset({Role.PRINCIPAL, Role.VICE_PRINCIPAL})
# Duties that watch over those who hand them out, too: the principal confirms each grant.
CONFIRMED = LEADERSHIP | {Role.DATA_PROTECTION}

_STAFF = frozenset({"accounts.work_here"})
# What the school decides is added by decision, never rewritten.
_POLICIES = {"accounts.view_policyversion", "accounts.add_policyversion"}
_LEADERSHIP = (
    _STAFF
    | _POLICIES
    | {
        "accounts.delegate",
        "accounts.remove_factors",
        "accounts.view_all_incidents",
        "accounts.view_powers",
        "gradebook.view_gradebook",
        "gradebook.set_locks",
        "gradebook.decide_correction",
        "registry.view_schoolclass",
        "registry.view_families",
        "registry.decide_identity_changes",
        "registry.record_movements",
        "registry.view_health",
        "registry.view_health_notes",
        "registry.view_register",
        "registry.view_staff_changes",
        "registry.note_staff_changes",
        "registry.order_import",
        "registry.load_timetable",
        "registry.publish_timetable",
        "registry.view_timetables",
        "registry.read_reports",
        "registry.make_reports",
        "registry.watch_exports",
    }
)

# The person whom the law asks the school to name, and the principal, who answers for the school.
_DATA_PROTECTION = {
    "accounts.view_reads",
    "registry.keep_data_requests",
    "registry.publish_consent_text",
    "registry.watch_exports",
}

# Django's own names of model permissions (view/add/change) open the pages of the admin.
_ADMIN_PAGES = frozenset(
    f"accounts.{verb}_{model}"
    for verb in ("view", "add", "change")
    for model in ("user", "staffprofile", "department", "decision", "grant")
) | {
    f"registry.{verb}_{model}"
    for verb in ("view", "add", "change")
    for model in (
        "school",
        "governingbody",
        "schoolyear",
        "term",
        "calendarday",
        "gradescheme",
        "schoolclass",
        "subject",
        "curriculumitem",
        "classsubject",
        "teachingassignment",
        "homeroomassignment",
        "student",
        "enrollment",
        "guardian",
        "guardianship",
        "classaccess",
    )
}

# The school's phrases to begin a remark with; no way to a remark itself.
_PHRASES = {f"gradebook.{verb}_remarkphrase" for verb in ("view", "add", "change")}

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.PRINCIPAL: _LEADERSHIP
    | _DATA_PROTECTION
    | {"accounts.confirm_grant", "accounts.sign_review", "gradebook.watch_ledger", "gradebook.watch_signer"},
    Role.VICE_PRINCIPAL: _LEADERSHIP,
    Role.IT_STAFF: _STAFF
    | _ADMIN_PAGES
    | _POLICIES
    | _PHRASES
    | {
        "accounts.use_admin",
        "accounts.view_powers",
        "accounts.view_all_incidents",
        "accounts.handle_incidents",
        "accounts.view_grant",
        "gradebook.confirm_correction",
        "gradebook.watch_signer",
        "registry.order_import",
        "registry.view_schoolclass",
        "registry.view_families",
        "registry.mend_records",
        "registry.view_staff_changes",
        "registry.note_staff_changes",
        "registry.record_staff_changes",
        "registry.view_register",
        "registry.keep_register",
        "registry.record_movements",
        "registry.view_identifiers",
        "registry.load_timetable",
        "registry.view_timetables",
        "registry.read_reports",
        "lib.view_job",
        "lib.view_jobitem",
    },
    Role.DEPARTMENT_HEAD: _STAFF | {"gradebook.view_gradebook"},
    Role.CLERK: _STAFF
    | {
        "registry.view_schoolclass",
        "registry.view_families",
        "registry.view_identifiers",
        "registry.report_movements",
        "registry.view_staff_changes",
        "registry.note_staff_changes",
        "registry.record_staff_changes",
        "registry.view_register",
        "registry.keep_register",
        "registry.take_consents",
        "registry.take_data_requests",
        "registry.read_reports",
        "registry.make_reports",
        "gradebook.watch_ledger",
    },
    Role.MEDICAL: _STAFF
    | {
        "registry.view_schoolclass",
        "registry.view_health",
        "registry.view_health_notes",
        "registry.record_health",
    },
    Role.EDITOR: _STAFF,
    Role.LIBRARIAN: _STAFF,
    Role.DATA_PROTECTION: _STAFF
    | _DATA_PROTECTION
    | {"registry.view_schoolclass", "registry.view_families", "registry.take_consents"},
}

# What IT staff may hand out: nothing that enters, approves or publishes by itself; leadership waits for the principal.
GRANTABLE_BY_IT = frozenset(Role)
