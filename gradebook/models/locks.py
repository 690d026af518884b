"""The lock calendar: rules from general to special, published by leaders, and dated exceptions that end by themselves (G5, G6)."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Decision, User
from gradebook.models.books import COLUMN_NAMES, ScoreColumn
from registry.models import SchoolClass, Subject, Term
from registry.models.classes import GRADE_RANGE
from schoolops.lib.workflow import TransitionLog


class LockRule(models.Model):
    """A window for the columns that it matches; a blank part matches all. The most specific published rule wins."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Nháp")
        PUBLISHED = "published", _("Đã công bố")
        WITHDRAWN = "withdrawn", _("Đã thu hồi")

    term = models.ForeignKey(Term, models.PROTECT, related_name="lock_rules", verbose_name=_("học kỳ"))
    grade = models.PositiveSmallIntegerField(_("khối"), null=True, blank=True, validators=GRADE_RANGE)
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, null=True, blank=True, related_name="lock_rules", verbose_name=_("lớp")
    )
    subject = models.ForeignKey(
        Subject, models.PROTECT, null=True, blank=True, related_name="lock_rules", verbose_name=_("môn học")
    )
    kind = models.CharField(_("loại điểm"), max_length=2, choices=ScoreColumn.Kind.choices, blank=True)
    ordinal = models.PositiveSmallIntegerField(_("lần"), null=True, blank=True)
    opens_at = models.DateTimeField(_("mở lúc"), null=True, blank=True)
    closes_at = models.DateTimeField(_("khóa lúc"))
    reason = models.CharField(_("lý do"), max_length=300, blank=True)
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("theo quyết định")
    )
    state = models.CharField(_("trạng thái"), max_length=10, choices=State.choices, default=State.DRAFT)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người đặt"))
    created_at = models.DateTimeField(_("đặt lúc"), auto_now_add=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người công bố")
    )
    published_at = models.DateTimeField(_("công bố lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("mốc khóa sổ")
        verbose_name_plural = _("lịch khóa sổ")
        ordering = ["closes_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__gt=F("opens_at")),
                name="lock_rule_window_in_order",
                violation_error_message=_("Giờ khóa phải sau giờ mở."),
            ),
            models.CheckConstraint(
                condition=Q(grade__isnull=True) | Q(school_class__isnull=True), name="lock_rule_grade_or_class"
            ),
            models.CheckConstraint(
                condition=Q(ordinal__isnull=True) | Q(kind__in=["TX", "MD", "NX"]), name="lock_rule_ordinal_of_several"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True, published_by__isnull=True)
                | (~Q(state="draft") & Q(published_at__isnull=False, published_by__isnull=False)),
                name="lock_rule_published_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope_label} {self.column_label}"

    def scope_refs(self) -> frozenset[str]:
        """Over what one must have power to set this rule."""
        if self.school_class is not None:
            return self.school_class.scope_refs()
        return frozenset({"school", f"grade:{self.grade}"} if self.grade else {"school"})

    @property
    def scope_label(self) -> str:
        """Whom the rule is for: "Toàn trường", "Khối 7", "7A1", each with the subject where one is named."""
        whom = str(_("Toàn trường"))
        if self.school_class_id:
            whom = str(self.school_class)
        elif self.grade:
            whom = str(_("Khối %(grade)s") % {"grade": self.grade})
        return f"{whom} · {self.subject}" if self.subject_id else whom

    @property
    def column_label(self) -> str:
        if not self.kind:
            return str(_("Mọi cột"))
        if self.ordinal:
            return str(COLUMN_NAMES.get((self.kind, self.ordinal)) or f"{self.kind}{self.ordinal}")
        return str(self.get_kind_display())


class LockRuleTransition(TransitionLog):
    rule = models.ForeignKey(LockRule, models.PROTECT, related_name="transitions")

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước của mốc khóa")
        verbose_name_plural = _("các bước của mốc khóa")


class LockException(models.Model):
    """One column of one class opened for a while by a leader; it locks itself again, whoever is asleep."""

    column = models.ForeignKey(ScoreColumn, models.PROTECT, related_name="exceptions", verbose_name=_("cột điểm"))
    opens_at = models.DateTimeField(_("mở lúc"))
    closes_at = models.DateTimeField(_("khóa lại lúc"))
    reason = models.CharField(_("lý do"), max_length=300)
    decision = models.ForeignKey(
        Decision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("theo quyết định")
    )
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người cho phép"))
    created_at = models.DateTimeField(_("đặt lúc"), auto_now_add=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người kết thúc sớm")
    )
    ended_at = models.DateTimeField(_("kết thúc sớm lúc"), null=True, blank=True)

    class Meta:
        verbose_name = _("mở sổ ngoại lệ")
        verbose_name_plural = _("mở sổ ngoại lệ")
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="lock_exception_window_in_order"),
            models.CheckConstraint(
                # LOCK_EXCEPTION_MAX in the settings says the same to people.
                condition=Q(closes_at__lte=F("opens_at") + timedelta(hours=24)),
                name="lock_exception_one_day",
                violation_error_message=_("Mở ngoại lệ nhiều nhất 24 giờ."),
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="lock_exception_has_reason"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="lock_exception_ended_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.column_id}: {self.opens_at:%d/%m %H:%M}–{self.closes_at:%d/%m %H:%M}"
