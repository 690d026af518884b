"""What the tests of the import need beside the cast: a file sent, and the preview of it."""

from collections.abc import Callable
from typing import Any

import pytest

from registry import services
from registry.models import ImportBatch
from registry.selectors.imports import Options, build_plan
from tests.support import Cast, SchoolFixture

Send = Callable[..., ImportBatch]


@pytest.fixture
def send(school: SchoolFixture, cast: Cast) -> Send:
    """Upload a file as IT staff; further words are options of the whole file."""

    def upload(content: bytes, kind: str = "students", **options: Any) -> ImportBatch:
        chosen = Options(**{"valid_from": school.year.starts_on, "decision": school.decision.pk, **options})
        return services.upload_batch(
            kind=kind, school_year=school.year, content=content, name="ds.xlsx", options=chosen, by=cast.it_staff
        )

    return upload


@pytest.fixture
def load(send: Send, cast: Cast) -> Send:
    """Upload a file and load it, when nothing is in the way."""

    def upload_and_apply(content: bytes, kind: str = "students", **options: Any) -> ImportBatch:
        return applied(send(content, kind, **options), cast)

    return upload_and_apply


def applied(batch: ImportBatch, cast: Cast) -> ImportBatch:
    return services.apply_batch(batch=batch, by=cast.it_staff, fingerprint=build_plan(batch).fingerprint)
