"""What a teacher reads on the terminal."""

import io
from types import SimpleNamespace

from rich.console import Console

from autograder.collecting.collect import Collected
from autograder.grading.result import GRADED, NO_SUBMISSION, UNREADABLE, Result
from autograder.judging import Status, Verdict
from autograder.reports import tables
from autograder.reports.verdict_tables import misconception_table, verdict_table


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


def columns(table):
    return [(column.header, column.justify, column.overflow) for column in table.columns]


def cells_of(table):
    return list(zip(*(column.cells for column in table.columns), strict=True))


def test_the_columns_of_each_table():
    assert columns(tables.class_table("ps1", [])) == [
        ("student", "left", "ellipsis"),
        ("points", "right", "ellipsis"),
        ("what happened", "left", "fold"),
    ]
    assert tables.class_table("ps1", []).title == "ps1: automatic points"
    assert columns(verdict_table([])) == [
        ("exercise", "left", "ellipsis"),
        ("verdict", "left", "ellipsis"),
        ("why", "left", "fold"),
    ]
    assert [each.no_wrap for each in verdict_table([]).columns] == [False, True, False]
    assert columns(tables.notes_table([])) == [
        (name, "left", "fold") for name in ("student", "found", "what happened")
    ]


def test_points_are_shown_where_there_are_any_and_which_checks_ran_beside():
    beside = Verdict("a.x", Status.RIGHT, "right", beside=True)
    results = [
        Result("ada", GRADED, 2.5, 3.0, (beside, verdict("y", Status.RIGHT))),
        Result("bob", UNREADABLE, problem="no"),
        Result("cy", GRADED, 0.0, 3.0, (beside,)),
    ]
    table = tables.class_table("ps1", iter(results))
    assert [points for _, points, _ in cells_of(table)] == ["2.5 / 3", "-", "0 / 3"]
    assert table.caption == "x: ran beside the student's code"
    assert (table.title_justify, table.caption_justify) == ("left", "left")
    assert tables.class_table("ps1", results[1:2]).caption is None
    many = Verdict("a.z", Status.WRONG, "no", beside=True)
    assert tables.beside([*results, Result("d", GRADED, 1, 1, (many,))]).startswith("x, z: ran")


def test_up_to_three_exercises_not_attempted_are_named():
    def untouched(count):
        verdicts = tuple(verdict(f"e{n}", Status.NOT_ATTEMPTED) for n in range(count))
        return tables.what_happened(Result("ada", GRADED, 0, 9, verdicts)).splitlines()

    assert untouched(3) == [f"e{n}: not attempted" for n in range(3)]
    assert untouched(4) == ["4 exercises not attempted"]


def test_a_long_reason_is_cut_to_a_line():
    for length, shown in ((100, "x" * 100), (101, "x" * 99 + "…")):
        wrong = verdict("e", Status.WRONG, None, "x" * length + "\nsecond")
        assert tables.what_happened(Result("a", GRADED, 0, 1, (wrong,))) == f"e: {shown}"
    silent = verdict("e", Status.TIMED_OUT, None, "")
    assert tables.what_happened(Result("a", GRADED, 0, 1, (silent,))) == "e: timed out"


def test_a_problem_comes_before_the_verdicts_and_alone_where_there_are_none():
    wrong = verdict("e", Status.WRONG, "halved")
    result = Result("a", GRADED, 0, 1, (wrong,), "one notebook is missing", ("r",), "at e")
    assert tables.what_happened(result).splitlines() == [
        *("one notebook is missing", "e: halved", "(stopped at e)", "(r)")
    ]
    assert tables.what_happened(Result("a", GRADED, 0, 5, (), "gone")) == "gone"
    assert tables.what_happened(Result("a", NO_SUBMISSION)) == "no submission"


ROWS = [
    Collected("taken", "ada", "ada.ipynb", "late"),
    Collected("taken", "bob", "[b]bob.ipynb"),
    Collected("not matched", None, "x.ipynb", "nobody"),
    Collected("no submission", "cy", None),
    Collected("no submission", "dan", None),
]


def test_what_became_of_each_file():
    table = tables.collection_table("ps1", ROWS)
    assert table.title == "ps1: collected" and table.title_justify == "left"
    assert columns(table) == [
        ("what became of it", "left", "ellipsis"),
        *((name, "left", "fold") for name in ("student", "file", "remark")),
    ]
    assert table.columns[0].no_wrap
    assert cells_of(table) == [
        ("taken", "ada", "ada.ipynb", "late"),
        ("taken", "bob", "\\[b]bob.ipynb", ""),
        ("not matched", "-", "x.ipynb", "nobody"),
    ]


def test_the_sum_of_a_collection():
    assert tables.collection_sum(ROWS) == "2 taken; 1 not matched. Nothing from: cy, dan."
    assert tables.collection_sum(ROWS[:2]) == "2 taken."
    assert tables.collection_sum([]) == "no files found."


def test_the_notes_of_an_export_are_shown_as_they_are():
    table = tables.notes_table([("ada", "[x]", "left as it was")])
    assert cells_of(table) == [("ada", "\\[x]", "left as it was")]


def test_the_table_of_what_is_told_apart():
    exercise = SimpleNamespace(
        id="a.loss",
        points=3,
        truth="the mean of [x]",
        misconceptions=(SimpleNamespace(name="halved"), SimpleNamespace(name="[summed]")),
    )
    table = misconception_table([exercise])
    assert cells_of(table) == [
        ("a.loss", "3", "the mean of \\[x]", "· halved\n· \\[summed]"),
    ]
    assert columns(table) == [
        ("exercise", "left", "ellipsis"),
        ("points", "right", "ellipsis"),
        ("truth", "left", "fold"),
        ("told apart", "left", "fold"),
    ]
    assert table.show_lines and not verdict_table([]).show_lines
