"""The one way a document moves from state to state: a literal table of steps, a lock, a reason why not, a row of history."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=models.Model)
# Who may: returns the reason why not, or None.
Denial = Callable[[Any, Any], "str | None"]


@dataclass(frozen=True)
class Step:
    """One step of a process: from which states, to which, who may, and its name on screen."""

    sources: frozenset[str]
    target: str
    denial: Denial
    label: Any = ""


Steps = Mapping[str, Step]


class TransitionDenied(Exception):
    """The step is not possible now; `reason` is written for the person who asked. Not a missing right: that is 403."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TransitionLog(models.Model):
    """A row per step taken: what people see as the history of the document. Never changed, never deleted."""

    step = models.CharField(_("bước"), max_length=40)
    from_state = models.CharField(_("từ trạng thái"), max_length=20)
    to_state = models.CharField(_("đến trạng thái"), max_length=20)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("người thực hiện")
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("thay mặt")
    )
    at = models.DateTimeField(_("lúc"), auto_now_add=True)
    comment = models.TextField(_("ý kiến"), blank=True)

    class Meta:
        abstract = True
        ordering = ["at", "id"]


def denial(steps: Steps, name: str, user: Any, obj: Any) -> str | None:
    """Why `user` cannot take this step on `obj` now, or None."""
    step = steps[name]
    if obj.state not in step.sources:
        return str(
            _("“%(label)s” không thực hiện được khi đang ở trạng thái “%(state)s”.")
            % {"label": step.label or name, "state": obj.get_state_display()}
        )
    return step.denial(user, obj)


def possible(steps: Steps, user: Any, obj: Any) -> set[str]:
    """The names of the steps that `user` can take on `obj` now; templates ask this, never for a role."""
    open_steps = {name: step for name, step in steps.items() if obj.state in step.sources}
    # Several steps may ask the same question: once is enough.
    answers = {asked: asked(user, obj) for asked in {step.denial for step in open_steps.values()}}
    return {name for name, step in open_steps.items() if answers[step.denial] is None}


@contextmanager
def perform(
    steps: Steps, name: str, obj: M, *, by: Any, on_behalf_of: Any = None, comment: str = "", **details: Any
) -> Iterator[M]:
    """Lock the row, check on the locked row, let the caller change it, save, and write the history row with its details.

    Raises TransitionDenied with the reason when the step is not possible.
    """
    with transaction.atomic():
        locked: Any = type(obj)._base_manager.select_for_update(of=("self",)).get(pk=obj.pk)
        if reason := denial(steps, name, by, locked):
            raise TransitionDenied(reason)
        before, locked.state = locked.state, steps[name].target
        yield locked
        locked._history_user = by
        locked.full_clean()
        locked.save()
        locked.transitions.create(
            step=name,
            from_state=before,
            to_state=locked.state,
            by=by,
            on_behalf_of=on_behalf_of,
            comment=comment,
            **details,
        )


def diagram(title: str, steps: Steps, state_labels: Mapping[str, str]) -> str:
    """The process as a Mermaid page; the files in docs/workflows are generated from here."""
    lines = [f"# {title}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {state}: {label}" for state, label in state_labels.items()]
    lines += [
        f"    {source} --> {step.target}: {name}" for name, step in steps.items() for source in sorted(step.sources)
    ]
    lines += ["```", "", "| step | from | to | who |", "|---|---|---|---|"]
    for name, step in steps.items():
        who = (step.denial.__doc__ or step.denial.__name__).strip().splitlines()[0]
        lines.append(f"| `{name}` | {', '.join(sorted(step.sources))} | {step.target} | {who} |")
    return "\n".join(lines) + "\n"
