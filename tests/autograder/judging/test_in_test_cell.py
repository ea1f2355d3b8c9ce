"""A test cell: its verdict is published, and the oracle of a wrong helper may stand in for it."""

import itertools
import random

import numpy
import pytest
import torch

from autograder.judging import Exercise, NotRight, Probe, Status, in_sandbox, observers
from autograder.judging.causes import right_but_for, stand_ins
from autograder.judging.in_sandbox import Look, sandbox_of
from autograder.judging.in_test_cell import require_right
from autograder.judging.probes import together, uniform
from autograder.judging.setting import SoFar, setting
from autograder.judging.time_limit import TimedOut
from autograder.judging.verdict import Verdict


def exercise(name, oracle, assignment="tiny", **options):
    probe = Probe("three numbers", together(x=uniform(0.5, 1, 3)), observers.value)
    return Exercise(f"{assignment}.{name}", "", "", 1, (probe,), oracle, (), **options)


CUBED = exercise("cubed", lambda x: x**3)
SHIFTED = exercise("shifted", lambda x: x**3 + 1)


class Sandbox:
    """The functions of one submission; says: what it was asked for, in order."""

    def __init__(self, **functions):
        self.functions, self.lent, self.says = functions, {}, []
        self.called, self.fails = ("cubed",), None

    def __getattr__(self, name):
        """A function of the submission, or the oracle that stands in for it."""
        return self.lent.get(name) or self.functions[name]

    def look(self, names=()):
        self.says.append(("look", names))
        if self.fails:
            raise self.fails
        return Look(tuple(name for name in names if name in self.called), False, False)

    def lend(self, oracles):
        self.says.append(("lend", [*oracles]))
        self.lent = dict(oracles)

    def take_back(self):
        self.says.append("take back")
        self.lent = {}

    def subject(self, name):
        return Subject(self, name)


class Subject:
    """One function of a submission; given: what it was called with."""

    def __init__(self, sandbox, name):
        self.sandbox, self.name, self.given = sandbox, name, []

    def _in_sandbox(self):
        return self.sandbox

    def __call__(self, x):
        self.given.append(x.tolist())
        return self.sandbox.functions[self.name](self.sandbox, x)


def of(**functions):
    """A sandbox whose functions take it and x; `cubed` is also what the others call."""
    made = Sandbox(**functions)
    own = made.functions["cubed"]
    made.functions["cubed"] = lambda first, second=None: own(first if second is None else second)
    return made


def squared(x):
    return x**2


def shifted(sandbox, x):
    return sandbox.cubed(x) + 1


def judged(subject, which, so_far=None, **options):
    """The verdicts that a test cell publishes; the last one is raised unless it is right."""
    said = []
    with setting(so_far=so_far, publish=said.append):
        try:
            verdict = require_right(which, subject, **options)
            assert [verdict] == said and verdict.is_right
        except NotRight as error:
            assert [error.verdict] == said and not error.verdict.is_right
    return said[0]


def asked(sandbox, what):
    return [each[1] for each in sandbox.says if each[0] == what]


def test_outside_a_sandbox_one_judgement_knows_nothing_of_the_others():
    so_far = SoFar()
    assert judged(squared, CUBED, so_far).status is Status.WRONG
    assert judged(lambda x: x * x * x, CUBED, so_far).message == "right"
    assert so_far == SoFar()


def test_in_a_sandbox_without_a_run_nothing_is_lent():
    sandbox = of(cubed=squared, shifted=shifted)
    for name, which in (("cubed", CUBED), ("shifted", SHIFTED)):
        assert judged(sandbox.subject(name), which).status is Status.WRONG
    assert sandbox.says == ["take back"] * 2


def test_an_answer_is_right_but_for_a_helper_that_is_wrong_already():
    sandbox, so_far = of(cubed=squared, shifted=shifted), SoFar()
    first = judged(sandbox.subject("cubed"), CUBED, so_far)
    assert first.status is Status.WRONG and so_far.judged == {"tiny.cubed": (CUBED, first)}
    assert asked(sandbox, "look") == [] and so_far.lent == set()
    verdict = judged(sandbox.subject("shifted"), SHIFTED, so_far)
    assert verdict.message == (
        "right. It fails only because cubed is wrong, which it calls: correct that one."
    )
    assert so_far.judged["tiny.shifted"] == (SHIFTED, verdict) and so_far.lent == {"tiny.cubed"}
    assert asked(sandbox, "look")[0] == ("cubed",)
    # The visible lines of the cell call the answer, too; the next exercise gets no oracle.
    assert sandbox.lent == {"cubed": CUBED.oracle}
    judged(sandbox.subject("shifted"), exercise("other", lambda x: x), so_far)
    assert sandbox.says[-4] == "take back" and sandbox.lent == {}


def test_both_judgements_of_an_answer_are_of_the_inputs_of_one_seed():
    sandbox, so_far = of(cubed=squared, shifted=shifted), SoFar()
    judged(sandbox.subject("cubed"), CUBED, so_far)
    subject = sandbox.subject("shifted")
    assert judged(subject, SHIFTED, so_far, seed=5).is_right
    assert subject.given[0] == subject.given[1]
    other = sandbox.subject("shifted")
    judged(other, SHIFTED, so_far)
    assert other.given[0] == other.given[1] != subject.given[0]


def test_a_verdict_is_final_once_its_oracle_was_lent():
    sandbox, so_far = of(cubed=squared, shifted=shifted), SoFar()
    first = judged(sandbox.subject("cubed"), CUBED, so_far)
    judged(sandbox.subject("shifted"), SHIFTED, so_far)
    sandbox.functions["cubed"] = lambda sandbox, x: x**3
    again = sandbox.subject("cubed")
    assert judged(again, CUBED, so_far) is first and again.given == []
    assert so_far.judged["tiny.cubed"] == (CUBED, first)


def test_an_answer_that_is_wrong_with_a_right_helper_too_stays_wrong():
    sandbox, so_far = of(cubed=squared, shifted=lambda s, x: s.cubed(x) + 2), SoFar()
    judged(sandbox.subject("cubed"), CUBED, so_far)
    verdict = judged(sandbox.subject("shifted"), SHIFTED, so_far)
    assert verdict.status is Status.WRONG and "cubed" not in verdict.message
    assert so_far.judged["tiny.shifted"] == (SHIFTED, verdict)
    # It has been out, and is taken back at once.
    assert so_far.lent == {"tiny.cubed"} and sandbox.says[-1] == "take back"


def test_a_helper_that_is_not_called_is_not_lent():
    sandbox, so_far = of(cubed=squared, shifted=shifted), SoFar()
    sandbox.called = ()
    judged(sandbox.subject("cubed"), CUBED, so_far)
    assert judged(sandbox.subject("shifted"), SHIFTED, so_far).status is Status.WRONG
    assert so_far.lent == set() and asked(sandbox, "lend") == []


@pytest.mark.parametrize("status", [Status.RIGHT, Status.COULD_NOT_BE_JUDGED])
def test_a_helper_that_is_not_wrong_is_not_looked_for(status):
    sandbox, so_far = of(cubed=squared, shifted=shifted), SoFar()
    so_far.judged["tiny.cubed"] = CUBED, Verdict("tiny.cubed", status, "")
    assert judged(sandbox.subject("shifted"), SHIFTED, so_far).status is Status.WRONG
    assert asked(sandbox, "look") == []


def test_an_answer_that_is_right_or_cannot_be_judged_needs_no_helper():
    def broken(x):
        raise ZeroDivisionError

    sandbox, so_far = of(cubed=squared, shifted=lambda s, x: x**3 + 1), SoFar()
    judged(sandbox.subject("cubed"), CUBED, so_far)
    assert judged(sandbox.subject("shifted"), SHIFTED, so_far).message == "right"
    unknown = judged(sandbox.subject("shifted"), exercise("shifted", broken), so_far)
    assert unknown.status is Status.COULD_NOT_BE_JUDGED
    assert asked(sandbox, "lend") == [] and ("cubed",) not in asked(sandbox, "look")


@pytest.mark.parametrize("error", [RuntimeError("gone"), TimedOut()])
def test_the_verdict_stands_whatever_comes_of_the_second_look(error):
    sandbox, so_far = of(cubed=squared, shifted=shifted), SoFar()
    first = judged(sandbox.subject("cubed"), CUBED, so_far)
    sandbox.fails = error
    verdict = judged(sandbox.subject("shifted"), SHIFTED, so_far)
    assert verdict.status is Status.WRONG and so_far.judged["tiny.cubed"] == (CUBED, first)
    assert so_far.judged["tiny.shifted"] == (SHIFTED, verdict)
    assert sandbox.says[-1] == "take back"


def test_what_may_be_out_counts_as_lent_also_where_lending_fails():
    sandbox, so_far = of(cubed=squared, shifted=shifted), SoFar()
    judged(sandbox.subject("cubed"), CUBED, so_far)

    def lend(oracles):
        raise RuntimeError("gone")

    sandbox.lend = lend
    assert judged(sandbox.subject("shifted"), SHIFTED, so_far).status is Status.WRONG
    assert so_far.lent == {"tiny.cubed"} and sandbox.says[-1] == "take back"


def test_a_sandbox_is_known_by_the_kind_of_a_subject_alone():
    sandbox = of(cubed=squared)
    subject = sandbox.subject("cubed")
    assert sandbox_of(subject) is sandbox
    plain = lambda x: x  # noqa: E731
    plain._in_sandbox = lambda subject: sandbox  # a student may write anything into a function
    assert in_sandbox.sandbox_of(plain) is None and sandbox_of(3) is None


# Which oracles may stand in.


def times(factor):
    return lambda x: factor * x


PAIR = exercise("pair", lambda x: (5 * x, 7 * x))


@pytest.mark.parametrize(
    "asked_for, lent",
    [
        (exercise("new", times(2)), True),
        (exercise("same", times(3)), False),
        (exercise("negated", times(-3)), False),
        (exercise("twice", times(6)), True),
        (exercise("helper", times(2)), False),  # it would be itself
        (exercise("other", times(2), also_right=(times(3),)), False),
        (exercise("other", times(2), also_right=(times(4),)), True),
    ],
)
def test_an_oracle_stands_in_unless_it_would_be_the_answer(asked_for, lent):
    helper = exercise("helper", times(3))
    assert stand_ins(asked_for, {"h": helper}) == ({"h": helper.oracle} if lent else {})


@pytest.mark.parametrize("factor, lent", [(5, False), (7, False), (-5, True), (35, True)])
def test_a_result_of_an_oracle_may_be_the_answer_too(factor, lent):
    wrong = {"pair": PAIR, "free": exercise("free", times(11))}
    found = stand_ins(exercise("one", times(factor)), wrong)
    assert [*found] == (["pair", "free"] if lent else ["free"])


def test_the_very_oracle_of_the_exercise_is_not_lent_whatever_it_gives():
    """One that gives something else each time does not fit its own probes."""
    calls = itertools.count()
    odd = exercise("odd", lambda x: x + next(calls))
    again = exercise("again", odd.oracle)
    also = exercise("also", times(2), also_right=(odd.oracle,))
    assert stand_ins(again, {"odd": odd}) == stand_ins(also, {"odd": odd}) == {}


def test_the_causes_are_named_behind_what_else_is_said():
    plain = Verdict.right("tiny.shifted")
    assert right_but_for(plain, {"a": 1, "b": 2}).message == (
        "right. It fails only because a and b is wrong, which it calls: correct that one."
    )
    said = right_but_for(Verdict.right("tiny.shifted", "It changes x."), {"a": 1})
    assert said.is_right and said.exercise == "tiny.shifted"
    assert said.sentence.startswith("It changes x. It fails only because a is wrong")


def test_an_oracle_that_is_tried_draws_nothing_of_others():
    def draws(x):
        return x * torch.rand(3) * random.random() * numpy.random.rand()

    def state():
        return float(torch.rand(())), random.random(), float(numpy.random.rand())

    def seeded():
        torch.manual_seed(3)
        random.seed(3)
        numpy.random.seed(3)

    seeded()
    expected = state()
    seeded()
    assert [*stand_ins(exercise("one", times(2)), {"a": exercise("a", draws)})] == ["a"]
    assert state() == expected
