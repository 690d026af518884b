"""Typed settings of the school: each app declares its own in `policies.py`, with default, help and the clause it comes from.

`accounts.policies.value_of` says what holds now: the newest stored value, or the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

T = TypeVar("T", bool, int)

# The documents that lay down values; a clause begins with its document's code: "QT 7.2".
REGULATIONS: dict[str, Any] = {
    "ENV": gettext_lazy("Quy chế dùng ứng dụng liên lạc với phụ huynh, trường trung học cơ sở"),
    "GT": gettext_lazy("Quy chế dùng cơ sở dữ liệu ngành, cổng thông tin và hồ sơ, trường tiểu học"),
    "QT": gettext_lazy("Quy chế sổ điểm và học bạ điện tử, trường trung học phổ thông"),
    "CG": gettext_lazy("Công văn triển khai ứng dụng liên lạc, phòng giáo dục"),
    "PH": gettext_lazy("Công văn ứng dụng công nghệ thông tin, phòng giáo dục"),
}


@dataclass(frozen=True)
class Policy(Generic[T]):
    """One decision of the school. `key` is "app.name"; `clause` the regulation or law that leaves the choice.

    `words` says a number with its unit; `laid_down` what clauses of the documents demand, where they name a value;
    `is_about_it_staff`: it gives IT staff a part in others' work, so that they do not set it themselves (A6).
    """

    key: str
    default: T
    label: Any
    help: Any
    clause: str
    at_least: int = 0
    at_most: int = 1000
    words: Any = "%(number)s"
    laid_down: Mapping[str, T] = field(default_factory=dict)
    is_about_it_staff: bool = False

    @property
    def is_switch(self) -> bool:
        return isinstance(self.default, bool)

    @property
    def app_label(self) -> str:
        return self.key.split(".")[0]

    def in_words(self, value: T) -> str:
        """The value as people say it: "Có", "15 phút"."""
        if self.is_switch:
            return _("Có") if value else _("Không")
        return str(self.words % {"number": value})

    def written(self, value: T) -> str:
        """The text that `read` reads back."""
        return str(int(value))

    def laid_down_by(self, document: str) -> tuple[str, T] | None:
        """The clause of this document (a key of REGULATIONS) that names a value, and the value."""
        named = self.laid_down.items()
        return next(((clause, value) for clause, value in named if clause.split()[0] == document), None)

    def read(self, text: str) -> T:
        """The value that a text means. Raises ValueError with words for the person who typed it."""
        if isinstance(self.default, bool):
            if text not in {"0", "1"}:
                raise ValueError(_("Chọn Có hoặc Không."))
            return text == "1"
        if not text.isdecimal() or not self.at_least <= int(text) <= self.at_most:
            raise ValueError(
                _("Ghi một số từ %(least)s đến %(most)s.") % {"least": self.at_least, "most": self.at_most}
            )
        return int(text)


POLICIES: dict[str, Policy[Any]] = {}


def declare(policy: Policy[T]) -> Policy[T]:
    """Register a policy under its key."""
    POLICIES[policy.key] = policy
    return policy
