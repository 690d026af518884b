import random

import pytest

from gradebook import checks
from gradebook.checks import OddReason, OddValue


def simulated_class(rng, rows=45, prior=2, noise=1.2):
    """Earlier columns and one more, in tenths: ability plus noise of each test, as in real classes (r about 0,6)."""
    ability = [rng.gauss(6.6, 1.5) for _ in range(rows)]

    def column():
        return [max(0, min(100, round(10 * (a + rng.gauss(0, noise))))) for a in ability]

    return [column() for _ in range(prior)], column()


def doubled(column, row):
    """The score of the row above was typed once more: the rest slides down."""
    return [*column[:row], column[row - 1], *column[row:-1]]


def skipped(column, row):
    """One score was left out: the rest slides up and the last is repeated."""
    return [*column[:row], *column[row + 1 :], column[-1]]


def test_row_shift_power_and_false_alarms():
    rng = random.Random(20261121)
    alarms = sum(checks.row_shift(*simulated_class(rng)) is not None for _ in range(1000))
    found = 0
    for _ in range(600):
        prior, column = simulated_class(rng)
        slip = rng.choice((doubled, skipped))
        found += checks.row_shift(prior, slip(column, rng.randrange(5, 30))) is not None
    assert alarms / 1000 <= 0.02
    assert found / 600 >= 0.90


@pytest.mark.parametrize(("slip", "offset"), [(doubled, -1), (skipped, 1)])
def test_row_shift_places_the_break(slip, offset):
    prior, column = simulated_class(random.Random(4), noise=0.3)
    shift = checks.row_shift(prior, slip(column, 17))
    assert shift.offset == offset
    assert abs(shift.row - 17) <= 3
    assert shift.strength > checks.SHIFT_THRESHOLD


def test_row_shift_lives_with_gaps():
    prior, column = simulated_class(random.Random(4), noise=0.3)
    slid = doubled(column, 17)
    prior[0][3] = prior[1][3] = prior[0][20] = slid[25] = None
    assert checks.row_shift(prior, slid).offset == -1
    assert checks.row_shift(prior, column) is None


@pytest.mark.parametrize("usable", [11, 12])
def test_row_shift_needs_twelve_rows(usable):
    base = [10, 90, 20, 80, 35, 65, 15, 95, 45, 55, 25, 85, 30, 70]
    column = [value if row < usable else None for row, value in enumerate(doubled(base, 3))]
    assert (checks.row_shift([base], column) is not None) is (usable == 12)


def test_row_shift_without_earlier_columns_or_variation_is_silent():
    assert checks.row_shift([], [80] * 45) is None
    assert checks.row_shift([[None] * 45], [80] * 45) is None
    assert checks.row_shift([[70] * 45], [80] * 45) is None
    assert checks.row_shift([], []) is None


def test_row_shift_refuses_columns_of_other_length():
    with pytest.raises(ValueError, match="one cell per pupil"):
        checks.row_shift([[70] * 44], [80] * 45)


def test_identical_share_of_a_column_typed_twice():
    _, column = simulated_class(random.Random(1))
    other = [*column[:-5], *(None,) * 5]
    same = checks.identical_share(column, other)
    assert (same.equal, same.common, same.share) == (40, 40, 1)
    assert same.is_suspicious


def test_identical_share_of_genuine_columns_is_not_suspicious():
    rng = random.Random(2)
    for _ in range(500):
        (first,), second = simulated_class(rng, prior=1)
        assert not checks.identical_share(first, second).is_suspicious


@pytest.mark.parametrize(
    ("equal", "common", "suspicious"), [(12, 20, True), (11, 20, False), (11, 11, False), (12, 12, True)]
)
def test_identical_share_warns_from_sixty_percent_of_twelve_rows(equal, common, suspicious):
    a = [11 + 3 * row for row in range(common)]
    b = [value if row < equal else value + 1 for row, value in enumerate(a)]
    assert checks.identical_share(a, b).is_suspicious is suspicious


def test_identical_share_expects_whole_and_monotonous_columns_to_agree():
    whole = [50, 60, 70, 80, 90] * 5
    mostly = [value if row < 20 else 100 for row, value in enumerate(whole)]
    assert not checks.identical_share(whole, mostly).is_suspicious
    assert checks.identical_share(whole, whole).is_suspicious
    assert not checks.identical_share([80, 85] * 20, [80, 85] * 20).is_suspicious
    assert checks.identical_share([None], [80]).share == 0


def test_odd_values_with_their_reasons():
    prior = [[50, 80, 80, None, 70], [51, 80, 70, None, 70]]
    column = [20, 50, 44, 21, None]
    odd = checks.odd_values(prior, column, changes=[0, 2, 1, 0, 5], check={3, 4})
    assert odd == [
        OddValue(0, (OddReason.LOW, OddReason.FAR)),
        OddValue(1, (OddReason.CHANGED,)),  # 3,0 from the mean is not more than 3
        OddValue(2, (OddReason.FAR,)),
        OddValue(3, (OddReason.CHECK,)),
    ]


def test_odd_values_without_anything_known():
    assert checks.odd_values([], [80, 20, None]) == [OddValue(1, (OddReason.LOW,))]
