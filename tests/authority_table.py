"""The school's authority table: the access matrix as a page that people read (docs/authority.md).

`python -m tests.authority_table` writes it; a test holds it to the matrix.
"""

import csv
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "authority.md"
MARKS = {"allow": "✓", "deny": "–", "hide": "·", "login": "·"}
ROLES = {
    "anonymous": "Chưa đăng nhập",
    "teacher": "GV bộ môn của lớp",
    "other_teacher": "GV bộ môn khác",
    "homeroom_teacher": "GV chủ nhiệm của lớp",
    "subject_head": "Tổ trưởng",
    "vice_principal": "Phó Hiệu trưởng",
    "principal": "Hiệu trưởng",
    "it_staff": "Quản trị hệ thống",
    "clerk": "Văn thư",
    "nurse": "Nhân viên y tế",
    "data_protection": "Phụ trách bảo vệ dữ liệu",
    "parent": "Phụ huynh",
    "stranger": "Tài khoản chưa có nhiệm vụ",
}
INTRO = """# Authority table (bảng phân quyền)

Who may open or do what, by duty and by whose object it is. The table is written by people in `tests/access_matrix.csv` and
`tests/access_ownership.csv`; the tests ask every cell of the running portal, so it is also what happens.

“✓”: may. “–”: is refused with the reason. “·”: does not see that it exists; an object of others answers like one that is missing.
`GET` opens a page, `POST` does something. The addresses are the names in the code.
"""


def table(name: str) -> list[str]:
    rows = list(csv.DictReader((HERE / name).read_text(encoding="utf-8").splitlines()))
    lines = [
        "| address | | object | " + " | ".join(ROLES.values()) + " |",
        "|---|---|---|" + "---|" * len(ROLES),
    ]
    for row in rows:
        cells = " | ".join(MARKS[row[role]] for role in ROLES)
        lines.append(f"| `{row['url']}` | {row['method']} | {row['object']} | {cells} |")
    return lines


def page() -> str:
    return "\n".join(
        [
            INTRO,
            "## By duty",
            "",
            *table("access_matrix.csv"),
            "",
            "## By whose it is",
            "",
            "Another class or grade, a closed year, a pupil who has left.",
            "",
            *table("access_ownership.csv"),
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
