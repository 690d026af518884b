"""The grade book of a class-subject in a term, its columns and its cells. The database guards the cells (migration 0003)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from registry.models import ClassSubject, Student, Term
from schoolops.lib.scores import Profile

ZERO_HASH = bytes(32)
# What a cell may hold: a score, a letter, the code of a remark, or nothing.
CODE_PATTERN = r"^(|10|[0-9](\.[1-9])?|D|CD|T|H|C|V|K|[0-9a-f]{64})$"


class Gradebook(models.Model):
    """Sổ điểm of one class-subject in one term, with the head of its hash chain."""

    class_subject = models.ForeignKey(
        ClassSubject, models.PROTECT, related_name="gradebooks", verbose_name=_("lớp – môn")
    )
    term = models.ForeignKey(Term, models.PROTECT, related_name="gradebooks", verbose_name=_("học kỳ"))
    opened_at = models.DateTimeField(_("mở sổ lúc"), auto_now_add=True)
    # Written by the database alone: the role of the web and the workers has no right to these two.
    chain_seq = models.BigIntegerField(default=0, editable=False)
    chain_head = models.BinaryField(default=ZERO_HASH, editable=False)

    # An annotation of selectors.books.with_names.
    sibling_id: int | None

    class Meta:
        verbose_name = _("sổ điểm")
        verbose_name_plural = _("sổ điểm")
        permissions = [
            ("enter_scores", "Enters scores of the class-subject"),
            ("set_locks", "Sets when books open and close"),
        ]
        constraints = [models.UniqueConstraint(fields=["class_subject", "term"], name="gradebook_once_per_term")]

    def __str__(self) -> str:
        return f"{self.class_subject} – {self.term}"

    def scope_refs(self) -> frozenset[str]:
        return self.class_subject.scope_refs()


COLUMN_NAMES = {
    ("MD", 1): _("Mức đạt giữa kỳ"),
    ("MD", 2): _("Mức đạt cuối kỳ"),
    ("NX", 1): _("Nhận xét thường xuyên"),
    ("NX", 2): _("Nhận xét định kỳ"),
}


class ScoreColumnQuerySet(models.QuerySet["ScoreColumn"]):
    def of_scores(self) -> "ScoreColumnQuerySet":
        """The columns of the grid: everything but remarks, which have a page of their own."""
        return self.exclude(kind=ScoreColumn.Kind.REMARK)

    def demanded(self) -> "ScoreColumnQuerySet":
        """The columns that must be full before they close; a regular remark is written where there is something to say."""
        return self.exclude(kind=ScoreColumn.Kind.REMARK, ordinal=1)


class ScoreColumn(models.Model):
    """A column of the book: when it opens and closes is written here by the lock calendar and obeyed by the guard."""

    class Kind(models.TextChoices):
        REGULAR = "TX", pgettext_lazy("score column", "Thường xuyên")
        MIDTERM = "GK", pgettext_lazy("score column", "Giữa kỳ")
        FINAL = "CK", pgettext_lazy("score column", "Cuối kỳ")
        # Primary school (Circular 27/2020): the level reached in the subject, at the middle and at the end of the term.
        LEVEL = "MD", pgettext_lazy("score column", "Mức đạt được")
        # Regular and periodic, one of each in a term (G4).
        REMARK = "NX", pgettext_lazy("score column", "Nhận xét")

    class Assessment(models.TextChoices):
        """What a cell of the column takes."""

        SCORE = "score", _("điểm, một chữ số thập phân")
        COMMENT = "comment", _("Đạt, Chưa đạt")
        WHOLE = "whole", _("điểm nguyên")
        LEVEL = "level", _("mức đạt được (T, H, C)")
        REMARK = "remark", _("lời nhận xét")

    gradebook = models.ForeignKey(Gradebook, models.PROTECT, related_name="columns", verbose_name=_("sổ điểm"))
    kind = models.CharField(_("loại điểm"), max_length=2, choices=Kind.choices)
    ordinal = models.PositiveSmallIntegerField(_("lần"), default=1)
    assessment = models.CharField(_("hình thức"), max_length=8, choices=Assessment.choices)
    position = models.PositiveSmallIntegerField(_("thứ tự"))
    opens_at = models.DateTimeField(_("mở lúc"), null=True, blank=True)
    closes_at = models.DateTimeField(_("khóa lúc"), null=True, blank=True)
    rule = models.ForeignKey(
        "gradebook.LockRule",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="columns",
        verbose_name=_("theo mốc khóa"),
    )
    confirmed_at = models.DateTimeField(_("xác nhận lúc"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người xác nhận")
    )

    # Annotations, there when a selector put them there (selectors.windows, selectors.calendar).
    now: datetime
    excepted_until: datetime | None
    closed_by_name: str | None
    confirmed_by_name: str | None
    year_closed_at: datetime | None
    class_size: int
    filled: int
    missing: int

    objects = ScoreColumnQuerySet.as_manager()

    class Meta:
        verbose_name = _("cột điểm")
        verbose_name_plural = _("cột điểm")
        ordering = ["gradebook", "position"]
        constraints = [
            models.UniqueConstraint(fields=["gradebook", "kind", "ordinal"], name="score_column_unique"),
            models.CheckConstraint(
                condition=Q(kind="TX") | Q(kind__in=["MD", "NX"], ordinal__lte=2) | Q(ordinal=1),
                name="score_column_one_periodic",
            ),
            models.CheckConstraint(
                condition=Q(kind="NX", assessment="remark") | (~Q(kind="NX") & ~Q(assessment="remark")),
                name="score_column_remark_takes_words",
            ),
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(closes_at__gt=models.F("opens_at")),
                name="score_column_window_in_order",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
                name="score_column_confirmed_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def code(self) -> str:
        """Short name in the grid and in files: TX1, GK, CK, MD1, NX2."""
        return str(self.kind) if self.kind in {self.Kind.MIDTERM, self.Kind.FINAL} else f"{self.kind}{self.ordinal}"

    @property
    def label(self) -> str:
        """Name on screen: "TX1", "Giữa kỳ", "Cuối kỳ", "Nhận xét định kỳ"."""
        if self.kind == self.Kind.REGULAR:
            return self.code
        return str(COLUMN_NAMES.get((self.kind, self.ordinal)) or self.get_kind_display())

    @property
    def profile(self) -> Profile:
        """How what is typed here is read; a remark is not."""
        return Profile(self.assessment.upper())

    @property
    def is_remark(self) -> bool:
        return self.kind == self.Kind.REMARK

    def is_open(self, at: datetime) -> bool:
        """By the calendar alone; exceptions are asked of `selectors.windows`."""
        return (self.opens_at is None or self.opens_at <= at) and (self.closes_at is None or at < self.closes_at)


class Score(models.Model):
    """A cell: a canonical code (`schoolops.lib.scores`), its version, and who wrote it last. Cleared, never deleted."""

    column = models.ForeignKey(ScoreColumn, models.PROTECT, related_name="scores")
    student = models.ForeignKey(Student, models.PROTECT, related_name="scores")
    code = models.CharField(
        max_length=64, blank=True, help_text="7.5, 10, D, CD, T, H, C, V, K, the code of a Remark; blank: nothing."
    )
    is_makeup = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    # The last operation of the client that was applied: the same one again changes nothing.
    operation = models.UUIDField(null=True, blank=True)
    entered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name = _("điểm")
        verbose_name_plural = _("điểm")
        constraints = [
            models.UniqueConstraint(fields=["column", "student"], name="score_cell_unique"),
            models.CheckConstraint(condition=Q(code__regex=CODE_PATTERN), name="score_code_canonical"),
            models.CheckConstraint(
                condition=Q(is_makeup=False) | ~Q(code__in=["", "V", "K"]), name="score_makeup_has_value"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.column_id}/{self.student_id}"
