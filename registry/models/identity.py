"""Đề nghị sửa thông tin: a name, a birth date or a sex that stands in open books is changed by a petition (G7, QT 5.2)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registry.models.students import Student
from schoolops.lib.fields import PersonNameField
from schoolops.lib.workflow import TransitionLog

# What the books, the register and the school report print of a pupil.
IDENTITY = ("full_name", "birth_date", "sex")


class IdentityChange(models.Model):
    """What the record says, what it shall say, on which paper it rests, and who decided."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Chờ duyệt")
        APPROVED = "approved", _("Đã duyệt")
        REFUSED = "refused", _("Không duyệt")
        WITHDRAWN = "withdrawn", _("Đã rút")

    student = models.ForeignKey(Student, models.PROTECT, related_name="identity_changes", verbose_name=_("học sinh"))
    full_name = PersonNameField(_("họ và tên"), max_length=100)
    birth_date = models.DateField(_("ngày sinh"), null=True, blank=True)
    sex = models.CharField(_("giới tính"), max_length=6, choices=Student.Sex.choices, blank=True)
    was_full_name = PersonNameField(_("họ và tên đang ghi"), max_length=100)
    was_birth_date = models.DateField(_("ngày sinh đang ghi"), null=True, blank=True)
    was_sex = models.CharField(_("giới tính đang ghi"), max_length=6, choices=Student.Sex.choices, blank=True)
    reason = models.TextField(_("lý do"), max_length=1000)
    paper = models.CharField(
        _("giấy tờ căn cứ"),
        max_length=300,
        help_text=_("Loại giấy, số, ngày và nơi cấp. Ví dụ: bản sao giấy khai sinh."),
    )
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người đề nghị"))
    requested_at = models.DateTimeField(_("gửi lúc"), auto_now_add=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người quyết định")
    )
    decided_at = models.DateTimeField(_("quyết định lúc"), null=True, blank=True)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State.choices, default=State.WAITING)

    class Meta:
        verbose_name = _("đề nghị sửa thông tin")
        verbose_name_plural = _("đề nghị sửa thông tin")
        ordering = ["-requested_at", "-id"]
        permissions = [("decide_identity_changes", "Decides on changes of names, birth dates and sexes of pupils")]
        constraints = [
            models.UniqueConstraint(
                fields=["student"],
                condition=Q(state="waiting"),
                name="identity_change_one_waits",
                violation_error_message=_("Em này đang có một đề nghị sửa thông tin chờ duyệt."),
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(paper="") & ~Q(full_name=""), name="identity_change_has_ground"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["approved", "refused"], decided_by__isnull=False, decided_at__isnull=False)
                | Q(state__in=["waiting", "withdrawn"], decided_by__isnull=True, decided_at__isnull=True),
                name="identity_change_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="identity_change_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def fields(self) -> list[str]:
        """The fields that differ."""
        return [name for name in IDENTITY if getattr(self, name) != getattr(self, f"was_{name}")]


class IdentityChangeTransition(TransitionLog):
    change = models.ForeignKey(
        IdentityChange, models.PROTECT, related_name="transitions", verbose_name=_("đề nghị sửa thông tin")
    )

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước của đề nghị sửa thông tin")
        verbose_name_plural = _("các bước của đề nghị sửa thông tin")
