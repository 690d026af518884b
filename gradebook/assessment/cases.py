"""Files of worked cases: read a parsed JSON document, return it with `expected` computed for every case.

The format is described in docs/algorithms/tt22.md. A document names its `scheme`; each scheme has one function
here that turns a case's `input` into its `expected`.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast, get_args

from gradebook.assessment import tt22
from gradebook.assessment.tt22 import CommentCell, CommentResult, Level, ScoreCell

Json = dict[str, Any]
Cell = TypeVar("Cell")
Item = TypeVar("Item")
Meaning = TypeVar("Meaning")
TT22 = "Thông tư 22/2021/TT-BGDĐT"
TERMS = ("hk1", "hk2")
GRADES = {"THCS": range(6, 10), "THPT": range(10, 13)}
LEVELS = {level.label: level for level in Level}
COMMENT_CODES = {"Đ": "D", "Đạt": "D", "CĐ": "CD", "Chưa đạt": "CD", "V": "V", "K": "K"}
RESULTS = {
    "Đ": CommentResult.PASS,
    "Đạt": CommentResult.PASS,
    "CĐ": CommentResult.NOT_PASS,
    "Chưa đạt": CommentResult.NOT_PASS,
}


class CaseError(ValueError):
    """A case file that cannot be read: which case, which field, and why."""

    def __init__(self, field: str, problem: str, case_id: str | None = None) -> None:
        self.case_id, self.field, self.problem = case_id, field, problem
        super().__init__(f"case {case_id}: {field}: {problem}" if case_id is not None else f"{field}: {problem}")


def assess_document(document: object) -> Json:
    """Return the document with `expected` computed for each case; the input is left as it was.

    Raises CaseError, which names the case and the field, for an unknown scheme or malformed input.
    """
    doc = _mapping(document, "file")
    scheme = _text(doc.get("scheme"), "scheme")
    if scheme not in SCHEMES:
        raise CaseError("scheme", f"{scheme!r} is not known; known: {', '.join(SCHEMES)}")
    cases = [_assessed(case, n, SCHEMES[scheme]) for n, case in enumerate(_list(doc.get("cases"), "cases"), start=1)]
    return {**doc, "cases": cases}


def _assessed(case: object, number: int, assess: Callable[[Json], Json]) -> Json:
    case_id = f"no. {number}"
    try:
        fields = _mapping(case, "case")
        case_id = str(fields.get("id", case_id))
        return {**fields, "expected": assess(_mapping(fields.get("input"), "input"))}
    except CaseError as error:
        raise CaseError(error.field, error.problem, case_id) from error


# --- TT22 ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Year:
    """One pupil's averages and comment results: by subject code, for term I, term II and the year."""

    averages: tuple[tt22.Averages, tt22.Averages, tt22.Averages]
    comments: tuple[tt22.CommentMarks, tt22.CommentMarks, tt22.CommentMarks]


def assess_tt22(data: Json) -> Json:
    """Results of one pupil's year under TT22: averages, levels, promotion, title, summer."""
    _check_grade(data)
    rules, year = _rules(data), _year(data)
    studies = [
        tt22.study_level(averages, comments, mode=rules.level_adjustment)
        for averages, comments in zip(year.averages, year.comments, strict=True)
    ]
    return {
        "subjects": _averages_json(year),
        "comments": _comments_json(year),
        **{f"study_{when}": _study_json(study) for when, study in _named(studies)},
        **_outcome(data, year, studies[2].level if studies[2] else None, rules),
    }


def _outcome(data: Json, year: _Year, study: Level | None, rules: tt22.Rules) -> Json:
    """Conduct of the year, promotion, title, and what summer holds and gave."""
    averages, comments = year.averages[2], year.comments[2]
    conduct = tt22.conduct_year(*_conduct(data))
    promotion = tt22.promotion(study, conduct, _absences(data), rules=rules)
    title = tt22.award(study, conduct, averages)
    has_retest = promotion is not None and promotion.has_reassessment
    return {
        "conduct_cn": None if conduct is None else conduct.label,
        "promotion": promotion and promotion.value,
        "title": title and title.value,
        "retest_subjects": tt22.retest_subjects(averages, comments) if has_retest else [],
        **_after_summer(data, year, conduct, promotion, rules),
    }


def _after_summer(
    data: Json, year: _Year, conduct: Level | None, promotion: tt22.Promotion | None, rules: tt22.Rules
) -> Json:
    """The `after_summer` entry; nothing when there is no summer result or the year left nothing to do in summer."""
    summer = _mapping(data.get("summer") or {}, "summer")
    if not summer or conduct is None or promotion is None:
        return {}
    if not (promotion.has_training or promotion.has_reassessment):
        return {}
    averages, comments = _retest(summer, year) if promotion.has_reassessment else ({}, {})
    after = tt22.after_summer(
        year.averages[2],
        year.comments[2],
        conduct,
        new_averages=averages,
        new_comments=comments,
        new_conduct=_level(summer.get("conduct"), "summer.conduct") if promotion.has_training else None,
        rules=rules,
    )
    words = {"study": after.study.level.label, "conduct": after.conduct.label, "promotion": after.promotion.value}
    return {"after_summer": words}


def _retest(summer: Json, year: _Year) -> tuple[dict[str, int], dict[str, CommentResult]]:
    """Re-assessment results by subject; a subject with null was not taken and keeps its year result."""
    averages: dict[str, int] = {}
    comments: dict[str, CommentResult] = {}
    allowed = tt22.retest_subjects(year.averages[2], year.comments[2])
    for code, value in _mapping(summer.get("retest") or {}, "summer.retest").items():
        field = f"summer.retest.{code}"
        if code not in allowed:
            raise CaseError(field, f"is not open to re-assessment; open: {', '.join(allowed)}")
        if value is not None and code in year.comments[2]:
            comments[code] = _word(value, field, RESULTS)
        elif value is not None:
            averages[code] = _tenths(value, field)
    return averages, comments


def _check_grade(data: Json) -> None:
    school, grade = data.get("school"), data.get("grade")
    if school is not None and school not in tuple(GRADES):
        raise CaseError("school", f"{school!r} is neither THCS nor THPT")
    if grade is None:
        return
    allowed = GRADES[school] if school is not None else range(6, 13)
    if not isinstance(grade, int) or grade not in allowed:
        raise CaseError("grade", f"{grade!r} is not a grade from {allowed.start} to {allowed.stop - 1}")


def _rules(data: Json) -> tt22.Rules:
    """The optional `settings` of a case: which reading of the circular to apply."""
    settings = _mapping(data.get("settings") or {}, "settings")
    chosen: dict[str, Any] = {}
    for name, choices in (
        ("level_adjustment", get_args(tt22.AdjustmentMode)),
        ("both_failed_policy", get_args(tt22.BothFailedPolicy)),
    ):
        if name in settings:
            if settings[name] not in choices:
                raise CaseError(f"settings.{name}", f"{settings[name]!r} is not one of {', '.join(choices)}")
            chosen[name] = settings[name]
    return tt22.Rules(**chosen)


def _year(data: Json) -> _Year:
    scored = _by_code(data, "subjects")
    commented = _by_code(data, "comments")
    if both := scored.keys() & commented.keys():
        raise CaseError("comments", f"{sorted(both)[0]!r} is also among the scored subjects")
    average1, average2 = ({code: _term_average(s, code, term) for code, s in scored.items()} for term in TERMS)
    comment1, comment2 = ({code: _comment_term(s, code, term) for code, s in commented.items()} for term in TERMS)
    return _Year(
        (average1, average2, {code: tt22.year_average(average1[code], average2[code]) for code in scored}),
        (comment1, comment2, {code: tt22.comment_year(comment1[code], comment2[code]) for code in commented}),
    )


def _by_code(data: Json, name: str) -> dict[str, Json]:
    """The subjects of a list by their code, in the order of the file."""
    found: dict[str, Json] = {}
    for index, item in enumerate(_list(data.get(name) or [], name)):
        subject = _mapping(item, f"{name}[{index}]")
        code = _text(subject.get("code"), f"{name}[{index}].code")
        if code in found:
            raise CaseError(f"{name}[{index}].code", f"{code!r} appears twice")
        found[code] = subject
    return found


def _term_average(subject: Json, code: str, term: str) -> int | None:
    field = f"subjects.{code}.{term}"
    required = _required_regular(subject.get("periods"), f"subjects.{code}.periods")
    cells = _term_cells(subject, field, _score_cell)
    if cells is None:
        return None
    *regular, midterm, final = cells
    return tt22.term_average(regular, midterm, final, required=required)


def _comment_term(subject: Json, code: str, term: str) -> CommentResult | None:
    cells = _term_cells(subject, f"comments.{code}.{term}", _comment_cell)
    if cells is None:
        return None
    *regular, midterm, final = cells
    return tt22.comment_term(regular, midterm, final)


def _term_cells(subject: Json, field: str, read: Callable[[object, str], Cell]) -> list[Cell] | None:
    """The regular cells, then mid-term and final; None when the term is not in the file at all."""
    raw = subject.get(field.rpartition(".")[2])
    if raw is None:
        return None
    term = _mapping(raw, field)
    regular = _list(term.get("tx") or [], f"{field}.tx")
    cells = [read(value, f"{field}.tx[{index}]") for index, value in enumerate(regular)]
    return cells + [read(term.get(name), f"{field}.{name}") for name in ("gk", "ck")]


def _required_regular(periods: object, field: str) -> int:
    """Regular scores the circular asks for; without `periods` the smallest number it knows."""
    if periods is None:
        return tt22.regular_count(1)
    if isinstance(periods, bool) or not isinstance(periods, int) or periods < 1:
        raise CaseError(field, f"{periods!r} is not a number of periods a year")
    return tt22.regular_count(periods)


def _conduct(data: Json) -> tuple[Level | None, Level | None]:
    conduct = _mapping(data.get("conduct") or {}, "conduct")
    return _level(conduct.get("hk1"), "conduct.hk1"), _level(conduct.get("hk2"), "conduct.hk2")


def _absences(data: Json) -> int:
    absences = data.get("absences")
    if absences is None:
        return 0
    if isinstance(absences, bool) or not isinstance(absences, int) or absences < 0:
        raise CaseError("absences", f"{absences!r} is not a number of sessions")
    return absences


# --- writing -------------------------------------------------------------------------------------------------


def _averages_json(year: _Year) -> Json:
    first, second, whole = year.averages
    return {
        code: {"DTBmhk1": _number(first[code]), "DTBmhk2": _number(second[code]), "DTBmcn": _number(whole[code])}
        for code in whole
    }


def _comments_json(year: _Year) -> Json:
    return {
        code: {when: mark.value if (mark := marks[code]) else None for when, marks in _named(year.comments)}
        for code in year.comments[2]
    }


def _named(items: Iterable[Item]) -> Iterable[tuple[str, Item]]:
    return zip((*TERMS, "cn"), items, strict=True)


def _study_json(result: tt22.StudyResult | None) -> Json:
    if result is None:
        return {"level": None, "raw": None, "adjusted_because_of": None}
    return {"level": result.level.label, "raw": result.raw.label, "adjusted_because_of": result.because_of}


def _number(tenths: int | None) -> float | None:
    return None if tenths is None else tenths / 10


# --- reading -------------------------------------------------------------------------------------------------


def _mapping(value: object, field: str) -> Json:
    if not isinstance(value, dict):
        raise CaseError(field, "is missing" if value is None else "must be an object {…}")
    return cast(Json, value)


def _list(value: object, field: str) -> list[object]:
    if not isinstance(value, list):
        raise CaseError(field, "is missing" if value is None else "must be a list […]")
    return value


def _text(value: object, field: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CaseError(field, "is missing" if value is None else "must be a text")
    return unicodedata.normalize("NFC", value.strip())


def _tenths(value: object, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CaseError(field, f"{value!r} is not a score from 0 to 10")
    try:
        return tt22.to_tenths(value)
    except ValueError as error:
        raise CaseError(field, str(error)) from error


def _score_cell(value: object, field: str) -> ScoreCell:
    if value is None or value in ("V", "K"):
        return tt22.score_cell(str(value or ""))
    return ScoreCell(tt22.CellState.SCORE, _tenths(value, field))


def _comment_cell(value: object, field: str) -> CommentCell:
    return CommentCell() if value is None else tt22.comment_cell(_word(value, field, COMMENT_CODES))


def _level(value: object, field: str) -> Level | None:
    return None if value is None else _word(value, field, LEVELS)


def _word(value: object, field: str, words: Mapping[str, Meaning]) -> Meaning:
    """Look a Vietnamese word up, whatever its Unicode form."""
    word = _text(value, field)
    if word not in words:
        raise CaseError(field, f"{word!r} is not one of {', '.join(words)}")
    return words[word]


SCHEMES: dict[str, Callable[[Json], Json]] = {TT22: assess_tt22}
