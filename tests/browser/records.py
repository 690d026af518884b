"""What the database holds, read and moved by plain SQL: nothing here goes through the code under test."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import connection as Connection

from tests.support import superuser

Session = tuple[str, str, Any]


@dataclass(frozen=True)
class Pupil:
    id: int
    roll_no: int
    name: str


@dataclass(frozen=True)
class Book:
    """A grade book: its columns by code (TX1 … GK, CK, NX1, NX2) and its pupils in roll order."""

    pk: int
    name: str
    teacher: str
    columns: dict[str, int]
    pupils: list[Pupil]

    @property
    def path(self) -> str:
        return f"/gradebook/{self.pk}/"

    def column_path(self, code: str) -> str:
        return f"/gradebook/{self.pk}/{self.columns[code]}/"


class Records:
    """A connection that opens at the first question and again after `close`."""

    def __init__(self, database: str) -> None:
        self.database = database
        self._connection: Connection | None = None

    def __enter__(self) -> "Records":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def rows(self, sql: str, *values: Any) -> list[Any]:
        if self._connection is None:
            self._connection = superuser(self.database)
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else []

    def one(self, sql: str, *values: Any) -> Any:
        found = self.rows(sql, *values)
        assert len(found) == 1, (sql, found)
        return found[0][0] if len(found[0]) == 1 else found[0]

    # --- books --------------------------------------------------------------------------------------
    def book(self, class_name: str, subject: str) -> Book:
        pk, teacher, school_class = self.one(
            """SELECT b.id, u.username, c.id FROM gradebook_gradebook b
               JOIN registry_classsubject cs ON cs.id = b.class_subject_id
               JOIN registry_schoolclass c ON c.id = cs.school_class_id
               JOIN registry_curriculumitem i ON i.id = cs.item_id
               JOIN registry_subject s ON s.id = i.subject_id
               JOIN registry_teachingassignment a ON a.class_subject_id = cs.id
               JOIN accounts_user u ON u.id = a.teacher_id
               WHERE c.name = %s AND s.code = %s ORDER BY a.id LIMIT 1""",
            class_name, subject,
        )  # fmt: skip
        columns = self.rows(
            """SELECT CASE WHEN kind IN ('GK', 'CK') THEN kind ELSE kind || ordinal END, id
               FROM gradebook_scorecolumn WHERE gradebook_id = %s ORDER BY position""",
            pk,
        )
        pupils = self.rows(
            """SELECT s.id, e.roll_no, s.full_name FROM registry_enrollment e JOIN registry_student s ON s.id = e.student_id
               WHERE e.school_class_id = %s AND e.left_on IS NULL ORDER BY e.roll_no""",
            school_class,
        )
        return Book(pk, f"{subject} {class_name}", teacher, dict(columns), [Pupil(*row) for row in pupils])

    def codes(self, book: Book, column: str) -> list[str]:
        """The column in roll order; blank where there is no score."""
        held = self.rows("SELECT student_id, code FROM gradebook_score WHERE column_id = %s", book.columns[column])
        return [dict(held).get(pupil.id, "") for pupil in book.pupils]

    def words(self, book: Book, column: str = "NX1") -> list[str]:
        """The remarks of the column in roll order."""
        held = dict(
            self.rows(
                """SELECT s.student_id, r.text FROM gradebook_score s JOIN gradebook_remark r ON r.code = s.code
                   WHERE s.column_id = %s""",
                book.columns[column],
            )
        )
        return [held.get(pupil.id, "") for pupil in book.pupils]

    def cell(self, book: Book, column: str, row: int) -> tuple[str, bool, str]:
        """Code, whether it is a make-up score, and who wrote it last."""
        return self.one(
            """SELECT s.code, s.is_makeup, u.username FROM gradebook_score s JOIN accounts_user u ON u.id = s.entered_by_id
               WHERE s.column_id = %s AND s.student_id = %s""",
            book.columns[column], book.pupils[row].id,
        )  # fmt: skip

    def writes(self, book: Book, column: str) -> Counter[int]:
        """How many SET events the ledger holds of each pupil's cell."""
        payloads = self.rows("SELECT payload FROM gradebook_ledgerevent WHERE gradebook_id = %s", book.pk)
        events = [json.loads(payload) for (payload,) in payloads]
        mine = [event for event in events if event["op"] == "SET" and event["col"] == book.columns[column]]
        return Counter(event["student"] for event in mine)

    def confirmed_by(self, book: Book, column: str) -> str | None:
        return self.one(
            """SELECT u.username FROM gradebook_scorecolumn c LEFT JOIN accounts_user u ON u.id = c.confirmed_by_id
               WHERE c.id = %s""",
            book.columns[column],
        )

    def ledger_head(self, book: Book) -> tuple[int, bytes]:
        seq, head = self.one("SELECT chain_seq, chain_head FROM gradebook_gradebook WHERE id = %s", book.pk)
        return seq, bytes(head)

    # --- time and people ----------------------------------------------------------------------------
    def set_window(self, book: Book, column: str, *, opens: str | None = None, closes: str | None = None) -> None:
        """Open and close a column at moments such as '3 seconds' from now; None leaves that side without a limit."""
        self.rows("SELECT set_config('schoolops.actor', (SELECT id::text FROM accounts_user LIMIT 1), false)")
        self.rows(
            """UPDATE gradebook_scorecolumn
               SET opens_at = clock_timestamp() + %s::interval, closes_at = clock_timestamp() + %s::interval
               WHERE id = %s""",
            opens, closes, book.columns[column],
        )  # fmt: skip

    def is_closed(self, book: Book, column: str) -> bool:
        return self.one(
            "SELECT closes_at <= clock_timestamp() FROM gradebook_scorecolumn WHERE id = %s", book.columns[column]
        )

    def also_teaches(self, username: str, book: Book) -> None:
        """A second teacher of this class-subject, from today."""
        self.rows(
            """INSERT INTO registry_teachingassignment (teacher_id, class_subject_id, decision_id, valid_from)
               SELECT u.id, a.class_subject_id, a.decision_id, a.valid_from
               FROM registry_teachingassignment a JOIN gradebook_gradebook b ON b.class_subject_id = a.class_subject_id,
                    accounts_user u
               WHERE b.id = %s AND u.username = %s LIMIT 1""",
            book.pk, username,
        )  # fmt: skip

    def shown_name(self, username: str) -> str:
        return self.one("SELECT full_name FROM accounts_user WHERE username = %s", username)

    def move_school(self, days: int) -> None:
        """The school year and the lock calendar as they would be, had the day of the demo been so many days later."""
        self.rows("SET session_replication_role = replica")  # a move of the whole demo is no event of a book
        for table, start, end in (
            ("registry_schoolyear", "starts_on", "ends_on"),
            ("registry_term", "starts_on", "ends_on"),
            ("gradebook_scorecolumn", "opens_at", "closes_at"),
            ("gradebook_lockrule", "opens_at", "closes_at"),
            ("gradebook_lockexception", "opens_at", "closes_at"),
        ):
            later = "%s + %s * interval '1 day'"
            self.rows(f"UPDATE {table} SET {start} = {later % (start, days)}, {end} = {later % (end, days)}")
        self.rows("SET session_replication_role = DEFAULT")

    # --- sessions -----------------------------------------------------------------------------------
    def session(self, key: str) -> Session:
        return self.one("SELECT session_key, session_data, expire_date FROM django_session WHERE session_key = %s", key)

    def keep_sessions(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            self.rows(
                "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, %s)", *session
            )

    def end_session(self, key: str) -> None:
        self.rows("DELETE FROM django_session WHERE session_key = %s", key)
