"""Whatever a student wrote, and wherever, is run as in Jupyter or seen by a person."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.grading.preparing.canonical import canonical
from autograder.grading.recording.record import auto_score
from autograder.notebooks.cells import grade_id, is_answer, new_marks
from autograder.notebooks.sanitize import harmless
from helpers.submit.report import EXPECTED, digest

STUB = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x + 1"
WHY, ESSAY = "*Your answer here.*", "# YOUR CODE HERE"


def marked(make, source, name, **options):
    return make(source, id=name, metadata={"nbgrader": new_marks(name, **options)})


@pytest.fixture
def released():
    from nbgrader.utils import compute_checksum

    cells = [
        new_markdown_cell("# Two exercises", id="title"),
        new_code_cell("import torch", id="setup"),
        marked(new_code_cell, STUB, "double", answer=True),
        marked(new_code_cell, "assert double(1) == 2", "test_double", points=3),
        marked(new_code_cell, STUB.replace("double", "triple"), "triple", answer=True),
        marked(new_code_cell, "assert triple(1) == 3", "test_triple", points=3),
        new_markdown_cell("Why?", id="question"),
        marked(new_markdown_cell, WHY, "why", answer=True, points=2),
        new_markdown_cell("And how?", id="question-2"),
        marked(new_markdown_cell, WHY, "how", answer=True, points=2),
        marked(new_code_cell, ESSAY, "essay", answer=True, points=2),
        new_code_cell("print('end')", id="end"),
    ]
    for cell in cells:
        if grade_id(cell):
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return new_notebook(cells=cells)


@pytest.fixture
def submission(released):
    return copy.deepcopy(released)


def place(notebook, name):
    return next(n for n, cell in enumerate(notebook.cells) if cell.id == name)


def insert(notebook, name, *cells, after=True):
    at = place(notebook, name) + after
    notebook.cells[at:at] = cells


def half(source, name, kind=new_code_cell):
    """A cell with the marks of another one, as Split Cell and copying leave it."""
    return kind(source, metadata={"nbgrader": new_marks(name, answer=True)})


def drop(notebook, *names):
    notebook.cells = [cell for cell in notebook.cells if cell.id not in names]


def put(notebook, **sources):
    for name, source in sources.items():
        notebook.cells[place(notebook, name)].source = source


def run(notebook, upto):
    """The sources that are run before a cell, without those that were given."""
    cells = [cell for cell in notebook.cells[: place(notebook, upto)] if cell.id != "setup"]
    return [c.source for c in cells if c.cell_type == "code" and not c.id.startswith("test")]


def source(notebook, name):
    return notebook.cells[place(notebook, name)].source


def waits(result, name):
    """Whether a person has to mark the cell; else it is a final 0."""
    score = auto_score(result.notebook.cells[place(result.notebook, name)])
    assert score in (None, 0)
    return score is None


def said(result, *words):
    return all(any(word in remark for remark in result.remarks) for word in words)


def rebuilt(released, submission):
    """The canonical notebook, which is valid; each given cell is there once, in its order."""
    result = canonical(released, submission)
    nbformat.validate(result.notebook)
    given = [cell.id for cell in result.notebook.cells if not cell.id.startswith("own-")]
    assert given == [cell.id for cell in released.cells]
    return result


def test_both_halves_of_a_split_cell_are_run_in_order(released, submission):
    put(submission, double="TWO = 2")
    insert(submission, "double", half("def double(x):\n    return TWO * x", "double"))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == ["TWO = 2", "def double(x):\n    return TWO * x"]
    assert said(result, "double: 2 cells have its name; all are run, in order.")


def test_of_a_copied_cell_the_last_one_is_the_answer(released, submission):
    put(submission, double=WRONG)
    insert(submission, "double", half(RIGHT, "double"), new_code_cell("double(1)"))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [WRONG, RIGHT, "double(1)"]
    assert source(result.notebook, "double") == RIGHT


def test_a_copy_below_the_test_is_run_below_the_test(released, submission):
    put(submission, double=RIGHT)
    insert(submission, "test_double", half(WRONG, "double"))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [RIGHT]
    assert WRONG in run(result.notebook, "test_triple")


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("stub", [STUB, "", STUB + "  # hm\n\n", STUB.replace("\n", "  \n")])
def test_a_blank_copy_does_not_count(released, submission, after, stub):
    put(submission, double=RIGHT)
    insert(submission, "double", half(stub, "double"), after=after)
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [RIGHT]


@pytest.mark.parametrize("after", [True, False])
def test_an_own_cell_beside_the_untouched_stub(released, submission, after):
    last = "def double(x):\n    return old(x)"
    own = [new_code_cell(RIGHT), new_code_cell("old = double"), new_code_cell(last)]
    insert(submission, "double", *own, after=after)
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [RIGHT, "old = double", last]
    assert said(result, "double: the cell was left as given; a cell of the student's own")


def test_an_own_cell_further_up(released, submission):
    both = f"{RIGHT}\ndef triple(x):\n    return 3 * x"
    insert(submission, "title", new_code_cell(both))
    result = rebuilt(released, submission)
    (first, *comments) = run(result.notebook, "test_triple")
    assert first == both and all(comment.startswith("# Left as given") for comment in comments)
    assert said(result, "triple: the cell was left as given; it was not run")


def test_an_own_cell_further_down(released, submission):
    both = f"{RIGHT}\ndef triple(x):\n    return 3 * x"
    submission.cells.append(new_code_cell(both))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [both]
    assert source(result.notebook, "triple").startswith("# Left as given")


def test_one_answer_that_holds_two(released, submission):
    both = f"{RIGHT}\ndef triple(x):\n    return 3 * x"
    put(submission, double=both)
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == both
    assert source(result.notebook, "triple").startswith("# Left as given")


def test_a_stub_of_the_same_name_is_no_second_answer(released, submission):
    """The answer to one question does not answer the next one that asks for it anew."""
    for notebook in (released, submission):
        put(notebook, triple=STUB)
    put(submission, double=RIGHT)
    result = rebuilt(released, submission)
    assert source(result.notebook, "triple") == STUB


def test_an_own_cell_that_defines_something_else_changes_nothing(released, submission):
    insert(submission, "double", new_code_cell("doubles = 1"), new_code_cell("double(1)"))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [STUB, "doubles = 1", "double(1)"]


def test_a_cell_that_lost_its_marks_is_run_once(released, submission):
    drop(submission, "double")
    insert(submission, "setup", new_code_cell("two = 2"), new_code_cell(RIGHT))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == ["two = 2", RIGHT]
    assert said(result, "double: the cell had lost its metadata and was found by what it defines.")


def test_names_that_the_stub_binds_not_its_grade_id(released, submission):
    for notebook in (released, submission):
        put(notebook, double="rate = None  # YOUR CODE HERE")
    insert(submission, "double", new_code_cell("rate = 0.1"), after=False)
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == ["rate = 0.1"]


def test_a_comment_in_a_stub_is_kept(released, submission):
    commented = STUB + "\n# I would have summed here."
    put(submission, double=commented)
    assert source(rebuilt(released, submission).notebook, "double") == commented


def test_without_a_name_in_the_stub_the_grade_id_is_what_it_defines(released, submission):
    for notebook in (released, submission):
        put(notebook, double="# YOUR CODE HERE")
    insert(submission, "setup", new_code_cell("a = 1"), new_code_cell(RIGHT), new_code_cell("b"))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == ["a = 1", RIGHT, "b"]
    assert source(result.notebook, "double") == RIGHT


@pytest.mark.parametrize("where", ["title", "end"])
def test_a_variable_of_the_student_s_further_away_is_no_answer(released, submission, where):
    """A cell that binds a name may do so for something else; functions are looked for anywhere."""
    for notebook in (released, submission):
        put(notebook, double="rate = None  # YOUR CODE HERE")
    insert(submission, where, new_code_cell("rate = 0.1"))
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == "rate = None  # YOUR CODE HERE"
    for notebook in (released, submission):
        put(notebook, double="act = lambda x: None  # YOUR CODE HERE")
    cell = next(cell for cell in submission.cells if cell.source == "rate = 0.1")
    cell.source = "act: object = lambda x: 2 * x"
    result = rebuilt(released, submission)
    kept = source(result.notebook, "double")
    assert kept == cell.source if where == "end" else kept.startswith("# Left as given")


def test_of_several_cells_further_down_the_last_one_is_the_answer(released, submission):
    insert(submission, "end", new_code_cell(WRONG), new_code_cell("x"), new_code_cell(RIGHT))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [WRONG, "x", RIGHT]
    assert source(result.notebook, "double") == RIGHT
    # The one before the stub is earlier, and not further down.
    insert(submission, "title", new_code_cell("def double(x):\n    return 0"))
    assert source(rebuilt(released, submission).notebook, "double") == RIGHT


def test_where_the_stub_is_missing_and_its_function_is_further_up_nothing_is_defined_anew(
    released, submission
):
    drop(submission, "double")
    insert(submission, "title", new_code_cell(RIGHT))
    result = rebuilt(released, submission)
    comment = "# Left as given: double is defined in a cell of the student's own further up."
    assert run(result.notebook, "test_double") == [RIGHT, comment]
    assert said(result, "double: the cell was left as given; it was not run, because a cell of the")
    assert not said(result, "is missing")


def test_a_text_beside_a_stub_that_tests_decide_about_is_for_nobody_to_mark(released, submission):
    insert(submission, "double", new_markdown_cell("I would double it."))
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == STUB
    assert result.remarks == ("Cells that the student added, run where they were: 1.",)


def test_a_text_that_names_a_function_defines_nothing(released, submission):
    insert(submission, "title", new_markdown_cell(RIGHT))
    insert(submission, "end", new_markdown_cell(RIGHT))
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == STUB


@pytest.mark.parametrize(
    "own",
    [
        *("async def double(x): ...", "class double: ...", "%time\n!ls\n?x\ndef double(x): ..."),
        *("def double(x):\n    return (", "  ?help\nclass double(int):\n  ("),  # cannot be read
    ],
)
def test_whatever_defines_the_function_is_found(released, submission, own):
    insert(submission, "double", new_code_cell("other = double = 1"), new_code_cell(own))
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == own


@pytest.mark.parametrize(
    "own", ["    def double(x): ...", "if x:\n    def double(x): ...", "double(1", "double += 1"]
)
def test_what_only_looks_like_it_does_not_define_it(released, submission, own):
    insert(submission, "double", new_code_cell(own))
    assert source(rebuilt(released, submission).notebook, "double") == STUB


@pytest.mark.parametrize("depth", [1500, 100_000])
def test_an_answer_that_is_too_deep_to_be_read_is_an_answer(released, submission, depth):
    deep = f"def double(x):\n    return {'-' * depth}x"
    put(submission, double=deep)
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == deep and result.remarks == ()


def test_an_answer_of_another_type_is_read_as_its_own(released, submission):
    at = place(submission, "double")
    submission.cells[at] = half(RIGHT, "double", new_markdown_cell)
    submission.cells[at].id = "double"
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == RIGHT
    assert said(result, "double: handed in as a markdown cell; read as code.")
    assert not said(result, "why: handed in")


def test_a_given_cell_that_was_copied_counts_once(released, submission):
    copied = copy.deepcopy(submission.cells[place(submission, "test_double")])
    insert(submission, "end", copied)
    result = rebuilt(released, submission)
    assert said(result, "test_double: the cell occurs 2 times; it counts once.")
    assert not said(result, "was changed")


def test_an_equal_copy_below_the_test_is_another_cell(released, submission):
    put(submission, double=RIGHT)
    insert(submission, "test_double", half(RIGHT, "double"), new_code_cell("x"), new_code_cell("x"))
    result = rebuilt(released, submission)
    assert run(result.notebook, "test_double") == [RIGHT]
    assert run(result.notebook, "triple")[1:] == [RIGHT, "x", "x"]
    assert said(result, "Cells that the student added, run where they were: 2.")


def test_the_first_comment_in_a_stub_is_kept(released, submission):
    first, second = f"{STUB}\n# One.", f"{STUB}\n# Two."
    put(submission, double=first)
    insert(submission, "double", half(second, "double"))
    assert source(rebuilt(released, submission).notebook, "double") == first


def test_a_comment_in_code_that_a_person_marks_is_an_answer(released, submission):
    put(submission, essay=f"{ESSAY}\n# Because.")
    result = rebuilt(released, submission)
    assert waits(result, "essay") and source(result.notebook, "essay").endswith("# Because.")


def test_cells_are_known_by_their_id_and_by_what_they_say_where_marks_are_lost(
    released, submission
):
    for cell in submission.cells:
        cell.metadata = nbformat.NotebookNode()
    put(submission, double=RIGHT, why="Because.")
    result = rebuilt(released, submission)
    assert (source(result.notebook, "double"), source(result.notebook, "why")) == (
        *(RIGHT, "Because."),
    )
    assert len(result.notebook.cells) == len(released.cells)
    for number, cell in enumerate(submission.cells):
        cell.id = f"other-{number}"
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == RIGHT
    # What equals a given cell is that cell, and not the student's own.
    assert [cell.source for cell in result.notebook.cells].count("import torch") == 1


def test_a_text_that_equals_code_is_not_that_cell(released, submission):
    drop(submission, "setup")
    insert(submission, "title", new_markdown_cell("import torch"), new_code_cell(" \n"))
    result = rebuilt(released, submission)
    assert [cell.source for cell in result.notebook.cells].count("import torch") == 2
    assert said(result, "Cells that the student added, run where they were: 2.")


@pytest.mark.parametrize("marks", [None, 5, [], {"grade_id": 5}, {"checksum": "x"}])
@pytest.mark.parametrize("listed", [None, [], {"cells": 5}, {"cells": [5, ["double"], [1, 2, 3]]}])
def test_metadata_of_any_form_stops_nobody(released, submission, marks, listed):
    put(submission, double=RIGHT)
    for name in "double", "test_double", "title":
        submission.cells[place(submission, name)].metadata.nbgrader = marks
    submission.metadata["course"] = listed
    submission.cells[0].metadata["tags"] = 5
    result = rebuilt(released, submission)
    assert source(result.notebook, "double") == RIGHT
    assert said(result, "test_double: the cell was changed; the original was used.")


@pytest.mark.parametrize("mark", ["grade", "solution", "locked", "points", "grade_id", "task"])
def test_each_mark_of_a_given_cell_that_was_changed_is_told(released, submission, mark):
    cell = submission.cells[place(submission, "test_double")]
    cell.metadata.nbgrader[mark] = "changed"
    del cell.metadata.nbgrader["checksum"]
    assert said(rebuilt(released, submission), "test_double: the cell was changed; the original")


@pytest.mark.parametrize("name, told", [("R" * 21, True), ("R" * 22, False), ("C++", True)])
def test_a_language_is_named_if_its_name_is_one(released, submission, name, told):
    submission.metadata["language_info"] = {"name": name}
    words = f"The file is a notebook in {name.lower()}; its cells were run as Python."
    assert (words in rebuilt(released, submission).remarks) is told
    released.metadata["language_info"] = {"name": name}  # the teacher's is of that as well
    assert not said(rebuilt(released, submission), "The file is a notebook")


# What the teacher changed after handing out: a submission lists the cells that it got.


def listed(submission):
    """The list that a release puts into a notebook."""
    kinds = {True: "answer", False: "given"}
    rows = [[grade_id(c), kinds[is_answer(c)], digest(c.source)] for c in submission.cells]
    submission.metadata[EXPECTED] = {"cells": [row for row in rows if row[0]]}
    return submission


def moved(notebook, *names):
    cells = [notebook.cells[place(notebook, name)] for name in names]
    drop(notebook, *names)
    notebook.cells += cells


ORDER = "The cells were in another order; they were run in the original one."
PAIR = ("double", "test_double")


def test_cells_that_the_teacher_moved_are_no_remark(released, submission):
    listed(submission)
    moved(released, *PAIR)
    assert rebuilt(released, submission).remarks == ()
    moved(submission, *PAIR, "triple")  # the student, too
    assert rebuilt(released, submission).remarks == (ORDER,)


@pytest.mark.parametrize("with_list", [True, False])
def test_cells_that_the_student_moved_are_told(released, submission, with_list):
    if with_list:
        listed(submission)
    moved(submission, *PAIR)
    assert rebuilt(released, submission).remarks == (ORDER,)


def test_without_a_list_what_the_teacher_moved_cannot_be_told_from_it(released, submission):
    moved(released, *PAIR)
    assert rebuilt(released, submission).remarks == (ORDER,)


def test_a_cell_that_was_not_there_is_not_missing(released, submission):
    drop(submission, "test_triple", "how")
    listed(submission)
    assert rebuilt(released, submission).remarks == ()
    drop(submission, "test_double", "why")  # these were
    assert rebuilt(released, submission).remarks == (
        "test_double: the cell is missing; it was put back.",
        "why: the cell is missing; the empty one was put back.",
    )


@pytest.mark.parametrize("checksum", [True, False])
def test_a_given_cell_that_the_teacher_took_out_is_not_run(released, submission, checksum):
    listed(submission)
    if not checksum:  # another editor may drop it
        del submission.cells[place(submission, "test_double")].metadata.nbgrader["checksum"]
    drop(released, "test_double")
    result = rebuilt(released, submission)
    assert result.remarks == () and len(result.notebook.cells) == len(released.cells)
    # What the student wrote into it is run, as everything else of theirs.
    put(submission, test_double="mine = 1")
    result = rebuilt(released, submission)
    assert "mine = 1" in [cell.source for cell in result.notebook.cells]
    assert result.remarks == ("Cells that the student added, run where they were: 1.",)


def test_an_answer_whose_question_the_teacher_took_out_is_run(released, submission):
    listed(submission)
    drop(released, "double")
    assert STUB in [cell.source for cell in rebuilt(released, submission).notebook.cells]


def test_a_given_cell_that_the_teacher_changed_is_no_change_of_the_student_s(released, submission):
    listed(submission)
    cell = submission.cells[place(submission, "test_double")]
    del cell.metadata.nbgrader["checksum"]
    put(released, test_double="assert double(2) == 4")
    assert rebuilt(released, submission).remarks == ()
    cell.source += "\n# mine"
    told = ("test_double: the cell was changed; the original was used.",)
    assert rebuilt(released, submission).remarks == told


@pytest.mark.parametrize("tags, told", [(["mine"], True), ([], False), (["given"], False)])
def test_a_tag_that_was_added_is_told_and_one_that_was_lost_is_not(
    released, submission, tags, told
):
    released.cells[place(released, "test_double")].metadata["tags"] = ["given"]
    submission.cells[place(submission, "test_double")].metadata["tags"] = tags
    assert said(rebuilt(released, submission), "test_double: the cell was changed") is told


# Written answers.


def test_an_untouched_answer_is_a_final_0(released, submission):
    result = rebuilt(released, submission)
    assert not any(waits(result, name) for name in ("why", "how", "essay"))
    assert result.remarks == ()


@pytest.mark.parametrize("text", ["", " \n", WHY + "\n", WHY.replace("here.*", "here.* ")])
def test_nor_are_spaces_an_answer(released, submission, text):
    put(submission, why=text)
    assert not waits(rebuilt(released, submission), "why")


OWN = "Because it is so."


@pytest.mark.parametrize("missing", [True, False])
@pytest.mark.parametrize("kind", [new_markdown_cell, new_code_cell, nbformat.v4.new_raw_cell])
@pytest.mark.parametrize("after", [True, False])
def test_text_beside_an_untouched_answer_waits(released, submission, missing, kind, after):
    insert(submission, "why", kind(OWN), after=after)
    if missing:
        drop(submission, "why")
    result = rebuilt(released, submission)
    assert waits(result, "why") and OWN in source(result.notebook, "why")
    assert not waits(result, "how") and said(result, "why: the cell was left as given")
    # Code is run as well; a text is not shown twice.
    count = sum(OWN in cell.source for cell in result.notebook.cells)
    assert count == (2 if kind is new_code_cell else 1)


def test_several_cells_beside_it_are_shown_in_order(released, submission):
    insert(submission, "why", new_markdown_cell("One"), after=False)
    insert(submission, "why", new_code_cell("two ```"), new_markdown_cell("Three"))
    text = source(rebuilt(released, submission).notebook, "why")
    assert text == "One\n\n````python\ntwo ```\n````\n\nThree"


def test_an_answer_in_the_question(released, submission):
    put(submission, question="Why?\n\nBecause it is so.")
    result = rebuilt(released, submission)
    assert waits(result, "why") and source(result.notebook, "why") == OWN


def test_a_question_that_the_teacher_changed_later_is_no_answer(released, submission):
    put(released, question="Why, in one sentence?")
    assert not waits(rebuilt(released, submission), "why")


def test_a_text_above_that_is_an_answer_or_code_is_no_question(released, submission):
    """It has its own place; nor is there a question above the first cell."""
    drop(released, "question-2")
    drop(submission, "question-2")
    put(submission, why=f"{WHY}\n\nBecause it is so.")
    result = rebuilt(released, submission)
    assert waits(result, "why") and not waits(result, "how")
    put(submission, test_triple="assert triple(1) == 3\n\nBecause it is so.")
    for notebook in (released, submission):
        drop(notebook, "question")
    assert source(rebuilt(released, submission).notebook, "how") == WHY
    for notebook in (released, submission):
        notebook.cells.insert(0, notebook.cells.pop(place(notebook, "how")))
    put(submission, end="print('end')\n\nBecause it is so.")
    assert source(rebuilt(released, submission).notebook, "how") == WHY


def test_half_of_another_answer_beside_one_is_not_its_text(released, submission):
    """What has the name of a code answer is that one's, wherever it stands."""
    put(submission, triple="def triple(x):\n    return 3 * x")
    insert(submission, "why", half("def triple(x):\n    return 1", "triple"))
    assert not waits(rebuilt(released, submission), "why")


def test_both_halves_of_a_split_text_are_shown(released, submission):
    put(submission, why="One")
    insert(submission, "why", half("Two", "why", new_markdown_cell), half(WHY, "why"))
    result = rebuilt(released, submission)
    assert source(result.notebook, "why") == "One\n\nTwo"
    assert said(result, "why: 2 cells have its name; they are shown together.")


def test_a_copied_text_is_shown_once(released, submission):
    put(submission, why=OWN)
    insert(submission, "why", half(OWN, "why", new_markdown_cell))
    assert source(rebuilt(released, submission).notebook, "why") == OWN


def test_text_elsewhere_is_shown_where_it_was(released, submission):
    insert(submission, "title", new_markdown_cell(OWN))
    result = rebuilt(released, submission)
    assert not waits(result, "why")
    assert result.notebook.cells[1].source == OWN


def test_code_that_a_person_marks(released, submission):
    insert(submission, "essay", new_code_cell("plot()"))
    result = rebuilt(released, submission)
    assert waits(result, "essay") and source(result.notebook, "essay") == "plot()"


def test_text_beside_code_that_a_person_marks(released, submission):
    insert(submission, "essay", new_markdown_cell(OWN))
    result = rebuilt(released, submission)
    assert waits(result, "essay") and source(result.notebook, "essay").startswith(ESSAY)
    assert OWN in [cell.source for cell in result.notebook.cells]


def test_text_beside_an_answer_stays_beside_it(released, submission):
    put(submission, why="Answered")
    insert(submission, "why", new_markdown_cell(OWN))
    result = rebuilt(released, submission)
    assert source(result.notebook, "why") == "Answered"
    assert [cell.source for cell in result.notebook.cells].count(OWN) == 1


def test_an_editors_spaces_are_no_change(released, submission):
    for cell in submission.cells:
        cell.source = "\n".join(line + " " for line in cell.source.split("\n")) + "\n"
    assert rebuilt(released, submission).remarks == ()


# Pictures in written answers.

PNG = "iVBORw0KGgo="


def pictures(result, name):
    return result.notebook.cells[place(result.notebook, name)].get("attachments", {})


def test_a_picture_pasted_in_jupyter_is_kept(released, submission):
    cell = submission.cells[place(submission, "why")]
    cell.source = "![image.png](attachment:image.png)"
    cell.attachments = {"image.png": {"image/png": PNG}, "x": {"image/svg+xml": "<svg/>"}}
    result = rebuilt(released, submission)
    assert pictures(result, "why") == {"image.png": {"image/png": PNG}}
    harmless(result.notebook)
    assert source(result.notebook, "why") == "![image.png](attachment:image.png)"


def test_a_picture_pasted_in_colab_is_kept(released, submission):
    put(submission, why=f"See ![photo](data:image/png;base64,{PNG}) there")
    result = rebuilt(released, submission)
    (name,) = pictures(result, "why")
    assert source(result.notebook, "why") == f"See ![photo](attachment:{name}) there"


def test_pictures_of_one_name_in_two_halves(released, submission):
    text = "![image.png](attachment:image.png)"
    put(submission, why=text)
    submission.cells[place(submission, "why")].attachments = {"image.png": {"image/png": PNG}}
    other = half(text, "why", new_markdown_cell)
    other.attachments = {"image.png": {"image/jpeg": "/9j/"}}
    insert(submission, "why", other)
    result = rebuilt(released, submission)
    assert pictures(result, "why") == {
        "image.png": {"image/png": PNG},
        "1-image.png": {"image/jpeg": "/9j/"},
    }
    assert source(result.notebook, "why") == f"{text}\n\n![image.png](attachment:1-image.png)"


def test_a_picture_beside_the_answer_is_kept(released, submission):
    own = new_markdown_cell("![a](attachment:a)", attachments={"a": {"image/png": PNG}})
    insert(submission, "why", own)
    result = rebuilt(released, submission)
    assert waits(result, "why") and pictures(result, "why") == {"a": {"image/png": PNG}}
