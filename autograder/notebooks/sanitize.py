"""Sanitise an executed notebook, so that it is safe to open in a browser."""

import html
import re

import nh3
from nbformat import NotebookNode

from autograder.notebooks.cells import is_answer, is_test
from helpers.bounds import MOST_CLEANING

# What HTML is cut down to: text with its structure, tables, links to pages.
TAGS = frozenset(
    "a b blockquote br code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre s span strong sub "
    "sup table tbody td tfoot th thead tr ul".split()
)
SPANS = {"colspan", "rowspan"}
# Elements that a parser opens anew, attributes and all, in every block until they are closed.
FORMATTING = re.compile(
    r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE
)
SEPARATOR = re.compile(r"[\s/]+")
LONGEST_HTML, MOST_TAGS = 100_000, 5000
_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    attributes={"a": {"href"}, "td": SPANS, "th": SPANS},
    clean_content_tags={"script", "style"},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel=None,
)
# Kinds of outputs that can do nothing.
SAFE = ("text/plain", "image/png", "image/jpeg")
# "<b" opens a tag, "< b" does not, and means the same in a formula.
TAG = re.compile(r"<(?=[A-Za-z/!?])")
# A Markdown link to anything but a web page or a picture of the cell. Repetitions are bounded, so
# that no text can make the search take forever.
LINK = re.compile(
    r"(\]\(|\]:)(?!\s{0,9}(?:https?://|#|mailto:|attachment:))(?=\s{0,9}(?:\s|<|[^)\s]{0,99}(?:[:&]|[^)\s]{99})))"
)
# A Markdown picture; the group is the name of one that is attached to the cell. A browser would ask
# any other address for it, and tell when the page is open.
PICTURE = re.compile(
    r"(?<!!)!++(?=\[(?:[^\]\n]{0,500}\]\(\s{0,9}attachment:([^)\s]{1,300})\s{0,9}\))?)"
)
# Commands of MathJax that give a formula a style or a link, or load more of MathJax.
MACRO = re.compile(
    r"\\(?=(?:style|class|cssId|href|bbox|mmlToken|require|includegraphics)(?![a-zA-Z]))"
)
REFERENCE = re.compile(r"&(?:#[0-9]{1,9}|#[xX][0-9a-fA-F]{1,9}|[a-zA-Z]{2,32});?")
# Browsers ignore these within an address, as they do tabs and newlines.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Cleaning:
    """The time that may still be spent on the HTML and Markdown of one notebook.

    It is estimated from the text, so that the same bytes always give the same page. left: s.
    """

    def __init__(self) -> None:
        self.left = MOST_CLEANING

    def takes(self, seconds: float) -> bool:
        """Whether there is that much time; if there is, it is spent."""
        if seconds > self.left:
            return False
        self.left -= seconds
        return True


def html_seconds(source: str) -> float:
    """At most how long cleaning takes, in s: measured on one core, for the worst of its kind."""
    tags, formatting = source.count("<"), len(FORMATTING.findall(source))
    attributes = len(SEPARATOR.findall(source)) + source.count('"') // 2 + source.count("'") // 2
    again = tags * (1.5e-6 * formatting + 1.2e-7 * attributes) if formatting else 0.0
    return 3e-6 * len(source) + 1.2e-9 * attributes**2 + again


def harmless(notebook: NotebookNode) -> NotebookNode:
    """Changes an executed notebook in place: no script in outputs, no HTML in students' text.

    Outputs of test cells, verdicts included, come from the grader and are left unchanged.
    """
    cleaning = Cleaning()
    for cell in notebook.cells:
        if is_test(cell):
            continue
        if cell.cell_type == "code":
            for output in cell.outputs:
                if "data" in output:
                    output.data = _harmless_data(output.data, cleaning)
        elif is_answer(cell) or cell.id.startswith("own-"):
            cell.source = _plain(cell.source, cell.get("attachments") or {})
    return notebook


def clean_html(source: str, cleaning: Cleaning | None = None) -> str | None:
    """HTML that can only be read: TAGS, without scripts, styles, pictures and forms.

    cleaning: of the notebook, None if this is all of it. None where it is too much to be cleaned.
    """
    if len(source) > LONGEST_HTML or source.count("<") > MOST_TAGS:
        return None
    if not (cleaning or Cleaning()).takes(html_seconds(source)):
        return None
    return _cleaner.clean(source)


def _harmless_data(data, cleaning):
    """A display's kinds that a browser can be given; others are left out."""
    kept = {kind: data[kind] for kind in SAFE if kind in data}
    for kind in ("text/latex", "text/markdown"):
        if kind in data:
            kept[kind] = _plain(_joined(data[kind]))
    if "text/html" in data:
        source = _joined(data["text/html"])
        cleaned = clean_html(_inert_maths(source), cleaning)
        kept["text/html"] = f"<pre>{html.escape(source)}</pre>" if cleaned is None else cleaned
    return NotebookNode(kept)


def _joined(text):
    """nbformat allows a list of lines for a text."""
    return "".join(text) if isinstance(text, list) else text


def _plain(text, attached=()):
    """Markdown without HTML and without links that run something.

    Pictures are links, but those that are attached: nbconvert fails at one that is not there.
    """
    text = _inert_maths(TAG.sub("< ", CONTROL.sub("", text)))
    return LINK.sub(r"\1 #", PICTURE.sub(lambda it: "!" if it[1] in attached else "", text))


def _inert_maths(text):
    # A browser reads &#92; as the backslash before MathJax sees the text.
    text = REFERENCE.sub(lambda it: html.unescape(it[0]) if _is_letter(it[0]) else it[0], text)
    return MACRO.sub(r"\\backslash ", text)


def _is_letter(reference):
    """Whether it stands for a letter or a sign of formulas, and for none of HTML's own."""
    sign = html.unescape(reference)
    return len(sign) == 1 and (sign.isascii() and sign.isalpha() or sign in "\\{}$")
