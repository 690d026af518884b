"""Fills an empty database with the demo school."""

import time
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry.models import School
from schoolops.home.demo import Plan, PlanError, Summary, plant

DEFAULTS = Plan()


class Command(BaseCommand):
    help = "Fill an empty database with the demo school: invented people, a term half done. Only while DEMO=1."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--students", type=int, default=DEFAULTS.students)
        parser.add_argument("--classes", type=int, default=DEFAULTS.classes)
        parser.add_argument("--seed", type=int, default=DEFAULTS.seed, help="another seed, another school")
        parser.add_argument("--today", type=date.fromisoformat, default=DEFAULTS.today, help="the day of the demo")
        parser.add_argument("--if-empty", action="store_true", help="a school there is no error")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo school is made only while DEMO=1; this installation is not for trying out.")
        if school := School.objects.first():
            if not options["if_empty"]:
                raise CommandError(f"The database already holds a school ({school}); nothing was changed.")
            self.stdout.write(f"The database already holds a school ({school}); its data stay.")
            return
        started = time.monotonic()
        summary = _planted(Plan(options["students"], options["classes"], options["seed"], options["today"]))
        self.stdout.write(
            f"Demo school: {summary.students} pupils in {summary.classes} classes, {summary.staff} staff, "
            f"{summary.gradebooks} grade books with {summary.scores} scores ({summary.confirmed} columns confirmed, "
            f"{summary.locked} under the lock calendar), {time.monotonic() - started:.1f} s."
        )


def _planted(plan: Plan) -> Summary:
    try:
        return plant(plan)
    except PlanError as error:
        raise CommandError(str(error)) from error
