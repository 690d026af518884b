"""How two timetables differ, lesson by lesson (W7): pure values, no database."""

import random

import pytest

from registry.timetabling import Change, Item, Kind, Slot, compare, weekly

MON1, MON2, TUE1 = Slot(2, "am", 1), Slot(2, "am", 2), Slot(3, "am", 1)


def kinds(before, after):
    return [(change.kind, change.at) for change in compare(before, after)]


def test_the_same_is_no_change():
    """W7: nobody is told of a lesson that stays."""
    items = [Item(MON1, "Toán", "Lan"), Item(MON2, "Văn", "Hoa", "P.1")]
    assert compare(items, reversed(items)) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([], [Item(MON1, "Toán", "Lan")], Kind.ADDED),
        ([Item(MON1, "Toán", "Lan")], [], Kind.DROPPED),
        ([Item(MON1, "Toán", "Lan")], [Item(TUE1, "Toán", "Lan")], Kind.MOVED),
        ([Item(MON1, "Toán", "Lan")], [Item(TUE1, "Toán", "Lan", "P.2")], Kind.MOVED),
        ([Item(MON1, "Toán", "Lan")], [Item(MON1, "Toán", "Hoa")], Kind.OTHER_PERSON),
        ([Item(MON1, "Toán", "Lan", "P.1")], [Item(MON1, "Toán", "Lan", "P.2")], Kind.OTHER_ROOM),
    ],
)
def test_one_lesson_changes_in_one_way(before, after, kind):
    """W7: each difference is said once, with what stood there before and stands there after."""
    assert compare(before, after) == [Change(kind, before[0] if before else None, after[0] if after else None)]


def test_another_subject_in_a_period_is_one_dropped_and_one_added():
    assert kinds([Item(MON1, "Toán", "Lan")], [Item(MON1, "Văn", "Lan")]) == [(Kind.ADDED, MON1), (Kind.DROPPED, MON1)]


def test_two_lessons_that_change_places_both_move():
    before = [Item(MON1, "Toán", "Lan"), Item(TUE1, "Văn", "Hoa")]
    after = [Item(TUE1, "Toán", "Lan"), Item(MON1, "Văn", "Hoa")]
    assert kinds(before, after) == [(Kind.MOVED, MON1), (Kind.MOVED, TUE1)]


def test_a_lesson_that_stays_is_not_taken_for_one_that_moved():
    """W7: of two maths lessons the one that kept its period is left alone."""
    before = [Item(MON1, "Toán", "Lan"), Item(MON2, "Toán", "Lan")]
    after = [Item(MON2, "Toán", "Lan"), Item(TUE1, "Toán", "Lan")]
    assert compare(before, after) == [Change(Kind.MOVED, before[0], after[1])]


def test_joined_classes_are_two_lessons_of_the_teacher():
    """One period, two classes: dropping one is one change."""
    both = [Item(MON1, "GDTC", "7A1"), Item(MON1, "GDTC", "7A2")]
    assert kinds(both, both[:1]) == [(Kind.DROPPED, MON1)]


def test_changes_lead_from_the_one_to_the_other():
    """W7: whatever the two are, applying the changes to the first gives the second."""
    dice = random.Random(7)
    slots = [Slot(day, session, period) for day in range(2, 8) for session in ("am", "pm") for period in range(1, 6)]

    def some():
        return [
            Item(slot, dice.choice(["Toán", "Văn", "Anh"]), dice.choice(["Lan", "Hoa"]), dice.choice(["", "P.1"]))
            for slot in dice.sample(slots, dice.randrange(25))
        ]

    for _round in range(300):
        before, after = some(), some()
        left = list(before)
        for change in compare(before, after):
            if change.before:
                left.remove(change.before)
            if change.after:
                left.append(change.after)
        assert sorted(map(repr, left)) == sorted(map(repr, after))


@pytest.mark.parametrize(("yearly", "wanted"), [(140, [4]), (35, [1]), (52, [1, 2]), (105, [3]), (10, [0, 1])])
def test_periods_a_week(yearly, wanted):
    assert list(weekly(yearly)) == wanted
