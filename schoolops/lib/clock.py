"""Time. Calculations take `at`; whoever needs the real moment asks the database, the clock of the guard."""

from datetime import date, datetime, time

from django.db import connection
from django.utils import timezone


def db_now() -> datetime:
    """The database's wall clock (not the start of the transaction), aware, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def local_day(at: datetime) -> date:
    """The calendar day at school (Asia/Ho_Chi_Minh) of a moment."""
    return timezone.localtime(at).date()


def end_of(day: date) -> datetime:
    """The last minute of this day at school, 23:59, as deadlines are written."""
    return timezone.make_aware(datetime.combine(day, time(23, 59)))
