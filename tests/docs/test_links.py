"""Every relative link and picture of README.md and docs/ leads somewhere, to the heading named."""

import re
import unicodedata
from urllib.parse import unquote

import pytest

from tests.docs.pages import PAGES, ROOT, without_blocks

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HTML = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"", re.IGNORECASE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


def links(text):
    """Targets of links and pictures, without those to elsewhere."""
    # A code span is shown as it is, and is no link.
    plain = re.sub(r"`[^`\n]*`", "", without_blocks(text))
    found = [*LINK.findall(plain), *HTML.findall(plain)]
    return [target for target in found if not ELSEWHERE.match(target)]


def anchors(text):
    """What GitHub makes of the headings of a page."""
    seen, made = {}, set()
    for heading in HEADING.findall(without_blocks(text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        kept = [c for c in words if c in " -_" or unicodedata.category(c)[0] in "LN"]
        name = "".join(kept).replace(" ", "-")
        count = seen[name] = seen.get(name, -1) + 1
        made.add(f"{name}-{count}" if count else name)
    return made


def trouble(page, target):
    """Why a link leads nowhere, or None."""
    name, _, anchor = unquote(target).partition("#")
    path = (page.parent / name).resolve() if name else page
    if not path.is_relative_to(ROOT):
        return "leads out of the repository"
    if not path.exists():
        return "there is no such file"
    if anchor and path.suffix == ".md" and anchor not in anchors(path.read_text("utf-8")):
        return f"there is no heading #{anchor}"
    return None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_the_page_leads_somewhere(page):
    found = {target: trouble(page, target) for target in links(page.read_text("utf-8"))}
    assert not {target: why for target, why in found.items() if why}


def test_the_index_names_every_page():
    index = ROOT / "docs" / "README.md"
    named = {
        (index.parent / target.partition("#")[0]).resolve() for target in links(index.read_text())
    }
    missing = [page for page in PAGES if page != index and page.resolve() not in named]
    assert not missing, "docs/README.md lists every page"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[a](other.md)", None),
        ("[a](other.md#two-words)", None),
        ("[a](other.md#three)", "there is no heading #three"),
        ("![a](gone.png)", "there is no such file"),
        ('<img width="3" src="gone.png">', "there is no such file"),
        ("[a](../../../etc)", "leads out of the repository"),
    ],
)
def test_a_broken_link_is_seen(tmp_path, monkeypatch, text, why):
    monkeypatch.setitem(trouble.__globals__, "ROOT", tmp_path)
    (tmp_path / "other.md").write_text("# Two `words`!\n\n```\n# three\n```\n")
    (target,) = links(text)
    assert trouble(tmp_path / "page.md", target) == why


def test_what_is_no_link_is_left_alone():
    text = "`[a](b.md)` and [c](https://example.org) and\n\n```\n[d](e.md)\n```\n"
    assert links(text) == []


def test_a_heading_that_comes_twice_is_counted():
    assert anchors("# One\n## One\n# Ten, eleven - é\n") == {"one", "one-1", "ten-eleven---é"}
