"""What a parent types from a slip: the code, the child's birth date, a PIN."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import CodeField
from accounts.models import User
from accounts.models.people import PHONE
from schoolops.lib.texts import digits_of

BIRTH_DATE_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %m %Y", "%d%m%Y"]
PIN_DIGITS = 6
_UP, _DOWN = "01234567890", "09876543210"


class CodeForm(forms.Form):
    """Screen 1. What is wrong with a code or a birth date that could be one is never said."""

    code = CodeField()
    birth_date = forms.DateField(
        label=_("Ngày sinh của con"),
        input_formats=BIRTH_DATE_FORMATS,
        help_text=_("Ngày, tháng, năm. Ví dụ 05/09/2014."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "05/09/2014"}),
        error_messages={
            "required": _("Nhập ngày sinh của con."),
            "invalid": _("Chưa đọc được ngày này. Viết như 05/09/2014."),
        },
    )


class PinForm(forms.Form):
    """Screen 2: the phone number to come back with, and six digits for this device."""

    phone = forms.CharField(
        label=_("Số điện thoại của anh/chị"),
        max_length=20,
        help_text=_("Lần sau đăng nhập bằng số này."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        error_messages={"required": _("Nhập số điện thoại để lần sau đăng nhập.")},
    )
    pin = forms.CharField(
        label=_("Chọn mã PIN 6 số"),
        max_length=PIN_DIGITS,
        help_text=_("Chỉ mở được trên điện thoại này. Đừng chọn số dễ đoán."),
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "new-password"}),
        error_messages={"required": _("Chọn 6 chữ số.")},
    )
    again = forms.CharField(
        label=_("Nhập lại mã PIN"),
        max_length=PIN_DIGITS,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "new-password"}),
        error_messages={"required": _("Nhập lại 6 chữ số.")},
    )

    def __init__(self, *args: Any, account: User | None, birth_days: list[str], **kwargs: Any) -> None:
        """`account`: the one that the slip's guardian has already; `birth_days`: what a PIN must not be, as ddmmyy."""
        super().__init__(*args, **kwargs)
        self.account, self.birth_days = account, birth_days

    def clean_phone(self) -> str:
        phone = digits_of(self.cleaned_data["phone"])
        if phone.startswith("+84"):
            phone = "0" + phone[3:]
        PHONE(phone)
        others = User.objects.filter(phone=phone)
        if self.account is not None:
            others = others.exclude(pk=self.account.pk)
        if others.exists():
            raise ValidationError(
                _(
                    "Số này đã thuộc một tài khoản khác. Mỗi người dùng số của mình; hỏi giáo viên chủ nhiệm nếu chưa rõ."
                )
            )
        return phone

    def clean_pin(self) -> str:
        pin = str(self.cleaned_data["pin"])
        if not (pin.isascii() and pin.isdecimal() and len(pin) == PIN_DIGITS):
            raise ValidationError(_("Mã PIN gồm đúng 6 chữ số."))
        if len(set(pin)) == 1 or pin in _UP or pin in _DOWN:
            raise ValidationError(_("Số này ai cũng đoán được. Chọn số khác."))
        if pin in self.birth_days:
            raise ValidationError(_("Mã PIN không được là ngày sinh của con."))
        return pin

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "pin" in data and "again" in data and data["pin"] != data["again"]:
            self.add_error("again", _("Hai lần nhập chưa giống nhau."))
        if data.get("pin") and data.get("phone", "").endswith(data["pin"]):
            self.add_error("pin", _("Mã PIN không được là phần cuối của số điện thoại."))
        return data
