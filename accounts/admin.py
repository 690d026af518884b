"""Administration pages of people and powers. Nothing is deleted here: accounts are closed, powers revoked."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin

from accounts import permissions, services
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


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "full_name", "salutation", "phone"]


@admin.register(User)
class PersonAdmin(KeptAdmin, UserAdmin):
    add_form = NewUserForm
    list_display = ["username", "full_name", "phone", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["username", "full_name", "search_key", "phone"]
    ordering = ["sort_key"]
    filter_horizontal = []
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Người dùng"), {"fields": ["full_name", "salutation", "phone", "language"]}),
        (
            _("Tình trạng"),
            {
                "fields": ["is_active", "last_login", "date_joined"],
                "description": _("Bỏ chọn “Hoạt động” để ngừng sử dụng."),
            },
        ),
    ]
    add_fieldsets = [
        (
            None,
            {"fields": ["username", "full_name", "salutation", "phone", "usable_password", "password1", "password2"]},
        )
    ]
    actions = ["stop_using"]

    @admin.action(description=_("Ngừng sử dụng các tài khoản đã chọn"), permissions=["change"])
    def stop_using(self, request: HttpRequest, queryset: Any) -> None:
        """Close the accounts one by one, so that each closing has its history row."""
        count = 0
        for user in queryset.filter(is_active=True).exclude(pk=request.user.pk):
            user.is_active = False
            user.save(update_fields=["is_active"])
            count += 1
        self.message_user(request, _("Đã ngừng sử dụng %(count)s tài khoản.") % {"count": count}, messages.SUCCESS)


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
    def revoke(self, request: SignedInRequest, queryset: Any) -> None:
        count = sum(services.revoke_grant(grant=grant, by=request.user) for grant in queryset)
        self.message_user(request, _("Đã thu hồi %(count)s quyền.") % {"count": count}, messages.SUCCESS)


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
