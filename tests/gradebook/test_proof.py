"""What verify.py is made of, on plain values: signatures, the text of checkpoints, the rules of petitions, the words."""

import hashlib
import json
import random
import re
import string
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gradebook.ledger import ZERO_HASH, BookState, Event, faults, stamp
from gradebook.proof import checkpoints as notes
from gradebook.proof import ed25519
from gradebook.proof.faults import WORDS, fault
from gradebook.proof.petitions import Petition
from gradebook.selectors.ledger import quick_check

# --- Ed25519 --------------------------------------------------------------------------------------
# RFC 8032, 7.1: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_signatures_of_the_rfc(key, message, signature):
    key, message, signature = (bytes.fromhex(text) for text in (key, message, signature))
    assert ed25519.verify(key, message, signature)
    assert not ed25519.verify(key, message + b"x", signature)


def test_signatures_are_judged_as_the_library_judges_them():
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    for size in range(0, 200, 10):
        message = random.randbytes(size)
        good = key.sign(message)
        place = random.randrange(64)
        bad = bytes([*good[:place], good[place] ^ 1 << random.randrange(8), *good[place + 1 :]])
        for signature in (good, bad):
            judged = ed25519.verify(public, message, signature)
            assert judged == quick_check(public, message, signature) == (signature == good)


def test_signature_that_is_not_the_one_way_to_write_it_is_refused():
    """s + order verifies in careless code: the same signature in another dress."""
    key, message, signature = (bytes.fromhex(text) for text in RFC_8032[1])
    s = int.from_bytes(signature[32:], "little") + ed25519.ORDER
    assert not ed25519.verify(key, message, signature[:32] + s.to_bytes(32, "little"))
    assert not ed25519.verify(key, message, signature[:63])
    assert not ed25519.verify(b"\xff" * 32, message, signature)


# --- checkpoints ----------------------------------------------------------------------------------
NOW = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()


def head(book, seq, year="2026-2027"):
    return notes.Head(book, seq, hashlib.sha256(f"{book}/{seq}".encode()).hexdigest(), year)


def made(number, changed, everything, prev=notes.FIRST_PREV, *, why="change", full=None, minutes=0):
    return notes.Checkpoint(
        origin="schoolops/1/T01",
        number=number,
        why=why,
        at=NOW + timedelta(minutes=minutes or 5 * number),
        prev=prev,
        count=len(everything),
        total=notes.total_of(everything),
        is_full=number == 1 if full is None else full,
        heads=tuple(changed),
    )


def note(checkpoint, key=KEY):
    public = key.public_key().public_bytes_raw()
    return f"{checkpoint.body}\n{notes.signature_line(checkpoint.origin, public, key.sign(checkpoint.body.encode()))}"


def three():
    """The first lists all, the second what changed, the third nothing."""
    start = [head(1, 5), head(2, 7)]
    later = [head(1, 9), head(2, 7)]
    first = made(1, start, start)
    second = made(2, [head(1, 9)], later, notes.digest(first.body))
    third = made(3, [], later, notes.digest(second.body), why="lock")
    return [first, second, third]


def read(*texts, keys=(PUBLIC,), newest=None):
    series = notes.Series()
    for number, text in enumerate(texts, start=1):
        series.add(f"{number:06d}", text, keys)
    series.end(newest)
    return series


def kinds(series):
    return [found.kind for found in series.faults]


def test_series_as_it_is_made():
    series = read(*map(note, three()), newest=3)
    assert kinds(series) == []
    assert {book: sorted(marks) for book, marks in series.signed.items()} == {1: [5, 9], 2: [7]}
    assert series.signed[1][9].checkpoint == 2
    assert series.newest.number == 3


def test_text_of_a_checkpoint_byte_by_byte():
    """The example of docs/ledger.md."""
    first = made(1, [head(1, 5)], [head(1, 5)])
    assert note(first) == (
        "schoolops/1/T01\n"
        "checkpoint 1 change\n"
        "at 2026-11-21T03:20:00.000000Z\n"
        f"prev {'0' * 64}\n"
        "books 1 811dfcd18418adb11a4cbd8d59bd2ba65d7a0b0fd7588095febb9cb5f2b6adf0\n"
        "lists all\n"
        f"1 5 {hashlib.sha256(b'1/5').hexdigest()} 2026-2027\n"
        "\n"
        "— schoolops/1/T01 YEe/G4Ns6n4odMC1KDXf4cK5vskgtGqDCOr2QK8pBydO+vVJmZ6alkQKNfFTGtr5fTXrPOmsFhP5d2Jjyt2a9OEQpAg=\n"
    )


def test_signed_note_names_its_key_as_c2sp_does():
    line = notes.signature_line("schoolops/1/T01", PUBLIC, bytes(64))
    key_id = hashlib.sha256(b"schoolops/1/T01\n\x01" + PUBLIC).digest()[:4]
    assert line.startswith("— schoolops/1/T01 ")
    assert notes.base64.b64decode(line.split(" ")[2])[:4] == key_id


@pytest.mark.parametrize("code", ["T01", "79 000+501", "Trường", ""])
def test_origin_has_neither_blanks_nor_plus_signs(code):
    assert re.fullmatch(r"schoolops/1/[^ +]*", notes.origin_of(code))


def test_series_that_does_not_hold_together():
    first, second, third = three()
    other = Ed25519PrivateKey.generate()
    assert kinds(read(note(first), note(second, other), note(third))) == [
        "checkpoint_signature",
        "checkpoint_order",
        "checkpoint_total",
    ]
    assert kinds(read(note(first), note(third))) == ["checkpoint_order", "checkpoint_total"]
    assert kinds(read(note(second))) == ["checkpoint_order", "checkpoint_total"]
    assert kinds(read(note(first), note(first))) == ["checkpoint_order"]
    assert kinds(read(note(first), newest=2)) == ["checkpoints_cut"]
    assert kinds(read(newest=1)) == ["checkpoints_cut"]
    assert kinds(read(note(first), keys=[])) == []
    assert kinds(read(note(first), keys=[other.public_key().public_bytes_raw(), PUBLIC])) == []


def test_series_that_contradicts_itself():
    start, back = [head(1, 5)], [head(1, 4)]
    first = made(1, start, start)
    prev = notes.digest(first.body)
    fork = [notes.Head(1, 5, "f" * 64, "2026-2027")]
    assert kinds(read(note(first), note(made(2, back, back, prev)))) == ["checkpoint_back"]
    assert kinds(read(note(first), note(made(2, fork, fork, prev)))) == ["checkpoint_back"]
    assert kinds(read(note(first), note(made(2, [], back, prev)))) == ["checkpoint_total"]
    earlier = made(2, [], start, prev, minutes=1)
    assert kinds(read(note(first), note(earlier))) == ["checkpoint_order"]


def test_every_flipped_byte_of_a_checkpoint_is_noticed():
    text = note(three()[0]).encode()
    for place in range(len(text)):
        for bit in (1, 32, 128):
            flipped = bytearray(text)
            flipped[place] ^= bit
            assert kinds(read(bytes(flipped).decode(errors="replace")))


def test_without_a_key_the_form_is_still_exact():
    text = note(three()[0])
    assert kinds(read(text.replace("lists all", "lists  all"), keys=[])) == ["checkpoint_unreadable"]
    assert kinds(read(text.replace("checkpoint 1", "checkpoint 01"), keys=[])) == ["checkpoint_unreadable"]
    assert kinds(read("", keys=[])) == ["checkpoint_unreadable"]


# --- petitions --------------------------------------------------------------------------------------
TEACHER, LEADER, PRINCIPAL = 7, 8, 9
COLUMN, CLOSED = 5, "2026-11-01T00:00:00.000000Z"
ITEM = [COLUMN, 1, "7", False, "9", False]
SECOND = [COLUMN, 2, "", False, "8", True]


def body(op, by, corr=1, rev=1, **more):
    return {"op": op, "by": by, "corr": corr, "rev": rev, **more}


def ask(*items, **more):
    return body("CORR_REQ", TEACHER, items=[*items] or [ITEM], **more)


def write(item=ITEM, by=LEADER, **more):
    column, student, old, _old_makeup, new, new_makeup = item
    makeup = {"makeup": True} if new_makeup else {}
    return {
        "op": "CORRECT",
        "by": by,
        "corr": 1,
        "col": column,
        "student": student,
        "old": old,
        "new": new,
        **makeup,
        **more,
    }


OK, DONE = body("CORR_OK", LEADER), body("CORR_DONE", LEADER)
EDIT, OFF = body("CORR_EDIT", TEACHER), body("CORR_OFF", TEACHER)
BACK, NO = body("CORR_BACK", LEADER), body("CORR_NO", LEADER)


def judged(*steps):
    """Kinds of faults in a book with one closed column, pupil 1 at 7, and these steps; the tables agree with the chain."""
    start = [
        {"op": "COLUMN", "by": 4, "col": COLUMN, "kind": "GK", "ordinal": 1, "assessment": "score"},
        {"op": "SET", "by": TEACHER, "col": COLUMN, "student": 1, "old": "", "new": "7"},
        {"op": "WINDOW", "by": LEADER, "col": COLUMN, "rule": 1, "opens_at": None, "closes_at": CLOSED},
    ]
    head, events = ZERO_HASH, []
    for seq, step in enumerate([*start, *steps], start=1):
        at = stamp(NOW + timedelta(minutes=seq) - timedelta(days=40 if seq <= len(start) else 0))
        payload = json.dumps({"v": 1, "book": 1, "seq": seq, "at": at, **step})
        head = hashlib.sha256(head + payload.encode()).digest()
        events.append(Event(seq, payload, head))
    found = faults(BookState(1, len(events), head), events)
    tables = {"cell_differs", "column_differs", "window_differs", "petition_differs"}
    return [one.kind for one in found if one.kind not in tables]


@pytest.mark.parametrize(
    "steps",
    [
        [ask(), OK, write(), DONE],
        [ask(ITEM, SECOND), OK, write(SECOND), write(), DONE],
        [ask(), BACK, ask(rev=2), body("CORR_OK", LEADER, rev=2), write()],
        [ask(), OK, EDIT, ask(rev=2), body("CORR_OK", PRINCIPAL, rev=2), write(by=PRINCIPAL)],
        [ask(), EDIT, OFF],
        [ask(), BACK, OFF],
        [ask(), OFF],
        [ask(), NO],
        [ask(), body("CORR_OK", LEADER, **{"for": PRINCIPAL}), write(), DONE],
        [ask(), OK, write(by=4), body("CORR_DONE", 4)],
        [ask(), ask(SECOND, corr=2), body("CORR_OK", LEADER, corr=2), write(SECOND, corr=2)],
    ],
)
def test_ways_through_a_petition(steps):
    assert judged(*steps) == []


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # nobody asked, nobody approved, or not any more
        ([OK], ["petition_unknown"]),
        ([write()], ["correction_not_approved"]),
        ([ask(), write()], ["correction_not_approved"]),
        ([ask(), OK, EDIT, write()], ["correction_not_approved"]),
        ([ask(), OK, OFF, write()], ["petition_order", "correction_not_approved"]),
        ([ask(), OK, EDIT, ask(rev=2), write()], ["correction_not_approved"]),
        ([ask(), BACK, OK], ["petition_order"]),
        ([ask(), BACK, OK, write()], ["petition_order", "correction_not_approved"]),
        ([ask(), NO, OK, write()], ["petition_order", "correction_not_approved"]),
        ([ask(), OFF, OK, write()], ["petition_order", "correction_not_approved"]),
        ([ask(), EDIT, OK, write()], ["petition_order", "correction_not_approved"]),
        ([ask(), ask()], ["petition_order"]),
        ([ask(), OK, OK], ["petition_order"]),
        ([ask(), OK, NO], ["petition_order"]),
        ([ask(), DONE], ["petition_order", "petition_unfinished"]),
        ([ask(), OK, write(), DONE, write([COLUMN, 1, "9", False, "10", False])], ["correction_not_approved"]),
        # two persons
        ([ask(), body("CORR_OK", TEACHER), write()], ["petition_own_verdict", "correction_not_approved"]),
        (
            [ask(), body("CORR_OK", LEADER, **{"for": TEACHER}), write()],
            ["petition_own_verdict", "correction_not_approved"],
        ),
        ([ask(), body("CORR_NO", TEACHER)], ["petition_own_verdict"]),
        ([ask(), body("CORR_BACK", TEACHER)], ["petition_own_verdict"]),
        ([ask(), body("CORR_EDIT", LEADER)], ["petition_stranger"]),
        ([ask(), body("CORR_OFF", LEADER)], ["petition_stranger"]),
        ([ask(), EDIT, body("CORR_REQ", LEADER, items=[ITEM])], ["petition_stranger"]),
        # the version that was read
        ([ask(), body("CORR_OK", LEADER, rev=2), write()], ["petition_revision", "correction_not_approved"]),
        ([ask(), BACK, ask(rev=2), OK, write()], ["petition_revision", "correction_not_approved"]),
        # exactly what was approved, once
        ([ask(), OK, write([COLUMN, 1, "7", False, "10", False])], ["correction_differs"]),
        ([ask(), OK, write([COLUMN, 1, "7", False, "9", True])], ["correction_differs"]),
        ([ask([COLUMN, 1, "7", True, "9", False]), OK, write()], ["correction_differs"]),
        ([ask([COLUMN, 1, "6", False, "9", False]), OK, write()], ["correction_differs"]),
        ([ask(), OK, write(SECOND)], ["correction_not_approved"]),
        (
            [ask(), OK, write([COLUMN + 1, 1, "", False, "9", False])],
            ["column_never_opened", "correction_not_approved"],
        ),
        ([ask(), OK, write([COLUMN, 1, "8", False, "9", False])], ["old_differs"]),
        ([ask(ITEM, SECOND), OK, write(), write([COLUMN, 1, "9", False, "9", False])], ["correction_used"]),
        ([ask(ITEM, SECOND), OK, write(), DONE], ["petition_unfinished"]),
        ([ask(), ask(SECOND, corr=2), OK, write(SECOND, corr=2)], ["correction_not_approved"]),
        # a plain write stays what it is
        ([ask(), OK, {**write(), "op": "SET"}], ["closed"]),
        # nonsense
        ([body("CORR_MAYBE", LEADER)], ["event_unknown"]),
        ([{"op": "CORRECT", "by": LEADER, "col": COLUMN, "student": 1, "old": "7", "new": "9"}], ["event_unreadable"]),
        ([body("CORR_REQ", TEACHER)], ["event_unreadable"]),
        ([{**OK, "v": 2}], ["event_unreadable"]),
    ],
)
def test_breaches_of_the_rules_of_petitions(steps, expected):
    assert judged(*steps) == expected


def test_petition_in_the_hands_of_the_one_who_asks_may_change():
    """A returned petition is being rewritten: what it asks for is compared again when it is sent again."""
    step = {"v": 1, "book": 1, "at": stamp(NOW)}
    events, head = [], ZERO_HASH
    for seq, one in enumerate([ask(), BACK], start=1):
        payload = json.dumps({**step, "seq": seq, **one})
        head = hashlib.sha256(head + payload.encode()).digest()
        events.append(Event(seq, payload, head))

    def kinds_with(**changes):
        petition = {
            "state": "returned",
            "requested_by": TEACHER,
            "decided_by": LEADER,
            "decided_for": None,
            "revision": 1,
        }
        held = Petition(**{**petition, **changes}, items=frozenset())
        return [one.values["what"] for one in faults(BookState(1, 2, head, petitions={1: held}), events)]

    assert kinds_with() == []
    assert kinds_with(revision=4) == []
    assert kinds_with(decided_for=TEACHER) == ["decided_for"]
    assert kinds_with(state="submitted") == ["state"]


# --- words --------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", WORDS)
def test_each_fault_has_words_in_both_languages(kind):
    wanted = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in WORDS[kind]]
    assert wanted[0] == wanted[1]
    values = dict.fromkeys(wanted[0], 3)
    for language in ("vi", "en"):
        sentence = fault(kind, 62, **values).sentence(language, "Toán – 7A1")
        assert "\n" not in sentence
        assert "{" not in sentence
        assert "62 (Toán – 7A1)" in sentence


def test_values_are_said_as_people_say_them():
    found = fault("cell_differs", 62, column=5, student=1, held=("10", True), told=None)
    assert found.sentence("vi") == "Sổ 62: cột 5, học sinh 1 đang là 10 (kiểm tra bù), nhật ký nói không có"
    assert str(found) == "book 62: column 5, pupil 1 holds ('10', True), the ledger says None"
    window = fault("window_differs", 62, column=5, held=(NOW, None), told=(None, None))
    assert "03:15:00 21/11/2026 UTC – không có" in window.sentence("vi")
    with pytest.raises(KeyError):
        fault("no such kind")
