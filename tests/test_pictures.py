"""Pictures of the documentation: each is shown somewhere, small, and there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
LARGEST = 200_000
SHOWN = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")


def test_pictures_are_small_and_each_is_shown():
    shown = {
        (page.parent / place).resolve()
        for page in [ROOT / "README.md", *DOCS.rglob("*.md")]
        for place in SHOWN.findall(page.read_text(encoding="utf-8"))
    }
    there = {path.resolve() for path in DOCS.rglob("*.png")}
    assert shown == there
    assert max(path.stat().st_size for path in there) < LARGEST
