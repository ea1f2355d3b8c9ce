"""Which form of an answer is taken for that of a public course."""

from types import SimpleNamespace

import pytest

from autograder.judging.aliases import as_called


def alias(name, parameters=None):
    return SimpleNamespace(
        name=name, parameters=parameters, course="CS000", adapt=lambda own: ("adapted", own)
    )


EXERCISE = SimpleNamespace(
    name="twice", aliases=[alias("double"), alias("double_in_place", ("x", "out"))]
)
TOLD = "Judged as twice, in the form of CS000."


def in_place(x, out):
    pass


@pytest.mark.parametrize(
    "name, subject, adapted",
    [
        ("double", 5, True),
        ("double_in_place", in_place, True),
        ("double_in_place", lambda x: x, False),
        ("double_in_place", lambda out, x: x, False),
        ("double_in_place", 5, False),  # without a signature
        ("double_in_place", type, False),
        ("twice", in_place, False),
    ],
)
def test_a_form_is_known_by_its_name_and_its_parameters(name, subject, adapted):
    found = as_called(EXERCISE, name, subject)
    assert found == ((("adapted", subject), TOLD) if adapted else (subject, ""))
