"""Every exercise proven: right answers are right, wrong ones fail by the name of their mistake."""

import re
import warnings
from collections import Counter
from dataclasses import replace

import pytest

from autograder.checks import answers
from autograder.judging import Status, judge
from autograder.judging.compare import attempt
from autograder.judging.distribution import Distribution, LikeSample
from autograder.judging.judgement import RETURNS_NONE
from autograder.judging.verdict import AND
from tests import own_course
from tests.every import every
from tests.lengths import short_and_long, slow_where
from tests.own_course import everything
from tests.seeds import seed_every_generator

BANK = own_course.whole_bank()
SHOWN_ALONE = {(answer.exercise, answer.misconception) for answer in BANK}


def by_id(exercise):
    return exercise.id


of_each_exercise = pytest.mark.parametrize("exercise", everything(), ids=by_id)
# With all of its answers or formulas.
of_each_in_turn = pytest.mark.parametrize(
    "exercise", slow_where(own_course.takes_long, everything()), ids=by_id
)


def formulas_of(exercise, every_one):
    """(name of a case, misconception, formula) of each wrong formula, or of the first by a name."""
    for known in exercise.misconceptions:
        for number, formula in enumerate(known.formulas if every_one else known.formulas[:1]):
            yield f"{known.name}, formula {number}", known, formula


# Of torch, about lines that students write.
OWN_WARNINGS = "Using a target size", "Converting a tensor with requires_grad"


# None is the seed of a real judgement.
@pytest.mark.parametrize("seeds", short_and_long((None,), (1, 2, 3, 4)), ids=str)
@of_each_in_turn
def test_an_answer_gets_the_verdict_it_deserves(exercise, seeds, capfd):
    with every() as case:
        for seed in seeds:
            for answer in (answer for answer in BANK if answer.exercise == exercise.id):
                with case(f"{answer}, seed {seed}"):
                    check_verdict(exercise, answer, seed)
                    # As a notebook cell, it must leave a test cell as quiet as it was.
                    assert capfd.readouterr() == ("", "")


def check_verdict(exercise, answer, seed):
    seed_every_generator(seed or 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for of_the_answers_own in OWN_WARNINGS:
            warnings.filterwarnings("ignore", message=of_the_answers_own)
        verdict = judge(exercise, answers.build(answer), seed=seed)
    assert verdict.misconception == answer.misconception, verdict
    # A wrong formula with a name may raise before it gives a number.
    named_and_raised = answer.misconception and verdict.status is Status.RAISED
    assert verdict.status is answer.verdict or named_and_raised, verdict
    check_message(exercise, verdict)


def check_message(exercise, verdict):
    """The sentence is told, with no expected number; a teacher finds those in the details."""
    told = dict(verdict.misconceptions)
    names = list(told)
    beside = verdict.message
    for _, sentence in verdict.misconceptions:
        beside = beside.replace(sentence, "")
    for known in exercise.misconceptions:
        if known.name in names:  # a part may have another sentence to the same name
            assert told[known.name] in verdict.message
        else:  # one sentence may begin as another does
            assert known.sentence not in beside
    assert bool(verdict.details) == (verdict.status in (Status.WRONG, Status.RAISED))
    for _probe, _observation, expected, _got in verdict.details:
        for number in re.findall(r"\d+\.\d{3,}|\d{4,}", expected):
            assert number not in beside  # a sentence is the same for every submission


@of_each_exercise
def test_every_exercise_has_enough_to_be_proven(exercise):
    mine = [answer for answer in BANK if answer.exercise == exercise.id]
    names = [known.name for known in exercise.misconceptions]
    assert len(names) >= 3
    assert len(set(names)) == len(names)
    shown = {name for answer in mine if answer.misconception for name in names_in(answer)}
    assert set(names) <= shown
    assert shown <= {RETURNS_NONE[0], *(known.name for known in exercise.known)}
    counts = Counter((answer.verdict, answer.misconception is None) for answer in mine)
    assert counts[Status.RIGHT, True] >= 4
    assert counts[Status.WRONG, True] >= 3
    assert counts[Status.RAISED, True] >= 1
    assert counts[Status.NOT_ATTEMPTED, True] >= 1
    probes = [probe.name for probe in exercise.probes]
    assert len(set(probes)) == len(probes)
    for known in exercise.misconceptions:
        assert set(known.on) | set(known.fails_on) <= set(probes)
        assert known.formulas or known.fails_on


def names_in(answer):
    return answer.misconception.split(AND)


def test_ids_are_unique():
    ids = [exercise.id for exercise in everything()]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("assignment", own_course.ASSIGNMENTS)
def test_what_takes_long_are_exercises(assignment):
    names = {exercise.name for exercise in own_course.CHECKS[assignment].judged}
    assert set(own_course.told(assignment, "TAKES_LONG")) <= names


@pytest.mark.parametrize("seeds", short_and_long((None,), (None, 1, 2)), ids=str)
@of_each_exercise
def test_a_wrong_formula_is_named_by_its_own_misconception(exercise, seeds):
    at_length = len(seeds) > 1
    formulas = list(formulas_of(exercise, every_one=at_length))
    if not at_length:  # an answer that gets a name alone has it from a formula with this name
        others = [each for each in formulas if (exercise.id, each[1].name) not in SHOWN_ALONE]
        formulas = [formulas[0], *others]
    with every() as case:
        for seed in seeds:
            for name, known, formula in formulas:
                with case(f"{name}, seed {seed}"):
                    verdict = judge(exercise, formula, seed=seed)
                    assert not verdict.is_right
                    # A formula may make a second mistake that shows elsewhere: being unstable.
                    assert known.name in dict(verdict.misconceptions), verdict


# Two mistakes at once are many, and the search for them takes its time.
@pytest.mark.parametrize("composed", short_and_long(False, True))
@of_each_in_turn
def test_a_wrong_formula_is_named_by_no_other_misconception(exercise, composed):
    beside = own_course.told(own_course.assignment_of(exercise), "MADE_BESIDE")
    with every() as case:
        for name, known, formula in formulas_of(exercise, every_one=composed):
            if (exercise.name, known.name) in beside and formula is not known.formulas[0]:
                continue
            with case(name):
                check_no_other_name(exercise, known, formula, composed)


def check_no_other_name(exercise, known, formula, composed):
    others = [other for other in exercise.misconceptions if other is not known]
    if not composed:
        others = [replace(other, transform=None) for other in others]
    # Parts have names of their own for what is wrong in one of them.
    without = judge(replace(exercise, misconceptions=tuple(others), parts=()), formula)
    assert not without.is_right
    # Two mistakes in its halves may make a mistake of the whole.
    special = own_course.told(own_course.assignment_of(exercise), "SPECIAL_CASES")
    is_special = without.misconception == special.get((exercise.name, known.name), "")
    assert len(without.misconceptions) != 1 or is_special, without


def with_another_truth(exercise, known):
    """The exercise, were this misconception right; why an answer is wrong is not looked for."""
    (formula, *_) = known.formulas

    def laws_of(probe):
        def laws(inputs):
            drawn = attempt(probe, formula, inputs)
            return {
                name: (known.laws.get(name) or LikeSample(law, drawn[name]))
                if isinstance(law, Distribution)
                else drawn[name]
                for name, law in probe.laws(inputs).items()
            }

        return replace(probe, laws=laws)

    probes = tuple(map(laws_of, exercise.probes))
    nothing_named = {"misconceptions": (), "parts": ()}
    return replace(exercise, probes=probes, oracle=formula, also_right=(), **nothing_named)


@of_each_in_turn
def test_the_right_answers_would_notice_another_truth(exercise):
    """A check that accepts everything would pass the tests above it."""
    with_formulas = [known for known in exercise.misconceptions if known.formulas]
    broken = with_another_truth(exercise, with_formulas[1])
    for answer in BANK:
        if answer.exercise == exercise.id and answer.verdict is Status.RIGHT:
            assert not judge(broken, answers.build(answer)).is_right
