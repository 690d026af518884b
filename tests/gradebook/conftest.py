"""Honest books in a database of their own, for whoever tampers with them."""

import pytest
from django.db import transaction

from tests.gradebook.lab import keep_honest_books
from tests.gradebook.test_races import leading_to
from tests.support import SUPERUSER, drop_database, make_database


@pytest.fixture(scope="session")
def honest(django_db_setup, django_db_blocker, worker_name):
    """The database's name and what it holds; the connections of other tests lead elsewhere again."""
    name = f"schoolops_ledger_{worker_name}"
    make_database(name)
    try:
        with django_db_blocker.unblock(), leading_to(name):
            made = keep_honest_books()
        yield name, made
    finally:
        drop_database(name)


@pytest.fixture
def lab(honest, django_db_blocker):
    """As superuser, in a transaction that is taken back."""
    name, made = honest
    with django_db_blocker.unblock(), leading_to(name, user=SUPERUSER), transaction.atomic():
        yield made
        transaction.set_rollback(True)
