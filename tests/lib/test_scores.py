import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolops.lib import scores
from schoolops.lib.scores import Parsed, Profile, format_score, parse_score

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "parse_score.json").read_text(encoding="utf-8"))
CODES = {
    Profile.SCORE: ["", "V", "K", *(scores.code_of(tenths) for tenths in range(101))],
    Profile.COMMENT: ["", "V", "K", "D", "CD"],
    Profile.WHOLE: ["", "V", *(str(mark) for mark in range(11))],
    Profile.LEVEL: ["", "V", "T", "H", "C"],
}


@pytest.mark.parametrize(("raw", "profile", "quick", "expected"), VECTORS)
def test_vector(raw, profile, quick, expected):
    assert dataclasses.asdict(parse_score(raw, profile, quick)) == {**dataclasses.asdict(Parsed()), **expected}


def test_vectors_are_many_and_distinct():
    assert len({(raw, profile, quick) for raw, profile, quick, _ in VECTORS}) == len(VECTORS) >= 80


@pytest.mark.parametrize("quick", [True, False])
@pytest.mark.parametrize(("profile", "code"), [(profile, code) for profile, codes in CODES.items() for code in codes])
def test_format_then_parse_gives_the_code_back(profile, code, quick):
    assert scores.is_code(code, profile)
    assert parse_score(format_score(code), profile, quick) == Parsed(code)
    assert parse_score(code, profile, quick) == Parsed(code)


@given(st.text(max_size=8), st.sampled_from(Profile), st.booleans())
def test_any_text_gives_a_storable_code_or_an_error(text, profile, quick):
    parsed = parse_score(text, profile, quick)
    assert (parsed.code is None) is (parsed.error is not None)
    for code in (parsed.code, parsed.offer):
        assert code is None or scores.is_code(code, profile)
    assert (parsed.offer is not None) is (parsed.error == "decimals")


@given(st.integers(0, 9), st.text("0123456789", min_size=2, max_size=12))
def test_offer_is_half_up(units, decimals):
    parsed = parse_score(f"{units},{decimals}", Profile.SCORE, quick=False)
    scale = 10 ** (len(decimals) - 1)
    tenths = (2 * (units * 10 * scale + int(decimals)) + scale) // (2 * scale)
    assert (parsed.offer or parsed.code) == scores.code_of(tenths)


@given(st.decimals(0, 10, places=1))
def test_tenths_of_a_parsed_score(value):
    code = parse_score(str(value), Profile.SCORE, quick=True).code
    assert scores.tenths_of(code) == int(value * 10)


@pytest.mark.parametrize("code", ["", "V", "K", "D", "CD", "T", "7,5", "7.0", "10.0", "07", "7.55", "11", "-1"])
def test_no_tenths(code):
    assert scores.tenths_of(code) is None


@pytest.mark.parametrize(
    ("code", "profile"),
    [("M", "SCORE"), ("7.5", "WHOLE"), ("7", "COMMENT"), ("D", "SCORE"), ("T", "COMMENT"), ("K", "LEVEL")],
)
def test_code_of_another_profile_may_not_be_stored(code, profile):
    assert not scores.is_code(code, profile)


@pytest.mark.parametrize("tenths", [-1, 101])
def test_code_of_refuses_what_is_no_score(tenths):
    with pytest.raises(ValueError, match="is no score"):
        scores.code_of(tenths)


def test_display():
    assert [format_score(code) for code in ("7.5", "8", "D", "CD", "T", "V", "K", "")] == [
        "7,5", "8", "Đ", "CĐ", "T", "V", "K", "",
    ]  # fmt: skip


def test_unknown_profile_is_an_error():
    with pytest.raises(ValueError, match="OTHER"):
        parse_score("8", "OTHER", quick=True)
