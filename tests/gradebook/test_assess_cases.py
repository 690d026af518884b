import copy
import json
from io import StringIO
from pathlib import Path

import pytest

from gradebook.assessment.cases import CaseError, assess_document

VECTORS = Path(__file__).parents[1] / "vectors" / "tt22_cases.json"
DOCUMENT = json.loads(VECTORS.read_text(encoding="utf-8"))
CASES = {case["id"]: case for case in DOCUMENT["cases"]}
EMPTY_STUDY = {"level": None, "raw": None, "adjusted_because_of": None}


def document(data, **fields):
    return {"scheme": DOCUMENT["scheme"], "cases": [{"id": "X1", "input": data, **fields}]}


def expected(data):
    return assess_document(document(data))["cases"][0]["expected"]


def public(case_id):
    return copy.deepcopy(CASES[case_id]["input"])


def uniform(score, subjects=8, conduct="Khá", **more):
    """A pupil of grade 10 with the same score everywhere."""
    term = {"tx": [score, score], "gk": score, "ck": score}
    rows = [{"code": f"S{n}", "periods": 35, "hk1": term, "hk2": term} for n in range(subjects)]
    passed = {"tx": ["Đ", "Đ"], "gk": "Đ", "ck": "Đ"}
    return {
        "school": "THPT",
        "grade": 10,
        "subjects": rows,
        "comments": [{"code": "GDTC", "hk1": passed, "hk2": passed}],
        "conduct": {"hk1": conduct, "hk2": conduct},
        "absences": 0,
        **more,
    }


@pytest.mark.parametrize("case_id", CASES)
def test_public_case(case_id):
    assert expected(public(case_id)) == CASES[case_id]["expected"]


def test_document_comes_back_byte_for_byte():
    assessed = json.dumps(assess_document(DOCUMENT), ensure_ascii=False, indent=1)
    assert assessed == VECTORS.read_text(encoding="utf-8").rstrip("\n")


def test_input_is_left_alone_and_other_keys_stay():
    given = document(public("P04"), note="kept", expected="stale")
    before = copy.deepcopy(given)
    after = assess_document(given)
    assert given == before
    assert list(after["cases"][0]) == ["id", "input", "note", "expected"]
    assert after["cases"][0]["note"] == "kept"


@pytest.mark.parametrize("missing", ["gk", "ck"])
def test_missing_score_leaves_average_and_levels_null(missing):
    data = public("P01")
    data["subjects"][0]["hk2"][missing] = None
    result = expected(data)
    assert result["subjects"]["NV"] == {"DTBmhk1": 8.2, "DTBmhk2": None, "DTBmcn": None}
    assert result["study_hk1"]["level"] == "Tốt"
    assert result["study_hk2"] == result["study_cn"] == EMPTY_STUDY
    assert (result["promotion"], result["title"], result["retest_subjects"]) == (None, None, [])
    assert result["conduct_cn"] == "Tốt"


def test_missing_term_and_too_few_regular_scores_leave_null():
    data = public("P01")
    del data["subjects"][0]["hk1"]
    data["subjects"][1]["hk1"]["tx"].pop()
    result = expected(data)
    assert result["subjects"]["NV"] == {"DTBmhk1": None, "DTBmhk2": 8.4, "DTBmcn": None}
    assert result["subjects"]["TOAN"]["DTBmhk1"] is None
    assert result["study_hk2"]["level"] == "Tốt"


def test_missing_comment_mark_leaves_null():
    data = public("P01")
    data["comments"][0]["hk2"]["ck"] = None
    result = expected(data)
    assert result["comments"]["GDTC"] == {"hk1": "Đạt", "hk2": None, "cn": None}
    assert result["study_cn"] == EMPTY_STUDY


def test_comment_year_is_term_two_even_without_term_one():
    data = public("P01")
    data["comments"][0]["hk1"]["gk"] = None
    data["comments"][1]["hk1"]["gk"] = "CĐ"
    result = expected(data)
    assert result["comments"]["GDTC"] == {"hk1": None, "hk2": "Đạt", "cn": "Đạt"}
    assert result["comments"]["NT"] == {"hk1": "Chưa đạt", "hk2": "Đạt", "cn": "Đạt"}
    assert (result["study_hk1"]["level"], result["study_cn"]["level"]) == (None, "Tốt")


def test_optional_keys_may_be_absent():
    data = uniform(8)
    for key in ("comments", "conduct", "absences", "school", "grade"):
        del data[key]
    for subject in data["subjects"]:
        del subject["periods"]
    result = expected(data)
    assert result["study_cn"]["level"] == "Tốt"
    assert (result["comments"], result["conduct_cn"], result["promotion"], result["title"]) == ({}, None, None, None)


def test_nothing_assessed_yet():
    result = expected({"subjects": [{"code": "NV", "periods": 105}], "comments": [{"code": "GDTC"}]})
    assert result["subjects"] == {"NV": {"DTBmhk1": None, "DTBmhk2": None, "DTBmcn": None}}
    assert result["comments"] == {"GDTC": {"hk1": None, "hk2": None, "cn": None}}
    assert result["study_cn"] == EMPTY_STUDY


def test_topic_cluster_score_counts_as_one_more():
    data = uniform(8)
    data["subjects"][0]["hk1"] = {"tx": [8.0, 8.0, 8.0, 9.5], "gk": 8.0, "ck": 8.0}
    data["subjects"][0]["periods"] = 70
    assert expected(data)["subjects"]["S0"]["DTBmhk1"] == 8.2


def test_absent_marks():
    data = uniform(8)
    data["subjects"][0]["hk1"] = {"tx": [8, 8], "gk": "K", "ck": 8}
    data["subjects"][1]["hk1"] = {"tx": [8, 8], "gk": "V", "ck": 8}
    data["comments"][0]["hk1"] = {"tx": ["Đ", "K"], "gk": "Đ", "ck": "Đ"}
    result = expected(data)
    assert result["subjects"]["S0"]["DTBmhk1"] == 5.7
    assert result["subjects"]["S1"]["DTBmhk1"] is None
    assert result["comments"]["GDTC"]["hk1"] == "Chưa đạt"


def test_too_many_absences_leave_no_remedy():
    result = expected(uniform(4, absences=46, summer={"retest": {"S0": 9}}))
    assert (result["promotion"], result["retest_subjects"]) == ("KHONG_LEN_LOP", [])
    assert "after_summer" not in result
    assert expected(uniform(8, absences=45))["promotion"] == "LEN_LOP"


@pytest.mark.parametrize(
    ("summer", "promotion", "conduct"),
    [({"conduct": "Đạt"}, "LEN_LOP_SAU_HE", "Đạt"), ({"conduct": "Chưa đạt"}, "KHONG_LEN_LOP", "Chưa đạt")],
)
def test_summer_training(summer, promotion, conduct):
    result = expected(uniform(8, conduct="Chưa đạt", summer=summer))
    assert (result["promotion"], result["retest_subjects"]) == ("REN_LUYEN_HE", [])
    assert result["after_summer"] == {"study": "Tốt", "conduct": conduct, "promotion": promotion}


def test_both_failed_is_retained_unless_the_school_says_otherwise():
    data = uniform(4, conduct="Chưa đạt")
    assert expected(data)["promotion"] == "KHONG_LEN_LOP"
    data["settings"] = {"both_failed_policy": "SUMMER_BOTH"}
    data["summer"] = {"conduct": "Khá", "retest": {f"S{n}": 6 for n in range(6)}}
    result = expected(data)
    assert result["promotion"] == "REN_LUYEN_HE_VA_KIEM_TRA_LAI"
    assert result["retest_subjects"] == [f"S{n}" for n in range(8)]
    assert result["after_summer"] == {"study": "Đạt", "conduct": "Khá", "promotion": "LEN_LOP_SAU_HE"}


def test_level_adjustment_setting():
    data = uniform(8)
    for subject, score in zip(data["subjects"][5:], (7, 7, 4.8), strict=True):
        subject["hk1"] = subject["hk2"] = {"tx": [score, score], "gk": score, "ck": score}
    assert expected(data)["study_cn"] == {"level": "Đạt", "raw": "Đạt", "adjusted_because_of": None}
    data["settings"] = {"level_adjustment": "raise"}
    assert expected(data)["study_cn"] == {"level": "Khá", "raw": "Đạt", "adjusted_because_of": "S7"}


def test_reassessed_comment_subject_and_test_not_taken():
    data = uniform(8)
    failed = {"tx": ["CĐ", "Đ"], "gk": "Đ", "ck": "Đ"}
    data["comments"] = [{"code": code, "hk1": failed, "hk2": failed} for code in ("GDTC", "NT")]
    data["summer"] = {"retest": {"GDTC": "Đạt", "NT": None}}
    result = expected(data)
    assert (result["promotion"], result["retest_subjects"]) == ("KIEM_TRA_LAI", ["GDTC", "NT"])
    assert result["after_summer"] == {"study": "Khá", "conduct": "Khá", "promotion": "LEN_LOP_SAU_HE"}


def test_decomposed_words_are_read():
    data = uniform(8, conduct="Kh\u0061\u0301")
    assert expected(data)["conduct_cn"] == "Khá"


def changed(path, value):
    data = uniform(4, summer={"retest": {"S0": 6}})
    target = data
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (["subjects", 0, "hk1"], {"tx": [11, 8], "gk": 8, "ck": 8}, "subjects.S0.hk1.tx[0]"),
        (["subjects", 0, "hk2"], {"tx": [8, 8], "gk": 7.25, "ck": 8}, "subjects.S0.hk2.gk"),
        (["subjects", 0, "hk2"], {"tx": [8, 8], "gk": "tám", "ck": 8}, "subjects.S0.hk2.gk"),
        (["subjects", 0, "hk2"], {"tx": [8, 8], "gk": True, "ck": 8}, "subjects.S0.hk2.gk"),
        (["subjects", 0, "hk2"], {"tx": [8, 8], "gk": float("nan"), "ck": 8}, "subjects.S0.hk2.gk"),
        (["subjects", 0, "hk2"], {"tx": 8, "gk": 8, "ck": 8}, "subjects.S0.hk2.tx"),
        (["subjects", 0, "hk2"], [8], "subjects.S0.hk2"),
        (["subjects", 0, "periods"], "35", "subjects.S0.periods"),
        (["subjects", 0, "periods"], 0, "subjects.S0.periods"),
        (["subjects", 1, "code"], "S0", "subjects[1].code"),
        (["subjects", 1, "code"], None, "subjects[1].code"),
        (["subjects", 1, "code"], "GDTC", "comments"),
        (["subjects", 1], 5, "subjects[1]"),
        (["subjects"], "x", "subjects"),
        (["comments", 0, "hk1"], {"tx": ["Đ", "X"], "gk": "Đ", "ck": "Đ"}, "comments.GDTC.hk1.tx[1]"),
        (["conduct", "hk1"], "Giỏi", "conduct.hk1"),
        (["conduct"], ["Tốt"], "conduct"),
        (["absences"], -1, "absences"),
        (["absences"], 1.5, "absences"),
        (["school"], "TH", "school"),
        (["school"], ["THPT"], "school"),
        (["grade"], 9, "grade"),
        (["settings"], {"level_adjustment": "maybe"}, "settings.level_adjustment"),
        (["summer", "retest"], {"XYZ": 5}, "summer.retest.XYZ"),
        (["summer", "retest"], {"S0": "Đ"}, "summer.retest.S0"),
        (["summer"], [1], "summer"),
    ],
)
def test_malformed_case_names_case_and_field(path, value, field):
    with pytest.raises(CaseError) as caught:
        expected(changed(path, value))
    assert (caught.value.case_id, caught.value.field) == ("X1", field)
    assert str(caught.value).startswith(f"case X1: {field}: ")


@pytest.mark.parametrize(
    ("doc", "message"),
    [
        ([], "file: must be an object"),
        ({}, "scheme: is missing"),
        ({"scheme": "Thông tư 58/2011", "cases": []}, "'Thông tư 58/2011' is not known; known: Thông tư 22/2021"),
        ({"scheme": DOCUMENT["scheme"]}, "cases: is missing"),
        ({"scheme": DOCUMENT["scheme"], "cases": [{}]}, "case no. 1: input: is missing"),
        ({"scheme": DOCUMENT["scheme"], "cases": [3]}, "case no. 1: case: must be an object"),
    ],
)
def test_malformed_document(doc, message):
    with pytest.raises(CaseError) as caught:
        assess_document(doc)
    assert message in str(caught.value)


def run_assess(path):
    from django.core.management import call_command

    from gradebook.management.commands.assess import Command

    out = StringIO()
    call_command(Command(stdout=out), str(path))
    return out.getvalue()


def test_command_prints_the_assessed_file():
    assert run_assess(VECTORS).rstrip("\n") == VECTORS.read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "is not valid JSON"),
        (b"\xff\xfe\xff", "is not UTF-8"),
        (json.dumps(document({"absences": -1})).encode(), "case X1: absences"),
    ],
)
def test_command_says_what_is_wrong(tmp_path, content, message):
    from django.core.management.base import CommandError

    path = tmp_path / "cases.json"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        run_assess(path)


def test_command_without_a_file(tmp_path):
    from django.core.management.base import CommandError

    with pytest.raises(CommandError, match="cannot be read"):
        run_assess(tmp_path / "none.json")
