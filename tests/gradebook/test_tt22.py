from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradebook.assessment import tt22
from gradebook.assessment.tt22 import (
    Award,
    CellState,
    CommentCell,
    CommentResult,
    Level,
    Promotion,
    Rules,
    ScoreCell,
    StudyResult,
    comment_cell,
    score_cell,
)

GOOD, FAIR, PASS, NOT_PASS = Level.GOOD, Level.FAIR, Level.PASS, Level.NOT_PASS
PASSED, FAILED = CommentResult.PASS, CommentResult.NOT_PASS
TENTHS = st.integers(0, 100)


def cells(*scores):
    return [score_cell(str(score)) for score in scores]


def average(*scores, required=2):
    *regular, midterm, final = cells(*scores)
    return tt22.term_average(regular, midterm, final, required=required)


def averages(*scores):
    return {f"S{n}": tt22.to_tenths(score) for n, score in enumerate(scores)}


def level(*scores, mode="ignore", **comments):
    return tt22.study_level(averages(*scores), comments, mode=mode)


# numbers and cells


@pytest.mark.parametrize(
    ("value", "tenths"), [(7.9, 79), (8, 80), ("0", 0), (10.0, 100), ("10", 100), (Decimal("7.50"), 75), (0.1, 1)]
)
def test_to_tenths_is_exact(value, tenths):
    assert tt22.to_tenths(value) == tenths


@pytest.mark.parametrize("value", [-0.1, 10.1, 7.25, "abc", "", True, float("nan"), float("inf"), "7,5"])
def test_to_tenths_refuses(value):
    with pytest.raises(ValueError, match=r"is not|has more"):
        tt22.to_tenths(value)


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_half_up_equals_exact_fraction(numerator, denominator):
    assert tt22.half_up(numerator, denominator) == floor(Fraction(numerator, denominator) + Fraction(1, 2))


@pytest.mark.parametrize("state", CellState)
@pytest.mark.parametrize(("cell", "value"), [(ScoreCell, 75), (CommentCell, PASSED)])
def test_cell_has_a_value_exactly_when_assessed(cell, value, state):
    assessed = state in {CellState.SCORE, CellState.MAKEUP}
    assert cell(state, value if assessed else None).state is state
    with pytest.raises(ValueError, match="exactly when"):
        cell(state, None if assessed else value)


def test_score_cell_refuses_out_of_range():
    with pytest.raises(ValueError, match="between"):
        ScoreCell(CellState.SCORE, 101)


@pytest.mark.parametrize(("code", "value"), [("", None), ("V", None), ("K", 0), ("7.5", 75), ("0", 0), ("10", 100)])
def test_score_cell_value_by_code(code, value):
    assert score_cell(code).value == value


def test_makeup_counts_as_score():
    assert score_cell("7.5", makeup=True) == ScoreCell(CellState.MAKEUP, 75)
    assert score_cell("7.5", makeup=True).value == 75
    assert comment_cell("D", makeup=True).value is PASSED


@pytest.mark.parametrize(("code", "value"), [("", None), ("V", None), ("K", FAILED), ("D", PASSED), ("CD", FAILED)])
def test_comment_cell_value_by_code(code, value):
    assert comment_cell(code).value is value


def test_comment_cell_refuses_a_number():
    with pytest.raises(ValueError, match="not a comment mark"):
        comment_cell("8")


# one subject


@pytest.mark.parametrize(("periods", "count"), [(1, 2), (35, 2), (36, 3), (52, 3), (70, 3), (71, 4), (140, 4)])
def test_regular_count(periods, count):
    assert tt22.regular_count(periods) == count


def test_regular_count_refuses_no_periods():
    with pytest.raises(ValueError, match="at least one"):
        tt22.regular_count(0)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ((8, 7, 9, 8, 7.5, 8), 79),  # E1
        ((8, 9, 7, 8), 79),  # E2
        ((8, 7.5, 8.1, 8, 8), 80),  # E3: the tie 7,95 goes up
        ((8.9, 9, 8.7, 9, 9), 90),  # 71,6/8 = 8,95, which binary fractions round down
        ((8, 8, 8, 8, 9, 8, 8), 81),  # 65/8 would be 8,125 with three; here 73/9 = 8,11
        ((10, 10, 10, 10), 100),
        ((0, 0, 0, 0), 0),
    ],
)
def test_term_average(scores, expected):
    assert average(*scores) == expected


def test_term_average_with_five_regular_scores_ties_up():
    assert average(8, 8, 8, 8, 7.5, 8, 8) == 80  # 79,5/10


@given(st.lists(TENTHS, min_size=2, max_size=5), TENTHS, TENTHS)
def test_term_average_equals_exact_fraction(regular, midterm, final):
    exact = Fraction(sum(regular) + 2 * midterm + 3 * final, len(regular) + 5)
    scores = [ScoreCell(CellState.SCORE, tenths) for tenths in (*regular, midterm, final)]
    assert tt22.term_average(scores[:-2], *scores[-2:], required=2) == floor(exact + Fraction(1, 2))


@pytest.mark.parametrize("code", ["", "V"])
@pytest.mark.parametrize("place", range(4))
def test_no_average_while_a_cell_is_open(code, place):
    codes = ["8", "8", "8", "8"]
    codes[place] = code
    *regular, midterm, final = cells(*codes)
    assert tt22.term_average(regular, midterm, final, required=2) is None
    assert tt22.provisional_average(regular, midterm, final) == 80


def test_no_average_with_too_few_regular_scores():
    assert average(8, 8, 8, 8, required=3) is None


def test_absence_without_makeup_counts_zero():
    assert average(8, "K", 8, 8) == 69  # 48/7 = 6,857


def test_provisional_average_keeps_the_weights():
    regular, empty = cells(8, 9), score_cell("")
    assert tt22.provisional_average(regular, score_cell("7"), empty) == 78  # (17 + 14)/4 = 7,75
    assert tt22.provisional_average([], empty, empty) is None
    assert tt22.provisional_average([], empty, score_cell("7.1")) == 71


def test_year_average():
    assert tt22.year_average(79, 84) == 82  # E4
    assert tt22.year_average(None, 84) is None
    assert tt22.year_average(79, None) is None


@given(TENTHS, TENTHS)
def test_year_average_equals_exact_fraction(term1, term2):
    assert tt22.year_average(term1, term2) == floor(Fraction(term1 + 2 * term2, 3) + Fraction(1, 2))


@pytest.mark.parametrize(
    ("codes", "result"),
    [
        ("D D D D", PASSED),
        ("D CD D D", FAILED),
        ("D D D CD", FAILED),
        ("D K D D", FAILED),
        ("D V D D", None),
        ("D - D D", None),
        ("CD - D D", None),
        ("D D D", FAILED),  # assessed once only
        ("D D D D D", PASSED),
    ],
)
def test_comment_term(codes, result):
    *regular, midterm, final = (comment_cell(code.strip("-")) for code in codes.split())
    assert tt22.comment_term(regular, midterm, final) is result


def test_comment_year_is_term_two():
    assert tt22.comment_year(FAILED, PASSED) is PASSED
    assert tt22.comment_year(PASSED, FAILED) is FAILED
    assert tt22.comment_year(None, PASSED) is PASSED
    assert tt22.comment_year(PASSED, None) is None


# study level


@pytest.mark.parametrize(
    ("scores", "comments", "expected"),
    [
        ([8] * 6 + [6.5, 6.5], [PASSED], (GOOD, GOOD)),  # E5
        ([8] * 6 + [7.2, 6.4], [PASSED], (FAIR, FAIR)),  # E6
        ([8] * 6 + [7.2, 4.8], [PASSED], (FAIR, PASS)),  # E7
        ([8] * 6 + [7.2, 3.2], [PASSED], (PASS, NOT_PASS)),  # E8
        ([6.5] * 6 + [5.5, 3.4], [PASSED], (PASS, NOT_PASS)),  # E9
        ([8] * 6 + [6.5, 6.5], [FAILED], (FAIR, PASS)),  # E10
        ([6.5] * 6 + [5.5, 5], [FAILED], (PASS, PASS)),  # E11
        ([8.4] * 6 + [4.9, 4.7], [PASSED], (PASS, PASS)),  # E12
        ([8] * 6 + [6.5, 6.5], [FAILED, FAILED], (NOT_PASS, NOT_PASS)),
        ([8] * 6 + [7.2, 4.8], [FAILED], (PASS, PASS)),  # two culprits
        ([5, 5.1, 5.6, 6.2, 5.4, 4.6, 4.8, 4.2], [PASSED], (NOT_PASS, NOT_PASS)),  # E16
        ([8] * 5 + [7.9] * 3, [PASSED], (FAIR, FAIR)),
        ([5] * 6 + [3.5, 3.5], [FAILED], (PASS, PASS)),
    ],
)
@pytest.mark.parametrize("mode", ["ignore", "raise"])
def test_study_level(scores, comments, expected, mode):
    result = level(*scores, mode=mode, **{f"C{n}": mark for n, mark in enumerate(comments)})
    assert (result.level, result.raw) == expected
    assert (result.because_of is not None) is (result.level != result.raw)


def test_study_level_names_the_subject():
    assert level(8, 8, 8, 8, 8, 8, 3.2, GDTC=PASSED) == StudyResult(PASS, NOT_PASS, "S6")
    assert level(8, 8, 8, 8, 8, 8, 6.5, GDTC=FAILED) == StudyResult(FAIR, PASS, "GDTC")


def test_adjustment_modes_differ_when_five_others_are_high():
    scores = [8, 8, 8, 8, 8, 7, 7, 4.8]
    assert level(*scores, mode="ignore") == StudyResult(PASS, PASS)
    assert level(*scores, mode="raise") == StudyResult(FAIR, PASS, "S7")


def test_no_level_while_a_result_is_missing():
    assert tt22.study_level({**averages(8, 8), "X": None}, {}) is None
    assert tt22.study_level(averages(*[8] * 8), {"GDTC": None}) is None
    assert tt22.study_level({}, {"GDTC": PASSED}) is None


SUBJECTS = st.dictionaries(st.text("ABCDEFGH", min_size=1, max_size=3), st.integers(30, 100), min_size=6, max_size=10)
COMMENTS = st.dictionaries(st.text("xyz", min_size=1, max_size=2), st.sampled_from(CommentResult), max_size=4)


@given(SUBJECTS, COMMENTS, st.sampled_from(["ignore", "raise"]), st.randoms(use_true_random=False))
def test_study_level_does_not_depend_on_order(scored, comments, mode, random):
    shuffled = random.sample(sorted(scored.items()), len(scored))
    turned = dict(reversed(comments.items()))
    assert tt22.study_level(dict(shuffled), turned, mode=mode) == tt22.study_level(scored, comments, mode=mode)


@given(SUBJECTS, COMMENTS, st.sampled_from(["ignore", "raise"]))
def test_adjustment_lifts_by_at_most_one_level_and_never_to_good(scored, comments, mode):
    result = tt22.study_level(scored, comments, mode=mode)
    assert result.level - result.raw in (0, 1)
    assert result.because_of is None or result.level < GOOD


# conduct, promotion, awards

CONDUCT_TABLE = {
    GOOD: [GOOD, GOOD, FAIR, FAIR],
    FAIR: [FAIR, FAIR, FAIR, PASS],
    PASS: [FAIR, PASS, PASS, PASS],
    NOT_PASS: [NOT_PASS, NOT_PASS, NOT_PASS, NOT_PASS],
}


@pytest.mark.parametrize("term2", Level)
@pytest.mark.parametrize(("column", "term1"), list(enumerate([GOOD, FAIR, PASS, NOT_PASS])))
def test_conduct_year(term2, column, term1):
    assert tt22.conduct_year(term1, term2) is CONDUCT_TABLE[term2][column]


def test_conduct_year_needs_both_terms():
    assert tt22.conduct_year(None, GOOD) is None
    assert tt22.conduct_year(GOOD, None) is None


@pytest.mark.parametrize(
    ("study", "conduct", "absences", "expected"),
    [
        (PASS, PASS, 45, Promotion.PROMOTED),
        (GOOD, GOOD, 46, Promotion.RETAINED),
        (None, None, 46, Promotion.RETAINED),
        (PASS, NOT_PASS, 0, Promotion.SUMMER_TRAINING),
        (NOT_PASS, PASS, 0, Promotion.REASSESSMENT),
        (NOT_PASS, NOT_PASS, 0, Promotion.RETAINED),
        (None, GOOD, 0, None),
        (GOOD, None, 0, None),
    ],
)
def test_promotion(study, conduct, absences, expected):
    assert tt22.promotion(study, conduct, absences) is expected


def test_both_failed_by_the_schools_setting():
    outcome = tt22.promotion(NOT_PASS, NOT_PASS, 0, rules=Rules(both_failed_policy="SUMMER_BOTH"))
    assert outcome is Promotion.SUMMER_BOTH
    assert outcome.has_training
    assert outcome.has_reassessment


def test_retest_subjects_are_those_below_five_and_not_passed():
    assert tt22.retest_subjects({"A": 49, "B": 50, "C": None}, {"X": FAILED, "Y": PASSED, "Z": None}) == ["A", "X"]


YEAR_E16 = averages(5.0, 5.1, 5.6, 6.2, 5.4, 4.6, 4.8, 4.2)


@pytest.mark.parametrize(
    ("retaken", "level", "outcome"),
    [
        ({"S5": 55}, PASS, Promotion.PROMOTED_AFTER_SUMMER),  # E16
        ({"S5": 49}, NOT_PASS, Promotion.RETAINED),
        ({"S7": 30, "S5": 55}, NOT_PASS, Promotion.RETAINED),  # a lower result replaces too
        ({}, NOT_PASS, Promotion.RETAINED),
    ],
)
def test_after_reassessment(retaken, level, outcome):
    after = tt22.after_summer(YEAR_E16, {}, FAIR, new_averages=retaken, new_comments={})
    assert (after.study.level, after.conduct, after.promotion) == (level, FAIR, outcome)


def test_after_reassessment_of_comment_subjects():
    year = averages(*[8] * 8)
    failed = {"GDTC": FAILED, "NT": FAILED}
    after = tt22.after_summer(year, failed, PASS, new_averages={}, new_comments={"GDTC": PASSED})
    assert after.study == StudyResult(FAIR, PASS, "NT")
    assert after.promotion is Promotion.PROMOTED_AFTER_SUMMER


@pytest.mark.parametrize(
    ("trained", "outcome"),
    [(PASS, Promotion.PROMOTED_AFTER_SUMMER), (NOT_PASS, Promotion.RETAINED), (None, Promotion.RETAINED)],
)
def test_after_summer_training(trained, outcome):
    after = tt22.after_summer(averages(*[8] * 8), {}, NOT_PASS, new_averages={}, new_comments={}, new_conduct=trained)
    assert after.promotion is outcome


@pytest.mark.parametrize("code", ["S0", "missing"])
def test_after_summer_refuses_a_subject_not_open(code):
    with pytest.raises(ValueError, match=f"not open to re-assessment: {code}"):
        tt22.after_summer(YEAR_E16, {}, FAIR, new_averages={code: 90}, new_comments={})


def test_after_summer_needs_the_year():
    with pytest.raises(ValueError, match="missing"):
        tt22.after_summer({"A": None}, {}, FAIR, new_averages={}, new_comments={})


@pytest.mark.parametrize(
    ("study", "conduct", "scores", "title"),
    [
        (GOOD, GOOD, [9] * 6 + [8.1, 7.9], Award.OUTSTANDING),  # E15
        (GOOD, GOOD, [9] * 5 + [8.9, 8.1, 7.9], Award.EXCELLENT),
        (GOOD, FAIR, [9] * 8, None),
        (FAIR, GOOD, [9] * 8, None),
        (None, None, [], None),
    ],
)
def test_award(study, conduct, scores, title):
    assert tt22.award(study, conduct, averages(*scores)) is title


def test_levels_have_the_words_of_the_circular():
    assert [level.label for level in Level] == ["Chưa đạt", "Đạt", "Khá", "Tốt"]
