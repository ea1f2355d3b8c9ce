"""What a teacher's browser gets to see of a submission."""

import html
from html.parser import HTMLParser

import nbconvert
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.grading.recording.record import auto_score
from autograder.judging import Status, Verdict
from autograder.judging.publish import bundle, verdicts_of
from autograder.notebooks.sanitize import harmless, html_seconds
from helpers.bounds import MOST_CLEANING
from tests.lengths import first_and_rest

SCRIPT = "<script>alert(1)</script>"
BUNDLES = [
    {"text/html": f"<b>bold</b>{SCRIPT}<img src=x onerror=alert(1)>"},
    {"application/javascript": "alert(1)"},
    {"image/svg+xml": f"<svg>{SCRIPT}</svg>"},
    {"text/latex": f"$x$ {SCRIPT}"},
    {"text/markdown": f"**x** {SCRIPT} [a](javascript:alert(1))"},
    {"text/latex": ["$x$", SCRIPT]},
    {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}},
    {"text/plain": SCRIPT},
]


def page(notebook):
    return nbconvert.HTMLExporter(template_name="classic").from_notebook_node(notebook)[0]


class Dangers(HTMLParser):
    """Whatever in a page would run an alert."""

    def __init__(self, text):
        super().__init__()
        self.found, self.tag = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tag = tag
        for name, value in attributes:
            scheme = (value or "").strip().startswith("javascript:")
            if scheme or name.startswith("on"):
                self.found.append((tag, name))
        if tag == "iframe":
            self.found.append((tag, ""))

    def handle_data(self, data):
        if self.tag == "script" and "alert(1)" in data:
            self.found.append(("script", ""))

    def handle_endtag(self, tag):
        self.tag = None


def dangers(notebook):
    return Dangers(page(notebook)).found


def notebook_of(*cells):
    return new_notebook(cells=list(cells))


@pytest.mark.parametrize("data", BUNDLES)
def test_no_script_from_outputs(data):
    cell = new_code_cell("1", outputs=[new_output("display_data", data)])
    assert dangers(harmless(notebook_of(cell))) == []


@pytest.mark.parametrize("data", BUNDLES[:2])
def test_an_untreated_notebook_would_run_it(data):
    cell = new_code_cell("1", outputs=[new_output("display_data", data)])
    assert dangers(notebook_of(cell))


def test_a_table_stays_a_table():
    shown = [
        "<style>td {color: red}</style><table><tr>",
        "<td onclick=alert(1)>7</td></tr></table>",
    ]
    cell = new_code_cell("1", outputs=[new_output("display_data", {"text/html": shown})])
    made = harmless(notebook_of(cell)).cells[0].outputs[0].data["text/html"]
    assert "<td>7</td>" in made and "red" not in made and "alert" not in made


def test_html_that_is_too_much_is_text():
    cell = new_code_cell("1", outputs=[new_output("display_data", {"text/html": SCRIPT * 3000})])
    data = harmless(notebook_of(cell)).cells[0].outputs[0].data
    assert data["text/html"].startswith("<pre>&lt;script&gt;") and not dangers(notebook_of(cell))


def test_errors_and_streams_are_text():
    outputs = [
        new_output("stream", name="stdout", text=SCRIPT),
        new_output("error", ename=SCRIPT, evalue=SCRIPT, traceback=[SCRIPT]),
    ]
    assert dangers(harmless(notebook_of(new_code_cell("1", outputs=outputs)))) == []


@pytest.mark.parametrize(
    "text",
    [
        SCRIPT,
        "<img src=x onerror=alert(1)>",
        "<!-- --><iframe src=x>",
        "<svg onload=alert(1)>",
        "[a](javascript:alert(1))",
        "[a](java&#115;cript:alert(1))",
        "[a][b]\n\n[b]: javascript:alert(1)",
    ],
)
def test_no_html_from_students_text(text):
    mark = {"nbgrader": {"solution": True, "grade_id": "why"}}
    given = new_markdown_cell(f"given <b>{text}</b>", id="given")
    answer = new_markdown_cell(f"mine {text}", id="why", metadata=mark)
    own = new_markdown_cell(f"own {text}", id="own-1")
    assert dangers(notebook_of(answer)) and dangers(notebook_of(own))
    notebook = harmless(notebook_of(given, answer, own))
    assert notebook.cells[0].source == f"given <b>{text}</b>"
    assert dangers(notebook_of(answer, own)) == []


def test_a_formula_stays_a_formula():
    mark = {"nbgrader": {"solution": True, "grade_id": "why"}}
    cell = new_markdown_cell("$p<q$ and $1<2$", id="why", metadata=mark)
    assert harmless(notebook_of(cell)).cells[0].source == "$p< q$ and $1<2$"


def test_a_verdict_stays_and_one_of_the_check_itself_is_no_zero():
    mark = {"grade": True, "solution": False, "grade_id": "test_x", "points": 3}
    failed = Verdict("gan-mnist.x", Status.COULD_NOT_BE_JUDGED, "the check itself failed")
    outputs = [
        new_output("display_data", bundle(failed)),
        new_output("error", ename="NotRight", evalue="x", traceback=["x"]),
    ]
    test = new_code_cell("judge()", metadata={"nbgrader": mark}, outputs=outputs)
    own = new_code_cell("forge()", outputs=[new_output("display_data", bundle(failed))])
    kept, forged = harmless(notebook_of(test, own)).cells
    assert verdicts_of(kept) == [failed] and auto_score(kept) is None
    assert verdicts_of(forged) == []
    kept.outputs = kept.outputs[1:]
    assert auto_score(kept) == 0


def test_an_ordinary_link_stays():
    mark = {"nbgrader": {"solution": True, "grade_id": "why"}}
    text = "see [this](https://arxiv.org/abs/1406.2661), f[1](x) and [below](#part-2)"
    cell = new_markdown_cell(text, id="why", metadata=mark)
    assert harmless(notebook_of(cell)).cells[0].source == text


NAMES = [f"a{n:x}" for n in range(13_000)]
SLOW = {
    "one tag opened anew in every block": f"<p><b {' '.join(NAMES)}>" + "</p><p>x" * 2400,
    "many tags opened anew": "<p>" + "".join(f"<b {n}>" for n in NAMES[:2000]) + "</p><p>x" * 1400,
    "without spaces": "<p><b " + "".join(f'{n}=""' for n in NAMES[:8_000]) + ">" + "</p><p>" * 2400,
    "with slashes": f"<p><i/{'/'.join(NAMES)}>" + "</p><p>x" * 2400,
}


def pages(source, count):
    shown = [new_output("display_data", {"text/html": source}) for _ in range(count)]
    cells = [new_code_cell("x", outputs=shown[n::4]) for n in range(4)]
    return new_notebook(cells=cells)


# Each costs as much as may be spent on a whole submission.
@pytest.mark.slow
@pytest.mark.parametrize("kind", first_and_rest(SLOW))
def test_html_that_takes_seconds_is_shown_as_text(kind):
    """Of 200 pages few are cleaned: without a bound on all of them it would be an hour."""
    assert len(SLOW[kind]) < 100_000
    assert 200 * html_seconds(SLOW[kind]) > 20 * MOST_CLEANING
    made = harmless(pages(SLOW[kind], 200))
    shown = [output.data["text/html"] for cell in made.cells for output in cell.outputs]
    cleaned = [each for each in shown if not each.startswith("<pre>&lt;")]
    assert len(cleaned) * html_seconds(SLOW[kind]) <= MOST_CLEANING
    assert len(shown) == 200


def test_tables_of_honest_notebooks_are_cleaned():
    cell = '      <td style="x" class="a b">0.123456</td>\n'
    row = f"<tr>\n      <th>1</th>\n{cell * 8}</tr>\n"
    table = f'<div>\n<table border="1" class="dataframe">{row * 60}</table></div>'
    made = harmless(pages(table, 60))
    shown = [output.data["text/html"] for cell in made.cells for output in cell.outputs]
    assert len(shown) == 60 and all("<td>0.123456</td>" in each for each in shown)


REMOTE = "http://elsewhere.invalid/seen.png"
PICTURES = (
    f"![a]({REMOTE})",
    f"![a]( <{REMOTE}> 'title')",
    f"![a][b]\n\n[b]: {REMOTE}",
    f"![b]\n\n[b]: {REMOTE}",
    f"![b][]\n\n[b]: {REMOTE}",
    f"[![a]({REMOTE})](https://arxiv.org)",
    f"![![a]({REMOTE})](attachment:x.png)",
    f"!![a]({REMOTE})",
    f"![a\n]({REMOTE})",
    "![a](//elsewhere.invalid/seen.png)",
    "![a](/seen.png)",
    f"\\\\![a]({REMOTE})",
    f"| a |\n|---|\n| ![a]({REMOTE}) |",
)


class Sources(HTMLParser):
    """Addresses that a page loads pictures from."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        address = dict(attributes).get("src") or ""
        if tag == "img" and not address.startswith("data:"):
            self.found.append(address)


@pytest.mark.parametrize("text", PICTURES)
def test_no_picture_from_elsewhere(text):
    """Whoever marks the answer must not tell its writer when, and from where."""
    mark = {"nbgrader": {"solution": True, "grade_id": "why"}}
    answer = new_markdown_cell(text, id="why", metadata=mark)
    shown = new_code_cell("1", outputs=[new_output("display_data", {"text/markdown": text})])
    notebook = harmless(notebook_of(answer, shown))
    assert Sources(page(notebook)).found == []
    assert "a" in notebook.cells[0].source


def test_an_untreated_notebook_would_load_it():
    assert Sources(page(notebook_of(new_markdown_cell(PICTURES[0])))).found == [REMOTE]


def test_an_attached_picture_stays():
    mark = {"nbgrader": {"solution": True, "grade_id": "why"}}
    text = "see ![my drawing](attachment:drawing.png) and f![x], really!"
    drawing = {"drawing.png": {"image/png": "iVBORw0KGgo="}}
    cell = new_markdown_cell(text, id="why", metadata=mark, attachments=drawing)
    made = harmless(notebook_of(cell)).cells[0].source
    assert made == text.replace("f![x]", "f[x]")
    del cell["attachments"]
    assert page(harmless(notebook_of(cell))), "formgrader fails at a picture that is missing"


def written_and_shown(text):
    """What becomes of it as an answer, and as a cell's HTML."""
    mark = {"nbgrader": {"solution": True, "grade_id": "why"}}
    answer = new_markdown_cell(text, id="why", metadata=mark)
    shown = new_code_cell("1", outputs=[new_output("display_data", {"text/html": text})])
    made = harmless(notebook_of(answer, shown)).cells
    return made[0].source, made[1].outputs[0].data["text/html"]


@pytest.mark.parametrize(
    "formula",
    [
        r"$\style{background:url(http://elsewhere.invalid)}{x}$",
        r"$\require{HTML}\class{a}{x}$",
        r"$\bbox[background:url(http://elsewhere.invalid)]{x}$",
        r"$\mmlToken{mi}[style='background:url(http://elsewhere.invalid)']{x}$",
    ],
)
def test_a_formula_loads_nothing(formula):
    for text in written_and_shown(formula):
        assert r"\backslash " in text and formula.split("{")[0].split("[")[0] not in text


@pytest.mark.parametrize(
    "typed",
    [
        r"&#36;&#92;style{background:url(//elsewhere.invalid)}{x}&#36;",
        r"&dollar;&bsol;style{background:url(//elsewhere.invalid)}{x}&dollar;",
        r"$&#x5C;&#x73;tyle{background:url(//elsewhere.invalid)}{x}$",
        r"$\s&#116;yle&lbrace;background:url(//elsewhere.invalid)}{x}$",
        r"$&#0092&#115;&#116yle{background:url(//elsewhere.invalid)}{x}$",
    ],
)
def test_nor_does_one_that_is_typed_with_references(typed):
    for text in written_and_shown(typed):
        assert r"\backslash style" in html.unescape(text)
        assert r"\style" not in html.unescape(text)


def test_other_references_stay():
    mark = {"nbgrader": {"solution": True, "grade_id": "why"}}
    text = "a &lt; b &amp; c &amp;#92;style &eacute; &#955; &copy &nosuch; &#60;i&#62;"
    made = harmless(notebook_of(new_markdown_cell(text, id="why", metadata=mark))).cells[0]
    assert made.source == text


@pytest.mark.slow
@pytest.mark.parametrize("text", ["!" * 1_000_000, "![" * 300_000, "!" * 500_000 + "[x](y)"])
def test_no_text_takes_for_ever(text):
    harmless(notebook_of(new_markdown_cell(text, id="own-1")))
