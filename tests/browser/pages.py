"""The grid as a teacher works it, by keyboard, and the columns that they type."""

from collections.abc import Sequence

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.records import Book, Records

# One column in mixed styles: what is typed, and the code that the book must hold.
STYLES = {
    "75": "7.5", "8": "8", "7,5": "7.5", "65": "6.5", "10": "10", "9": "9", "4.5": "4.5", "85": "8.5", "0": "0",
    "05": "0.5", "55": "5.5", "7": "7", "95": "9.5", "100": "10", "6": "6",
}  # fmt: skip
TYPED = list(STYLES) * 3
CODES = list(STYLES.values()) * 3


def written_once(book: Book, rows: int = 45) -> dict[int, int]:
    """What the ledger counts when each of the first pupils' cells was written exactly once."""
    return {pupil.id: 1 for pupil in book.pupils[:rows]}


def usual_scores(records: Records, book: Book) -> list[float]:
    """What these pupils usually get, a little moved, so that it is no copy of an earlier column."""
    earlier = [records.codes(book, code) for code in ("TX1", "TX2")]
    scores = []
    for row, pair in enumerate(zip(*earlier, strict=True)):
        known = [float(code) for code in pair if code[:1].isdigit()]
        scores.append(min(10, max(0, round(sum(known) / max(len(known), 1) + (0.3, -0.2, 0.1, -0.3)[row % 4], 1))))
    return scores


class GridPage:
    """The page of one grade book, opened at one column."""

    def __init__(self, page: Page, book: Book, column: str) -> None:
        self.page, self.book, self.column = page, book, column
        self.state = page.locator("#save-state")
        self.note = page.locator(".cell-note")
        self.unsent = page.locator("#unsent")

    @classmethod
    def open(cls, context: BrowserContext, book: Book, column: str = "GK") -> "GridPage":
        grid = cls(context.new_page(), book, column)
        grid.reload()
        return grid

    def reload(self) -> None:
        self.page.goto(f"{self.book.path}?column={self.book.columns[self.column]}")

    def cell(self, row: int, column: str = "") -> Locator:
        """The input of the pupil in this row (0 is the first)."""
        return self.page.locator(f"[name=c{self.book.columns[column or self.column]}-{self.book.pupils[row].id}]")

    def closed_cell(self, row: int, column: str = "") -> Locator:
        column_id = self.book.columns[column or self.column]
        return self.page.locator(f'tr[data-s="{self.book.pupils[row].id}"] td.ro[data-c="{column_id}"]')

    def box(self, row: int, column: str = "") -> Locator:
        """The cell around the input: it says how the value stands."""
        return self.cell(row, column).locator("..")

    def type(self, *texts: str) -> None:
        """Each text and Enter, into whatever has the focus."""
        for text in texts:
            self.page.keyboard.type(text)
            self.page.keyboard.press("Enter")

    def type_at(self, row: int, *texts: str) -> None:
        self.cell(row).focus()
        self.cell(row).select_text()
        self.type(*texts)

    def expect_saved(self) -> None:
        """Nothing waits any more: the line turns to "saving" with the key itself."""
        expect(self.state).to_have_attribute("data-state", "saved")

    def expect_kept(self, count: int) -> None:
        """The line is down and this many scores are kept on this machine."""
        expect(self.state).to_have_attribute("data-state", "offline")
        expect(self.state).to_contain_text(f"đã giữ {count} điểm trên máy này")

    def paste(self, row: int, lines: Sequence[Sequence[str]], column: str = "") -> None:
        """What Excel puts on the clipboard, by Ctrl+V."""
        self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        text = "".join("\t".join(cells) + "\r\n" for cells in lines)
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.cell(row, column).focus()
        self.page.keyboard.press("Control+v")

    def paste_column(self, scores: Sequence[float]) -> None:
        """A whole column from Excel, until the server has looked it over."""
        with self.page.expect_response("**/checks/"):
            self.paste(0, [[str(score).replace(".", ",")] for score in scores])

    def probe(self, name: str) -> float:
        return self.page.evaluate(f"probe.{name}")


def tab_to(page: Page, place: Locator, limit: int = 150) -> None:
    """Reach a control with the Tab key alone."""
    wanted = place.element_handle()
    for _ in range(limit):
        if page.evaluate("wanted => document.activeElement === wanted", wanted):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{place} is not reached by {limit} presses of Tab")
