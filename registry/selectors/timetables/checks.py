"""What should be looked at in a timetable, and stops nothing: missing classes, teachers without assignment, periods a week."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from django.utils.translation import gettext as _

from accounts.models import User
from registry.models import ClassSubject, SchoolClass, TimetableEntry
from registry.timetabling import weekly
from schoolops.lib import names

Activity = TimetableEntry.Activity
# Of the three weekly periods of this subject (CT GDPT 2018) two are the flag ceremony and the class meeting.
EXPERIENCE = "hoat dong trai nghiem"
COUNTED_AS_EXPERIENCE = (Activity.FLAG, Activity.MEETING)


def missing_classes(missing: Iterable[SchoolClass]) -> Iterator[str]:
    """Classes of the year that the file does not name."""
    shown = ", ".join(item.name for item in sorted(missing, key=lambda item: item.sort_key))
    if shown:
        yield _("Tệp không có lớp %(classes)s: khi bản này áp dụng, các lớp đó không có thời khóa biểu.") % {
            "classes": shown
        }


def strange_teachers(
    lessons: Iterable[TimetableEntry], assigned: Mapping[int, Mapping[int, User]], where: Mapping[int, str]
) -> Iterator[str]:
    """Lessons whose teacher is not assigned to them on the first day: once per class, subject and teacher.

    `assigned` holds the teachers of each class-subject, `where` the place in the file of each lesson by its id().
    """
    strange: dict[tuple[int, int], TimetableEntry] = {}
    for lesson in lessons:
        subject, teacher = lesson.class_subject_id, lesson.teacher_id
        if subject and teacher and teacher not in assigned[subject]:
            strange.setdefault((subject, teacher), lesson)
    for (subject, _teacher), lesson in strange.items():
        values = {
            "who": str(lesson.teacher),
            "what": str(lesson.class_subject),
            "place": where[id(lesson)],
            "assigned": ", ".join(user.full_name for user in assigned[subject].values()) or _("chưa có ai"),
        }
        yield _("%(what)s: %(who)s chưa được phân công (đang phân công: %(assigned)s), %(place)s.") % values


def weekly_counts(lessons: Collection[TimetableEntry], class_subjects: Iterable[ClassSubject]) -> Iterator[str]:
    """Periods a week against the plan of the year, for every class that has a lesson."""
    counted = Counter(lesson.class_subject_id for lesson in lessons)
    rites = Counter(lesson.school_class_id for lesson in lessons if lesson.activity in COUNTED_AS_EXPERIENCE)
    there = {lesson.school_class_id for lesson in lessons}
    for found in sorted(class_subjects, key=lambda item: (item.school_class.sort_key, item.item.subject.position)):
        if found.school_class_id not in there:
            continue
        count = counted[found.pk]
        if names.fold(found.item.subject.name).startswith(EXPERIENCE):
            count += rites[found.school_class_id]
        wanted = weekly(found.item.periods)
        if count not in wanted:
            yield _("%(what)s: %(n)s tiết một tuần, chương trình cần %(wanted)s (%(year)s tiết cả năm).") % {
                "what": found,
                "n": count,
                "wanted": "–".join(map(str, wanted)),
                "year": found.item.periods,
            }
