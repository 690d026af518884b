"""Thời khóa biểu: dated versions of who teaches what to which class in which period (W7, C9)."""

from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.models import User
from registry.models.classes import ClassSubject, SchoolClass
from registry.models.school import SchoolYear
from registry.timetabling import PERIODS, SESSIONS, WEEKDAYS, Slot
from schoolops.lib.models import StoredFile
from schoolops.lib.workflow import TransitionLog


class TimetableQuerySet(models.QuerySet["Timetable"]):
    def published(self) -> "TimetableQuerySet":
        return self.filter(state="published")

    def in_force(self, day: date) -> "TimetableQuerySet":
        """The version that holds on this day comes first: the latest to begin, and of one day the higher number."""
        found = self.published().filter(applies_from__lte=day, school_year__ends_on__gte=day)
        return found.order_by("-applies_from", "-number")


class Timetable(models.Model):
    """One version, "TKB số n". Which one holds is never stored: it follows from the day (`in_force`).

    `reading` is what the file said, cell by cell, and `edits` what was mended in the preview; lessons are written from both.
    """

    class State(models.TextChoices):
        PREVIEW = "preview", _("Đang xem trước")
        DRAFT = "draft", _("Nháp")
        PUBLISHED = "published", _("Đã công bố")
        DISCARDED = "discarded", _("Đã bỏ")

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="timetables", verbose_name=_("năm học"))
    number = models.PositiveSmallIntegerField(_("thời khóa biểu số"), validators=[MinValueValidator(1)])
    applies_from = models.DateField(_("áp dụng từ ngày"))
    note = models.CharField(_("nội dung thay đổi"), max_length=300, blank=True)
    document_number = models.CharField(_("số văn bản ban hành"), max_length=60, blank=True)
    state = models.CharField(_("trạng thái"), max_length=10, choices=State.choices, default=State.PREVIEW)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("tệp"))
    reading = models.JSONField(default=dict)
    edits = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("người lập"))
    made_at = models.DateTimeField(_("lập lúc"), auto_now_add=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("người công bố")
    )
    published_at = models.DateTimeField(_("công bố lúc"), null=True, blank=True)

    objects = TimetableQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["reading", "edits"])

    class Meta:
        verbose_name = _("thời khóa biểu")
        verbose_name_plural = _("thời khóa biểu")
        ordering = ["-school_year__starts_on", "-number", "-pk"]
        permissions = [
            ("load_timetable", "Loads timetables from a file"),
            ("publish_timetable", "Puts timetables into force"),
            ("view_timetables", "Reads the timetable of every class and teacher"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["school_year", "number"],
                condition=~Q(state="discarded"),
                name="timetable_number_unique",
                violation_error_message=_("Năm học này đã có thời khóa biểu mang số đó."),
            ),
            models.CheckConstraint(
                condition=Q(state="published", published_at__isnull=False, published_by__isnull=False)
                | (~Q(state="published") & Q(published_at__isnull=True, published_by__isnull=True)),
                name="timetable_published_at_and_by",
            ),
        ]

    def __str__(self) -> str:
        return str(_("Thời khóa biểu số %(number)s") % {"number": self.number})


class TimetableTransition(TransitionLog):
    timetable = models.ForeignKey(Timetable, models.PROTECT, related_name="transitions")

    class Meta(TransitionLog.Meta):
        verbose_name = _("bước của thời khóa biểu")
        verbose_name_plural = _("các bước của thời khóa biểu")


class TimetableEntry(models.Model):
    """A class has a lesson in a period: a subject of the class with its teacher, or an activity.

    The version is the history: lessons are written whole, and no lesson of a published version changes (the database refuses).
    """

    class Weekday(models.IntegerChoices):
        MONDAY = 2, _("Thứ Hai")
        TUESDAY = 3, _("Thứ Ba")
        WEDNESDAY = 4, _("Thứ Tư")
        THURSDAY = 5, _("Thứ Năm")
        FRIDAY = 6, _("Thứ Sáu")
        SATURDAY = 7, _("Thứ Bảy")

    class Session(models.TextChoices):
        MORNING = "am", _("Sáng")
        AFTERNOON = "pm", _("Chiều")

    class Activity(models.TextChoices):
        FLAG = "flag", _("Chào cờ")
        MEETING = "meeting", _("Sinh hoạt lớp")
        CLUB = "club", _("Câu lạc bộ")
        EXTRA = "extra", _("Phụ đạo, bồi dưỡng")
        SELF_STUDY = "self_study", _("Tự học")

    timetable = models.ForeignKey(Timetable, models.PROTECT, related_name="entries", verbose_name=_("thời khóa biểu"))
    school_class = models.ForeignKey(
        SchoolClass, models.PROTECT, related_name="timetable_entries", verbose_name=_("lớp")
    )
    weekday = models.PositiveSmallIntegerField(_("thứ"), choices=Weekday.choices)
    session = models.CharField(_("buổi"), max_length=2, choices=Session.choices)
    period = models.PositiveSmallIntegerField(
        _("tiết"), validators=[MinValueValidator(PERIODS[0]), MaxValueValidator(PERIODS[-1])]
    )
    class_subject = models.ForeignKey(
        ClassSubject, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("môn của lớp")
    )
    activity = models.CharField(_("hoạt động"), max_length=10, choices=Activity.choices, blank=True)
    teacher = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="timetable_entries", verbose_name=_("giáo viên")
    )
    room = models.CharField(_("phòng"), max_length=20, blank=True)
    is_joint = models.BooleanField(
        _("học ghép"),
        default=False,
        help_text=_(
            "Học chung với một lớp khác trong cùng tiết của giáo viên; lớp đầu tiên của tiết ghép không đánh dấu."
        ),
    )

    class Meta:
        verbose_name = _("tiết của thời khóa biểu")
        verbose_name_plural = _("tiết của thời khóa biểu")
        ordering = ["timetable", "weekday", "session", "period", "school_class"]
        constraints = [
            models.UniqueConstraint(
                fields=["timetable", "school_class", "weekday", "session", "period"],
                name="timetable_entry_one_lesson_per_class",
                violation_error_message=_("Lớp này đã có một tiết vào giờ đó."),
            ),
            models.UniqueConstraint(
                fields=["timetable", "teacher", "weekday", "session", "period"],
                condition=Q(is_joint=False),
                name="timetable_entry_one_place_per_teacher",
                violation_error_message=_("Giáo viên này đã có một tiết ở lớp khác vào giờ đó."),
            ),
            models.CheckConstraint(
                condition=Q(class_subject__isnull=False, activity="", teacher__isnull=False)
                | (Q(class_subject__isnull=True) & ~Q(activity="")),
                name="timetable_entry_subject_or_activity",
                violation_error_message=_("Một tiết là một môn có giáo viên, hoặc một hoạt động."),
            ),
            models.CheckConstraint(
                condition=Q(weekday__range=(WEEKDAYS[0], WEEKDAYS[-1])), name="timetable_entry_weekday_range"
            ),
            models.CheckConstraint(condition=Q(session__in=SESSIONS), name="timetable_entry_session_known"),
            models.CheckConstraint(
                condition=Q(period__range=(PERIODS[0], PERIODS[-1])), name="timetable_entry_period_range"
            ),
            models.CheckConstraint(
                condition=Q(is_joint=False) | Q(teacher__isnull=False), name="timetable_entry_joint_has_teacher"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school_class}: {self.get_weekday_display()}, {self.get_session_display()} {self.period}"

    @property
    def slot(self) -> Slot:
        return Slot(self.weekday, self.session, self.period)

    @property
    def title(self) -> str:
        """What is taught; callers load class_subject__item__subject."""
        if self.class_subject is not None:
            return self.class_subject.item.subject.name
        return str(self.get_activity_display())

    @property
    def short_title(self) -> str:
        if self.class_subject is not None:
            return self.class_subject.item.subject.short_name
        return str(self.get_activity_display())
