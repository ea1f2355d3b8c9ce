"""Replace the part of a page that a benchmark writes, between two marks."""

from pathlib import Path


def replace_part(page: Path, name: str, text: str) -> None:
    """Put text between the two lines <!-- name --> of a page."""
    mark = f"<!-- {name} -->"
    before, _, after = page.read_text("utf-8").split(mark)
    page.write_text(f"{before}{mark}\n{text}{mark}{after}", "utf-8")
