"""What a password must be: one switch with two profiles, and the checks of a new password (A2).

`vn-level2` follows TCVN 14423:2026 at level 2: length by second factor, the last ten refused, an age for administrators. `nist`
follows SP 800-63B-4: length and block-lists, no age. Neither asks for kinds of characters.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import check_password, identify_hasher
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.breached import is_listed
from accounts.models import PasswordRecord, User
from schoolops.lib.names import fold


@dataclass(frozen=True)
class Profile:
    """Lengths in characters; `remembered` passwords are not used again; after `admin_age` administrators must change theirs."""

    length: int
    length_with_factor: int
    remembered: int
    admin_age: timedelta | None


PROFILES = {
    "vn-level2": Profile(length=14, length_with_factor=8, remembered=10, admin_age=timedelta(days=60)),
    "nist": Profile(length=15, length_with_factor=8, remembered=0, admin_age=None),
}


def profile() -> Profile:
    return PROFILES[settings.SECURITY_PROFILE]


def has_second_factor(user: Any) -> bool:
    """An app or a key, not the recovery codes alone."""
    factors = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return bool(user.pk) and factors.filter(user=user.pk).exists()


class LengthValidator:
    """Shorter with a second factor, which makes guessing useless."""

    def validate(self, password: str, user: User | None = None) -> None:
        least = self._least(user)
        if len(password) < least:
            raise ValidationError(
                _("Mật khẩu cần ít nhất %(least)s ký tự; một câu ngắn dễ nhớ là được.") % {"least": least},
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        found = profile()
        return _(
            "Ít nhất %(least)s ký tự, hoặc %(with_factor)s khi đã bật đăng nhập hai bước. Một câu ngắn dễ nhớ là được."
        ) % {
            "least": found.length,
            "with_factor": found.length_with_factor,
        }

    def _least(self, user: User | None) -> int:
        found = profile()
        return found.length_with_factor if user is not None and has_second_factor(user) else found.length


class BreachedValidator:
    """Not one of those that leaked from other sites and that machines try first; looked up in a file, asked of nobody."""

    def validate(self, password: str, user: User | None = None) -> None:
        path = settings.BREACHED_PASSWORDS_FILE
        if path and is_listed(password, Path(path)):
            raise ValidationError(
                _("Mật khẩu này đã lộ ở nơi khác nên ai cũng thử được. Chọn mật khẩu khác."), code="password_breached"
            )

    def get_help_text(self) -> str:
        return _("Không phải mật khẩu đã từng lộ ở nơi khác.")


class ContextValidator:
    """Not the school's name or the like alone: the first thing that a pupil tries (ASVS 6.1.2)."""

    WORDS = ("truonghoc", "matkhau", "password", "schoolops", "giaovien", "hocsinh", "nhatruong")

    def validate(self, password: str, user: User | None = None) -> None:
        plain = fold(password).replace(" ", "")
        rest = plain
        for word in sorted(self._words(), key=len, reverse=True):
            rest = rest.replace(word, "")
        if plain and len(rest.strip("0123456789.,-_@#!?*")) < len(plain) / 3:
            raise ValidationError(
                _("Mật khẩu này gần như chỉ có tên trường, năm học hay chữ dễ đoán. Thêm điều chỉ mình biết."),
                code="password_of_the_place",
            )

    def get_help_text(self) -> str:
        return _("Không chỉ là tên trường hay năm học.")

    def _words(self) -> Iterator[str]:
        yield from self.WORDS
        yield from (fold(word).replace(" ", "") for word in settings.PASSWORD_CONTEXT_WORDS)


class HistoryValidator:
    """Not one of the last ones; keeps the hash of each that is set, from which its age is read."""

    def validate(self, password: str, user: User | None = None) -> None:
        if user is None or not user.pk:
            return
        kept = PasswordRecord.objects.filter(person=user).values_list("hash", flat=True)[: profile().remembered]
        used = [*kept, user.password] if profile().remembered else [user.password]
        if any(check_password(password, hashed) for hashed in used if _is_usable(hashed)):
            raise ValidationError(_("Mật khẩu này đã dùng gần đây. Chọn mật khẩu khác."), code="password_used_before")

    def password_changed(self, password: str, user: User | None = None) -> None:
        if user is not None and user.pk:
            PasswordRecord.objects.create(person=user, hash=user.password, set_at=timezone.now())

    def get_help_text(self) -> str:
        return _("Không phải một trong %(count)s mật khẩu gần nhất.") % {"count": max(profile().remembered, 1)}


def _is_usable(hashed: str) -> bool:
    try:
        identify_hasher(hashed)
    except ValueError:
        return False
    return True
