"""Convert formulas to MathML, which browsers draw without any script."""

import functools
import html
import unicodedata
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert_to_element
from markupsafe import Markup

SPACE = "http://www.w3.org/1998/Math/MathML"
# What MathML Core can draw, without links, styles, classes and anything that holds HTML.
TAGS = frozenset(
    "math mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt "
    "mstyle msub msubsup msup mtable mtd mtext mtr munder munderover".split()
)
ATTRIBUTES = frozenset(
    "accent accentunder columnalign columnspan depth display displaystyle fence form height "
    "largeop linethickness lspace maxsize minsize movablelimits rowspan rspace scriptlevel "
    "separator stretchy symmetric voffset width".split()
)
# Browsers draw other alphabets only as characters of their own.
ALPHABETS = {
    "bold": "BOLD", "script": "SCRIPT", "bold-script": "BOLD SCRIPT", "fraktur": "FRAKTUR",
    "bold-fraktur": "BOLD FRAKTUR", "double-struck": "DOUBLE-STRUCK", "sans-serif": "SANS-SERIF",
    "monospace": "MONOSPACE", "bold-italic": "BOLD ITALIC",
}  # fmt: skip
LETTERS = {"SCRIPT": "SCRIPT", "FRAKTUR": "BLACK-LETTER", "DOUBLE-STRUCK": "DOUBLE-STRUCK"}
DEEPEST = 100
# Environments that latex2mathml calls otherwise.
SAME = {"aligned": "align*", "gathered": "align*", "alignedat": "align*", "equation": "align*"}


# A class has the same formulas on every page; one has 4,000 characters at most.
@functools.lru_cache(2048)
def mathml(source: str) -> Markup | None:
    """The <math> element of a formula with its dollar signs; None if it cannot be drawn faithfully.

    What was typed may come from anybody: the element is built anew from TAGS and ATTRIBUTES.
    """
    display = source.startswith(("$$", "\\begin"))
    tex = source.strip("$")
    for name, known in SAME.items():
        for word in ("begin", "end"):
            tex = tex.replace(rf"\{word}{{{name}}}", rf"\{word}{{{known}}}")
    try:
        made = convert_to_element(tex, display="block" if display else "inline")
        built = _built(made, DEEPEST)
    except Exception:  # whatever a broken formula makes of the parser
        return None
    built.set("xmlns", SPACE)
    return Markup(ET.tostring(built, encoding="unicode"))


def _built(element: ET.Element, deepest: int) -> ET.Element:
    """A copy of what is allowed. Raises ValueError for what would be shown wrongly."""
    if element.tag not in TAGS or not deepest:
        raise ValueError(element.tag)
    kept = {name: str(value) for name, value in element.attrib.items() if name in ATTRIBUTES}
    copy = ET.Element(element.tag, kept)
    text = _text(element.text or "")
    # A command that is not known is left as it was typed, and so is the & of an unknown table.
    if "\\" in text or (text == "&" and element.tag in ("mi", "mo")):
        raise ValueError(text)
    variant = element.get("mathvariant", "")
    if variant in ALPHABETS:
        text = "".join(_letter(each, ALPHABETS[variant]) for each in text)
    elif variant == "normal":
        copy.set("mathvariant", "normal")
    copy.text = text or None
    copy.extend(_built(child, deepest - 1) for child in element)
    return copy


def _text(text: str) -> str:
    """latex2mathml writes some characters as HTML's references, which are decoded here."""
    return html.unescape(text)


def _letter(character: str, alphabet: str) -> str:
    name = unicodedata.name(character, "")
    words = name.replace("LATIN ", "").replace("GREEK ", "").replace(" LETTER", "").split()
    if len(words) != 2:
        return character
    for one in (f"MATHEMATICAL {alphabet}", LETTERS.get(alphabet, "")):
        try:
            return unicodedata.lookup(f"{one} {' '.join(words)}")
        except KeyError:
            continue
    return character
