"""The thirteen tamperings, each exported and judged by the real verify.py on bare Python (P0-5, P1-1).

Each runs as the owner of the database in a transaction that is taken back. With checkpoints all are found; without, exactly those
two that leave nothing to compare with. Twins: a verifier with one of its checks cut out finds the matching attack no more.
"""

import os
import random
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import transaction

from gradebook.models import Gradebook
from gradebook.proof import checkpoints as notes
from gradebook.proof.files import SUMS, write_sums
from gradebook.proof.offline import judge, main
from gradebook.services import checkpoints as signing
from gradebook.services.checkpoints import Key, sign_if_due
from tests.gradebook import test_verify_ledger as attacks

DRILL = os.environ.get("SCHOOLOPS_DRILL") == "1"
FLIPS = 2000 if DRILL else 200
KEY = Key(Ed25519PrivateKey.generate())
OTHER_KEY = Key(Ed25519PrivateKey.generate())

pytestmark = [pytest.mark.drill] if DRILL else []


def one_person_asks_and_approves_in_the_tables_too(lab):
    """Constraint dropped, triggers asleep, events in order, tables to match: everything fits, except that it is one person."""
    waiting = lab.petitions[1]
    lab.append(lab.other_teacher, op="CORR_OK", corr=waiting, rev=1)
    attacks.write_by_petition(lab, waiting)
    lab.append(lab.other_teacher, op="CORR_DONE", corr=waiting, rev=1)
    lab.sql("ALTER TABLE gradebook_correctionrequest DROP CONSTRAINT correction_second_person")
    lab.sql("UPDATE gradebook_correctionitem SET applied_at = now() WHERE request_id = %s", waiting)
    lab.sql(
        "UPDATE gradebook_correctionrequest SET state = 'applied', applied_at = now(), decided_by_id = %s, decided_at = now(),"
        " decided_revision = 1 WHERE id = %s",
        lab.other_teacher,
        waiting,
    )


# Name, attack, what the Vietnamese report says of it (with checkpoints).
ATTACKS = {
    "A1 owner switches the trigger off and edits a score": (attacks.owner_edits_a_score, "đang là 10, nhật ký nói 7.5"),
    "A2 replica role edits a score in a closed column": (
        attacks.superuser_edits_a_score,
        "đang là 10, nhật ký nói 8",
    ),
    "A3 edits one event only": (attacks.owner_edits_an_event, "đã bị viết lại"),
    "A4 forges event, score and the whole chain": (attacks.forge_event_score_and_chain, "khác với điểm kiểm chứng 1"),
    "A5 cuts the end and restores what was before": (
        attacks.cut_the_tail_and_undo_what_it_told,
        "nhưng điểm kiểm chứng 1 đã ký",
    ),
    "A6 deletes a book with all its events": (
        attacks.superuser_deletes_a_book_with_all_its_events,
        "trong danh sách sổ đã mở không còn",
    ),
    "A7 inserts a ghost": (attacks.superuser_adds_a_ghost, "học sinh 900001 đang là 10, nhật ký nói không có"),
    "A8 deletes a cell": (attacks.superuser_deletes_an_entry, "đang là không có, nhật ký nói V"),
    "A9 swaps two pupils": (attacks.owner_swaps_two_pupils, "đang là 8, nhật ký nói 7.5"),
    "A10 backdates an event and hashes anew": (attacks.superuser_backdates_an_event, "có giờ sớm hơn"),
    "A11 one person asks and approves": (one_person_asks_and_approves_in_the_tables_too, "người đề nghị tự quyết định"),
    "A12 appends a change after the lock by hand": (
        attacks.owner_appends_a_correction_nobody_was_allowed,
        "ghi vào cột đã khóa",
    ),
    "A13 opens a closed column silently": (attacks.owner_opens_a_closed_column, "mở trong khoảng không có – không có"),
}
BLIND_WITHOUT_CHECKPOINTS = {"A4", "A5"}


@pytest.fixture
def signed(lab):
    """Honest books, and one checkpoint of them."""
    sign_if_due(key=KEY, places=[])
    return lab


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def export(folder, *arguments):
    shutil.rmtree(folder, ignore_errors=True)
    call_command("export_ledger", folder, *arguments, stdout=StringIO())
    return folder


def verify_py(folder, *arguments, script=None):
    """Exit code and output of the verifier that lies in the export: no site-packages, no environment, elsewhere."""
    command = [sys.executable, "-I", "-S", str(script or folder / "verify.py"), str(folder), *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, env={}, cwd="/", timeout=60, check=False)
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


PUBLIC = KEY.public.hex()


# --- honest exports ---------------------------------------------------------------------------------
def test_honest_export_is_intact_on_bare_python(signed, tmp_path):
    folder = export(tmp_path / "export")
    code, output = verify_py(folder, PUBLIC, "--newest", 1)
    assert (code, output.splitlines()[-1].startswith("NGUYÊN VẸN – 6 sổ, ")) == (0, True), output
    assert "Điểm kiểm chứng mới nhất: số 1" in output
    code, output = verify_py(folder, "--english")
    assert (code, "INTACT – 6 books" in output, "were NOT looked at" in output) == (0, True, True)
    assert not list(folder.rglob("__pycache__"))
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert len(files) == len((folder / SUMS).read_text().splitlines()) + 1


def test_verifier_of_the_project_judges_an_export_as_well(signed, tmp_path):
    """An archivist does not run what the suspect delivers."""
    folder = export(tmp_path / "export")
    code, output = verify_py(folder, PUBLIC, script=Path(notes.__file__).with_name("verify.py"))
    assert (code, "NGUYÊN VẸN" in output) == (0, True)


def test_one_year_is_judged_alone(signed, tmp_path):
    year = Gradebook.objects.get(pk=signed.book).term.school_year.code
    assert verify_py(export(tmp_path / "export", "--year", year), PUBLIC)[0] == 0
    with undone():
        attacks.delete_book(signed, signed.book)
        code, output = verify_py(export(tmp_path / "export", "--year", year), PUBLIC)
        assert (code, f"Sổ {signed.book}: sổ có trong điểm kiểm chứng 1 nhưng không còn" in output) == (1, True)


def test_export_holds_no_names(signed, tmp_path):
    folder = export(tmp_path / "export")
    text = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.json*"))
    assert not re.search(r"Nguyễn|Trần|Đặng|Phan|giải thích|Bài ghi", text)


def test_export_overwrites_nothing_and_knows_its_years(signed, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_ledger", tmp_path)
    with pytest.raises(CommandError, match="no school year"):
        call_command("export_ledger", tmp_path / "new", "--year", "1999-2000")


def test_what_is_not_understood_is_exit_2(tmp_path):
    for arguments in (["/nowhere/at/all"], [str(tmp_path), "no key"], []):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2


# --- the thirteen -----------------------------------------------------------------------------------
def test_thirteen_tamperings(signed, tmp_path):
    found, blind, unnamed = [], set(), []
    for name, (attack, words) in ATTACKS.items():
        with undone():
            attack(signed)
            folder = export(tmp_path / "export")
            code, output = verify_py(folder, PUBLIC)
            found += [name] * (code == 1)
            unnamed += [] if words in output else [name]
            if verify_py(folder)[0] == 0:
                blind.add(name.split()[0])
    print(f"\ntamperings {len(found)} of {len(ATTACKS)} found with checkpoints, missed without: {sorted(blind)}")
    assert found == list(ATTACKS)
    assert unnamed == []
    assert blind == BLIND_WITHOUT_CHECKPOINTS


def test_a_book_taken_out_of_the_register_too_is_in_the_checkpoint(signed, tmp_path):
    attacks.remove_the_newest_book_from_everywhere(signed)
    folder = export(tmp_path / "export")
    code, output = verify_py(folder, PUBLIC)
    assert (code, "sổ có trong điểm kiểm chứng 1 nhưng không còn" in output) == (1, True)
    assert verify_py(folder)[0] == 0


def test_a14_checkpoint_of_another_key_is_refused(signed, tmp_path):
    """Whoever can rewrite the chain can also make a key; only the archivist's counts."""
    folder = export(tmp_path / "export")
    forge_checkpoint(folder)
    code, output = verify_py(folder, PUBLIC)
    assert (code, "Điểm kiểm chứng 000001: chữ ký không đúng với khóa đã cho" in output) == (1, True)
    assert verify_py(folder, OTHER_KEY.public.hex())[0] == 0
    assert verify_py(folder, f"{OTHER_KEY.public.hex()},{PUBLIC}")[0] == 0, "a key that was changed: both are given"


def forge_checkpoint(folder):
    file = folder / "checkpoints" / "000001.txt"
    read, _signature = notes.parse(file.read_text())
    line = notes.signature_line(read.origin, OTHER_KEY.public, OTHER_KEY.private.sign(read.body.encode()))
    file.write_text(f"{read.body}\n{line}")
    write_sums(folder)


@pytest.fixture
def three_signed(signed, monkeypatch):
    """A second and third checkpoint, of the same heads: a night each."""
    for number in (2, 3):
        night = signing.db_now().replace(hour=23) + signing.timedelta(days=number)
        monkeypatch.setattr(signing, "db_now", lambda night=night: night)
        assert sign_if_due(key=KEY, places=[]).seq == number
        monkeypatch.undo()
    return signed


def removed(folder, *numbers):
    for number in numbers:
        (folder / "checkpoints" / f"{number:06d}.txt").unlink()
    write_sums(folder)


def test_newest_checkpoints_that_were_deleted_are_missed_by_who_knows_their_number(three_signed, tmp_path):
    folder = export(tmp_path / "export")
    assert verify_py(folder, PUBLIC, "--newest", 3)[0] == 0
    removed(folder, 2, 3)
    code, output = verify_py(folder, PUBLIC, "--newest", 3)
    assert (code, "Điểm kiểm chứng mới nhất là 1, nhưng đã có điểm 3" in output) == (1, True)
    assert verify_py(folder, PUBLIC)[0] == 0, "negative control: nobody says that there were more"


def test_archivists_own_folder_takes_the_place_of_the_one_in_the_export(signed, tmp_path, monkeypatch):
    """Whoever delivers the export leaves the checkpoints out; those that have left the house are enough."""
    folder = export(tmp_path / "export")
    own = shutil.copytree(folder / "checkpoints", tmp_path / "own")
    attacks.forge_event_score_and_chain(signed)
    signed.sql("DELETE FROM gradebook_checkpoint")
    sign_if_due(key=OTHER_KEY, places=[])
    folder = export(folder)
    assert verify_py(folder, OTHER_KEY.public.hex())[0] == 0
    code, output = verify_py(folder, PUBLIC, "--checkpoints", own)
    assert (code, "khác với điểm kiểm chứng 1" in output) == (1, True)


def test_checkpoints_that_were_deleted_in_between_are_noticed(three_signed, tmp_path):
    folder = export(tmp_path / "export")
    removed(folder, 2)
    code, output = verify_py(folder, PUBLIC)
    assert (code, "Điểm kiểm chứng 000003 không nối tiếp điểm trước" in output) == (1, True)
    removed(folder, 1, 3)
    assert "Không có điểm kiểm chứng nào" in verify_py(folder, PUBLIC)[1]


# --- flipped bytes ----------------------------------------------------------------------------------
def flips(folder, names):
    """Flip one byte at many random places, one at a time."""
    sizes = {name: (folder / name).stat().st_size for name in names}
    for _ in range(FLIPS):
        name = random.choices(list(sizes), list(sizes.values()))[0]
        original = (folder / name).read_bytes()
        place = random.randrange(len(original))
        changed = bytearray(original)
        changed[place] ^= random.randrange(1, 256)
        (folder / name).write_bytes(changed)
        yield f"{name}, byte {place}: {original[place]} → {changed[place]}"
        (folder / name).write_bytes(original)


def data_files(folder):
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in names if not name.endswith(".py") and (folder / name).stat().st_size)


def test_one_flipped_byte_anywhere_is_found(signed, tmp_path):
    folder = export(tmp_path / "export")
    missed = [place for place in flips(folder, data_files(folder)) if not judge(folder, [KEY.public]).faults]
    print(f"\nflipped bytes {FLIPS - len(missed)} of {FLIPS} found")
    assert missed == []
    assert judge(folder, [KEY.public]).faults == []


def test_one_flipped_byte_is_found_without_the_list_of_hashes(signed, tmp_path):
    """Whoever flips it writes the list anew. Labels and the head of the export are for reading and judge nothing."""
    folder = export(tmp_path / "export")
    names = [name for name in data_files(folder) if name not in {SUMS, "labels.jsonl", "export.json"}]
    missed = []
    for place in flips(folder, names):
        write_sums(folder)
        missed += [] if judge(folder, [KEY.public]).faults else [place]
    print(f"\nflipped bytes, list written anew: {FLIPS - len(missed)} of {FLIPS} found")
    assert missed == []


@pytest.mark.parametrize("change", ["missing", "unlisted", "cut", "blank"])
def test_files_are_those_of_the_list(signed, tmp_path, change):
    folder = export(tmp_path / "export")
    if change == "missing":
        (folder / "exceptions.jsonl").unlink()
    elif change == "unlisted":
        (folder / "note.txt").write_text("x")
    else:
        cells = (folder / "cells.jsonl").read_text()
        (folder / "cells.jsonl").write_text(cells[:-1] if change == "cut" else cells.replace(":", ": ", 1))
        write_sums(folder)
    expected = {"missing": "file_missing", "unlisted": "file_unlisted"}.get(change, "line_unreadable")
    assert expected in [fault.kind for fault in judge(folder, [KEY.public]).faults]


# --- the verifier can fail ------------------------------------------------------------------------
@dataclass(frozen=True)
class Cut:
    """A check cut out of the copied verifier, and the attack that then passes."""

    file: str
    old: str
    new: str
    attack: object
    with_key: bool = True


def nothing(lab):
    pass


CUTS = [
    Cut("ledger.py", "if head != event.hash:", "if False:", attacks.owner_edits_an_event, with_key=False),
    Cut("ledger.py", "if held != told:", "if False:", attacks.owner_edits_a_score),
    Cut("ledger.py", "if head != mark.hash:", "if False:", attacks.forge_event_score_and_chain),
    Cut("ledger.py", "if signed and (furthest := max(signed)) > last:", "if False:", attacks.cut_the_tail_and_undo_what_it_told),
    Cut(
        "ledger.py",
        "is_older = self.last_at is not None and at < self.last_at",
        "is_older = False",
        attacks.superuser_backdates_an_event,
        with_key=False,
    ),
    Cut(
        "ledger.py",
        'elif not self._is_open(body["col"], _required(body, "at")):',
        "elif False:",
        attacks.owner_appends_a_correction_nobody_was_allowed,
    ),
    Cut("ledger.py", 'found += _differences("window_differs"', 'list() or _differences("window_differs"', attacks.owner_opens_a_closed_column),
    Cut("ledger.py", 'found += _differences("column_differs"', 'list() or _differences("column_differs"', attacks.superuser_turns_a_column_into_another),
    Cut("ledger.py", 'found += _differences("exception_differs"', 'list() or _differences("exception_differs"', attacks.superuser_makes_an_exception),
    Cut("ledger.py", "for column in sorted(book.confirmed - replay.confirmed):", "for column in ():", attacks.superuser_confirms_in_the_teachers_name),
    Cut("ledger.py", "if (last, head) != (book.chain_seq, book.chain_head):", "if False:", attacks.superuser_moves_the_head),
    Cut("ledger.py", "in replay.petitions.differences(book.petitions)", "in ()", attacks.superuser_names_another_approver),
    Cut(
        "proof/petitions.py",
        'if op in VERDICTS and told.requested_by in {body["by"], body.get("for")}:',
        "if False:",
        one_person_asks_and_approves_in_the_tables_too,
    ),
    Cut("proof/register.py", "elif year is None or entry.year == year:", "elif False:", attacks.superuser_deletes_a_book_with_all_its_events, with_key=False),
    Cut("proof/register.py", "if books[entry.book] != entry.place:", "if False:", attacks.superuser_exchanges_two_books),
    Cut("proof/register.py", "for book in sorted(books.keys() - known):", "for book in ():", attacks.superuser_makes_a_book),
    Cut("proof/offline.py", "found += series.gone(reading.states, reading.year)", "pass", attacks.remove_the_newest_book_from_everywhere),
]  # fmt: skip


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: f"{cut.file}: {cut.attack.__name__}")
def test_sabotaged_verifier_finds_the_attack_no_more(signed, tmp_path, cut):
    cut.attack(signed)
    folder = export(tmp_path / "export")
    key = [PUBLIC] if cut.with_key else []
    assert verify_py(folder, *key)[0] == 1
    saw_off(folder, cut.file, cut.old, cut.new)
    assert verify_py(folder, *key)[0] == 0, "found by something else as well: choose another attack for this check"


def saw_off(folder, file, old, new):
    path = folder / "gradebook" / file
    source = path.read_text(encoding="utf-8")
    assert source.count(old) == 1, f"{old!r} is not in {file} once: write this sabotage anew"
    path.write_text(source.replace(old, new), encoding="utf-8")
    write_sums(folder)


def test_sabotaged_checks_of_checkpoints_and_files(three_signed, tmp_path):
    honest = export(tmp_path / "honest")

    def verdicts(damage, file, old, new, *arguments):
        folder = tmp_path / "damaged"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(honest, folder)
        damage(folder)
        before = verify_py(folder, PUBLIC, *arguments)[0]
        saw_off(folder, file, old, new)
        return before, verify_py(folder, PUBLIC, *arguments)[0]

    def relabel(folder):
        path = folder / "labels.jsonl"
        path.write_text(path.read_text().replace("7A1", "7A9"))

    series, files = "proof/checkpoints.py", "proof/files.py"
    assert verdicts(forge_checkpoint, series, "if keys and not any(", "if False and not any(") == (1, 0)
    assert verdicts(lambda folder: removed(folder, 2), series, "if not self._follows(read):", "if False:") == (1, 0)
    cut_off = "if newest is not None and newest > last:"
    assert verdicts(lambda folder: removed(folder, 3), series, cut_off, "if False:", "--newest", 3) == (1, 0)
    hashes = "if name in listed and listed[name] != _hash_of(self.folder / name)"
    assert verdicts(relabel, files, hashes, "if False") == (1, 0)
