"""A submission's cells, one after the other, and what becomes of them when its kernel does not."""

from dataclasses import replace
from pathlib import Path

import pytest
import zmq
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.checks.source import Source
from autograder.grading.preparing.jobs import Job
from autograder.grading.running import submission
from autograder.judging.publish import verdicts_of
from autograder.notebooks.cells import new_marks
from autograder.notebooks.kept_outputs import TAG
from autograder.sandbox.kernel_limits import Limits
from autograder.sandbox.provisioner import STOPPED
from autograder.sandbox.remote import KernelLost
from tests.autograder.grading import kernel_here
from tests.tiny_course import RIGHT, ROOT, TINY

LIMITS = Limits(cell_seconds=10, total_seconds=100, output_bytes=5000)
LOSS = f"import torch\n{RIGHT['bce_loss']}"
JUDGED = "from autograder import judge\njudge('tiny.bce_loss', bce_loss)"
TIMEOUT, CRASH = "CellTimeoutError", "its kernel crashed (SIGSEGV)"


# Of an assignment that this course does not have.
CHECKS = Source.read(ROOT / "tests" / TINY)


@pytest.fixture
def kernel(monkeypatch):
    made = kernel_here.Kernel()
    kernel_here.put_in(monkeypatch, made)
    return made


def check(source, name="check"):
    marks = {"nbgrader": new_marks(name, points=1)}
    return new_code_cell(source, id=name, metadata=from_dict(marks))


def run(*cells, limits=LIMITS, patience=1.0):
    """Strings are cells of the student's, named c0, c1, ...; gives the Execution."""
    made = [
        new_code_cell(each, id=f"c{n}") if isinstance(each, str) else each
        for n, each in enumerate(cells)
    ]
    job = Job(new_notebook(cells=made), (), {}, CHECKS, "0000002a" + "f" * 56, limits)
    return submission.run(job, Path("files"), ("socket", Path("run")), patience)


def texts(cell):
    return [each.get("text", each.get("evalue")) for each in cell.outputs]


def names(cell):
    return [each.ename for each in cell.outputs if each.output_type == "error"]


def cells_of(execution):
    return execution.notebook.cells


def test_every_cell_with_code_is_run_in_order(kernel):
    shown = new_code_cell("x = 'of the instructor'", id="shown", metadata={"tags": [TAG]})
    shown.metadata.nbgrader = new_marks("shown")
    done = run("x = 'a'", new_markdown_cell("x = 'text'"), "  \n", "print(x); x += 'b'", shown,
               "kernel.clock.now += 2.5\nprint(x)")  # fmt: skip
    assert [source for source, _ in kernel.asked] == [cells_of(done)[n].source for n in (0, 3, 5)]
    assert [texts(each) for each in cells_of(done) if "outputs" in each] == (
        [[], [], ["a\n"], [], ["ab\n"]]
    )
    assert done.seconds == {"c0": 0.0, "c3": 0.0, "c5": 2.5}
    assert [cells_of(done)[n].execution_count for n in (0, 3, 5)] == [1, 2, 3]
    assert done.stopped is None and done.remarks == []
    assert kernel.ended == STOPPED and not kernel.thread.is_alive()


def test_what_a_kernel_is_started_for(kernel):
    run("1", patience=2.0)
    asked = kernel.request
    assert (asked.template_socket, asked.run_dir, asked.files) == (
        *("socket", Path("run")),
        Path("files"),
    )
    # Each submission has random numbers of its own, always the same; the kernel ends itself late
    # where workers share a core.
    assert asked.seed == 42 and asked.limits == replace(LIMITS, total_seconds=200)
    options = {zmq.MAXMSGSIZE: 4_000_000, zmq.RCVHWM: 100, zmq.LINGER: 0}
    assert {each: kernel.context.sockopts[each] for each in options} == options


@pytest.mark.parametrize("patience", [1.0, 3.0])
def test_a_kernel_that_does_not_answer_in_a_minute_has_not_started(kernel, patience):
    kernel.answers, begin = False, kernel.clock.now
    with pytest.raises(RuntimeError, match="did not answer after it was started"):
        run("1", patience=patience)
    assert kernel.clock.now - begin == pytest.approx(60 * patience, abs=0.2)
    assert kernel.ended == STOPPED  # it is not left behind


def test_an_error_is_shown_and_the_cells_below_are_run(kernel):
    done = run("1 / 0", "print('below')")
    assert names(cells_of(done)[0]) == ["ZeroDivisionError"]
    assert texts(cells_of(done)[1]) == ["below\n"] and done.stopped is None


def test_an_error_that_only_the_reply_has_is_shown_first(kernel):
    said = "kernel.reply.update(status='error', ename='Odd', evalue='said')"
    done = run(f"print('a')\n{said}", "kernel.reply.update(ename='Odd')")
    assert names(cells_of(done)[0]) == ["Odd"]
    assert texts(cells_of(done)[0]) == ["said", "a\n"]
    assert cells_of(done)[1].outputs == []


def test_a_cell_that_exits_is_remarked_on_once(kernel):
    leaves = "kernel.reply['payload'].append({'source': 'ask_exit'})"
    done = run(leaves, leaves, "print('below')")
    assert done.remarks == [submission.EXIT] and texts(cells_of(done)[2]) == ["below\n"]


def test_long_output_is_cut_once(kernel):
    done = run("for n in range(9): kernel.shows(str(n) * 1400)", "print('next')")
    assert texts(cells_of(done)[0]) == ["0" * 1400, "1" * 1400, submission.CUT]
    assert texts(cells_of(done)[1]) == ["next\n"]


def test_all_output_together_has_a_limit_of_twenty_cells(kernel):
    limits = replace(LIMITS, output_bytes=2500)  # and a message counts as 500 more than it has
    done = run(*["kernel.shows('x' * 1500)"] * 27, limits=limits)
    shown = [["x" * 1500]] * 25 + [[submission.CUT]] * 2
    assert [texts(each) for each in cells_of(done)] == shown


def test_nothing_of_a_message_that_no_page_shows_is_kept(kernel):
    done = run("kernel.say('comm_open', data={}, comm_id='1')\nkernel.shows('<x', kind='strange')")
    assert cells_of(done)[0].outputs == []


# Test cells.


def test_what_a_test_leaves_is_there_for_the_cells_below(kernel):
    source = "x = [1]\nprint('tested')"
    done = run("print('a')", check(source), "print(x)")
    assert kernel.asked == [("print('a')", True), (source, False), ("print(x)", True)]
    # What it shows in the kernel is not looked at.
    assert texts(cells_of(done)[1]) == ["tested\n"] and texts(cells_of(done)[2]) == ["[1]\n"]
    assert cells_of(done)[1].metadata.nbgrader.grade_id == "check"


@pytest.mark.parametrize("below", [[], [new_markdown_cell("x")]])
def test_a_test_that_nothing_follows_runs_once(kernel, below):
    run("1", check("print('tested')"), *below)
    assert kernel.asked == [("1", True)]


def test_a_test_that_does_not_end_leaves_nothing(kernel):
    done = run(check("x = 1\nkernel.hangs()"), "print('below')")
    assert names(cells_of(done)[0]) == ["TestEnded"] and kernel.asked == [("print('below')", True)]


def test_a_judged_cell_runs_here_and_its_verdict_is_shown(kernel):
    done = run(LOSS, check(JUDGED), "print('below')")
    (verdict,) = verdicts_of(cells_of(done)[1])
    assert (verdict.exercise, verdict.status) == ("tiny.bce_loss", "right")
    assert kernel.asked == [(LOSS, True), ("print('below')", True)]  # and not once more in there


# A kernel that ends.


def test_a_kernel_that_dies_is_said_where_it_did_and_below(kernel):
    dies = f"print('a')\nkernel.ended = {CRASH!r}\nkernel.hangs()"
    done = run(LOSS, dies, "print('below')", check("assert True"), check(JUDGED, "judged"))
    why = f"in the cell c1, {CRASH}"
    assert done.stopped == why and len(kernel.asked) == 2
    found = [(names(each), texts(each)) for each in cells_of(done)[1:4]]
    assert found == [
        *((["KernelStopped"], [why]), (["NotRun"], [why])),
        (["NotRun"], [f"not reached: {why}"]),
    ]
    (verdict,) = verdicts_of(cells_of(done)[4])
    assert verdict.message == f"not reached: {why}"
    assert 60.0 in kernel.patience  # it is waited for


@pytest.mark.parametrize(
    "ended, why",
    [
        (None, submission.UNREADABLE),
        (STOPPED, submission.UNREADABLE),
        (CRASH, CRASH),
    ],
)
def test_what_cannot_be_read_ends_the_kernel(kernel, ended, why):
    done = run(f"kernel.ended = {ended!r}\nkernel.sends(ValueError('bad'))", "print('below')")
    assert done.stopped == f"in the cell c0, {why}" and kernel.ended == (ended or STOPPED)
    assert names(cells_of(done)[1]) == ["NotRun"]


@pytest.mark.parametrize("error", [OSError("disk"), MemoryError(), KernelLost("gone")])
def test_a_fault_of_this_machine_is_no_fault_of_the_submission(kernel, error):
    kernel.namespace["error"] = error
    with pytest.raises(type(error)):
        run("kernel.sends(error)")


def test_a_kernel_that_dies_in_a_test_is_said_there(kernel):
    dying = "def bce_loss(x, y):\n    kernel.crashes()\n"
    done = run(dying, check(JUDGED), "print('below')", check("assert True", "plain"))
    assert done.stopped == f"in the cell check, {CRASH}"
    assert [names(each) for each in cells_of(done)[2:]] == [["NotRun"], ["NotRun"]]


def test_a_kernel_that_was_stopped_in_a_test_has_the_test_s_reason(kernel):
    done = run(f"def bce_loss(x, y):\n    kernel.crashes({STOPPED!r})\n", check(JUDGED))
    assert done.stopped.startswith("in the cell check, ") and STOPPED not in done.stopped


def test_a_kernel_that_somebody_killed_is_lost(kernel):
    kernel.lost = True
    with pytest.raises(KernelLost, match="SIGKILL.*, from outside its sandbox"):
        run("kernel.ended = 'its kernel was killed (SIGKILL)'")


def test_a_kernel_whose_line_closes_and_that_runs_on_is_lost(kernel):
    kernel.can_be_killed = False
    with pytest.raises(KernelLost, match="its kernel does not end, from outside"):
        run("def bce_loss(x, y):\n    kernel.crashes(None)", check(JUDGED))


# Limits of time.


def test_a_cell_has_its_time_and_the_next_one_is_run(kernel):
    done = run("print('a')\nkernel.hangs()", "print('below')")
    assert TIMEOUT in names(cells_of(done)[0]) and done.stopped is None
    assert texts(cells_of(done)[1]) == ["below\n"]
    assert kernel.shell_channel.waited == [10.0]


def test_a_cell_has_the_time_that_is_left(kernel):
    done = run("kernel.clock.now += 96", "kernel.hangs()", "kernel.clock.now += 1", "print('late')")
    assert kernel.shell_channel.waited == [4.0]
    assert done.stopped == "the time for the whole notebook was used up"
    assert names(cells_of(done)[2]) == ["KernelStopped"] and names(cells_of(done)[3]) == ["NotRun"]


def test_workers_that_share_a_core_have_more_time(kernel):
    run("kernel.hangs()", "kernel.clock.now += 176", "kernel.hangs()", patience=2.0)
    assert kernel.shell_channel.waited == [20.0, 4.0]


def test_a_kernel_that_ran_longer_than_a_notebook_may_is_stopped(kernel):
    """It ends itself at its limit, a moment before this process would end it."""
    longer = "kernel.overdue, kernel.ended = True, 'its kernel ran longer than 100 s'"
    done = run(f"kernel.clock.now += 99\n{longer}\nkernel.hangs()", "1")
    assert done.stopped == "in the cell c0, its kernel ran longer than 100 s"


@pytest.mark.parametrize("source", ["kernel.hangs()", "1"])
def test_on_a_busy_machine_a_kernel_that_ran_too_long_is_lost(kernel, source):
    kernel.had = (20.0, 60.0)
    longer = "kernel.overdue, kernel.ended = True, 'its kernel ran longer than 100 s'"
    with pytest.raises(KernelLost, match="ran for 20.0 s and waited for a processor for 60.0 s"):
        run(f"kernel.clock.now += 99\n{longer}\n{source}")


def test_on_a_busy_machine_a_kernel_that_crashed_has_crashed(kernel):
    """It is no limit of time that has ended it."""
    kernel.had = (0.0, 99.0)
    done = run(f"kernel.clock.now += 90\nkernel.ended = {CRASH!r}\nkernel.hangs()")
    assert done.stopped == f"in the cell c0, {CRASH}"


@pytest.mark.parametrize("patience", [1.0, 3.0])
def test_a_kernel_that_ignores_an_interrupt_is_stopped(kernel, patience):
    kernel.obeys, begin = False, kernel.clock.now
    done = run("kernel.hangs()", "print('below')", patience=patience)
    assert kernel.clock.now - begin == (10 + 5) * patience  # for the cell, and to answer
    assert done.stopped == "in the cell c0, it was stopped: it kept running after its time limit"
    assert kernel.ended == STOPPED and names(cells_of(done)[1]) == ["NotRun"]


@pytest.mark.parametrize(
    "source, waited", [("kernel.hangs()", 3), ("kernel.clock.now += 200", 98)], ids=["cell", "all"]
)
@pytest.mark.parametrize("busy", [True, False])
def test_a_limit_that_a_busy_machine_meets_costs_nobody_a_point(kernel, source, waited, busy):
    """Of the time, the kernel and this thread together run for too little, and wait for half."""
    kernel.had, kernel.clock.ran, kernel.clock.waited = (1.0, 3.0), 5.0, 7.0
    source = f"kernel.clock.ran += 0.5\nkernel.clock.waited += {waited if busy else 1}\n{source}"
    if not busy:
        assert run(source, "1", check("assert True"))
        return
    with pytest.raises(KernelLost, match="on a machine that was too busy: .* ran for 1.5 s"):
        run(source, "1", check("assert True"))


def test_an_error_is_shown_within_bounds():
    shown = submission.error_output("n" * 300, "t" * 3000)
    assert (shown.ename, shown.evalue) == ("n" * 100, "t" * 2000)
    assert shown.traceback == [f"{'n' * 100}: {'t' * 2000}"]
    assert submission.error_output(None, 5).traceback == ["None: 5"]


@pytest.mark.parametrize(
    "shared, share, ran, waited, lost",
    [
        (1.0, 0.25, 31.9, 64.1, True),
        (1.0, 0.25, 32.0, 64.1, False),  # it had its share
        (1.0, 0.25, 31.9, 64.0, False),  # nor did it wait for more than half
        (3.0, 0.5, 31.9, 64.1, True),  # of three that share a core, each has a part
        (3.0, 0.5, 32.0, 64.1, False),
        (1.0, 0.0, 0.0, 99.0, False),  # nothing is promised
    ],
)
def test_a_share_of_the_processor_is_enough_time(kernel, shared, share, ran, waited, lost):
    """Of 128 s until the notebook is over its limit."""
    limits = replace(LIMITS, cell_seconds=1000, total_seconds=120 / shared, least_share=share)
    kernel.had = (ran, waited)
    source = "kernel.clock.now += 128"
    if not lost:
        assert run(source, "1", limits=limits, patience=shared).stopped
        return
    with pytest.raises(KernelLost, match="of 128 s this notebook ran for "):
        run(source, "1", limits=limits, patience=shared)


def test_what_a_test_shows_when_it_is_repeated_is_not_counted(kernel):
    """24 cells of 2000 bytes, as they are counted, leave room for one in the limit on all."""
    loud, limits = "kernel.shows('x' * 1500)", replace(LIMITS, output_bytes=2500)
    tests = [check("print('x' * 1500)", f"check-{n}") for n in range(4)]
    done = run(*[loud] * 24, *tests, loud, limits=limits)
    assert texts(cells_of(done)[-1]) == ["x" * 1500]


@pytest.mark.parametrize("most, shown", [(2000, True), (1999, False)])
def test_what_just_fits_is_shown(kernel, most, shown):
    """A message counts as 500 bytes more than it has."""
    done = run("kernel.shows('x' * 1500)", limits=replace(LIMITS, output_bytes=most))
    assert texts(cells_of(done)[0]) == (["x" * 1500] if shown else [submission.CUT])
