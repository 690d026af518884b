"""Consent of families: for what, shown to whom, in which words it was asked, and every answer that was ever given.

Law 91/2025/QH15 art. 24 and Decree 56/2017 art. 36: what is private about a child from 7 years on is shown to others only
when the child and a legal representative agree; nothing is agreed by default, and what was agreed can be taken back.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from registry.models.families import Guardian
from registry.models.students import Student


class ConsentUse(models.TextChoices):
    """A purpose with its audience; without an answer nobody has agreed to any of them."""

    PHOTO_CLASS = "photo_class", _("Ảnh của em, cho gia đình và giáo viên trong lớp xem")
    PHOTO_SCHOOL = "photo_school", _("Ảnh của em, cho người có tài khoản của trường xem")
    PHOTO_PUBLIC = "photo_public", _("Ảnh của em, trên trang web công khai của trường")
    NAME_PUBLIC = "name_public", _("Họ tên và thành tích của em, trên trang web công khai của trường")


# The heads of a table.
SHORT = {
    ConsentUse.PHOTO_CLASS: _("Ảnh trong lớp"),
    ConsentUse.PHOTO_SCHOOL: _("Ảnh trong trường"),
    ConsentUse.PHOTO_PUBLIC: _("Ảnh công khai"),
    ConsentUse.NAME_PUBLIC: _("Tên công khai"),
}


# What a school may begin with, in the language in which it speaks to families.
SUGGESTED = {
    ConsentUse.PHOTO_CLASS: (
        "Nhà trường xin phép đăng ảnh hoạt động của lớp có mặt em để gia đình và giáo viên trong lớp xem khi đã đăng nhập."
        " Ảnh được giữ đến hết năm học. Gia đình hoặc em rút lại lúc nào cũng được; ảnh có em được gỡ trong 24 giờ."
    ),
    ConsentUse.PHOTO_SCHOOL: (
        "Nhà trường xin phép dùng ảnh hoạt động có mặt em trong các bài chỉ người có tài khoản của trường xem được."
        " Ảnh được giữ đến hết cấp học. Gia đình hoặc em rút lại lúc nào cũng được; ảnh có em được gỡ trong 24 giờ."
    ),
    ConsentUse.PHOTO_PUBLIC: (
        "Nhà trường xin phép đăng ảnh có mặt em trên trang web của trường, ai cũng xem được và có thể chép lại."
        " Không kèm họ tên nếu gia đình không đồng ý riêng. Gia đình hoặc em rút lại lúc nào cũng được; ảnh được gỡ trong"
        " 24 giờ, nhưng bản người khác đã chép thì nhà trường không gỡ được."
    ),
    ConsentUse.NAME_PUBLIC: (
        "Nhà trường xin phép nêu họ tên, lớp và thành tích của em trên trang web của trường, ai cũng xem được."
        " Không nêu điểm số. Gia đình hoặc em rút lại lúc nào cũng được; tên em được gỡ trong 24 giờ."
    ),
}


class ConsentText(models.Model):
    """The words in which one use is asked, published once; the newest version is the one that is asked."""

    use = models.CharField(_("việc xin đồng ý"), max_length=12, choices=ConsentUse.choices)
    version = models.PositiveSmallIntegerField(_("lần sửa"))
    text = models.TextField(_("nội dung hỏi gia đình"), max_length=3000)
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người công bố"))
    published_at = models.DateTimeField(_("công bố lúc"), db_default=Now())

    class Meta:
        verbose_name = _("nội dung xin đồng ý")
        verbose_name_plural = _("nội dung xin đồng ý")
        ordering = ["use", "-version"]
        permissions = [("publish_consent_text", "Publishes the words in which families are asked")]
        constraints = [
            models.UniqueConstraint(fields=["use", "version"], name="consent_text_version_unique"),
            models.CheckConstraint(condition=~Q(text=""), name="consent_text_has_text"),
        ]

    def __str__(self) -> str:
        return f"{self.get_use_display()} ({self.version})"


class Consent(models.Model):
    """One answer to one text, by a guardian or by the child; added, never changed: the latest answer of each counts."""

    class Giver(models.TextChoices):
        GUARDIAN = "guardian", _("Cha, mẹ, người giám hộ")
        CHILD = "child", _("Học sinh")

    class Channel(models.TextChoices):
        ONLINE = "online", _("trên cổng")
        PAPER = "paper", _("trên giấy")

    student = models.ForeignKey(Student, models.PROTECT, related_name="consents", verbose_name=_("học sinh"))
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="answers", verbose_name=_("nội dung đã hỏi"))
    giver = models.CharField(_("người trả lời"), max_length=8, choices=Giver.choices)
    guardian = models.ForeignKey(
        Guardian,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="consents",
        verbose_name=_("cha, mẹ, người giám hộ"),
    )
    is_given = models.BooleanField(_("đồng ý"))
    channel = models.CharField(_("cách trả lời"), max_length=6, choices=Channel.choices)
    paper = models.CharField(
        _("giấy tờ"), max_length=200, blank=True, help_text=_("Ngày ký và nơi giữ phiếu đồng ý trên giấy.")
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người ghi"))
    at = models.DateTimeField(_("lúc"), db_default=Now())

    class Meta:
        verbose_name = _("trả lời về việc đồng ý")
        verbose_name_plural = _("sổ đồng ý của gia đình")
        ordering = ["student", "-at", "-id"]
        indexes = [models.Index(fields=["student", "text"], name="consent_student_text")]
        permissions = [("take_consents", "Records answers that families gave on paper")]
        constraints = [
            models.CheckConstraint(
                condition=Q(giver="guardian", guardian__isnull=False) | Q(giver="child", guardian__isnull=True),
                name="consent_guardian_is_named",
            ),
            models.CheckConstraint(condition=~Q(channel="paper") | ~Q(paper=""), name="consent_paper_is_named"),
        ]

    def __str__(self) -> str:
        return f"{self.student}: {self.text.get_use_display()}"
