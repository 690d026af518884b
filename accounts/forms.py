"""Shapes of what people type; who may and what follows is decided elsewhere."""

import struct
from typing import Any, cast

from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from allauth.mfa.webauthn.internal.auth import extract_user_from_response
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.models import Decision, Delegation, Incident, User
from accounts.models.codes import DIGITS
from accounts.permissions import delegates
from accounts.roles import Duty
from accounts.visits import visit_of
from schoolops.lib.policies import Policy
from schoolops.lib.texts import digits_of


class CodeField(forms.CharField):
    """The nine digits of a slip, as people type them."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "one-time-code"}
        defaults = {
            "label": _("Mã trên phiếu"),
            "max_length": 20,
            "help_text": _("9 chữ số, ví dụ 482 719 350."),
            "widget": forms.TextInput(attrs=attrs),
            "error_messages": {"required": _("Nhập mã 9 chữ số trên phiếu.")},
        }
        super().__init__(**{**defaults, **kwargs})

    def clean(self, value: Any) -> str:
        code = digits_of(super().clean(value))
        if not (code.isascii() and code.isdecimal() and len(code) == DIGITS):
            raise ValidationError(_("Mã gồm đúng 9 chữ số, in trên phiếu."))
        return code


MOMENT = forms.DateTimeInput(format="%d/%m/%Y %H:%M", attrs={"placeholder": "23/11/2026 07:00"})


class IncidentForm(forms.ModelForm):
    page = forms.CharField(widget=forms.HiddenInput, required=False, max_length=300)

    class Meta:
        model = Incident
        fields = ["text", "page"]
        widgets = {"text": forms.Textarea(attrs={"rows": 5})}
        labels = {"text": _("Thầy/cô gặp điều gì?")}
        help_texts = {"text": _("Viết như đang kể cho đồng nghiệp: đang làm gì, thấy gì, mong thấy gì.")}
        error_messages = {"text": {"required": _("Viết vài chữ về điều đã xảy ra để người xử lý hiểu.")}}


class StepForm(forms.Form):
    comment = forms.CharField(
        label=_("Ghi chú"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=2000
    )


class ResolveForm(StepForm):
    comment = forms.CharField(
        label=_("Đã làm gì?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        error_messages={"required": _("Viết ngắn gọn đã xử lý thế nào; người báo sẽ đọc được.")},
    )


class DelegationForm(forms.Form):
    """Whom, which duties, over what, by which decision, from when to when."""

    person = forms.ModelChoiceField(
        label=_("Người được ủy quyền"), queryset=User.objects.none(), empty_label=_("Chọn người")
    )
    duties = forms.MultipleChoiceField(
        label=_("Nhiệm vụ"),
        choices=Duty.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Chọn ít nhất một nhiệm vụ.")},
    )
    grade = forms.IntegerField(
        label=_("Khối"), min_value=1, max_value=12, required=False, help_text=_("Để trống: toàn trường.")
    )
    starts_at = forms.DateTimeField(label=_("Từ"), widget=MOMENT)
    ends_at = forms.DateTimeField(
        label=_("Đến"), widget=MOMENT, help_text=_("Đến phút này quyền tự hết, không cần ai thu hồi.")
    )
    number = forms.CharField(label=_("Quyết định số"), max_length=60, help_text=_("Ví dụ: 12/QĐ-THCS"))
    issued_on = forms.DateField(
        label=_("Ngày ký"), widget=forms.DateInput(format="%d/%m/%Y", attrs={"placeholder": "21/11/2026"})
    )
    signer = forms.CharField(label=_("Người ký"), max_length=100)

    def __init__(self, *args: Any, giver: User, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"signer": giver.full_name})
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["person"]).queryset = delegates(giver)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("Giờ kết thúc phải sau giờ bắt đầu."))
        return cleaned

    def delegation(self) -> Delegation:
        """As typed; giver and decision are not known here."""
        data = self.cleaned_data
        return Delegation(
            person=data["person"],
            duties=data["duties"],
            grade=data["grade"] or 0,
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
        )

    def decision(self) -> Decision:
        data = self.cleaned_data
        return Decision(
            number=data["number"].strip(),
            issued_on=data["issued_on"],
            signer=data["signer"].strip(),
            summary=str(_("Ủy quyền cho %(who)s") % {"who": data["person"].full_name}),
        )

    def take_errors(self, error: ValidationError) -> None:
        """What the database's rules say, beside the field where there is one."""
        for name, words in error.message_dict.items():
            self.add_error(name if name in self.fields else None, words)


class ByDecisionForm(forms.Form):
    """The decision that a change rests on: one that the school has recorded, or a new one. `seen` is what was on the page."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    known = forms.ModelChoiceField(
        label=_("Quyết định đã có"),
        queryset=Decision.objects.none(),
        required=False,
        empty_label=_("Ghi quyết định mới ở dưới"),
    )
    number = forms.CharField(label=_("Quyết định số"), max_length=60, required=False, help_text=_("Ví dụ: 12/QĐ-THCS"))
    issued_on = forms.DateField(
        label=_("Ngày ký"),
        required=False,
        widget=forms.DateInput(format="%d/%m/%Y", attrs={"placeholder": "21/11/2026", "class": "input-date"}),
        error_messages={"invalid": _("Chưa đọc được ngày này. Nhập dạng 05/09/2026.")},
    )
    signer = forms.CharField(label=_("Người ký"), max_length=100, required=False)

    NEW = ("number", "issued_on", "signer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["known"]).queryset = Decision.objects.order_by("-issued_on", "number")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed = [name for name in self.NEW if cleaned.get(name) or name in self.errors]
        if "known" in self.errors:
            return cleaned
        if cleaned.get("known") and typed:
            self.add_error("known", _("Chọn quyết định đã có, hoặc ghi quyết định mới; không cả hai."))
        elif not cleaned.get("known") and not typed:
            self.add_error("known", _("Chọn quyết định đã có, hoặc ghi số, ngày ký, người ký của quyết định mới."))
        elif typed:
            for name in set(self.NEW) - set(typed):
                self.add_error(name, _("Quyết định mới cần đủ số, ngày ký, người ký."))
        return cleaned

    def decision(self) -> Decision:
        data = self.cleaned_data
        known: Decision | None = data["known"]
        if known is not None:
            return known
        return Decision(number=data["number"].strip(), issued_on=data["issued_on"], signer=data["signer"].strip())

    def asks_anew(self, seen: int) -> None:
        """What is on the page now is what the next answer is about."""
        self.data = {**self.data.dict(), "seen": seen}  # type: ignore[attr-defined]


class PolicyForm(ByDecisionForm):
    """A new value of one policy: a choice of two, or a number within its bounds."""

    field_order = ["value", "known", "number", "issued_on", "signer"]

    def __init__(self, *args: Any, policy: Policy[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy
        self.fields["value"] = self._value_field()
        self.order_fields(self.field_order)

    def _value_field(self) -> forms.Field:
        label, needed = _("Giá trị mới"), {"required": _("Chọn hoặc ghi giá trị mới.")}
        if self.policy.is_switch:
            choices = [(self.policy.written(value), self.policy.in_words(value)) for value in (True, False)]
            return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages=needed)
        bounds = _("Một số từ %(least)s đến %(most)s.") % {"least": self.policy.at_least, "most": self.policy.at_most}
        attrs = {"inputmode": "numeric", "class": "input-short", "autocomplete": "off"}
        return forms.CharField(
            label=label, help_text=bounds, max_length=10, widget=forms.TextInput(attrs=attrs), error_messages=needed
        )

    def clean_value(self) -> Any:
        try:
            return self.policy.read(self.cleaned_data["value"])
        except ValueError as error:
            raise ValidationError(str(error)) from error


# --- passkeys -------------------------------------------------------------------------------------
KEY_NAME_LENGTH = 60
# What comes out of the library where an answer is no answer of a passkey at all.
UNREADABLE = (ValidationError, ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error)


def _not_matching() -> ValidationError:
    return ValidationError(_("Chưa dùng được khóa truy cập. Thử lại, hoặc chọn cách khác."), code="key_not_matching")


class AddKeyForm(webauthn.AddWebAuthnForm):
    """A new passkey: its name, and what the browser says that it made."""

    def clean_name(self) -> str:
        return str(super().clean_name())[:KEY_NAME_LENGTH]

    def clean(self) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], super().clean())
        except UNREADABLE as error:
            raise ValidationError({"credential": _not_matching()}) from error


class RenameKeyForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(
        label=_("Tên khóa"),
        max_length=KEY_NAME_LENGTH,
        help_text=_("Ví dụ: Điện thoại của tôi."),
        error_messages={"required": _("Đặt một tên để nhận ra khóa này.")},
    )


class _Proof:
    """The answer of a passkey; one that does not match goes into the sign-in log, for whomever it claims to be."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]  # of the library's form beside it
        except UNREADABLE as error:
            if getattr(error, "code", "") == "too_many_login_attempts":
                raise
            services.record_failed_factor(person=self._claimed(), visit=visit_of(context.request))
            raise _not_matching() from error

    def _claimed(self) -> User | None:
        try:
            return self.user or extract_user_from_response(self.cleaned_data["credential"])  # type: ignore[attr-defined, no-any-return]
        except UNREADABLE:
            return None


class KeySignInForm(_Proof, webauthn.LoginWebAuthnForm):
    """Nobody is known yet: the key says whose it is."""


class KeyStepForm(_Proof, webauthn.AuthenticateWebAuthnForm):
    """After the password."""


class KeyAgainForm(_Proof, webauthn.ReauthenticateWebAuthnForm):
    """Before an act of weight."""
