"""What a person may do today, in words, with the decision it rests on (A7)."""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Grant, User
from registry.models import HomeroomAssignment, TeachingAssignment
from schoolops.lib.clock import local_day


def in_words(user: User) -> list[str]:
    """One line per grant and per kind of assignment."""
    today = local_day(timezone.now())
    lines = [
        _("%(role)s (%(scope)s), theo quyết định %(decision)s%(until)s")
        % {
            "role": grant.get_role_display(),
            "scope": grant.get_scope_kind_display(),
            "decision": grant.decision.number,
            "until": _(", đến hết ngày %(date)s") % {"date": f"{grant.valid_until:%d/%m/%Y}"}
            if grant.valid_until
            else "",
        }
        for grant in Grant.objects.in_force(today).filter(person=user).select_related("decision")
    ]
    homerooms = (
        HomeroomAssignment.objects.in_force(today).filter(teacher=user).select_related("school_class", "decision")
    )
    lines += [
        _("Chủ nhiệm lớp %(name)s, theo quyết định %(decision)s")
        % {"name": row.school_class, "decision": row.decision.number}
        for row in homerooms
    ]
    teaching = TeachingAssignment.objects.in_force(today).filter(teacher=user)
    lines += [
        _("Nhập điểm %(book)s, theo quyết định %(decision)s")
        % {"book": row.class_subject, "decision": row.decision.number}
        for row in teaching.select_related("class_subject__school_class", "class_subject__item__subject", "decision")
    ]
    return lines


def kinds_of(user: User) -> set[str]:
    """Which chapters of the help concern this person."""
    chapters = {
        "teacher": "gradebook.enter_scores",
        "leader": "gradebook.set_locks",
        "it": "accounts.use_admin",
        "import": "registry.order_import",
    }
    return {name for name, permission in chapters.items() if user.has_perm(permission)}
