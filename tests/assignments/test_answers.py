"""The loader of the bank of answers."""

import dataclasses

import pytest

from autograder.checks import answers
from autograder.judging import Status
from helpers.errors import CourseError
from tests import own_course
from tests.autograder.checks.conftest import CHECKS, NAME
from tests.own_course import find

EXERCISE = find("gan-mnist.preprocess_img")
BODY = "def preprocess_img(x):\n    return 2 * x - 1\n"
STEPS = """\
# %% right: in steps, one by one
# its own note
def preprocess_img(x):
    y = x
    y = y + x

    y = y - 1
    y = y + 0
    y = y + 0
    return y


"""
HEADER = "# %% wrong: no shift, from: in steps, one by one"


def read(tmp_path, text):
    path = tmp_path / "preprocess_img.py"
    path.write_text(text)
    return answers.read(path, EXERCISE)


def test_sections_become_answers(tmp_path):
    text = (
        f"# %% right: twice\n# a note\n{BODY}\n# %% wrong: no shift\n{BODY}"
        f"# %% wrong: -\n# nothing known\n{BODY}# %% raised\n{BODY}# %% not attempted\n{BODY}"
    )
    found = read(tmp_path, text)
    assert [(a.verdict, a.misconception, a.title) for a in found] == [
        (Status.RIGHT, None, "twice; a note"),
        (Status.WRONG, "no shift", "no shift"),
        (Status.WRONG, None, "nothing known"),
        (Status.RAISED, None, ""),
        (Status.NOT_ATTEMPTED, None, ""),
    ]
    assert all(a.exercise == "gan-mnist.preprocess_img" for a in found)
    assert answers.build(found[0])(3) == 5
    with pytest.raises(dataclasses.FrozenInstanceError):  # all tests of a process share them
        found[0].source = "changed"


@pytest.mark.parametrize(
    "text, words",
    [
        (f"# %% correct: twice\n{BODY}", "'# %% correct: twice' is not a header"),
        (f"# %% right\n{BODY}", "not a header"),
        (f"# %% raised: NameError\n{BODY}", "not a header"),
        (f"# %% wrong: no shfit\n{BODY}", "no misconception 'no shfit'"),
        (BODY, "first line must be a header"),
        (f"# %% right: twice\n{BODY}# %% right: twice\n{BODY}", "above it is called 'twice', too"),
        ("# %% right: twice\n# a note\n\n", "followed by no answer"),
        ("# %% right: twice\n-    return x\n", "has changes; end it in ', from: '"),
    ],
)
def test_a_malformed_section_is_refused_in_a_sentence(tmp_path, text, words):
    with pytest.raises(CourseError, match=words) as caught:
        read(tmp_path, text)
    assert "preprocess_img.py" in str(caught.value)


@pytest.mark.parametrize(
    "changes, lines",
    [
        ("-    y = y - 1\n", ["y = x", "y = y + x", "", "y = y + 0", "y = y + 0"]),
        (
            "-    y = y - 1\n+    y = y - 2\n",
            ["y = x", "y = y + x", "", "y = y - 2", "y = y + 0", "y = y + 0"],
        ),
        (
            "     y = x\n+    y = +y\n\n     y = y - 1\n-    y = y + 0\n",
            ["y = x", "y = +y", "y = y + x", "", "y = y - 1", "y = y + 0"],
        ),
        (
            "-    y = y + x\n-\n \n-    y = y + 0\n     return y\n",
            ["y = x", "y = y - 1", "y = y + 0"],
        ),
    ],
)
def test_an_answer_is_another_with_changes(tmp_path, changes, lines):
    base, changed = read(tmp_path, f"{STEPS}{HEADER}\n# a note\n{changes}")
    body = "".join(f"    {line}".rstrip() + "\n" for line in (*lines, "return y"))
    assert changed.source == f"# a note\ndef preprocess_img(x):\n{body}"
    assert changed.title == "no shift; a note"
    assert changed.misconception == "no shift"
    assert base.source == STEPS.removeprefix("# %% right: in steps, one by one\n").rstrip() + "\n"


@pytest.mark.parametrize("header", ["wrong: -", "raised", "not attempted", "right: another, too"])
def test_every_kind_of_answer_can_be_another_with_changes(tmp_path, header):
    text = f"{STEPS}# %% {header}, from: in steps, one by one\n-    return y\n+    return x\n"
    _, changed = read(tmp_path, text)
    assert changed.title == ("another, too" if "right" in header else "")
    assert answers.build(changed)(3) == 3


@pytest.mark.parametrize(
    "text, words",
    [
        (
            f"# %% right: twice\n{BODY}{HEADER}\n-    y = y - 1\n",
            "no right answer in full above it is called 'in steps, one by one'",
        ),
        (f"# %% raised, from: in steps, one by one\n-    return y\n{STEPS}", "no right answer"),
        (
            f"{STEPS}# %% right: less, from: in steps, one by one\n-    y = y - 1\n"
            "# %% raised, from: less\n-    return y\n",
            "no right answer in full above it is called 'less'",
        ),
        (
            f"{STEPS}# %% wrong: no shift\n{BODY}# %% raised, from: no shift\n-    return y\n",
            "no right answer in full above it is called 'no shift'",
        ),
        (f"{STEPS}{HEADER}\n", "followed by no answer"),
        (f"{STEPS}{HEADER}\n{BODY}", "'def preprocess_img\\(x\\):' must begin with '-', '\\+' or"),
        (f"{STEPS}{HEADER}\n-    y = y - 2\n", "has no line '    y = y - 2'"),
        (f"{STEPS}{HEADER}\n-  y = y - 1\n", "no line '  y = y - 1' with this indentation"),
        (f"{STEPS}{HEADER}\n-# its own note\n", "has no line '# its own note'"),
        (f"{STEPS}{HEADER}\n-    y = x\n-    y = y - 1\n", "2 lines from '    y = x' on are not"),
        (f"{STEPS}{HEADER}\n-    y = y + 0\n", "is 2 times in the other"),
        (f"{STEPS}{HEADER}\n+    y = 0\n", "all lines of a change are new"),
        (f"{STEPS}{HEADER}\n     return y\n", "nothing is changed at '    return y'"),
        (
            f"{STEPS}{HEADER}\n-    y = y - 1\n\n-    y = x\n",
            "the change at '    y = x' must be above the one before it",
        ),
        (
            f"{STEPS}{HEADER}\n-    y = x\n     y = y + x\n\n-    y = y + x\n",
            "the change at '    y = y \\+ x' must be above",
        ),
    ],
)
def test_changes_that_do_not_fit_are_refused_in_a_sentence(tmp_path, text, words):
    with pytest.raises(CourseError, match=words) as caught:
        read(tmp_path, text)
    told = str(caught.value)
    assert "preprocess_img.py: '# %% " in told
    assert told.endswith(".") and "\n" not in told


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CourseError, match="gan-mnist.preprocess_img has no answers"):
        answers.read(tmp_path / "nothing.py", EXERCISE)


def test_an_unknown_assignment_is_refused():
    with pytest.raises(CourseError, match="no assignment 'gan-mist'"):
        answers.of_assignment(own_course.ROOT, "gan-mist")


def test_an_answer_must_define_its_name(tmp_path):
    (answer,) = read(tmp_path, "# %% right: under another name\ndef preprocess(x):\n    return x\n")
    with pytest.raises(CourseError, match="does not define preprocess_img"):
        answers.build(answer)


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_what_the_proofs_are_told_of_is_there(assignment):
    """A name that was changed elsewhere would leave its exception behind, or apply to nothing."""
    exercises = {each.name: each for each in own_course.of_assignment(assignment)}
    for name, misconception in (
        *own_course.told(assignment, "SPECIAL_CASES"),
        *own_course.told(assignment, "MADE_BESIDE"),
    ):
        assert misconception in {each.name for each in exercises[name].misconceptions}
    bank = {(a.name, a.title) for a in own_course.bank(assignment)}
    for what in ("OTHER_CONVENTIONS", "ALONE"):
        assert bank >= set(own_course.told(assignment, what))
    assert exercises.keys() >= set(own_course.told(assignment, "POWER_ELSEWHERE"))


def test_an_answer_has_what_the_notebooks_import(tmp_path):
    body = (
        "def preprocess_img(x):\n"
        "    y = torch.as_tensor(np.float32(x)) + math.pi - math.pi\n"
        "    return F.relu(nn.Identity()(y))\n"
    )
    (answer,) = read(tmp_path, f"# %% right: with all of them\n{body}")
    built = answers.build(answer)
    assert built(2.0) == pytest.approx(2.0, rel=1e-6) and built.__module__ == "answer"


def test_what_stands_first_in_an_answer_stays(tmp_path):
    (answer,) = read(tmp_path, f"# %% right: twice\n# a note\n\nX = 2\n{BODY}\n\n")
    assert answer.source == f"# a note\nX = 2\n{BODY}"
    assert (answer.name, str(answer)) == (
        "preprocess_img",
        "preprocess_img: right, twice; a note",
    )


def test_the_answers_of_an_assignment_are_those_of_its_exercises_in_their_order(tmp_path):
    folder = tmp_path / "solutions" / NAME
    (folder / "checks" / "answers").mkdir(parents=True)
    (folder / f"{NAME}.ipynb").touch()
    form = "other_forms=(of('fourfold', twice),), exercises=("
    (folder / "checks" / "__init__.py").write_text(CHECKS.replace("exercises=(", form))
    for name in ("fourfold", "halved_half", "shifted", "twice"):
        text = f"# %% right: one\ndef {name}(x): pass\n\n\n# %% raised\ndef {name}(y): pass\n"
        (folder / "checks" / "answers" / f"{name}.py").write_text(text)
    found = answers.of_assignment(tmp_path, NAME)
    names = [each.name for each in found]
    assert names[::2] == names[1::2] == ["twice", "shifted", "halved_half", "fourfold"]
    assert [each.verdict for each in found[:2]] == [Status.RIGHT, Status.RAISED]
    (folder / "checks" / "answers" / "shifted.py").unlink()
    with pytest.raises(CourseError, match="small.shifted has no answers; write some in .*shifted"):
        answers.of_assignment(tmp_path, NAME)


def test_an_answer_is_named_by_what_follows_the_first_point():
    answer = answers.Answer("gan.loss.of.two", Status.WRONG, None, "a title", "x = 1\n")
    assert answer.name == "loss.of.two" and str(answer) == "loss.of.two: wrong, a title"
