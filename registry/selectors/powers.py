"""Powers that follow from assignments, and exceptional ones given by hand; names of classes for scopes (A3, A7)."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.powers import PowerLine
from registry.models import ClassAccess, ClassSubject, HomeroomAssignment, SchoolClass, TeachingAssignment
from schoolops.lib.clock import local_day


def homeroom_lines(people: Collection[int], at: datetime) -> Iterator[PowerLine]:
    held = HomeroomAssignment.objects.in_force(local_day(at)).filter(teacher__in=people)
    for row in held.select_related("school_class", "decision").order_by("teacher_id", "school_class"):
        yield PowerLine(
            row.teacher_id, _("Chủ nhiệm"), str(row.school_class), row.decision.number, row.valid_from, row.valid_until
        )


def teaching_lines(people: Collection[int], at: datetime) -> Iterator[PowerLine]:
    held = TeachingAssignment.objects.in_force(local_day(at)).filter(teacher__in=people)
    named = held.select_related("class_subject__school_class", "class_subject__item__subject", "decision")
    for row in named.order_by(
        "teacher_id", "class_subject__item__subject__position", "class_subject__school_class__sort_key"
    ):
        yield PowerLine(
            row.teacher_id, _("Nhập điểm"), str(row.class_subject), row.decision.number, row.valid_from, row.valid_until
        )


def access_lines(people: Collection[int], at: datetime) -> Iterator[PowerLine]:
    today = local_day(at)
    held = ClassAccess.objects.filter(valid_from__lte=today, valid_until__gte=today, user__in=people)
    for row in held.select_related("content_object", "permission", "decision").order_by("user_id", "pk"):
        yield PowerLine(
            row.user_id,
            _("Quyền riêng: %(name)s") % {"name": row.permission.name},
            str(row.content_object),
            row.decision.number,
            row.valid_from,
            row.valid_until,
        )


def class_names(ids: Collection[int]) -> dict[int, str]:
    return {found.pk: _("Lớp %(name)s") % {"name": found.name} for found in SchoolClass.objects.filter(pk__in=ids)}


def class_subject_names(ids: Collection[int]) -> dict[int, str]:
    found = ClassSubject.objects.filter(pk__in=ids).select_related("school_class", "item__subject")
    return {taught.pk: str(taught) for taught in found}
