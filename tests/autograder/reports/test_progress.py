"""What a run says while it grades, where there is no terminal and where there is one."""

import io

from rich.console import Console

from autograder.grading.result import GRADED, Result
from autograder.reports.progress import Live


def said(live_of, terminal):
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=terminal, color_system=None)
    with Live(console, "tiny") as live:
        live_of(live)
    return out.getvalue(), live


def test_without_a_terminal_each_result_is_a_line():
    def run(live):
        live.begins("tiny", 3, 2, 4)
        for student, seconds in (("ada", 1.25), ("[b]bob", None), ("cy", 0.5)):
            live.starts(student)
            assert student in live.running
            live.ends(student, Result(student, GRADED, seconds=seconds))
        live.tells("[red]One more thing.\x1b[0m")

    text, live = said(run, terminal=False)
    assert text.splitlines() == [
        "tiny: 3 to run on 4 workers, 2 need no run",
        "1/3 ada: graded in 1.2 s",
        "2/3 [b]bob: graded",
        "3/3 cy: graded in 0.5 s",
        "[red]One more thing.\ufffd[0m",
    ]
    assert live.slowest == ("ada", 1.25) and live.running == set()


def test_how_much_there_is_to_run():
    text, _ = said(lambda live: live.begins("ps1", 5, 0, None), terminal=False)
    assert text == "ps1: 5 to run on all available workers\n"


def test_on_a_terminal_the_bar_shows_who_is_running_and_who_took_longest():
    def run(live):
        live.begins("tiny", 9, 0, 2)
        for student in ("eve", "dan", "cy", "bob", "ada", "fay"):
            live.starts(student)
        live.ends("fay", Result("fay", GRADED, seconds=2.0))
        live.ends("eve", Result("eve", GRADED, seconds=1.0))
        (task,) = live.bar.tasks
        assert (task.total, task.completed, task.description) == (9, 2, "grading tiny")
        assert task.fields["status"] == "running: ada, bob, cy, dan · slowest fay 2.0 s"

    text, _ = said(run, terminal=True)
    assert "1/9 fay" not in text and "2/9" in text


def test_what_is_said_has_no_colours_of_its_own():
    """A number or a path in a sentence is nothing to mark."""
    out = io.StringIO()
    console = Console(file=out, width=200, force_terminal=True, color_system="standard")
    Live(console, "tiny").tells("ada: 12 of '/tmp/x' [bold]True[/bold]")
    assert out.getvalue() == "ada: 12 of '/tmp/x' [bold]True[/bold]\n"


def test_the_first_of_the_slowest_stays_and_nobody_is_slow_without_a_time():
    def run(live):
        live.begins("tiny", 3, 1, 2)
        for student, seconds in (("ada", 2.0), ("bob", 2.0), ("cy", None), ("dan", 0.0)):
            live.ends(student, Result(student, GRADED, seconds=seconds))

    text, live = said(run, terminal=False)
    assert live.slowest == ("ada", 2.0) and live.done == 4 and live.total == 3
    assert "1 need no run" in text and text.splitlines()[-1] == "4/3 dan: graded in 0.0 s"
    live.begins("ps2", 9, 0, None)
    assert (live.done, live.total) == (0, 9)
