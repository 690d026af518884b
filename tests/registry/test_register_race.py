"""R5: two people who give numbers at once; on real connections that commit."""

import threading

from django.db import connection

from accounts.models import User
from registry import services
from registry.models import RegisterEntry
from tests.support import build_school, committed_database


def test_two_people_at_once_give_no_number_twice(django_db_setup, django_db_blocker, worker_name):
    """R5: whoever comes second waits, and finds nothing left to do."""
    with committed_database(f"register_race_{worker_name}", django_db_blocker):
        found, errors = [], []

        def press():
            try:
                found.append(len(services.enter_pupils(by=User.objects.get(pk=pk))))
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        made = build_school()
        pk = made.cast.it_staff.pk
        threads = [threading.Thread(target=press) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert sorted(found) == [0, 0, len(made.students)]
        assert list(RegisterEntry.objects.order_by("number").values_list("number", flat=True)) == list(
            range(1, len(made.students) + 1)
        )
