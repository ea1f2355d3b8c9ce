"""What students wrote and printed, as HTML that can do nothing but be read.

Every function returns markupsafe.Markup that is safe on any page: text is escaped, Markdown and
HTML are cut down to a short list of tags without addresses of pictures, styles or scripts.
"""

import base64
import binascii
import io
import re
import warnings
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from PIL import Image
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.notebooks.sanitize import LONGEST_HTML, clean_html
from autograder.reports.terminal_text import plain

COLOURS = re.compile("\x1b\\[[0-9;]*[A-Za-z]")
MATHS = re.compile(r"\$\$.{1,4000}?\$\$|\$[^$\n]{1,1000}\$", re.DOTALL)
LONGEST_TEXT, LONGEST_CODE = 10_000, 20_000
PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG"}
PICTURE_BYTES, PICTURE_PIXELS = 3_000_000, 40_000_000

_markdown = MarkdownIt("js-default", {"html": False, "linkify": False, "maxNesting": 20})
_markdown.disable("image")
_python = PythonLexer(stripnl=False)
_formatter = HtmlFormatter(nowrap=True, classprefix="c-")


def text(said: str, longest: int = LONGEST_TEXT) -> Markup:
    """Plain text: colours of a terminal are left out, and what is beyond `longest` characters."""
    said = COLOURS.sub("", said)
    # A progress bar writes its line again and again: only the last state of each is left.
    lines = (line.rstrip("\r").rsplit("\r", 1)[-1] for line in said.split("\n"))
    return escape(plain(_cut("\n".join(lines), longest)))


def code(source: str) -> Markup:
    """Python with its words marked, for the colours of the page's style sheet."""
    source = plain(_cut("\n".join(source.splitlines()), LONGEST_CODE))
    return Markup(highlight(source, _python, _formatter))


def markdown(source: str) -> Markup:
    """Markdown of a student: no HTML, no pictures; formulas stay as they were typed."""
    if len(source) > LONGEST_HTML:
        return pre(source)
    formulas: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        formulas.append(found[0])
        return f"\ue000{len(formulas) - 1}\ue001"

    source = plain(source).replace("\ue000", "").replace("\ue001", "")
    try:
        made = clean_html(_markdown.render(MATHS.sub(put_aside, source)))
    except RecursionError:
        made = None
    if made is None:
        return pre(source)
    shown = re.sub("\ue000([0-9]+)\ue001", lambda found: _formula(formulas[int(found[1])]), made)
    return Markup(shown)


def html(source: str) -> Markup:
    """HTML that a cell displayed, such as a table; as plain text where it is no ordinary one."""
    source = plain(source)
    made = clean_html(source)
    return pre(source) if made is None else Markup(made)


def pre(said: str) -> Markup:
    """A block of plain text."""
    return Markup("<pre>{}</pre>").format(text(said))


def picture(kind: str, content: Any) -> Markup | None:
    """A data: address for an <img>, or None where `content` is no picture of that kind.

    kind: its MIME type. content: base64. Only PNG and JPEG, known by what their bytes say.
    """
    if kind not in PICTURES or not isinstance(content, str):
        return None
    content = "".join(content.split())
    if len(content) > 4 * PICTURE_BYTES // 3:
        return None
    try:
        raw = base64.b64decode(content, validate=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            width, height = Image.open(io.BytesIO(raw), formats=[PICTURES[kind]]).size
    except (
        binascii.Error,
        ValueError,
        OSError,
        SyntaxError,
        Warning,
        Image.DecompressionBombError,
    ):
        return None
    if not 0 < width * height <= PICTURE_PIXELS:
        return None
    return Markup("data:{};base64,{}").format(kind, base64.b64encode(raw).decode())


def _formula(source: str) -> str:
    return str(Markup('<code class="tex">{}</code>').format(source))


def _cut(said: str, longest: int) -> str:
    if len(said) <= longest:
        return said
    return said[:longest] + f"\n[{len(said) - longest:,} more characters were left out]"
