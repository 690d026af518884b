"""Reading remarks into cells: the cell holds the code of the words, the words go into a table of their own (G4)."""

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import User
from gradebook.models import Remark, RemarkPhrase
from schoolops.lib.remarks import MAX_LENGTH, clean_remark, remark_code
from schoolops.lib.scores import EMPTY


class Words:
    """The remarks behind some cells in one request: what they say now, and what is new."""

    def __init__(self, codes: Iterable[str], by: User) -> None:
        self._by = by
        wanted = {code for code in codes if code}
        rows = Remark.objects.filter(code__in=wanted).values_list("code", "text") if wanted else []
        self._texts: dict[str, str] = dict(rows)
        self._new: list[Remark] = []

    def text_of(self, code: str) -> str:
        """The words of a cell; nothing for an empty one."""
        return self._texts.get(code, "")

    def code_for(self, typed: str, column_id: int, student_id: int, *known: str) -> str | None:
        """The code for a cell with these words: one of the `known` codes where they say the same. None: too long."""
        text = clean_remark(typed)
        if len(text) > MAX_LENGTH:
            return None
        if not text:
            return EMPTY
        for code in known:
            if self._texts.get(code) == text:
                return code
        salt = uuid.uuid4()
        made = Remark(
            code=remark_code(salt, text),
            salt=salt,
            text=text,
            column_id=column_id,
            student_id=student_id,
            written_by=self._by,
        )
        self._new.append(made)
        self._texts[made.code] = text
        return made.code

    def save(self) -> None:
        """Write what is new; before the cells, because the guard looks for it."""
        Remark.objects.bulk_create(self._new)
        self._new = []


def keep_phrase(*, by: User, text: str, band: str) -> RemarkPhrase:
    """A phrase of one's own. Raises ValidationError when it is empty, too long, or there already."""
    phrase = RemarkPhrase(owner=by, text=clean_remark(text), band=band)
    phrase.full_clean()
    phrase.save()
    return phrase


def drop_phrase(*, phrase: RemarkPhrase) -> None:
    phrase.delete()


def too_long(text: str) -> str:
    """Why a remark was not taken."""
    return _("Nhận xét dài %(count)s ký tự; nhiều nhất %(most)s.") % {
        "count": len(clean_remark(text)),
        "most": MAX_LENGTH,
    }
