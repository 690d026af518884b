"""Administration pages of the register: the school, its year, classes, pupils and assignments."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin import KeptAdmin, PlainAdmin
from accounts.requests import SignedInRequest
from registry import permissions
from registry.models import (
    CalendarDay,
    ClassAccess,
    ClassSubject,
    CurriculumItem,
    Enrollment,
    GoverningBody,
    GradeScheme,
    Guardian,
    Guardianship,
    HomeroomAssignment,
    School,
    SchoolClass,
    SchoolYear,
    Student,
    Subject,
    TeachingAssignment,
    Term,
)
from registry.models.identity import IDENTITY
from registry.selectors.rosters import is_frozen


class GoverningBodyInline(admin.TabularInline):
    model = GoverningBody
    extra = 0
    can_delete = False


@admin.register(School)
class SchoolAdmin(PlainAdmin):
    list_display = ["name", "code", "level"]
    inlines = [GoverningBodyInline]


class TermInline(admin.TabularInline):
    model = Term
    extra = 0
    can_delete = False


class GradeSchemeInline(admin.TabularInline):
    model = GradeScheme
    extra = 0
    can_delete = False


@admin.register(SchoolYear)
class SchoolYearAdmin(PlainAdmin):
    list_display = ["code", "starts_on", "ends_on", "closed_at"]
    readonly_fields = ["closed_at", "closed_by"]
    search_fields = ["code"]
    inlines = [TermInline, GradeSchemeInline]


@admin.register(CalendarDay)
class CalendarDayAdmin(PlainAdmin):
    list_display = ["day", "kind", "name", "school_year"]
    list_filter = ["school_year", "kind"]
    date_hierarchy = "day"


@admin.register(Subject)
class SubjectAdmin(PlainAdmin):
    list_display = ["code", "name", "short_name", "position", "department"]
    list_select_related = ["department"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["department"]


@admin.register(CurriculumItem)
class CurriculumItemAdmin(PlainAdmin):
    list_display = ["subject", "grade", "periods", "assessment", "school_year"]
    list_filter = ["school_year", "grade", "assessment"]
    list_select_related = ["subject", "school_year"]
    search_fields = ["subject__name", "subject__code"]
    autocomplete_fields = ["subject", "school_year"]


@admin.register(SchoolClass)
class SchoolClassAdmin(PlainAdmin):
    list_display = ["name", "grade", "school_year", "campus"]
    list_filter = ["school_year", "grade"]
    list_select_related = ["school_year"]
    search_fields = ["name"]
    autocomplete_fields = ["school_year"]


@admin.register(ClassSubject)
class ClassSubjectAdmin(PlainAdmin):
    list_display = ["school_class", "item"]
    list_filter = ["school_class__school_year", "school_class__grade"]
    list_select_related = ["school_class", "item__subject"]
    search_fields = ["school_class__name", "item__subject__name"]
    autocomplete_fields = ["school_class", "item"]


@admin.register(Student)
class StudentAdmin(KeptAdmin):
    list_display = ["full_name", "birth_date", "sex", "moet_id"]
    list_filter = ["sex"]
    search_fields = ["full_name", "search_key", "moet_id"]

    def get_readonly_fields(self, request: HttpRequest, obj: Student | None = None) -> list[str]:
        """What stands in open books is changed by a petition (QT 5.2)."""
        user = cast("SignedInRequest", request).user
        if obj is None or permissions.mend_identity_denial(user, obj) is None:
            return []
        return ["by_petition", *(name for name in IDENTITY if getattr(obj, name))]

    @admin.display(description=_("Sửa họ tên, ngày sinh, giới tính"))
    def by_petition(self, obj: Student) -> str:
        address = reverse("registry:identity_new", args=[obj.pk])
        why = gettext("Đã nằm trong sổ điểm nên chỉ đổi khi lãnh đạo duyệt.")
        return format_html('{} <a href="{}">{}</a>', why, address, gettext("Đề nghị sửa thông tin"))


@admin.register(Guardian)
class GuardianAdmin(KeptAdmin):
    list_display = ["full_name", "phone", "birth_year", "occupation"]
    search_fields = ["full_name", "search_key", "phone"]
    # The account is bound by the person themselves, with a code; never by hand.
    readonly_fields = ["user"]


@admin.register(Guardianship)
class GuardianshipAdmin(KeptAdmin):
    list_display = ["student", "relation", "guardian", "is_contact", "valid_from", "ended_on"]
    list_filter = ["relation", "is_contact"]
    list_select_related = ["student", "guardian"]
    search_fields = ["student__full_name", "student__search_key", "guardian__full_name", "guardian__search_key"]
    autocomplete_fields = ["student", "guardian"]


@admin.register(Enrollment)
class EnrollmentAdmin(KeptAdmin):
    list_display = ["school_class", "roll_no", "student", "enrolled_on", "left_on"]
    list_filter = ["school_class__school_year", "school_class__grade"]
    list_select_related = ["school_class", "student"]
    search_fields = ["student__full_name", "student__search_key", "school_class__name"]
    autocomplete_fields = ["student", "school_class"]

    def get_readonly_fields(self, request: HttpRequest, obj: Enrollment | None = None) -> list[str]:
        """Paper lists depend on the number: once a book of the class is open, nobody moves it (the database refuses too).

        A pupil leaves by a movement with its reason and papers, not by a date typed here.
        """
        if obj is not None and is_frozen(obj.school_class):
            return ["student", "school_class", "roll_no", "left_on"]
        return ["left_on"]


class AssignmentAdmin(KeptAdmin):
    search_fields = ["teacher__full_name", "teacher__search_key", "decision__number"]
    list_filter = ["valid_from"]


@admin.register(TeachingAssignment)
class TeachingAssignmentAdmin(AssignmentAdmin):
    list_display = ["class_subject", "teacher", "decision", "valid_from", "valid_until"]
    list_select_related = ["class_subject__school_class", "class_subject__item__subject", "teacher", "decision"]
    autocomplete_fields = ["teacher", "class_subject", "decision"]


@admin.register(HomeroomAssignment)
class HomeroomAssignmentAdmin(AssignmentAdmin):
    list_display = ["school_class", "teacher", "decision", "valid_from", "valid_until"]
    list_select_related = ["school_class", "teacher", "decision"]
    autocomplete_fields = ["teacher", "school_class", "decision"]


@admin.register(ClassAccess)
class ClassAccessAdmin(KeptAdmin):
    """Exceptional: one person sees one class for a time. It never lets anyone enter a score."""

    list_display = ["user", "content_object", "decision", "valid_from", "valid_until"]
    list_select_related = ["user", "content_object", "decision"]
    autocomplete_fields = ["user", "content_object", "decision"]
    search_fields = ["user__full_name", "user__search_key"]
    fields = ["user", "content_object", "permission", "decision", "valid_from", "valid_until"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The library's columns in our words, and the one right that is given here."""
        if db_field.name == "permission":
            permissions = db_field.remote_field.model.objects
            kwargs["queryset"] = permissions.filter(content_type__app_label="registry", codename="view_schoolclass")
        found: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "permission":
            found.label, found.help_text = _("Quyền"), _("Chỉ quyền xem danh sách lớp được cấp ở đây.")
            found.label_from_instance = lambda _permission: str(_("Xem danh sách lớp"))
        elif db_field.name == "user":
            found.label = _("Người được cấp")
        return found
