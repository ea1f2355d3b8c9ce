"""Pages with a part that a benchmark writes, between two marks."""


def replace_part(page, name, text):
    """Put text between the two lines <!-- name --> of a page."""
    mark = f"<!-- {name} -->"
    before, _, after = page.read_text("utf-8").split(mark)
    page.write_text(f"{before}{mark}\n{text}{mark}{after}", "utf-8")
