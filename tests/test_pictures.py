"""Pictures of the documentation: each is shown somewhere, small, and there."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
LARGEST = 150_000
SHOWN = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")


def test_pictures_are_small_and_each_is_shown():
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / place).resolve()
        for page in pages
        for place in SHOWN.findall(page.read_text(encoding="utf-8"))
    }
    assert shown == {path.resolve() for path in PICTURES.iterdir()}
    assert max(path.stat().st_size for path in PICTURES.iterdir()) < LARGEST
