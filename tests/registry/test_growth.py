"""R6: how the figures of a check-up are read, the index, and what deserves a second look; see docs/algorithms/health-checks.md."""

from datetime import date
from itertools import pairwise

import pytest

from registry import growth
from registry.growth import HEIGHT, LEFT, WEIGHT, FigureError, Look, Measured, UnreadableFigureError


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        (HEIGHT, "142,5", 1425),
        (HEIGHT, "142.5", 1425),
        (HEIGHT, " 142 ", 1420),
        (HEIGHT, "142,50", 1425),
        (HEIGHT, "１４２，５", 1425),
        (HEIGHT, "70", 700),
        (HEIGHT, "230", 2300),
        (WEIGHT, "38,", 380),
        (WEIGHT, "8", 80),
        (LEFT, "8", 8),
        (LEFT, "8/10", 8),
        (LEFT, "10 / 10", 10),
        (LEFT, "0,8", 8),
        (LEFT, "1.0", 10),
        (LEFT, "0", 0),
        (HEIGHT, "", None),
        (LEFT, "  ", None),
    ],
)
def test_figures_are_read_with_comma_or_point(name, text, value):
    assert growth.read_figure(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        (HEIGHT, "1,42", FigureError.DECIMALS),
        (HEIGHT, "1,4", FigureError.RANGE),
        (HEIGHT, "69,9", FigureError.RANGE),
        (HEIGHT, "230,1", FigureError.RANGE),
        (HEIGHT, "1425", FigureError.RANGE),
        (HEIGHT, "cao", FigureError.UNREADABLE),
        (HEIGHT, "-142", FigureError.UNREADABLE),
        (WEIGHT, "7,9", FigureError.RANGE),
        (WEIGHT, "38,55", FigureError.DECIMALS),
        (LEFT, "21", FigureError.RANGE),
        (LEFT, "8/9", FigureError.UNREADABLE),
        (LEFT, "2,1", FigureError.RANGE),
    ],
)
def test_slips_are_refused_with_a_reason(name, text, reason):
    with pytest.raises(UnreadableFigureError) as refused:
        growth.read_figure(name, text)
    assert refused.value.reason is reason


@pytest.mark.parametrize("name", growth.FIGURES)
def test_what_is_written_is_read_back(name):
    least, most = growth.LIMITS[name]
    for value in range(least, most + 1):
        assert growth.read_figure(name, growth.write_figure(name, value)) == value
        assert growth.read_figure(name, growth.show_figure(name, value)) == value


@pytest.mark.parametrize(
    ("height", "weight", "index"), [(1425, 385, 190), (1500, 450, 200), (2000, 2, 1), (2000, 600, 150)]
)
def test_the_index_is_half_up(height, weight, index):
    assert growth.bmi_tenths(height, weight) == index


@pytest.mark.parametrize(
    ("born", "day", "months"),
    [
        (date(2014, 3, 15), date(2026, 3, 15), 144),
        (date(2014, 3, 15), date(2026, 3, 14), 143),
        (date(2016, 2, 29), date(2026, 2, 28), 119),
    ],
)
def test_age_is_in_completed_months(born, day, months):
    assert growth.months_between(born, day) == months


def measured(height=None, weight=None, left=None, right=None, **more):
    return Measured(height, weight, left, right, **more)


@pytest.mark.parametrize(
    ("sex", "months", "weight", "look"),
    [
        # One metre: the weight in hectograms is the index in tenths. WHO 2007 at 12 years: boys 14,5 19,9 23,6; girls 14,4 20,8 25,0.
        ("male", 144, 144, (Look.THIN,)),
        ("male", 144, 145, ()),
        ("male", 144, 199, ()),
        ("male", 144, 200, (Look.OVERWEIGHT,)),
        ("male", 144, 236, (Look.OVERWEIGHT,)),
        ("male", 144, 237, (Look.OBESE,)),
        ("female", 144, 143, (Look.THIN,)),
        ("female", 144, 208, ()),
        ("female", 144, 209, (Look.OVERWEIGHT,)),
        ("female", 144, 251, (Look.OBESE,)),
        # Half way between 12 and 13 years: 20,35 for a boy.
        ("male", 150, 203, ()),
        ("male", 150, 204, (Look.OVERWEIGHT,)),
        # The ends of the reference.
        ("male", 60, 200, ()),
        ("male", 61, 190, (Look.OBESE,)),
        ("male", 228, 255, (Look.OVERWEIGHT,)),
        ("male", 229, 300, ()),
        # Without age or sex nothing is compared.
        ("", 144, 237, ()),
        ("male", None, 237, ()),
        ("male", 144, 99, (Look.UNLIKELY,)),
        ("", None, 451, (Look.UNLIKELY,)),
    ],
)
def test_the_index_is_compared_by_age_and_sex(sex, months, weight, look):
    assert growth.looks(measured(1000, weight, sex=sex, months=months)) == look


def test_either_eye_below_eight_tenths():
    assert growth.looks(measured(left=8, right=10)) == ()
    assert growth.looks(measured(left=10, right=7)) == (Look.LOW_VISION,)
    assert growth.looks(measured(left=0)) == (Look.LOW_VISION,)
    assert growth.looks(measured()) == ()


def test_nobody_shrinks():
    assert growth.looks(measured(1420, earlier_mm=1430)) == ()
    assert growth.looks(measured(1419, earlier_mm=1430)) == (Look.SHORTER,)


def test_limits_rise_with_age():
    """A slip in the table would show as a step down."""
    for sex, last in (("male", 176), ("female", 165)):
        rows = growth._BMI_FOR_AGE[sex]
        assert len(rows) == 15
        assert rows[-1][0] == last
        assert all(thin < over < obese for thin, over, obese in rows)
        assert all(a[1] <= b[1] and a[2] <= b[2] for a, b in pairwise(rows))


# L, M and S of WHO's monthly table (bfawho2007) between birthdays: the index at z standard deviations is M (1 + L S z)^(1/L).
LMS = {
    ("male", 90): (-1.3596, 15.6023, 0.09289),
    ("male", 126): (-1.7710, 16.6786, 0.10823),
    ("male", 150): (-1.7511, 17.8704, 0.11720),
    ("male", 186): (-1.4263, 20.1427, 0.12501),
    ("female", 78): (-1.1728, 15.3200, 0.10471),
    ("female", 126): (-1.4787, 16.9136, 0.12534),
    ("female", 150): (-1.3621, 18.3986, 0.13295),
    ("female", 210): (-0.8944, 21.1586, 0.14271),
}


@pytest.mark.parametrize(("sex", "months"), LMS)
def test_straight_lines_run_close_to_the_monthly_table(sex, months):
    power, median, spread = LMS[sex, months]
    for limit, z in zip(growth._limits_at(sex, months), (-2, 1, 2), strict=True):
        exact = median * (1 + power * spread * z) ** (1 / power)
        assert limit / 120 == pytest.approx(exact, abs=0.06)
