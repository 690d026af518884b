"""Rules of the house that no other tool checks."""

import importlib.util
import re
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ["accounts", "archive", "compliance", "gradebook", "messaging", "registry", "schoolops", "website_cms"]
MODULES = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_psycopg_3_is_not_installed():
    """Django prefers it when it is there, and would then run another driver than the one that is tested."""
    assert importlib.util.find_spec("psycopg") is None


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small(module):
    assert len(module.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_template_is_used():
    code = "\n".join(path.read_text(encoding="utf-8") for path in [*MODULES, *TEMPLATES])
    library = ("account/", "mfa/", "allauth/", "admin/", "429.html")
    unused = [
        name
        for path in TEMPLATES
        for name in [str(path.relative_to(ROOT / "templates"))]
        if not name.startswith(library)
        and name not in code
        and f"components/{path.stem}" not in code
        and not (name.startswith("components/") and f'"{path.stem}"' in code)
    ]
    assert unused == []


def test_beat_names_real_tasks():
    current_app.loader.import_default_modules()
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] in current_app.tasks, name


def test_no_task_outlives_a_minute():
    assert settings.CELERY_TASK_TIME_LIMIT <= 60
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > settings.CELERY_TASK_TIME_LIMIT


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_inline_script_or_style(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", text)


def test_raw_sql_stands_in_few_places():
    """Everything else goes through the ORM."""
    allowed = {
        "gradebook/selectors/books.py",
        "gradebook/selectors/grid.py",
        "gradebook/selectors/windows.py",
        "gradebook/services/acting.py",
        "gradebook/selectors/ledger.py",
        "schoolops/lib/clock.py",
        "schoolops/lib/turns.py",
        "schoolops/home/health.py",
    }
    used = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if re.search(r"cursor\.execute|\.raw\(|\.extra\(|RawSQL", path.read_text(encoding="utf-8"))
    }
    assert used <= allowed | {str(path.relative_to(ROOT)) for path in MODULES if "bench" in path.name}


def test_nothing_unfinished_stands_in_the_code():
    pattern = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError)\b")
    assert [path for path in MODULES if pattern.search(path.read_text(encoding="utf-8"))] == []
