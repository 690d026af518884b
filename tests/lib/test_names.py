import json
import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolops.lib import names

VECTORS = Path(__file__).parents[1] / "vectors"
NAMES = json.loads((VECTORS / "vi_names.json").read_text(encoding="utf-8"))
TABLE = json.loads((VECTORS / "tcvn3_table.json").read_text(encoding="utf-8"))


def words(text):
    return text.split()


ONSETS = [*words("b c ch d đ g gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"), ""]
NUCLEI = words("a ă â e ê i o ô ơ u ư y oa oe uy uê iê yê uô ươ ai ay âu")
CODAS = ["", "n", "ng", "nh", "m"]
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]


@st.composite
def syllables(draw):
    """A syllable in NFC; the tone sits on any vowel of the nucleus."""
    nucleus = draw(st.sampled_from(NUCLEI))
    at = draw(st.integers(0, len(nucleus) - 1))
    toned = nucleus[: at + 1] + draw(st.sampled_from(TONES)) + nucleus[at + 1 :]
    word = draw(st.sampled_from(ONSETS)) + toned + draw(st.sampled_from(CODAS))
    return unicodedata.normalize("NFC", word.capitalize())


FULL_NAMES = st.lists(syllables(), min_size=1, max_size=5).map(" ".join)


# cleaning


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Nguyễn\u00a0 Văn\tAn\n", "Nguyễn Văn An"),
        ("Nguyê\u0303n Văn An", "Nguyễn Văn An"),
        ("Ðặng Thị Ðào", "Đặng Thị Đào"),
        ("H'Hen Niê", "H'Hen Niê"),
        ("Y-Bĩh Ê\u2019ban", "Y-Bĩh Ê\u2019ban"),
        ("Lý Hoà", "Lý Hoà"),
        ("José Müller", "José Müller"),
        ("lê văn AN", "lê văn AN"),
    ],
)
def test_clean_name_keeps_all_but_form_and_space(typed, stored):
    assert names.clean_name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "error", "key"),
    [
        ("", names.EmptyNameError, "name.empty"),
        (" \u00a0 ", names.EmptyNameError, "name.empty"),
        ("Nguyễn\u200b An", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn\u200d An", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn \u202eAn", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn\u00adAn", names.HiddenCharacterError, "name.hidden_character"),
        ("\ufeffNguyễn An", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn\x00An", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn\x1fAn", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn\u034fAn", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn\ufe0fAn", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn\ue000An", names.HiddenCharacterError, "name.hidden_character"),
        ("Nguyễn V\u0430n An", names.MixedScriptError, "name.mixed_script"),
        ("Nguy\u0435n", names.MixedScriptError, "name.mixed_script"),
        ("Nguyễn \u039fanh", names.MixedScriptError, "name.mixed_script"),
        ("Ｎguyễn An", names.MixedScriptError, "name.mixed_script"),
        ("\u0410\u043d\u043d\u0430", names.NotLatinError, "name.not_latin"),
        ("Ａｎ", names.NotLatinError, "name.not_latin"),
        ("12 - 3", names.NotLatinError, "name.not_latin"),
    ],
)
def test_clean_name_refuses(typed, error, key):
    with pytest.raises(error) as caught:
        names.clean_name(typed)
    assert isinstance(caught.value, ValueError)
    assert caught.value.key == key


@given(FULL_NAMES)
def test_nfd_and_nfc_are_one_name(name):
    decomposed = unicodedata.normalize("NFD", name)
    assert names.clean_name(decomposed) == names.clean_name(name) == name
    for key in (names.sort_key, names.fold, names.identity_key, names.class_sort_key):
        assert key(decomposed) == key(name)


@given(st.text())
def test_keys_never_fail_and_clean_names_are_stable(text):
    assert names.sort_key(text).isascii()
    assert names.identity_key(text).isascii()
    assert names.class_sort_key(text).isascii()
    names.fold(text)
    try:
        cleaned = names.clean_name(text)
    except names.InvalidNameError:
        return
    assert names.clean_name(cleaned) == cleaned


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Nguyễn Thị Ngọc Anh", ("Nguyễn Thị Ngọc", "Anh")),
        ("An", ("", "An")),
        ("  Lê   An ", ("Lê", "An")),
        ("", ("", "")),
    ],
)
def test_split_name(full, parts):
    assert names.split_name(full) == parts


# order


def test_sorting_vectors():
    shuffled = random.Random(1).sample(NAMES["sorted"], len(NAMES["sorted"]))
    assert sorted(shuffled, key=names.sort_key) == NAMES["sorted"]


@pytest.mark.parametrize(
    "ordered",
    [
        words("A Ă Â B C D Đ E Ê G H I K L M N O Ô Ơ P Q R S T U Ư V X Y"),
        words("a à ả ã á ạ"),
        words("Hà Hạ Hai"),
        words("Hoa Hoà Hoá Hòa Hóa Hoài"),
        words("An Anh Ảnh Ánh Ân Dung Dũng Đạt Đức Hoà Hòa Hoàng Thúy Uyên Ước Yến"),
        ["An", "Lê An", "Lê Văn An", "Lý An", "Anh"],
        ["Lê Văn Minh", "Trần Anh Minh"],
        ["Lê Thị Hạ", "An Hai"],
    ],
)
def test_order(ordered):
    for seed in range(5):
        assert sorted(random.Random(seed).sample(ordered, len(ordered)), key=names.sort_key) == ordered


def test_sort_key_ignores_case_and_form():
    assert names.sort_key("LÊ VĂN AN") == names.sort_key("lê  văn an")


def test_sort_key_of_parts_keeps_a_compound_given_name():
    assert names.sort_key_of_parts("", "H'Hen Niê") < names.sort_key("Lê An Hoà")


# search and identity


@pytest.mark.parametrize(("name", "folded"), NAMES["fold"].items())
def test_fold_vectors(name, folded):
    assert names.fold(name) == folded


def test_fold_takes_foreign_letters_and_apostrophes():
    assert names.fold("Łukasz  Ø H\u2019Hen ÐỨC") == "lukasz o h'hen duc"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lý Hoà", "Lý Hòa"),
        ("Võ Thuỳ Dương", "Võ Thùy Dương"),
        ("Nguyễn Thuý Hoạ", "NGUYỄN  THÚY HỌA"),
        ("Ðinh An", "Đinh An"),
        ("H'Hen Niê", "H\u2019Hen Niê"),
        ("Thúy", "Thu\u00fd"),
    ],
)
def test_identity_key_is_the_same(one, other):
    assert names.identity_key(one) == names.identity_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Hoà", "Hoá"), ("Hoa", "Hoà"), ("Hòa An", "Hoa Àn"), ("Dương", "Đương"), ("Ân", "An")]
)
def test_identity_key_differs(one, other):
    assert names.identity_key(one) != names.identity_key(other)


@given(st.sampled_from(["oa", "oe", "uy"]), st.sampled_from(TONES))
def test_identity_key_does_not_see_where_the_tone_sits(nucleus, tone):
    first, second = (unicodedata.normalize("NFC", form) for form in (nucleus[0] + tone + nucleus[1], nucleus + tone))
    assert names.identity_key(f"Lê Th{first}") == names.identity_key(f"Lê Th{second}")


# class names


def test_classes_sort_by_number():
    ordered = ["6A1", "6A2", "9B", "10A", "10A1", "10A2", "10A10", "10D", "10Đ", "12 Toán 1", "12 Toán 2"]
    assert sorted(random.Random(1).sample(ordered, len(ordered)), key=names.class_sort_key) == ordered
    assert names.class_sort_key("10 a2") == names.class_sort_key("10A2")


# TCVN3


def test_tcvn3_table():
    assert {f"{ord(code):02X}": letter for code, letter in names.TCVN3.items()} == TABLE


@pytest.mark.parametrize(("broken", "whole"), NAMES["tcvn3"].items())
def test_tcvn3_vectors(broken, whole):
    assert names.looks_like_tcvn3(broken)
    assert names.from_tcvn3(broken) == whole


def test_tcvn3_capitals():
    assert names.from_tcvn3("NguyÔn V¨n An", capitals=True) == "NGUYỄN VĂN AN"


@pytest.mark.parametrize("broken", ["Hïng", "Hµ", "TrÇn V¨n An", "NGUYÔN V¡N", "Lª", "§Æng ThÞ Hång"])
def test_looks_like_tcvn3(broken):
    assert names.looks_like_tcvn3(broken)
    assert not names.looks_like_tcvn3(names.from_tcvn3(broken))


@pytest.mark.parametrize(
    "sound",
    [
        *NAMES["sorted"],
        *(unicodedata.normalize("NFD", name) for name in NAMES["sorted"]),
        "",
        "An",
        "Loïc",
        "François Müller",
        "Noël",
        "Ðinh Hoà",
        "Hà Nội – số 5 · 2ª",
        "«abc»",
    ],
)
def test_sound_text_does_not_look_like_tcvn3(sound):
    assert not names.looks_like_tcvn3(sound)


@given(FULL_NAMES)
def test_tcvn3_round_trip(name):
    codes = {letter: code for code, letter in names.TCVN3.items()}
    small = name.lower()
    assert names.from_tcvn3("".join(codes.get(letter, letter) for letter in small)) == small
