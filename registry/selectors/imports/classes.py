"""The classes that a file names: those of the register, and those that loading it would create with their subjects."""

from django.utils.translation import gettext as _

from registry.importing.cells import ClassName
from registry.models import ClassSubject, CurriculumItem, School, SchoolClass, SchoolYear
from registry.models.school import ALL_GRADES
from schoolops.lib import names


class ClassBook:
    """Classes of one year by name; unsaved objects stand for what does not exist yet."""

    def __init__(self, year: SchoolYear) -> None:
        self.year = year
        school = School.objects.first()
        self._grades = school.grades if school else ALL_GRADES
        self._classes = {item.sort_key: item for item in SchoolClass.objects.filter(school_year=year)}
        self._curriculum: dict[int, list[CurriculumItem]] = {}
        for item in CurriculumItem.objects.filter(school_year=year).select_related("subject"):
            self._curriculum.setdefault(item.grade, []).append(item)
        self.new_classes: list[SchoolClass] = []
        self.new_class_subjects: list[ClassSubject] = []
        self._class_subjects: dict[tuple[str, int], ClassSubject] = {}

    def denial(self, wanted: ClassName) -> str | None:
        """Why a school like this has no such class, or None."""
        if wanted.grade in self._grades:
            return None
        return _("“%(name)s” không thuộc các khối của trường (%(first)s–%(last)s).") % {
            "name": wanted.name,
            "first": self._grades[0],
            "last": self._grades[-1],
        }

    def find(self, wanted: ClassName) -> SchoolClass:
        """The class of this name; a new one comes with the subjects of its grade."""
        key = names.class_sort_key(wanted.name)
        if key not in self._classes:
            school_class = SchoolClass(school_year=self.year, name=wanted.name, grade=wanted.grade, sort_key=key)
            self._classes[key] = school_class
            self.new_classes.append(school_class)
            for item in self.curriculum(wanted.grade):
                self._add_subject(school_class, item)
        return self._classes[key]

    def curriculum(self, grade: int) -> list[CurriculumItem]:
        return self._curriculum.get(grade, [])

    def load_class_subjects(self) -> None:
        """Read which subjects the existing classes have; assignments need it."""
        for found in ClassSubject.objects.filter(school_class__school_year=self.year).select_related(
            "school_class", "item__subject"
        ):
            self._class_subjects[found.school_class.sort_key, found.item_id] = found

    def subject_of(self, school_class: SchoolClass, item: CurriculumItem) -> ClassSubject:
        """The subject in this class, new when the class has not had it."""
        found = self._class_subjects.get((school_class.sort_key, item.pk))
        return found or self._add_subject(school_class, item)

    def _add_subject(self, school_class: SchoolClass, item: CurriculumItem) -> ClassSubject:
        added = ClassSubject(school_class=school_class, item=item)
        self._class_subjects[school_class.sort_key, item.pk] = added
        self.new_class_subjects.append(added)
        return added

    def created_names(self) -> list[str]:
        return [item.name for item in sorted(self.new_classes, key=lambda item: item.sort_key)]

    def grades_without_curriculum(self) -> list[int]:
        return sorted({item.grade for item in self.new_classes if not self.curriculum(item.grade)})
