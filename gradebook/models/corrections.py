"""Giấy đề nghị điều chỉnh: the petition that changes closed scores after a second person's approval (G7-G9).

What the database itself refuses stands in migration 0005 (sql/0005_corrections.sql): steps out of order, a second person who is
not one, a change of content after it was sent, a write of anything but the approved values.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from gradebook.models.books import CODE_PATTERN, Gradebook, ScoreColumn
from registry.models import SchoolYear, Student
from schoolops.lib.models import StoredFile
from schoolops.lib.workflow import TransitionLog


class CorrectionRequest(models.Model):
    """One petition: cells of one book, one reason, its evidence. `revision` counts every change of what is asked."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Nháp")
        SUBMITTED = "submitted", _("Chờ duyệt")
        RETURNED = "returned", _("Cần bổ sung")
        WITHDRAWN = "withdrawn", _("Đã rút")
        REJECTED = "rejected", _("Không duyệt")
        APPROVED = "approved", _("Đã duyệt, chờ ghi nhận")
        APPLIED = "applied", _("Đã điều chỉnh")

    # With the person who asks, who may change it.
    IN_HAND = frozenset({State.DRAFT, State.RETURNED})

    class Reason(models.TextChoices):
        TYPO = "typo", _("Nhập nhầm số")
        WRONG_PUPIL = "wrong_pupil", _("Nhầm học sinh / lệch dòng")
        WRONG_COLUMN = "wrong_column", _("Nhầm cột")
        REVIEW = "review", _("Chấm phúc khảo")
        MAKEUP = "makeup", _("Kiểm tra bù")
        OTHER = "other", _("Khác")

    gradebook = models.ForeignKey(
        Gradebook, models.PROTECT, related_name="corrections", verbose_name=_("sổ điểm"), editable=False
    )
    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="+", editable=False)
    # Given by the database at the first submission, without gaps in a school year.
    number = models.PositiveIntegerField(_("số"), null=True, blank=True, editable=False)
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người đề nghị"))
    addressed_to = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("kính gửi")
    )
    reason = models.CharField(_("lý do"), max_length=12, choices=Reason.choices, blank=True)
    explanation = models.TextField(_("giải thích"), max_length=1000, blank=True)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(_("gửi lúc"), null=True, blank=True)
    due_at = models.DateTimeField(_("trả lời trước"), null=True, blank=True)
    claimed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người duyệt")
    )
    decided_for = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("duyệt thay")
    )
    decided_at = models.DateTimeField(_("duyệt lúc"), null=True, blank=True)
    decided_revision = models.PositiveIntegerField(null=True, blank=True)
    # By hand (policy): the administrator who confirmed. Empty: the system itself, at the approval.
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người ghi nhận")
    )
    applied_at = models.DateTimeField(_("ghi nhận lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("đề nghị điều chỉnh")
        verbose_name_plural = _("đề nghị điều chỉnh")
        ordering = ["-submitted_at", "-id"]
        permissions = [
            ("decide_correction", "Approves corrections of closed scores"),
            ("confirm_correction", "Confirms approved corrections by hand"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["school_year", "number"], name="correction_number_unique"),
            # Two natural persons: the trigger of migration 0005 compares personal numbers, too.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | (
                    ~Q(decided_by=F("requested_by")) & (Q(decided_for__isnull=True) | ~Q(decided_for=F("requested_by")))
                ),
                name="correction_second_person",
                violation_error_message=_("Người đề nghị không tự duyệt, kể cả qua ủy quyền."),
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True, decided_revision__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False, decided_revision__isnull=False),
                name="correction_decided_at_and_by",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "applied"])
                | Q(decided_by__isnull=False, decided_revision=F("revision")),
                name="correction_approved_as_it_is",
                violation_error_message=_("Đề nghị đã thay đổi sau khi duyệt, nên cần duyệt lại."),
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True)
                | (~Q(confirmed_by=F("requested_by")) & ~Q(confirmed_by=F("decided_by"))),
                name="correction_confirmed_by_another",
                violation_error_message=_("Người ghi nhận phải khác người đề nghị và người duyệt."),
            ),
            models.CheckConstraint(
                condition=(Q(state="applied") & Q(applied_at__isnull=False))
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="correction_applied_at",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"#{self.number}" if self.number else str(_("Đề nghị chưa gửi"))

    def scope_refs(self) -> frozenset[str]:
        return self.gradebook.scope_refs()


class CorrectionItem(models.Model):
    """A cell of the petition: what it held when it was asked for, and what it shall hold."""

    request = models.ForeignKey(CorrectionRequest, models.CASCADE, related_name="items")
    column = models.ForeignKey(ScoreColumn, models.PROTECT, related_name="+", verbose_name=_("cột điểm"))
    student = models.ForeignKey(Student, models.PROTECT, related_name="+", verbose_name=_("học sinh"))
    old_code = models.CharField(_("điểm đã nhập"), max_length=64, blank=True)
    old_makeup = models.BooleanField(default=False)
    new_code = models.CharField(_("điểm đề nghị"), max_length=64, blank=True)
    new_makeup = models.BooleanField(default=False)
    # Written by the guard alone, with the change itself.
    applied_at = models.DateTimeField(null=True, blank=True, editable=False)

    # Annotations of selectors.corrections.items_of.
    roll_no: int
    is_opened: bool
    old_words: str | None
    new_words: str | None

    class Meta:
        verbose_name = _("điểm đề nghị điều chỉnh")
        verbose_name_plural = _("điểm đề nghị điều chỉnh")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "column", "student"], name="correction_item_cell_once"),
            models.CheckConstraint(
                condition=Q(old_code__regex=CODE_PATTERN) & Q(new_code__regex=CODE_PATTERN),
                name="correction_item_codes_canonical",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id}: {self.column_id}/{self.student_id} {self.old_code}→{self.new_code}"


class Evidence(models.Model):
    """A photo or PDF that shows why; already re-encoded or stripped when it is stored."""

    class Via(models.TextChoices):
        COMPUTER = "computer", _("từ máy tính")
        PHONE = "phone", _("từ điện thoại")

    request = models.ForeignKey(CorrectionRequest, models.CASCADE, related_name="evidence")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    via = models.CharField(max_length=8, choices=Via.choices, default=Via.COMPUTER)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("minh chứng")
        verbose_name_plural = _("minh chứng")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.file)


class UploadTicket(models.Model):
    """The recorded exception for phones: one petition, one upload, ten minutes, write-only, revocable. Only a hash is kept."""

    request = models.ForeignKey(CorrectionRequest, models.CASCADE, related_name="tickets")
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mã gửi ảnh từ điện thoại")
        verbose_name_plural = _("mã gửi ảnh từ điện thoại")

    def __str__(self) -> str:
        return f"{self.request_id}"


class CorrectionLook(models.Model):
    """A reviewer opened this row of a batch, with its evidence and history, before deciding."""

    item = models.ForeignKey(CorrectionItem, models.CASCADE, related_name="looks")
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("lượt mở xem")
        verbose_name_plural = _("lượt mở xem")
        constraints = [models.UniqueConstraint(fields=["item", "revision", "by"], name="correction_look_once")]

    def __str__(self) -> str:
        return f"{self.item_id}/{self.revision}"


class CorrectionTransition(TransitionLog):
    """A step of a petition; `device` is the browser that took it, in a word."""

    request = models.ForeignKey(CorrectionRequest, models.CASCADE, related_name="transitions")
    device = models.CharField(_("thiết bị"), max_length=60, blank=True)

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước của đề nghị điều chỉnh")
        verbose_name_plural = _("các bước của đề nghị điều chỉnh")
