"""A9: two requests of one double click run side by side: the second finds what the first has made, and no error."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date

from django.db import connection

from registry.importing.cells import ClassName
from registry.models import CurriculumItem, Enrollment, SchoolClass, SchoolYear, Term
from registry.selectors.setup import calendar
from registry.selectors.setup.pupils import members_of
from registry.services import setup
from tests.support import again, build_school, committed_database

SIDES = 4


def at_once(press):
    """The same press on several connections, started together; what each returned."""
    start = threading.Barrier(SIDES)

    def side(_number):
        try:
            start.wait()
            return press()
        finally:
            connection.close()

    with ThreadPoolExecutor(SIDES) as pool:
        return list(pool.map(side, range(SIDES)))


def test_each_step_happens_once(django_db_blocker, worker_name):
    with committed_database(f"schoolops_setup_{worker_name}", django_db_blocker):
        school = build_school()
        by = school.cast.it_staff
        dates = calendar.propose(school.year, date(2027, 6, 1))
        made = at_once(lambda: setup.open_year(dates=dates, by=again(by)).pk)
        assert len(set(made)) == 1
        year = SchoolYear.objects.get(pk=made[0])
        assert Term.objects.filter(school_year=year).count() == 2

        copied = at_once(lambda: setup.copy_programme(year=year, by=again(by)))
        assert sorted(copied)[:-1] == [0] * (SIDES - 1)
        assert CurriculumItem.objects.filter(school_year=year).count() == max(copied)

        wanted = [ClassName("8A1", 8), ClassName("8A2", 8)]
        plans = at_once(lambda: setup.make_classes(year=year, wanted=wanted, by=again(by)))
        assert sum(len(plan.new) for plan in plans) == SchoolClass.objects.filter(school_year=year).count() == 2

        target = SchoolClass.objects.get(school_year=year, name="8A1")
        places = dict.fromkeys(members_of([school.classes["7A1"].pk]), target.pk)
        counts = at_once(lambda: setup.place_pupils(year=year, places=places, by=again(by)))
        assert sum(counts) == Enrollment.objects.filter(school_class=target).count() == 5
