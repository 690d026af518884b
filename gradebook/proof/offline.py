"""Judging an export without the portal: its files, every book, the register, the checkpoints. Standard library only."""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gradebook.ledger import NOTHING_SIGNED, faults
from gradebook.proof.checkpoints import Series
from gradebook.proof.faults import Fault, Language, fault
from gradebook.proof.files import Reading
from gradebook.proof.register import faults_of_register

TEXTS: dict[str, tuple[str, str]] = {
    "intact": ("NGUYÊN VẸN", "INTACT"),
    "broken": ("KHÔNG NGUYÊN VẸN: {count} chỗ", "NOT INTACT: {count} faults"),
    "figures": (
        "{verdict} – {books} sổ, {events} sự kiện, {checkpoints} điểm kiểm chứng, {seconds:.1f} giây",
        "{verdict} – {books} books, {events} events, {checkpoints} checkpoints, {seconds:.1f} s",
    ),
    "newest": ("Điểm kiểm chứng mới nhất: số {number}, {at} UTC", "Newest checkpoint: number {number}, {at} UTC"),
    "without": (
        "CHƯA đối chiếu với điểm kiểm chứng (chưa cho khóa công khai): một sổ bị viết lại trọn vẹn hoặc bị cắt phần cuối"
        " thì không thấy được.",
        "Checkpoints were NOT looked at (no public key given): a book rewritten as a whole, or cut at its end, is not seen.",
    ),
}


@dataclass(frozen=True)
class Verdict:
    faults: list[Fault]
    books: int
    events: int
    series: Series
    names: dict[int, str]


def judge(folder: Path, keys: Sequence[bytes], newest: int | None = None, checkpoints: Path | None = None) -> Verdict:
    """Everything that can be said of this export; without keys nothing is said of checkpoints, which may lie elsewhere."""
    reading = Reading(folder, checkpoints or folder / "checkpoints")
    reading.read()
    series = Series()
    if keys:
        _read_checkpoints(reading, series, keys, newest)
    found = reading.faults + series.faults
    found += faults_of_register(reading.entries, reading.places, reading.year)
    found += series.gone(reading.states, reading.year)
    registered = {entry.book: entry.year for entry in reading.entries}
    found += [
        fault("year_differs", book, held=year, told=told[book])
        for told in (registered, series.years)
        for book, year in reading.years.items()
        if told.get(book, year) != year
    ]
    counted, seen, before = len(reading.states), 0, len(reading.faults)
    for book, listed in reading.events():
        seen += len(listed)
        state, signed = reading.states.pop(book, None), series.signed.get(book, NOTHING_SIGNED)
        found += faults(state, listed, signed) if state else [fault("book_gone", book)]
    for state in reading.states.values():
        found += faults(state, [], series.signed.get(state.id, NOTHING_SIGNED))
    return Verdict(found + reading.faults[before:], counted, seen, series, reading.names)


def _read_checkpoints(reading: Reading, series: Series, keys: Sequence[bytes], newest: int | None) -> None:
    for name, text in reading.checkpoints():
        series.add(name, text, keys)
    if series.newest is None:
        series.faults.append(fault("checkpoints_none"))
    series.end(newest)


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0 intact, 1 not, 2 not understood."""
    parser = argparse.ArgumentParser(prog="verify.py", description="Kiểm tra bản xuất sổ điểm / check an export.")
    parser.add_argument("folder", type=Path, help="thư mục của bản xuất / folder of the export")
    parser.add_argument("keys", nargs="?", default="", help="khóa công khai (hex) / public key, several with commas")
    parser.add_argument("--newest", type=int, help="số của điểm kiểm chứng mới nhất mà người lưu trữ đang giữ")
    parser.add_argument(
        "--checkpoints", type=Path, help="thư mục điểm kiểm chứng của người lưu trữ / the archivist's own"
    )
    parser.add_argument("--english", action="store_true")
    given = parser.parse_args(arguments)
    if not given.folder.is_dir():
        parser.error(f"{given.folder}: không phải thư mục / not a folder")
    try:
        keys = [bytes.fromhex(key) for key in given.keys.split(",") if key]
    except ValueError:
        parser.error(f"{given.keys}: không phải khóa / not a key")
    started = time.monotonic()
    verdict = judge(given.folder, keys, given.newest, given.checkpoints)
    _print(verdict, "en" if given.english else "vi", time.monotonic() - started, with_keys=bool(keys))
    return 1 if verdict.faults else 0


def _print(verdict: Verdict, language: Language, seconds: float, *, with_keys: bool) -> None:
    def say(name: str, **values: object) -> str:
        return TEXTS[name][language == "en"].format(**values)

    if isinstance(sys.stdout, type(sys.__stdout__)) and sys.stdout is not None:
        sys.stdout.reconfigure(encoding="utf-8")
    for found in verdict.faults:
        print(found.sentence(language, verdict.names.get(found.book, "") if found.book is not None else ""))  # noqa: T201
    if newest := verdict.series.newest:
        print(say("newest", number=newest.number, at=f"{newest.at:%Y-%m-%d %H:%M:%S}"))  # noqa: T201
    if not with_keys:
        print(say("without"))  # noqa: T201
    result = say("broken", count=len(verdict.faults)) if verdict.faults else say("intact")
    figures = {"books": verdict.books, "events": verdict.events, "checkpoints": verdict.series.count}
    print(say("figures", verdict=result, seconds=seconds, **figures))  # noqa: T201
