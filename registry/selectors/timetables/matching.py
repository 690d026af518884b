"""Whom and what a cell of a timetable means: subjects by any of their names, teachers by code, name or part of a name."""

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from accounts.models import StaffProfile, User
from registry.importing.fields import heading_key, squeeze
from registry.models import ClassSubject, Subject
from schoolops.lib import names

_BRACKET = re.compile(r"[(\[]([^)\]]*)[)\]]")
_SALUTATION = re.compile(r"^(?:thầy|cô)\s+", re.IGNORECASE)
_PARTS = re.compile(r"[\s.]+")


def subject_keys(subject: Subject) -> set[str]:
    """Code, name and short name, and what stands in brackets behind the name: "Ngoại ngữ 1 (Tiếng Anh)"."""
    found = {heading_key(text) for text in (subject.code, subject.name, subject.short_name)}
    for inside in _BRACKET.findall(subject.name):
        found |= {heading_key(part) for part in (inside, *inside.split(","))}
    return found - {""}


class SubjectBook:
    """The subjects of each class by their keys."""

    def __init__(self, class_subjects: Iterable[ClassSubject]) -> None:
        self._of_class: dict[int, dict[str, set[ClassSubject]]] = {}
        self._anywhere: dict[str, str] = {}
        for found in class_subjects:
            for key in subject_keys(found.item.subject):
                self._of_class.setdefault(found.school_class_id, {}).setdefault(key, set()).add(found)
                self._anywhere[key] = found.item.subject.short_name

    def find(self, text: str, class_id: int) -> ClassSubject | None:
        """The one subject of this class that the text names; two that share a name are none."""
        found = self._of_class.get(class_id, {}).get(heading_key(text), set())
        return next(iter(found)) if len(found) == 1 else None

    def taught_elsewhere(self, text: str) -> bool:
        """Whether another class has it."""
        return heading_key(text) in self._anywhere

    def like(self, text: str, class_id: int) -> str:
        """The short name of the subject of this class that is spelled most alike, or ""."""
        of_class = self._of_class.get(class_id, {})
        close = difflib.get_close_matches(heading_key(text), of_class, n=1, cutoff=0.7)
        return next(iter(of_class[close[0]])).item.subject.short_name if close else ""


@dataclass(frozen=True)
class _Person:
    user: User
    code: str
    parts: tuple[str, ...]
    plain: tuple[str, ...]


class TeacherBook:
    """The staff by what a cell may call them."""

    def __init__(self, profiles: Sequence[StaffProfile]) -> None:
        self._people = [
            _Person(
                profile.user,
                profile.staff_code.casefold(),
                tuple(map(names.identity_key, profile.user.full_name.split())),
                tuple(map(names.fold, profile.user.full_name.split())),
            )
            for profile in profiles
        ]
        self.codes = {profile.user_id: profile.staff_code for profile in profiles}
        self._known: dict[str, list[User]] = {}

    def find(self, text: str, preferred: Collection[int]) -> list[User]:
        """Everybody whom the text may mean; of several those in `preferred`, who are assigned to the lesson."""
        if text not in self._known:
            self._known[text] = self._search(_SALUTATION.sub("", squeeze(text)))
        found = self._known[text]
        return [user for user in found if user.pk in preferred] or found

    def _search(self, text: str) -> list[User]:
        """By code; by the end of the name as it is spelled, then without signs; by initials and tên: "P.T.Hoa"."""
        words = text.split()
        exact, plain = tuple(map(names.identity_key, words)), tuple(map(names.fold, words))
        initials = tuple(names.fold(part) for part in _PARTS.split(text) if part)
        for found in (
            [person for person in self._people if person.code == text.casefold()],
            [person for person in self._people if words and person.parts == exact],
            [person for person in self._people if words and person.parts[-len(words) :] == exact],
            [person for person in self._people if words and person.plain[-len(words) :] == plain],
            [person for person in self._people if _fits(initials, person.plain)],
        ):
            if found:
                return [person.user for person in found]
        return []


def _fits(initials: tuple[str, ...], name: tuple[str, ...]) -> bool:
    """ "p", "t", "hoa" and "p", "hoa" both fit "phan thi hoa": first letters in order, and the whole tên."""
    if len(initials) < 2 or initials[-1] != name[-1]:
        return False
    waiting = iter(name[:-1])
    return all(len(letter) == 1 and any(part.startswith(letter) for part in waiting) for letter in initials[:-1])
