"""A list of the sector's database, and what is chosen of its differences."""

import re
from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from registry.forms.imports import UploadForm
from registry.models import ImportBatch, SchoolYear

_QUESTION = re.compile(r"who-(\d{1,6})")
_TOKEN = re.compile(r"\d{1,6}-[a-z_]{1,30}-[0-9a-f]{20}")


class SectorUploadForm(UploadForm):
    """The file, the year, and from when pupils who stand only there would sit in their class."""

    def __init__(self, *args: Any, years: Sequence[SchoolYear], **kwargs: Any) -> None:
        initial: dict[str, Any] = {"kind": ImportBatch.Kind.SECTOR}
        if years:
            initial |= {"school_year": years[0].pk, "valid_from": years[0].starts_on}
        super().__init__(*args, years=years, initial=initial, **kwargs)
        self.fields["valid_from"].label = _("Em thêm mới vào lớp từ ngày")


def read_choices(sent: QueryDict) -> set[str]:
    """The tokens of what was ticked."""
    return {token for token in sent.getlist("take") if _TOKEN.fullmatch(token)}


def read_answers(sent: QueryDict) -> dict[int, str]:
    """By row: the id of a pupil, "new", or "" for not yet."""
    return {int(found[1]): str(answer) for name, answer in sent.items() if (found := _QUESTION.fullmatch(name))}
