"""What a teacher reads on the terminal."""

import io

from rich.console import Console

from autograder.grading.result import GRADED, NO_SUBMISSION, UNREADABLE, Result
from autograder.judging import Status, Verdict
from autograder.reports import tables
from autograder.reports.verdict_tables import verdict_table


def printed(table):
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def verdict(name, status, misconception=None, message="..."):
    known = ((misconception, "..."),) if misconception else ()
    return Verdict(f"gan-mnist.{name}", status, message, known)


def test_each_kind_of_result_has_its_line():
    right = verdict("bce_loss", Status.RIGHT)
    results = [
        Result("amara", GRADED, 68, 68, (right,)),
        Result(
            "bilal", GRADED, 63, 68, (right, verdict("gan_step", Status.WRONG, "missing detach"))
        ),
        Result(
            "chiara",
            GRADED,
            0,
            68,
            tuple(verdict(f"e{i}", Status.NOT_ATTEMPTED) for i in range(18)),
        ),
        Result("dmitri", GRADED, 66, 68, (verdict("generator", Status.NOT_ATTEMPTED),)),
        Result("esther", UNREADABLE, problem="esther.ipynb is not a notebook"),
        Result("greta", NO_SUBMISSION),
        Result(
            "farid", GRADED, 60, 68, (verdict("bce_loss", Status.RAISED, None, "it raised\nlong"),)
        ),
    ]
    text = printed(tables.class_table("gan-mnist", results))
    for line in (
        "amara     68 / 68   all right",
        "bilal     63 / 68   gan_step: missing detach",
        "chiara     0 / 68   18 exercises not attempted",
        "dmitri    66 / 68   generator: not attempted",
        "esther          -   esther.ipynb is not a notebook",
        "greta           -   no submission",
        "farid     60 / 68   bce_loss: it raised",
    ):
        name, rest = line.split(maxsplit=1)
        (row,) = [shown for shown in text.splitlines() if name in shown and "│" in shown]
        assert " ".join(rest.split()) in " ".join(row.replace("│", " ").split()), text


def test_points_lost_without_a_verdict_are_not_called_all_right():
    lost = Result("greta", GRADED, 60, 68, (verdict("bce_loss", Status.RIGHT),))
    assert "points lost before a verdict" in tables.what_happened(lost)
    assert "points lost before a verdict" in tables.what_happened(Result("hiro", GRADED, 0, 68))


def test_remarks_stand_below_and_do_not_hide_that_all_is_right():
    right = (verdict("bce_loss", Status.RIGHT),)
    result = Result(
        "ines", GRADED, 68, 68, right, remarks=("test_bce_loss: the cell was changed.",)
    )
    assert tables.what_happened(result) == "all right\n(test_bce_loss: the cell was changed.)"


def test_why_a_kernel_stopped_is_said():
    lost = verdict("gan_step", Status.RAISED, None, "not reached: ...")
    result = Result("jonas", GRADED, 60, 68, (lost,), stopped="in the cell bce_loss, it crashed")
    assert tables.what_happened(result).endswith("(stopped in the cell bce_loss, it crashed)")


def test_names_and_messages_are_printed_as_they_are():
    wrong = verdict("x", Status.WRONG, None, "[bold]not markup[/bold]")
    assert "[bold]not markup[/bold]" in printed(verdict_table([wrong]))


def test_a_right_answer_shows_its_remark_and_nothing_else():
    for remark in ("", "It changes x."):
        text = printed(verdict_table([Verdict.right("gan-mnist.x", remark)]))
        (row,) = [line for line in text.splitlines() if "gan-mnist.x" in line]
        assert row.split("│")[3].strip() == remark
