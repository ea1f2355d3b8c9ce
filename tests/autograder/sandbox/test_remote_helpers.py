"""A wrong helper that a right answer calls: its oracle is lent, and earns nothing else."""

from dataclasses import replace

import pytest
import torch

from autograder.judging import Exercise, NotRight, Probe, Status, observers, require_right
from autograder.judging.probes import together, uniform
from autograder.judging.setting import SoFar, setting
from autograder.judging.time_limit import TimedOut
from autograder.sandbox.remote import RemoteRaised
from autograder.sandbox.remote.lent import Lent
from tests.autograder.sandbox.remote_kernel import session_with


def exercise(name, oracle):
    probes = tuple(
        Probe(f"{count} numbers", together(x=uniform(0.5, 1, count)), observers.value)
        for count in (3, 5)
    )
    return Exercise(f"tiny.{name}", "in the code", "none", 1, probes, oracle, ())


def tripled(x):
    return 3 * x


CUBED = exercise("cubed", lambda x: x**3)
SHIFTED = exercise("shifted", lambda x: x**3 + 1)
SHORT = exercise("short", lambda x: x**3 + 2)
TRIPLED, SAME = exercise("tripled", tripled), exercise("same", lambda x: 3 * x)
PAIR = exercise("pair", lambda x: (5 * x, 7 * x))
FIRST, NEGATED = exercise("first", lambda x: 5 * x), exercise("negated", lambda x: -3 * x)
PAIR = replace(PAIR, probes=(replace(PAIR.probes[0], observe=lambda call, inputs: {
    "second": call(**inputs)[1]}),))  # fmt: skip

STUB = "def cubed(x): raise NotImplementedError()\n"
WRONG = "def cubed(x): return x ** 2\n"
SHIFT = "def shifted(x): return cubed(x) + 1\n"


class Submission:
    """The judgements of one submission, in one session."""

    def __init__(self, session):
        self.session, self.so_far = session, SoFar()

    def judged(self, *exercises):
        """The verdicts, in one test cell; the cell is still open."""
        verdicts = []
        for each in exercises:
            with setting(so_far=self.so_far, publish=verdicts.append):
                try:
                    require_right(each, self.session.subject(each.name))
                except NotRight:
                    pass
        return verdicts

    def cell(self, *exercises):
        """The verdicts of a whole test cell."""
        verdicts = self.judged(*exercises)
        self.session.end_of_cell()
        return verdicts

    def value(self, code):
        return self.session.subject("do")(code)


DO = "def do(code): return eval(code, globals())\n"


@pytest.fixture
def submission(request):
    with session_with(DO, *request.param, seconds=2.0) as session:
        yield Submission(session)


def given(*sources):
    """Cells of a notebook."""
    return pytest.mark.parametrize("submission", [sources], indirect=True)


@pytest.mark.parametrize("submission", [(STUB, SHIFT), (WRONG, SHIFT)], indirect=True)
def test_a_wrong_helper_costs_once_and_is_named(submission):
    (first,) = submission.cell(CUBED)
    assert not first.is_right
    (verdict,) = submission.judged(SHIFTED)
    assert verdict.is_right
    assert verdict.sentence == (
        "It fails only because cubed is wrong, which it calls: correct that one."
    )
    # The visible lines of the same cell get the same.
    assert submission.session.subject("shifted")(torch.tensor(2.0)) == 9
    submission.session.end_of_cell()
    assert submission.value("cubed.__class__.__name__") == "function"


@given(WRONG, "import functools\ndef through(x): return cubed(x)\n",
       "@torch.no_grad()\ndef shifted(x): return functools.partial(through)(x) + 1\n")  # fmt: skip
def test_a_helper_is_found_behind_other_functions(submission):
    submission.cell(CUBED)
    assert submission.cell(SHIFTED)[0].is_right


@pytest.mark.parametrize(
    "submission",
    [
        (WRONG, "def cubed(x): return x ** 4\n" + SHIFT),
        (WRONG, "class cubed:\n    def __new__(cls, x): return x ** 4\n" + SHIFT),
    ],
    indirect=True,
)
def test_a_function_of_the_answers_own_cell_is_not_the_helper_of_this_name(submission):
    """An answer as in public notebooks brings its helpers, and they are judged with it."""
    submission.cell(CUBED)
    (verdict,) = submission.judged(SHIFTED)
    assert verdict.status is Status.WRONG and "cubed" not in verdict.message
    assert submission.value("cubed(2)") == 16


@given(WRONG, "def shifted(x): return cubed(x) - 1\n")
def test_an_answer_that_is_wrong_with_a_right_helper_too_stays_wrong(submission):
    submission.cell(CUBED)
    before, (verdict,) = submission.value("cubed"), submission.judged(SHIFTED)
    assert verdict.status is Status.WRONG and "cubed" not in verdict.message
    assert submission.value("cubed(3)") == 9 and before is not None


@given(WRONG, SHIFT)
def test_nothing_is_lent_of_an_exercise_that_is_still_to_come(submission):
    assert not submission.cell(SHIFTED)[0].is_right
    assert not submission.cell(CUBED)[0].is_right


@given("def cubed(x): return x ** 3\n", "def shifted(x): return 2 * cubed(x)\n")
def test_a_right_helper_is_not_replaced(submission):
    submission.cell(CUBED)
    assert not submission.cell(SHIFTED)[0].is_right
    assert submission.so_far.lent == set()


# What might be tried with it.

KEEP = """
kept, table = [], []
def shifted(x):
    kept.append(cubed)
    table.append((x.detach().clone(), torch.as_tensor(cubed(x)).detach().clone()))
    return cubed(x) + 1
def short(x):
    return kept[-1](x) + 2
"""


@given(WRONG, KEEP)
def test_a_handle_that_was_kept_is_dead_in_later_cells(submission):
    submission.cell(CUBED)
    assert submission.cell(SHIFTED)[0].is_right
    assert submission.value("len(table)") > 0
    assert not submission.cell(SHORT)[0].is_right
    with pytest.raises(RemoteRaised, match="a test that has ended"):
        submission.value("kept[-1](torch.ones(2))")


@given(WRONG, KEEP)
def test_it_is_dead_for_the_next_exercise_of_the_same_cell(submission):
    submission.cell(CUBED)
    shifted, short = submission.judged(SHIFTED, SHORT)
    assert shifted.is_right and not short.is_right
    assert submission.value("cubed(3)") == 9


LEARNS = """
learned = []
def shifted(x):
    if hasattr(cubed, "_link"):
        learned.append(cubed)
    return cubed(x) + 1
"""
REPEATS = """
def cubed(x):
    if learned:
        return x ** 3  # as if it had been taken from the oracle
    raise NotImplementedError()
"""


@given(REPEATS, LEARNS)
def test_the_verdict_on_an_exercise_whose_oracle_was_lent_is_final(submission):
    assert submission.cell(CUBED)[0].status is Status.NOT_ATTEMPTED
    assert submission.cell(SHIFTED)[0].is_right
    assert submission.value("cubed(2)") == 8
    assert submission.cell(CUBED)[0].status is Status.NOT_ATTEMPTED


@given("def tripled(x): return x\ndef pair(x): return x, x\n", "def same(x): return tripled(x)\n",
       "def first(x): return pair(x)[0]\ndef negated(x): return -tripled(x)\n")  # fmt: skip
def test_an_exercise_is_not_given_its_own_oracle_under_another_name(submission):
    submission.cell(TRIPLED)
    submission.cell(PAIR)
    for each in (SAME, FIRST, NEGATED, replace(SHIFTED, id="tiny.same", oracle=tripled)):
        assert not submission.cell(each)[0].is_right
    assert submission.so_far.lent == set()


@given("def cubed(x): return shifted(x) - 1\n", SHIFT)
def test_two_exercises_that_call_each_other_are_not_both_paid_for(submission):
    assert not submission.cell(CUBED)[0].is_right
    assert submission.cell(SHIFTED)[0].is_right
    assert not submission.cell(CUBED)[0].is_right


@given(WRONG, "def shifted(x):\n    globals()['cubed'] = tripled = lambda x: x\n    return x\n",
       "def short(x): return cubed(x) + 2\n")  # fmt: skip
def test_what_a_function_does_to_the_global_meanwhile_is_undone(submission):
    submission.cell(CUBED)
    submission.session.lend({"cubed": CUBED.oracle})
    submission.session.subject("shifted")(torch.ones(1))
    submission.session.take_back()
    assert submission.value("cubed(3)") == 9


@given(WRONG, "def shifted(x):\n    y = cubed(x)\n    raise ValueError('no')\n")
def test_an_exception_puts_the_students_own_back(submission):
    submission.cell(CUBED)
    assert submission.judged(SHIFTED)[0].status is Status.RAISED
    assert submission.value("cubed(3)") == 9


@given(WRONG, "def shifted(x):\n    cubed(x)\n    while True: pass\n")
def test_a_timeout_puts_the_students_own_back(submission):
    submission.session.lend({"cubed": CUBED.oracle})
    with pytest.raises(TimedOut), submission.session.time_limit(0.3):
        try:
            submission.session.subject("shifted")(torch.ones(1))
        finally:
            submission.session.take_back()
    assert submission.value("cubed(3)") == 9


@given("def shifted(x): return cubed(x) + 1\n")
def test_a_name_that_was_not_there_is_taken_out_again(submission):
    submission.session.lend({"cubed": CUBED.oracle})
    assert submission.value("cubed(torch.tensor(2.0))") == 8
    submission.session.end_of_cell()
    with pytest.raises(RemoteRaised, match="not defined"):
        submission.value("cubed(3)")


ATTACKS = ["cubed._link.call({'object': cubed._target['object'], 'method': '__call__'}, ())",
           "cubed._link.call({'object': cubed._target['object'], 'method': '_oracle'}, ())",
           "cubed._link.ask('attribute', {'object': cubed._target['object'], 'name': '_oracle'})",
           "cubed._link.call({'object': cubed._target['object'], 'with': ['x']}, ())",
           "cubed(10**9)", "cubed(torch.ones(9000, 1), torch.ones(9000))"]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@given(WRONG)
def test_a_handle_can_be_called_with_moderate_arguments_and_nothing_else(submission, attack):
    submission.session.lend({"cubed": CUBED.oracle})
    with pytest.raises(RemoteRaised):
        submission.value(attack)
    assert submission.value("cubed(torch.tensor(2.0))") == 8
    submission.session.take_back()


def test_a_call_that_takes_too_long_is_interrupted():
    def endless():
        while True:
            pass

    with pytest.raises(TimedOut):
        Lent(endless, "endless", lambda: 0.05)()
