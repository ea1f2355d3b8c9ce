"""Convert what students wrote and printed to inert HTML.

Every function returns markupsafe.Markup that is safe on any page: text is escaped, Markdown and
HTML are reduced to a short list of tags, without picture addresses, styles or scripts.
"""

import base64
import binascii
import functools
import io
import re
import warnings
from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from PIL import Image
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.course.terminal_text import plain
from autograder.notebooks.sanitize import LONGEST_HTML, Cleaning, clean_html
from autograder.reports.mathml import mathml

HEADING = re.compile(r"^#{1,6}\s+(.+)$", re.MULTILINE)
COLOURS = re.compile("\x1b\\[[0-9;]*[A-Za-z]")
# As Jupyter finds formulas; a closing dollar sign before a digit is a price.
MATHS = re.compile(
    r"(?<!\\)\$\$.{1,4000}?\$\$|(?<![\\$])\$[^$\n]{1,1000}(?<!\\)\$(?!\d)"
    r"|\\begin\{((?:equation|align|gather|multline)\*?)\}.{1,4000}?\\end\{\1\}",
    re.DOTALL,
)
# Drawing one takes a millisecond; what comes after so many in one text stays as typed.
MOST_FORMULAS = 300
# A picture within a text is shown below it, by whoever has its bytes.
PICTURE = re.compile(r"!\[([^\]\n]{0,500})\]\((?:data|attachment):[^)\s]*+\)")
# A picture in a text of the instructor's, in Markdown or in HTML.
GIVEN_PICTURE = re.compile(
    r"!\[(?P<alt>[^\]\n]{0,500})\]\(\s*<?(?P<place>[^)\s>]*+)>?(?:\s+[\"'][^\n)]{0,200}[\"'])?\s*\)"
    r"|<img\b(?P<attributes>[^>]*+)>",
    re.IGNORECASE,
)
ATTRIBUTE = re.compile(r"\b(src|alt)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.IGNORECASE)
BYTES = re.compile(r"(?<=data:)image/\w+;base64,[A-Za-z0-9+/=]*+")
# Code in rendered Markdown, where a formula is only text.
CODE = re.compile(r"(<(code|pre)\b[^>]*>.*?</\2>)", re.DOTALL)
PUT_ASIDE = re.compile("\ue000([0-9]+)\ue001")
LONGEST_TEXT, LONGEST_CODE = 10_000, 20_000
# A class has the same questions and much the same code on every page.
KEPT, LONGEST_KEPT = 512, 20_000
MARKDOWN_SECONDS = 4e-5  # for a character of the slowest Markdown, measured on one core
PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
PICTURE_BYTES, PICTURE_PIXELS = 3_000_000, 40_000_000

_markdown = MarkdownIt("js-default", {"html": False, "maxNesting": 20})
_markdown.disable("image")
_given = MarkdownIt("js-default", {"html": True, "maxNesting": 20})
_given.disable("image")
_python = PythonLexer(stripnl=False)
_formatter = HtmlFormatter(nowrap=True, classprefix="c-")


# What is put into a text once it is clean: a pattern, and how a match of it is drawn.
Aside = list[tuple[re.Pattern[str], Callable[[str, bool], str]]]


def text(source: str, longest: int = LONGEST_TEXT) -> Markup:
    """Plain text without terminal colours, cut after `longest` characters."""
    source = COLOURS.sub("", source)
    # A progress bar rewrites its line: keep only the last state of each.
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in source.split("\n"))
    return escape(plain(_cut("\n".join(lines), longest)))


def code(source: str) -> Markup:
    """Python code with syntax highlighting; the page's style sheet has the colours."""
    return _highlighted(plain(_cut("\n".join(source.splitlines()), LONGEST_CODE)))


@functools.lru_cache(KEPT)
def _highlighted(source: str) -> Markup:
    return Markup(highlight(source, _python, _formatter))


def markdown(source: str, cleaning: Cleaning | None = None) -> Markup:
    """Markdown without HTML, the names of pictures instead of these; formulas as MathML.

    cleaning: of the page, None if this is all of it; plain text where it would take too long.
    """
    source = BYTES.sub("", PICTURE.sub(r"\1", source))
    return _rendered(_markdown, source, cleaning or Cleaning(), [(MATHS, _formula)])


def given(
    source: str,
    address: Callable[[str], Markup | None],
    cleaning: Cleaning | None = None,
) -> Markup:
    """An instructor's Markdown: its HTML cut down to what can only be read, its pictures in place.

    address: of what a picture's link says, from picture(); None if it cannot be shown, and its name
    is shown instead. cleaning: as for markdown().
    """

    def shown(link: str, draw: bool) -> str:
        match = GIVEN_PICTURE.fullmatch(link)
        assert match
        found = {name.lower(): "".join(value) for name, *value in _attributes(match)}
        alt, place = found.get("alt", ""), address(found.get("src", ""))
        return str(Markup('<img alt="{}" src="{}">').format(alt, place) if place else escape(alt))

    aside: Aside = [(GIVEN_PICTURE, shown), (MATHS, _formula)]
    return _rendered(_given, source, cleaning or Cleaning(), aside)


def _attributes(link: re.Match[str]) -> list[tuple[str, ...]]:
    if link["attributes"] is None:
        return [("alt", link["alt"]), ("src", link["place"])]
    return ATTRIBUTE.findall(link["attributes"])


def _rendered(
    markdown: MarkdownIt,
    source: str,
    cleaning: Cleaning,
    aside: Aside,
) -> Markup:
    """Markdown, cleaned. aside: what is put in afterwards, and how; in code it is only text."""
    length = len(BYTES.sub("", source))
    if length > LONGEST_HTML or not cleaning.takes(length * MARKDOWN_SECONDS):
        return pre(BYTES.sub("", source))
    parts: list[tuple[str, Callable[[str, bool], str]]] = []
    text = plain(source).replace("\ue000", "").replace("\ue001", "")
    for pattern, draw in aside:

        def put_aside(match: re.Match[str], draw: Callable[[str, bool], str] = draw) -> str:
            parts.append((match[0], draw))
            return f"\ue000{len(parts) - 1}\ue001"

        text = pattern.sub(put_aside, text)
    convert = _converted if len(text) <= LONGEST_KEPT else _converted.__wrapped__
    made = convert(markdown, text)
    if made is None:
        return pre(BYTES.sub("", source))

    def typed(match: re.Match[str]) -> str:
        return str(escape(BYTES.sub("", parts[int(match[1])][0])))

    def drawn(match: re.Match[str]) -> str:
        part, draw = parts[int(match[1])]
        if PUT_ASIDE.search(part):  # a picture between two dollar signs: no formula
            return PUT_ASIDE.sub(drawn, str(escape(part)))
        return draw(part, int(match[1]) < MOST_FORMULAS)

    made = CODE.sub(lambda match: PUT_ASIDE.sub(typed, match[0]), made)
    return Markup(PUT_ASIDE.sub(drawn, made))


@functools.lru_cache(KEPT)
def _converted(markdown: MarkdownIt, text: str) -> str | None:
    try:
        return clean_html(markdown.render(text))
    except RecursionError:
        return None


def sentence(source: str) -> Markup:
    """Plain text, in which only formulas are drawn."""
    if len(source) > LONGEST_TEXT:
        return text(source)
    made, end = Markup(""), 0
    for number, match in enumerate(MATHS.finditer(source)):
        made += escape(plain(source[end : match.start()]))
        made += Markup(_formula(plain(match[0]), number < MOST_FORMULAS))
        end = match.end()
    return made + escape(plain(source[end:]))


def html(source: str, cleaning: Cleaning | None = None) -> Markup:
    """HTML that a cell displayed, such as a table; shown as plain text if it cannot be cleaned."""
    source = plain(source)
    made = clean_html(source, cleaning)
    return pre(source) if made is None else Markup(made)


def pre(source: str) -> Markup:
    """A <pre> block of plain text, cut as by text()."""
    return Markup("<pre>{}</pre>").format(text(source))


def picture(kind: str, content: Any) -> Markup | None:
    """A data: URL for an <img>, or None if `content` is not a picture of that kind.

    kind: its MIME type, PNG or JPEG; the bytes must agree. content: base64 text.
    """
    if kind not in PICTURES or not isinstance(content, str):
        return None
    content = "".join(content.split())
    if len(content) > 4 * PICTURE_BYTES // 3:
        return None
    try:
        raw = base64.b64decode(content, validate=True)
        with warnings.catch_warnings():
            # As errors they would also strike what a signal's handler does meanwhile.
            warnings.simplefilter("ignore")
            width, height = Image.open(io.BytesIO(raw), formats=[PICTURES[kind]]).size
    except (
        binascii.Error,
        ValueError,
        OSError,
        SyntaxError,
        Image.DecompressionBombError,
    ):
        return None
    if not 0 < width * height <= PICTURE_PIXELS:
        return None
    return Markup("data:{};base64,{}").format(kind, base64.b64encode(raw).decode())


def embedded(place: str) -> Markup | None:
    """A picture that its data: address holds, as by picture()."""
    kind, mark, content = place.removeprefix("data:").partition(";base64,")
    return picture(kind.lower(), content) if mark and place.startswith("data:") else None


def _formula(source: str, draw: bool) -> str:
    made = mathml(source) if draw else None
    return str(Markup('<code class="tex">{}</code>').format(source) if made is None else made)


def _cut(source: str, longest: int) -> str:
    if len(source) <= longest:
        return source
    return source[:longest] + f"\n[{len(source) - longest:,} more characters were left out]"
