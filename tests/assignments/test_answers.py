"""The loader of the bank of answers."""

import pytest

from autograder.checks import answers
from autograder.judging import Status
from helpers.errors import CourseError
from tests import own_course
from tests.own_course import find

EXERCISE = find("gan-mnist.preprocess_img")
BODY = "def preprocess_img(x):\n    return 2 * x - 1\n"


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


@pytest.mark.parametrize(
    "text, words",
    [
        (f"# %% correct: twice\n{BODY}", "'# %% correct: twice' is not a header"),
        (f"# %% right\n{BODY}", "not a header"),
        (f"# %% raised: NameError\n{BODY}", "not a header"),
        (f"# %% wrong: no shfit\n{BODY}", "no misconception 'no shfit'"),
        (BODY, "first line must be a header"),
    ],
)
def test_a_malformed_section_is_refused_in_a_sentence(tmp_path, text, words):
    with pytest.raises(CourseError, match=words) as caught:
        read(tmp_path, text)
    assert "preprocess_img.py" in str(caught.value)


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
