"""Vietnamese personal names and class names: cleaning, order, search, identity, and TCVN3 repair.

A stored name is only brought to NFC with single spaces (and Ð to Đ); every other form here is a key derived
from it. See docs/algorithms/names.md.
"""

import re
import unicodedata

# --- cleaning at the door ------------------------------------------------------------------------------------

_APOSTROPHES = str.maketrans("’‘ʼ`´", "'''''")
_ETH = str.maketrans("ÐðƉɖ", "ĐđĐđ")
# Not \s, which also takes control characters (U+001C to U+001F, U+0085) for space.
_SPACES = re.compile("[ \t\n\v\f\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_STACKED = re.compile("[\u0300-\u036f]")


class InvalidNameError(ValueError):
    """A name that must not be stored; `key` names the message, `character` the offender when there is one."""

    key = "name.invalid"

    def __init__(self, character: str = "") -> None:
        self.character = character
        super().__init__(f"{self.key} {character!a}" if character else self.key)


class EmptyNameError(InvalidNameError):
    """Nothing but space."""

    key = "name.empty"


class HiddenCharacterError(InvalidNameError):
    """A zero-width, bidirectional, control, private-use or unassigned character."""

    key = "name.hidden_character"


class MixedScriptError(InvalidNameError):
    """A letter of another script beside Latin ones: it may look like a Latin letter and is another."""

    key = "name.mixed_script"


class NotLatinError(InvalidNameError):
    """A name without any plain Latin letter, or one of letter-like symbols (full width, mathematical)."""

    key = "name.not_latin"


def clean_name(text: str) -> str:
    """Return the name in NFC with single spaces and Đ (U+0110) for its look-alikes; the rest is as typed.

    Raises EmptyNameError, HiddenCharacterError, MixedScriptError or NotLatinError.
    """
    name = _tidy(text)
    if not name:
        raise EmptyNameError
    for character in name:
        if _is_hidden(character):
            raise HiddenCharacterError(character)
    _require_latin(name)
    return name


def _is_hidden(character: str) -> bool:
    """Other (control, format, private, unassigned), or a mark that no Latin letter carries: it may draw nothing."""
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Mc"}:
        return not _STACKED.match(character) or character == "\u034f"
    return category.startswith("C") or character == "\u2800"


def _tidy(text: str) -> str:
    """NFC, Đ for its look-alikes, single spaces; never fails, so keys can be made of any text."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(_ETH)).strip(" ")


def _require_latin(name: str) -> None:
    letters = [character for character in name.translate(_APOSTROPHES) if unicodedata.category(character)[0] == "L"]
    strangers = [letter for letter in letters if not _is_plain_latin(letter)]
    if len(strangers) == len(letters):
        raise NotLatinError(strangers[0] if strangers else name[0])
    if strangers:
        raise MixedScriptError(strangers[0])


def _is_plain_latin(letter: str) -> bool:
    is_latin = unicodedata.name(letter, "").startswith("LATIN ")
    return is_latin and unicodedata.normalize("NFKC", letter) == letter


def split_name(full_name: str) -> tuple[str, str]:
    """Split at the last space into (họ đệm, tên); a single word is all tên."""
    family_middle, _, given = _tidy(full_name).rpartition(" ")
    return family_middle, given


# --- keys ----------------------------------------------------------------------------------------------------

# Letters of the alphabet beyond a-z: base letter and a sign that sorts after z, so ă follows every a….
_LETTERS = {"ă": "a{", "â": "a|", "đ": "d{", "ê": "e{", "ô": "o{", "ơ": "o|", "ư": "u{"}
_QUALITY = {"\u0302", "\u0306", "\u031b"}
# Dictionary order of tones: ngang (0), huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_FOREIGN_MARK = "6"
_STROKED = {"ł": "l", "ø": "o", "ƀ": "b", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"}
_SIGNS = {" ": "!", "-": "#", ".": "&", "'": "'"}


def sort_key(full_name: str) -> str:
    """Order of a class list: by tên, then họ đệm; ASCII text to be compared byte by byte (collation "C").

    Letters decide over the whole tên before tones do, as in dictionaries.
    """
    return sort_key_of_parts(*split_name(full_name))


def sort_key_of_parts(family_middle: str, given: str) -> str:
    """`sort_key` for a name that is not split at its last space (H'Hen Niê kept together, foreign names)."""
    return "  ".join(f"{letters} {tones}" for letters, tones in (_spelled(given), _spelled(family_middle)))


def identity_key(full_name: str) -> str:
    """Equal for two spellings of one name: NFC or NFD, either case, either tone placement (Hoà, Hòa).

    A hint for matching, never an identity by itself: one class may have two pupils of the same name.
    """
    text = _tidy(full_name).casefold().translate(_APOSTROPHES)
    return "".join(_syllable_key(part) for part in re.split(r"([ .'\-]+)", text))


def fold(text: str) -> str:
    """Search key without diacritics: 'Đặng Thị Thuỳ Dương' gives 'dang thi thuy duong'."""
    decomposed = unicodedata.normalize("NFD", _tidy(text).casefold().translate(_APOSTROPHES))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return "".join(_STROKED.get(character, character) for character in bare.replace("đ", "d"))


def _spelled(text: str) -> tuple[str, str]:
    """The letters of a text as ASCII, and one tone digit per letter (trailing level tones left out)."""
    units = [_unit(*match) for match in _clusters(_tidy(text).casefold().translate(_APOSTROPHES))]
    return "".join(letter for letter, _ in units), "".join(tone for _, tone in units).rstrip("0")


def _syllable_key(syllable: str) -> str:
    """Letters, then the one tone wherever it was written; several tones stay where they are."""
    letters, tones = _spelled(syllable) if syllable.strip() else ("!", "")
    written = tones.strip("0")
    is_one_tone = len(written) == 1 and written != _FOREIGN_MARK
    return letters + (written if is_one_tone else f"~{tones}" if tones else "")


def _clusters(text: str) -> list[tuple[str, set[str]]]:
    """Each base character with the marks stacked on it, in whatever order they were typed."""
    found: list[tuple[str, set[str]]] = []
    for character in unicodedata.normalize("NFD", text):
        if _STACKED.match(character) and found:
            found[-1][1].add(character)
        else:
            found.append((character, set()))
    return found


def _unit(base: str, marks: set[str]) -> tuple[str, str]:
    """ASCII form and tone digits of one letter with its marks."""
    tone = "".join(sorted(_TONES.get(mark, _FOREIGN_MARK) for mark in marks - _QUALITY)) or "0"
    letter = unicodedata.normalize("NFC", base + "".join(sorted(marks & _QUALITY)))
    if letter in _LETTERS:
        return _LETTERS[letter], tone
    if marks & _QUALITY:
        tone = (tone + _FOREIGN_MARK).lstrip("0")
    if base in _SIGNS:
        return _SIGNS[base], ""
    if base in _STROKED:
        return _STROKED[base], _FOREIGN_MARK
    return (base if base.isascii() else f"}}{ord(base):x}"), tone if base.isalpha() else ""


def class_sort_key(name: str) -> str:
    """Order of class names with numbers as numbers (6A1, 10A2, 10A10); ASCII text for collation "C"."""
    compact = "".join(_tidy(name).split())
    parts = re.split(r"([0-9]+)", compact)
    return "".join(f"{int(part):04d}" if part.isdecimal() else _spelled(part)[0] for part in parts)


# --- TCVN3 (ABC) ---------------------------------------------------------------------------------------------

# Letters of TCVN 5712 (ABC fonts) by the Latin-1 character an ABC file shows; codes A1 to FE, gaps left out.
_TCVN3_CODES = "¡¢£¤¥¦§¨©ª«¬\xad®¯µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþ"
_TCVN3_TEXT = "ĂÂÊÔƠƯĐăâêôơưđẰàảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ"
TCVN3 = dict(zip(_TCVN3_CODES, _TCVN3_TEXT, strict=True))
_TCVN3_MAP = str.maketrans(TCVN3)

_ORDINARY = set("àáâãèéêìíòóôõùúý")
_LATER_LETTERS = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
_SYLLABLE = re.compile(
    "(?:ngh?|nh|kh|ch|gh?|gi|ph|qu|th|tr|[bcdđhklmnprstvx])?[aăâeêioôơuưy]{1,3}(?:ng|nh|ch|[cmnpt])?"
)
_STOPPED = re.compile("(?:ch|[cpt])$")
_PLAUSIBLE_SHARE = 0.8


def from_tcvn3(text: str, *, capitals: bool = False) -> str:
    """Repair text that was written for ABC fonts: 'D\u00ad¬ng' becomes 'Dương'.

    `capitals` is for the fonts whose name ends in H, which show lower-case codes as capitals.
    """
    repaired = unicodedata.normalize("NFC", text.translate(_TCVN3_MAP))
    return repaired.upper() if capitals else repaired


def looks_like_tcvn3(text: str) -> bool:
    """Whether the text shows signs of ABC fonts and reads as Vietnamese once repaired.

    A hint for a preview; never repair unasked.
    """
    text = unicodedata.normalize("NFC", text)
    if _LATER_LETTERS.search(text):
        return False
    words = [word for word in re.split("[ \t\r\n\u00a0,;:.()/\\-]+", text) if any(c in TCVN3 for c in word)]
    if not any(_has_odd_character(word) for word in words):
        return False
    plausible = sum(_is_syllable(from_tcvn3(word)) for word in words)
    return plausible >= _PLAUSIBLE_SHARE * len(words)


def _has_odd_character(word: str) -> bool:
    """A code no Vietnamese text has, or a capital vowel right after a small letter."""
    for before, character in zip(" " + word, word, strict=False):
        if character not in TCVN3 or character in _ORDINARY:
            continue
        if character.lower() not in _ORDINARY | {"ð"} or before.islower():
            return True
    return False


def _is_syllable(word: str) -> bool:
    """Whether a word can be one Vietnamese syllable: onset, vowels, coda, at most one tone, stops only sắc or nặng."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [_TONES[character] for character in decomposed if character in _TONES]
    bare = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not _STOPPED.search(bare) or bool(tones and tones[0] in "45")
