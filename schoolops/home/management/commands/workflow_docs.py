"""Write docs/workflows from the tables of steps, or check that the files say the same."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from accounts.models import Incident
from accounts.workflow import INCIDENT_STEPS
from gradebook.models import CorrectionRequest, LockRule
from gradebook.workflow import CORRECTION_STEPS, LOCK_RULE_STEPS
from registry.models import DataRequest, IdentityChange, ImportBatch, Submission, Timetable
from registry.workflow import DATA_REQUEST_STEPS, IDENTITY_STEPS, IMPORT_STEPS, REPORT_STEPS, TIMETABLE_STEPS
from schoolops.lib.workflow import Steps, diagram

PROCESSES: Mapping[str, tuple[str, Steps, Any]] = {
    "incident": ("Incident (sự cố)", INCIDENT_STEPS, Incident.State),
    "lock-rule": ("Rule of the lock calendar (mốc khóa sổ)", LOCK_RULE_STEPS, LockRule.State),
    "correction": ("Petition for a correction (đề nghị điều chỉnh)", CORRECTION_STEPS, CorrectionRequest.State),
    "identity-change": (
        "Petition about a pupil's identity (đề nghị sửa thông tin)",
        IDENTITY_STEPS,
        IdentityChange.State,
    ),
    "data-request": ("Request about data (yêu cầu về dữ liệu)", DATA_REQUEST_STEPS, DataRequest.State),
    "import-batch": ("Import of initial data (lần nhập dữ liệu)", IMPORT_STEPS, ImportBatch.State),
    "timetable": ("Timetable (thời khóa biểu)", TIMETABLE_STEPS, Timetable.State),
    "report": ("Report to the sector (báo cáo phải nộp)", REPORT_STEPS, Submission.State),
}


class Command(BaseCommand):
    help = "Write docs/workflows/*.md from the tables of steps; with --check only compare."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail when a file differs, write nothing")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs" / "workflows"
        stale = []
        with translation.override("vi"):
            pages = {
                name: diagram(title, steps, dict(states.choices)) for name, (title, steps, states) in PROCESSES.items()
            }
        for name, page in pages.items():
            file = folder / f"{name}.md"
            if file.exists() and file.read_text(encoding="utf-8") == page:
                continue
            stale.append(file.name)
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                file.write_text(page, encoding="utf-8")
        if check and stale:
            raise CommandError(f"docs/workflows is not up to date: {', '.join(stale)}; run manage.py workflow_docs")
