"""Slips: a code of nine digits on paper that lets one person in once."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string, salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User

DIGITS = 9


def new_code() -> str:
    """Nine digits: typing Vietnamese rewrites letters."""
    return get_random_string(DIGITS, "0123456789")


def code_hash(code: str) -> str:
    """What is kept of a code. Nine digits are too few for a plain hash: who has the table alone cannot try them all."""
    return salted_hmac("accounts.one_time_code", code, algorithm="sha256").hexdigest()


class OneTimeCodeQuerySet(models.QuerySet[models.Model]):
    def open(self) -> Self:
        """Neither used nor revoked; perhaps expired."""
        return self.filter(used_at=None, revoked_at=None)

    def usable(self, at: datetime) -> Self:
        """Open, and not expired."""
        return self.open().filter(expires_at__gt=at)


class OneTimeCode(models.Model):
    """A code that was printed and is kept as a hash only: printing again is a new code, and ends the old one."""

    LIFE = timedelta(days=14)

    code_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người in phiếu"))
    issued_at = models.DateTimeField(_("in lúc"))
    expires_at = models.DateTimeField(_("hết hạn lúc"))
    used_at = models.DateTimeField(_("dùng lúc"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("thu hồi lúc"), null=True, blank=True)

    objects = OneTimeCodeQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="%(app_label)s_%(class)s_expires_later"
            )
        ]
