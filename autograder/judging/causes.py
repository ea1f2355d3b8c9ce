"""Tell a wrong answer from one that is right but for a wrong helper that it calls."""

from collections.abc import Callable, Mapping
from typing import Any

from autograder.judging.exercise import Exercise
from autograder.judging.judgement import fits
from autograder.judging.verdict import Verdict

# Results of a helper's oracle that could be the whole answer to another exercise.
_FORMS: tuple[Callable[[Any], Any], ...] = (
    lambda result: result,
    lambda result: -result,
    lambda result: result[0],
    lambda result: result[1],
)


def stand_ins(exercise: Exercise, wrong: Mapping[str, Exercise]) -> dict[str, Callable]:
    """{name: oracle} of the wrong helpers that may be replaced while `exercise` is judged.

    Not of a helper whose oracle answers the exercise itself, as its own does: then the call would
    be the whole answer.
    """
    truths = (exercise.oracle, *exercise.also_right)
    return {
        name: helper.oracle
        for name, helper in wrong.items()
        if helper.id != exercise.id
        and not any(helper.oracle is truth for truth in truths)
        and not any(fits(exercise, _in_form(helper.oracle, form)) for form in _FORMS)
    }


def right_but_for(verdict: Verdict, names: Mapping[str, Any]) -> Verdict:
    """The right verdict, found with these helpers replaced, and a remark that names them."""
    remark = (
        f"It fails only because {' and '.join(names)} is wrong, which it calls: correct that one."
    )
    return Verdict.right(verdict.exercise, " ".join(filter(None, (verdict.sentence, remark))))


def _in_form(oracle, form):
    return lambda *arguments, **keywords: form(oracle(*arguments, **keywords))
