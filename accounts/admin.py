"""Administration pages of people and powers. Nothing is deleted here: accounts are closed, powers revoked."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from accounts import permissions, services
from accounts.admin_actions import Act, act_on
from accounts.admin_history import InWords
from accounts.models import Decision, Department, Grant, PolicyVersion, StaffProfile, User
from accounts.requests import SignedInRequest
from schoolops.lib.models import Job
from schoolops.lib.policies import POLICIES


class PlainAdmin(admin.ModelAdmin):
    """Nothing is deleted: "Ngừng sử dụng", an end date or a revocation instead."""

    list_per_page = 100
    show_facets = admin.ShowFacets.ALWAYS

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class KeptAdmin(PlainAdmin, SimpleHistoryAdmin):
    """People and papers whose past is kept and shown in words."""

    list_per_page = 50
    object_history_template = "admin/history_in_words.html"

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> InWords:
        return InWords(self.model, historical_record)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        """The past is for reading: an old version written back would pass by the rules of today."""
        return True

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Without the button the library would still take the form."""
        if request.method == "POST":
            raise PermissionDenied(gettext("Lịch sử chỉ để xem. Sửa ở trang của chính mục này."))
        response: HttpResponse = super().history_form_view(request, object_id, version_id, extra_context)
        return response

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        return gettext("Lịch sử: %(what)s") % {"what": obj}


class PersonForm(forms.ModelForm):
    """Asks the same verdict as the bulk action when an account is closed by its box."""

    by: User

    def clean_is_active(self) -> bool:
        is_active: bool = self.cleaned_data["is_active"]
        known = User.objects.filter(pk=self.instance.pk, is_active=True).first()
        if not is_active and known and (reason := permissions.close_account_denial(self.by, known)):
            raise forms.ValidationError(reason)
        return is_active


@admin.register(User)
class PersonAdmin(KeptAdmin):
    """Accounts. Nobody chooses another's password: an account opens without one, a slip lets its person set it."""

    form = PersonForm
    list_display = ["username", "full_name", "phone", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["username", "full_name", "search_key", "phone"]
    ordering = ["sort_key"]
    readonly_fields = ["way_in", "last_login", "date_joined"]
    add_fieldsets = [(None, {"fields": ["username", "full_name", "salutation", "phone", "email"]})]
    fieldsets = [
        (None, {"fields": ["username", "way_in"]}),
        (_("Người dùng"), {"fields": ["full_name", "salutation", "phone", "email", "language"]}),
        (
            _("Tình trạng"),
            {
                "fields": ["is_active", "last_login", "date_joined"],
                "description": _("Bỏ chọn “Hoạt động” để ngừng sử dụng."),
            },
        ),
    ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("mật khẩu"))
    def way_in(self, person: User) -> str:
        """Where the person gets their way in."""
        return format_html(
            '{} <a href="/powers/slips/?person={}">{}</a>',
            _("Chỉ chính người dùng đặt mật khẩu của mình, bằng phiếu đặt mật khẩu."),
            person.pk,
            _("In phiếu đặt mật khẩu"),
        )

    actions = ["stop_using"]

    @admin.action(description=_("Ngừng sử dụng các tài khoản đã chọn"), permissions=["change"])
    def stop_using(self, request: SignedInRequest, queryset: Any) -> TemplateResponse | None:
        """Close the accounts one by one, so that each closing has its history row."""
        by, leading = request.user, permissions.principals()
        act = Act(
            name="stop_using",
            title=gettext("Ngừng sử dụng tài khoản"),
            button=gettext("Ngừng sử dụng"),
            denial=lambda person: permissions.close_account_denial(by, person, leading),
            do=lambda person: services.close_account(person=person, by=by),
        )
        return act_on(self, request, queryset, act)


@admin.register(StaffProfile)
class StaffProfileAdmin(KeptAdmin):
    list_display = ["staff_code", "user", "department", "position", "left_on"]
    list_filter = ["department"]
    list_select_related = ["user", "department"]
    search_fields = ["staff_code", "user__full_name", "user__search_key"]
    autocomplete_fields = ["user", "department"]


@admin.register(Department)
class DepartmentAdmin(PlainAdmin):
    list_display = ["name", "closed_on"]
    search_fields = ["name"]


@admin.register(Decision)
class DecisionAdmin(KeptAdmin):
    list_display = ["number", "issued_on", "signer", "summary"]
    search_fields = ["number", "summary", "signer"]
    date_hierarchy = "issued_on"
    exclude = ["file"]


class GrantForm(forms.ModelForm):
    """Asks the same verdict as the service, so that the reason stands on the form."""

    giver: User

    class Meta:
        model = Grant
        fields = ["person", "role", "scope_kind", "scope_id", "decision", "valid_from", "valid_until"]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is None and not self.errors:
            self.instance.granted_by = self.giver
            asked = Grant(person=self.cleaned_data["person"], role=self.cleaned_data["role"])
            if reason := permissions.grant_denial(self.giver, asked):
                services.record_denied(
                    person=self.giver, method="POST", path=reverse("admin:accounts_grant_add"), reason=reason
                )
                raise forms.ValidationError(reason)
        return cleaned


@admin.register(Grant)
class GrantAdmin(KeptAdmin):
    form = GrantForm
    list_display = [
        "person",
        "role",
        "scope_kind",
        "decision",
        "valid_from",
        "valid_until",
        "waits_for_principal",
        "revoked_at",
    ]
    list_filter = ["role", "scope_kind"]
    list_select_related = ["person", "decision"]
    search_fields = ["person__full_name", "person__search_key", "decision__number"]
    autocomplete_fields = ["person", "decision"]
    readonly_fields = ["granted_by", "granted_at", "confirmed_by", "confirmed_at", "revoked_by", "revoked_at"]
    actions = ["revoke"]

    @admin.display(description=_("chờ hiệu trưởng xác nhận"), boolean=True)
    def waits_for_principal(self, grant: Grant) -> bool:
        return grant.needs_confirmation

    def get_readonly_fields(self, request: HttpRequest, obj: Grant | None = None) -> list[str]:
        """A grant once given is revoked and given anew; only its end may be moved forward by revoking."""
        return [*self.readonly_fields, *(GrantForm.Meta.fields if obj else [])]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.giver = request.user
        return form

    def save_model(self, request: HttpRequest, obj: Grant, form: Any, change: bool) -> None:
        if not change:
            services.give_grant(grant=obj, by=form.giver)

    @admin.action(description=_("Thu hồi các quyền đã chọn"), permissions=["change"])
    def revoke(self, request: SignedInRequest, queryset: Any) -> TemplateResponse | None:
        by, leading = request.user, permissions.principals()

        def denial(grant: Grant) -> str | None:
            if grant.revoked_at:
                return gettext("Quyền này đã thu hồi.")
            return permissions.revoke_grant_denial(by, grant, leading)

        act = Act(
            name="revoke",
            title=gettext("Thu hồi quyền"),
            button=gettext("Thu hồi"),
            denial=denial,
            do=lambda grant: services.revoke_grant(grant=grant, by=by),
        )
        return act_on(self, request, queryset, act)


@admin.register(PolicyVersion)
class PolicyVersionAdmin(PlainAdmin):
    """What was decided, to be searched; it is decided on the portal's own page."""

    list_display = ["label", "in_words", "decision", "set_by", "set_at"]
    list_select_related = ["decision", "set_by"]

    @admin.display(description=_("chính sách"))
    def label(self, version: PolicyVersion) -> str:
        policy = POLICIES.get(version.key)
        return str(policy.label) if policy else version.key

    @admin.display(description=_("giá trị"))
    def in_words(self, version: PolicyVersion) -> str:
        policy = POLICIES.get(version.key)
        return policy.in_words(policy.read(version.value)) if policy else version.value

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(PlainAdmin):
    list_display = ["kind", "period", "created_at", "state"]

    @admin.display(description=_("tiến độ"))
    def state(self, job: Job) -> str:
        return f"{job.items.filter(state='done').count()}/{job.items.count()}"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
