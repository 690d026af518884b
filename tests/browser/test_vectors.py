"""C-01: the page reads what is typed exactly as the server does."""

import dataclasses
import json
from pathlib import Path

from schoolops.lib.scores import Parsed

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "parse_score.json").read_text(encoding="utf-8"))
READ_IN_PAGE = """async (vectors) => {
  const { parseScore } = await import("/static/schoolops/js/score.js");
  return vectors.map(([raw, profile, quick]) => parseScore(raw, profile, quick));
}"""


def test_every_vector_reads_the_same_in_the_page(sign_in):
    page = sign_in(None).new_page()
    page.goto("/login/")
    read = page.evaluate(READ_IN_PAGE, VECTORS)
    differing = [
        (raw, profile, quick, found)
        for (raw, profile, quick, expected), found in zip(VECTORS, read, strict=True)
        if found != dataclasses.asdict(Parsed()) | expected
    ]
    assert len(VECTORS) >= 60
    assert differing == []
