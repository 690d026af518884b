"""Classes and what is taught in them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Department
from registry.models.school import SchoolYear
from schoolops.lib.fields import ClassSortKeyField

GRADE_RANGE = [MinValueValidator(1), MaxValueValidator(12)]


class GradeScheme(models.Model):
    """Which circular assesses this grade in this year: an attribute of the year and grade, never of the installation."""

    class Scheme(models.TextChoices):
        TT22 = "TT22", _("Thông tư 22/2021/TT-BGDĐT")
        TT27 = "TT27", _("Thông tư 27/2020/TT-BGDĐT")
        TT58 = "TT58", _("Thông tư 58/2011/TT-BGDĐT và 26/2020/TT-BGDĐT")

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="grade_schemes", verbose_name=_("năm học"))
    grade = models.PositiveSmallIntegerField(_("khối"), validators=GRADE_RANGE)
    scheme = models.CharField(_("quy định đánh giá"), max_length=4, choices=Scheme.choices)

    class Meta:
        verbose_name = _("quy định đánh giá của khối")
        verbose_name_plural = _("quy định đánh giá theo khối")
        ordering = ["grade"]
        constraints = [models.UniqueConstraint(fields=["school_year", "grade"], name="grade_scheme_unique")]

    def __str__(self) -> str:
        return f"{self.grade}: {self.scheme}"


class SchoolClass(models.Model):
    """Lớp."""

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="classes", verbose_name=_("năm học"))
    name = models.CharField(_("tên lớp"), max_length=30)
    grade = models.PositiveSmallIntegerField(_("khối"), validators=GRADE_RANGE)
    campus = models.CharField(_("điểm trường"), max_length=100, blank=True)
    sort_key = ClassSortKeyField()

    class Meta:
        verbose_name = _("lớp")
        verbose_name_plural = _("lớp")
        ordering = ["school_year", "sort_key"]
        permissions = [
            ("order_import", "Loads initial data of the register"),
            ("keep_class", "Homeroom duty of a class"),
            ("view_families", "Reads the records of pupils with family and policy categories"),
            ("mend_records", "Completes and corrects the records of pupils"),
            ("record_movements", "Records movements of pupils by duty"),
            ("report_movements", "Records movements of pupils where the school leaves it to class and office"),
            ("view_identifiers", "Reads personal numbers in full"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["school_year", "name"],
                name="school_class_unique",
                violation_error_message=_("Năm học này đã có lớp mang tên đó."),
            ),
            models.CheckConstraint(condition=Q(grade__range=(1, 12)), name="school_class_grade_range"),
        ]

    def __str__(self) -> str:
        return self.name

    def scope_refs(self) -> frozenset[str]:
        return frozenset({"school", f"grade:{self.grade}", f"class:{self.pk}"})


class Subject(models.Model):
    """Môn học hoặc hoạt động giáo dục."""

    code = models.CharField(_("mã môn"), max_length=12, unique=True)
    name = models.CharField(_("tên môn"), max_length=100)
    short_name = models.CharField(_("tên ngắn"), max_length=20)
    position = models.PositiveSmallIntegerField(_("thứ tự"), default=0)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="subjects", verbose_name=_("tổ chuyên môn")
    )

    class Meta:
        verbose_name = _("môn học")
        verbose_name_plural = _("môn học")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class CurriculumItem(models.Model):
    """What a grade is taught in a year: the subject, its periods, and how it is assessed."""

    class Assessment(models.TextChoices):
        SCORE = "score", _("nhận xét kết hợp điểm số")
        COMMENT = "comment", _("chỉ nhận xét (Đạt, Chưa đạt)")

    school_year = models.ForeignKey(SchoolYear, models.PROTECT, related_name="curriculum", verbose_name=_("năm học"))
    grade = models.PositiveSmallIntegerField(_("khối"), validators=GRADE_RANGE)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="curriculum", verbose_name=_("môn học"))
    periods = models.PositiveSmallIntegerField(_("số tiết cả năm"))
    assessment = models.CharField(_("hình thức đánh giá"), max_length=8, choices=Assessment.choices)

    class Meta:
        verbose_name = _("môn trong chương trình")
        verbose_name_plural = _("chương trình theo khối")
        ordering = ["grade", "subject"]
        constraints = [models.UniqueConstraint(fields=["school_year", "grade", "subject"], name="curriculum_unique")]

    def __str__(self) -> str:
        return f"{self.subject} {self.grade}"


class ClassSubject(models.Model):
    """A subject taught in a class: the unit of teaching assignments and grade books."""

    school_class = models.ForeignKey(SchoolClass, models.PROTECT, related_name="class_subjects", verbose_name=_("lớp"))
    item = models.ForeignKey(CurriculumItem, models.PROTECT, related_name="class_subjects", verbose_name=_("môn"))

    class Meta:
        verbose_name = _("môn của lớp")
        verbose_name_plural = _("môn của lớp")
        ordering = ["school_class", "item"]
        constraints = [models.UniqueConstraint(fields=["school_class", "item"], name="class_subject_unique")]

    def __str__(self) -> str:
        return f"{self.item.subject.name} – {self.school_class.name}"

    def scope_refs(self) -> frozenset[str]:
        """What a grant may name to reach this class-subject; callers load school_class and item.subject with it."""
        refs = {
            "school",
            f"grade:{self.school_class.grade}",
            f"class:{self.school_class_id}",
            f"class_subject:{self.pk}",
        }
        if self.item.subject.department_id:
            refs.add(f"department:{self.item.subject.department_id}")
        return frozenset(refs)
