"""Whatever a student shows, it can only be read."""

import base64
import io
import os
import re
import signal
import warnings
import zlib
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_output
from PIL import Image

from autograder.notebooks.sanitize import TAGS
from autograder.reports import mathml, outputs, rich_text
from tests.autograder.reports.conftest import png
from tests.processor_time import at_most

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><animate onbegin=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href=' java\tscript:alert(1)'>x</a>",
    "<iframe src='//evil'></iframe><object data=x></object><embed src=x>",
    "<form action=//evil><input name=x><button>go</button></form>",
    "<style>body{background:url(//evil)}</style>",
    "<div style='position:fixed;inset:0' onclick=alert(1) id=x class=y>",
    "</pre></details></section></body><meta http-equiv=refresh content='0;//evil'><base href=//e>",
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;<img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "![x](http://evil/p.png)",
    "[x](javascript:alert(1)) [y](vbscript:x) <javascript:alert(1)>",
    "$<img src=x onerror=alert(1)>$ $$</code><script>alert(1)</script>$$",
    "\ue0000\ue001 \ue00099\ue001",
    "<!-- --><![CDATA[ <script>alert(1)</script> ]]> <?php ?>",
)
ALLOWED = TAGS | mathml.TAGS


def harmless(made):
    """No tag but the allowed ones, no attribute but the allowed ones, no address that runs."""
    for tag, rest in re.findall(r"<\s*/?\s*([^\s<>/]+)([^<>]*)>", made):
        assert tag in ALLOWED, made
        for name in re.findall(r"([^\s=\"']+)\s*=", re.sub(r'"[^"]*"', '""', rest)):
            allowed = {"href", "colspan", "rowspan", "class", "xmlns"} | mathml.ATTRIBUTES
            assert name in allowed, made
    assert "<" not in re.sub(r"<\s*/?\s*[a-z0-9]+(\s[^<>]*)?>", "", made), made
    for address in re.findall(r'href="([^"]*)"', made):
        assert address.startswith(("http://", "https://", "mailto:")), made


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("make", [rich_text.markdown, rich_text.html, rich_text.pre])
def test_attacks_stay_text(make, attack):
    harmless(make(attack))
    harmless(make("before " + attack + " after"))


def test_code_is_escaped_and_its_words_are_marked():
    made = rich_text.code('def f():\n    return "</pre><script>"  # <b>')
    assert '<span class="c-k">def</span>' in made
    assert "<script" not in made and "</pre>" not in made and "&lt;script&gt;" in made


def test_ordinary_things_are_shown():
    made = rich_text.markdown("**so**, `x < y`\n\n| a |\n|---|\n| $a_i * b_i$ |")
    assert "<strong>so</strong>" in made and "<td>" in made
    assert "<msub><mi>a</mi><mi>i</mi></msub><mo>*</mo>" in made
    made = rich_text.html("<style>td {color: red}</style><table><tr><td>1</td></tr></table>")
    assert "<td>1</td>" in made and "red" not in made


def test_a_terminals_signs_are_left_out():
    said = "\x1b[31mred\x1b[0m\n 10%\r 50%\r100%\r\nend \u202e\ud800"
    assert rich_text.text(said) == "red\n100%\nend \ufffd\ufffd"


@pytest.mark.slow
@pytest.mark.parametrize(
    "huge",
    [
        "<b>" * 30_000,
        "<div></i>" * 2_400,
        "<div>" * 4_999,
        "".join(f"<b id={place}>" for place in range(4_999)),
        "<b><i></b>" * 1_600,
        "<table>" * 4_000,
        "[" * 50_000,
        "*a_" * 30_000,
        ">" * 50_000,
        "`" * 50_000 + "x",
        "$" * 50_001,
        "<style" * 9_000,
        "x" * 5_000_000,
    ],
)
def test_what_is_huge_or_deep_takes_no_time(huge):
    with at_most(20):
        for make in (rich_text.markdown, rich_text.html, rich_text.pre, rich_text.code):
            made = make(huge)
            assert len(made) < 3_000_000


def test_pictures_are_known_by_their_bytes():
    assert rich_text.picture("image/png", png()).startswith("data:image/png;base64,")
    bad = {
        "image/svg+xml": "<svg onload=alert(1)>",
        "image/jpeg": png(),
        "image/gif": png(),
        "image/png": base64.b64encode(b"<script>alert(1)</script>").decode(),
    }
    for kind, content in bad.items():
        assert rich_text.picture(kind, content) is None
    for content in ('"><script>', png() + '"', "", None, 5, "A" * 6_000_000):
        assert rich_text.picture("image/png", content) is None


def test_a_picture_of_absurd_size_is_left_out():
    raw = bytearray(base64.b64decode(png()))
    raw[16:24] = (100_000).to_bytes(4, "big") * 2  # what its header says
    assert rich_text.picture("image/png", base64.b64encode(raw).decode()) is None


@pytest.mark.filterwarnings("ignore")
def test_no_warning_becomes_an_error_while_a_picture_is_read(monkeypatch):
    """Jupyter's server warns where SIGTERM ends it; as an error it went lost, and the server on."""

    def open_slowly(*args, **options):
        os.kill(os.getpid(), signal.SIGUSR1)
        return opened(*args, **options)

    opened, seen = Image.open, []

    def ends(number, frame):
        warnings.warn("of the handler's own", DeprecationWarning, stacklevel=1)
        seen.append(number)

    before = signal.signal(signal.SIGUSR1, ends)
    monkeypatch.setattr(Image, "open", open_slowly)
    try:
        assert rich_text.picture("image/png", png()) is not None
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert seen == [signal.SIGUSR1]


def test_outputs_beyond_the_room_of_a_page_are_left_out_and_say_so():
    many = [new_output("display_data", {"image/png": png(), "text/plain": "x"})] * 5
    made = outputs.shown(many, outputs.Room(pictures=3))
    assert made.count("<img") == 3 and "There was more output" in made
    long = outputs.shown([new_output("stream", text="word " * 2000)], outputs.Room())
    assert "<details>" in long and "10,000 characters" in long
    assert "more characters" not in long


@pytest.mark.parametrize(
    "formula, drawn",
    [
        (r"$\frac12$", "<mfrac><mn>1</mn><mn>2</mn></mfrac>"),
        ("$$x^2$$", 'display="block"'),
        (r"$\mathcal N$", "\U0001d4a9"),
        (r"$\mathcal L \mathbb R$", "\u2112"),
        ("\\begin{align}a &= b\\\\c &= d\\end{align}", "<mtable"),
        (r"$$\begin{aligned}a &= b\\c &= d\end{aligned}$$", "<mtable"),
        ("$a<b$", "<mo>&lt;</mo>"),
    ],
)
def test_formulas_are_drawn(formula, drawn):
    for made in (rich_text.markdown(f"So {formula}."), rich_text.sentence(f"So {formula}.")):
        assert drawn in made and "<math" in made and "$" not in made
        harmless(made)


@pytest.mark.parametrize(
    "source",
    ["`$x$`", "```\n$x$\n```", "it costs $5 and $10", r"\$5 or \$6", r"$\unknown x$", "$\\frac$"],
)
def test_what_is_no_formula_or_cannot_be_drawn_stays_as_typed(source):
    made = rich_text.markdown(source)
    assert "<math" not in made and "$" in made
    harmless(made)


@pytest.mark.parametrize(
    "inside",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\class{x}{y}",
        r"\style{position:fixed}{x}",
        r"\text{<img src=x onerror=alert(1)>}",
        r"\text{</mtext></math><script>alert(1)</script>}",
        r"\color{red;}{x}",
    ],
)
def test_no_formula_does_more_than_look(inside):
    for made in (rich_text.markdown(f"${inside}$"), rich_text.sentence(f"${inside}$")):
        harmless(made)
        assert "javascript" not in made and "style=" not in made and "class=x" not in made


def test_thousands_of_formulas_do_not_hold_up_a_page():
    made = rich_text.markdown("$x$ " * 5_000)
    assert made.count("<math") == rich_text.MOST_FORMULAS
    assert rich_text.markdown("$" + "{" * 900 + "}" * 900 + "$")


def test_pictures_in_a_given_text_are_shown_where_they_can_be():
    asked = []

    def address(place):
        asked.append(place)
        return "data:image/png;base64,AAAA" if place == "a.png" else None

    made = rich_text.given(
        "See ![the <curve>](a.png 'title'), <img alt='x' src=\"a.png\" width=5>, ![gone](b.png) "
        "and `![code](a.png)`.",
        address,
    )
    assert asked == ["a.png", "a.png", "b.png"]
    assert '<img alt="the &lt;curve&gt;" src="data:image/png;base64,AAAA">' in made
    assert '<img alt="x" src="data:image/png;base64,AAAA">' in made
    assert made.count("<img") == 2 and ", gone\n" in made.replace(" and", "\n")
    assert "<code>![code](a.png)</code>" in made


def test_a_formula_in_code_is_only_text_and_its_neighbour_is_drawn():
    made = rich_text.markdown("`$a$` and $b$\n\n```\n$c$ \\$d$\n```")
    assert made.count("<math") == 1 and "<mi>b</mi>" in made
    assert "<code>$a$</code>" in made and "$c$" in made


def test_an_embedded_picture_is_its_bytes():
    address = f"data:image/png;base64,{png()}"
    assert rich_text.embedded(address) == address
    assert rich_text.embedded(address.replace("image/png", "IMAGE/PNG")) == address
    for other in (png(), f"image/png;base64,{png()}", "data:image/png,AAAA", "data:;base64,AAAA"):
        assert rich_text.embedded(other) is None


def test_a_sentence_draws_its_formulas_and_keeps_its_text():
    made = rich_text.sentence("<b> $x$ & $y$ end")
    assert made.startswith("&lt;b&gt; <math") and made.endswith("</math> end")
    assert made.count("<math") == 2 and " &amp; " in made
    longest = "$x$ " * (rich_text.LONGEST_TEXT // 4)
    assert rich_text.sentence(longest).count("<math") == rich_text.MOST_FORMULAS
    long = longest + "!"
    assert "<math" not in rich_text.sentence(long)
    assert rich_text.sentence("") == ""


def test_a_long_text_is_cut_and_says_by_how_much():
    assert rich_text.text("x" * 10_000) == "x" * 10_000
    assert rich_text.text("x" * 10_002) == "x" * 10_000 + "\n[2 more characters were left out]"
    assert rich_text.text("x" * 7_000, 5_000).endswith("\n[2,000 more characters were left out]")
    assert "left" not in rich_text.code("x" * 20_000)
    assert "left" in rich_text.code("x" * 20_001)


def test_an_ordinary_text_is_rendered_however_many_there_are():
    """Markdown that would take too long stays as typed; a page of answers does not."""
    cleaning = rich_text.Cleaning()
    for _ in range(20):
        assert "<em>x</em>" in rich_text.markdown("*x* " * 250, cleaning)


@pytest.mark.parametrize("size, taken", [((8000, 5000), True), ((8000, 5001), False)])
def test_a_picture_may_have_forty_million_pixels(size, taken):
    raw = bytearray(base64.b64decode(png()))
    raw[16:24] = b"".join(side.to_bytes(4, "big") for side in size)
    raw[29:33] = zlib.crc32(raw[12:29]).to_bytes(4, "big")
    made = rich_text.picture("image/png", base64.b64encode(raw).decode())
    assert (made is not None) is taken


def test_the_bytes_of_a_picture_are_never_shown_as_text():
    """In code, and where a text is too long to be rendered, its link stays without them."""
    link = f"![x](data:image/png;base64,{png()})"
    for made in (
        rich_text.given(f"`{link}`", lambda place: None),
        rich_text.given(f"{'a' * 200_000} {link}", lambda place: None),
        rich_text.markdown(f"`{link}`"),
    ):
        assert png() not in made and "XX" not in made
    typed = rich_text.given(f"`{link}`", lambda place: None)
    assert "<code>![x](data:)</code>" in typed


def test_what_is_nested_too_deeply_is_shown_as_typed_without_bytes(monkeypatch):
    def deep(*_):
        raise RecursionError

    monkeypatch.setattr(rich_text, "clean_html", deep)
    link = f"![x](data:image/png;base64,{png()})"
    made = rich_text.given(f"*deep* {link}", lambda place: None)
    assert made == rich_text.pre("*deep* ![x](data:)")


def test_signs_that_stand_for_formulas_cannot_be_typed():
    made = rich_text.markdown("a \ue0000\ue001 b \ue001 $x$")
    assert "\ue000" not in made and "\ue001" not in made and made.count("<math") == 1
    assert "a 0 b" in made


def test_the_time_for_a_text_is_that_of_its_characters_without_pictures():
    asked = []
    cleaning = SimpleNamespace(takes=lambda seconds: asked.append(seconds) or len(asked) < 3)
    link = f"![x](data:image/png;base64,{png()})"
    assert "<p>" in rich_text.markdown("a" * 1000, cleaning)
    assert "<p>" in rich_text.given(f"aa{link}", lambda place: None, cleaning)
    assert rich_text.markdown("*x*", cleaning) == "<pre>*x*</pre>"  # no time is left
    assert asked == pytest.approx([0.04, 13 * 4e-5, 3 * 4e-5])


def test_lists_within_lists_are_shown_to_a_depth():
    deep = "\n".join(f"{'  ' * n}- {n}" for n in range(8))
    assert rich_text.markdown(deep).count("<ul>") == 8
    made = rich_text.markdown(">" * 60 + " x")
    assert made.count("<blockquote>") < 60


@pytest.mark.parametrize(
    ("kind", "name"),
    [("image/jpeg", "JPEG"), ("image/gif", "GIF"), ("image/webp", "WEBP"), ("image/png", "PNG")],
)
def test_each_kind_of_picture_is_shown(kind, name):
    raw = io.BytesIO()
    Image.new("RGB", (3, 2)).save(raw, format=name)
    content = base64.b64encode(raw.getvalue()).decode()
    assert rich_text.picture(kind, content) == f"data:{kind};base64,{content}"
    lines = "\n".join(content[n : n + 20] for n in range(0, len(content), 20))
    assert rich_text.picture(kind, lines) == f"data:{kind};base64,{content}"
    assert rich_text.picture("image/bmp", content) is None


@pytest.mark.parametrize(("more", "taken"), [(0, True), (4, False)])
def test_a_picture_may_have_three_megabytes(monkeypatch, more, taken):
    content = png()
    monkeypatch.setattr(rich_text, "PICTURE_BYTES", 3 * (len(content) - more) // 4)
    assert (rich_text.picture("image/png", content) is not None) is taken


def test_prices_and_formulas_are_told_apart():
    for typed in ("$5 or $6", "from $a to $1", "\\$y$ z", "$a\nb$", "$c$1", "x$", "$$"):
        assert rich_text.sentence(typed) == typed
    assert "<mi>x</mi>" in rich_text.sentence("1 < $x$ dollars")
    long = "$" + "x" * 1000 + "$"
    assert "<math" in rich_text.sentence(long)
    assert "<math" not in rich_text.sentence(long.replace("x", "xx", 1))
    for name in ("equation", "align", "gather", "multline", "align*"):
        made = rich_text.sentence(rf"\begin{{{name}}}x\end{{{name}}}")
        assert "\\begin" not in made or "tex" in made
        assert made.startswith(("<math", "<code"))


def test_three_hundred_formulas_of_a_sentence_are_drawn():
    made = rich_text.sentence("$x$ " * 301)
    assert made.count("<math") == 300 and made.count('<code class="tex">$x$</code>') == 1


def test_a_formula_that_cannot_be_drawn_is_code():
    assert rich_text.sentence(r"$\nosuch$") == r'<code class="tex">$\nosuch$</code>'


def test_a_picture_of_which_only_the_address_is_known():
    asked = []
    given = "<IMG SRC='a.png'> ![b]( <b.png> \"t\") <img alt=only>"
    made = rich_text.given(given, lambda place: asked.append(place))
    assert asked == ["a.png", "b.png", ""] and "<img" not in made.lower()
    assert "b" in made and "only" in made
