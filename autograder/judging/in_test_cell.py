"""Judge in a test cell: publish the verdict, stop unless it is right."""

import contextlib
from collections.abc import Callable

from autograder.judging.causes import right_but_for, stand_ins
from autograder.judging.exercise import Exercise
from autograder.judging.in_sandbox import Sandbox, sandbox_of
from autograder.judging.judgement import NotRight, judge
from autograder.judging.publish import publish
from autograder.judging.setting import SoFar, current
from autograder.judging.time_limit import TimedOut
from autograder.judging.verdict import Status, Verdict


def require_right(exercise: Exercise, subject: Callable, *, seed: int | None = None) -> Verdict:
    """judge() for a test cell: publishes the verdict, raises NotRight unless it is right.

    In a sandbox an answer that fails only because of a wrong helper is right. The helper's oracle
    then stays in its place for the rest of the test cell, whose visible lines call the answer, too.
    """
    sandbox, so_far = sandbox_of(subject), current().so_far
    if sandbox:
        sandbox.take_back()  # an oracle that was lent serves no other exercise
    verdict = so_far.final(exercise) if so_far else None
    if verdict is None:
        verdict = judge(exercise, subject, seed=seed)
        if sandbox and so_far:
            verdict = _with_right_helpers(verdict, exercise, subject, seed, sandbox, so_far)
            so_far.judged[exercise.id] = exercise, verdict
    (current().publish or publish)(verdict)
    if not verdict.is_right:
        raise NotRight(verdict)
    return verdict


def _with_right_helpers(
    verdict: Verdict,
    exercise: Exercise,
    subject: Callable,
    seed: int | None,
    sandbox: Sandbox,
    so_far: SoFar,
) -> Verdict:
    """The verdict, were the helpers right that this submission has already got wrong.

    Only theirs are lent: what a student learns of an oracle then earns no points any more.
    """
    if verdict.status in (Status.RIGHT, Status.COULD_NOT_BE_JUDGED):
        return verdict
    wrong = {each.name: each for each in so_far.wrong(exercise)}
    again = None
    # The verdict stands, whatever comes of the second one.
    with contextlib.suppress(Exception, TimedOut):
        called = sandbox.look(tuple(wrong)).called if wrong else ()
        oracles = stand_ins(exercise, {name: wrong[name] for name in called})
        if oracles:
            so_far.lent.update(wrong[name].id for name in oracles)
            sandbox.lend(oracles)
            again = judge(exercise, subject, seed=seed)
    if again is not None and again.is_right:
        return right_but_for(again, oracles)
    sandbox.take_back()
    return verdict
