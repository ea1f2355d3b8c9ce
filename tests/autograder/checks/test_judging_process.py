"""What the judging process says of a file, row by row, with the process in this one."""

import contextlib
import gc
import io
import json
import os
import sys
import tempfile
import threading
from types import SimpleNamespace

import pytest
import torch

from autograder.checks import judging_process, sent_file
from autograder.judging import Status, Verdict
from autograder.judging.time_limit import time_limit
from helpers.errors import CourseError
from tests.autograder.checks.test_sent_file import notebook

TWICE = "def twice(x):\n    return 2 * x\n"
SHIFTED = "def shifted(x):\n    return twice(x) + 1\n"


@pytest.fixture
def judge(small, tmp_path, monkeypatch):
    """Gives judge(code, ...): (verdicts by name, notes, problem) of a file with this code."""

    def rows(**job):
        job = {"root": str(small), "assignment": None, "seconds": 5.0, "prepare": "", **job}
        monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(job)))
        kept, threads = [os.dup(stream) for stream in range(3)], torch.get_num_threads()
        with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile() as more:
            more.write(b"what is left of the job")
            more.seek(0)
            os.dup2(more.fileno(), 0)
            os.dup2(said.fileno(), 1)
            try:
                judging_process.main()
            finally:
                for stream, was in enumerate(kept):
                    os.dup2(was, stream)
                    os.close(was)
                torch.set_num_threads(threads)
            said.seek(0)
            return [json.loads(line) for line in said]

    def judge(code, **job):
        path = tmp_path / "sent.py"
        path.write_text(code)
        found = rows(files=[str(path)], **job)
        assert {row["file"] for row in found} == {str(path)}
        verdicts = [Verdict.from_row(row["verdict"]) for row in found if "verdict" in row]
        notes = [row["note"] for row in found if "note" in row]
        (*_, last) = found
        assert ["done" in row for row in found].count(True) == 1 and "done" in last
        return {each.name: each for each in verdicts}, notes, last["done"]

    judge.rows = rows
    return judge


def test_each_exercise_gets_its_verdict_in_the_order_of_the_notebook(judge):
    verdicts, notes, problem = judge(f"{SHIFTED}\ndef halved_half(x):\n    return 4 * x\n{TWICE}")
    assert list(verdicts) == ["twice", "shifted", "halved_half"]
    assert [each.is_right for each in verdicts.values()] == [True, True, False]
    assert verdicts["twice"].message == "right" and verdicts["twice"].exercise == "small.twice"
    assert notes == [] and problem is None


def test_a_wrong_answer_has_the_name_of_its_mistake(judge):
    verdicts, _, _ = judge("def twice(x):\n    return 3 * x\n")
    assert verdicts["twice"].misconception == "tripled"


def test_what_a_file_prints_is_no_row(judge):
    noise = "import os\nfor stream in (1, 2): os.write(stream, b'no row')\nprint('{}')\n"
    verdicts, notes, problem = judge(noise + "import sys\nassert os.read(0, 1) == b''\n" + TWICE)
    assert verdicts["twice"].is_right and notes == [] and problem is None


def test_a_statement_that_fails_is_told_and_the_rest_is_run(judge):
    verdicts, notes, _ = judge(f"import torch\nraise ValueError('.5 is too much.')\n{TWICE}")
    assert verdicts["twice"].is_right
    assert notes == ["Stopped at line 2 by ValueError: .5 is too much. The rest was run."]


def test_a_failure_without_a_text_is_told_by_its_type(judge):
    _, notes, _ = judge(f"assert False\n{TWICE}")
    assert notes == ["Stopped at line 1 by AssertionError. The rest was run."]


def test_a_long_text_is_cut(judge):
    _, notes, _ = judge(f"raise ValueError('x' * 1000)\n{TWICE}")
    assert notes == [f"Stopped at line 1 by ValueError: {'x' * 200}. The rest was run."]


def test_an_endless_statement_is_stopped_and_the_definitions_behind_it_are_run(judge):
    verdicts, notes, _ = judge(f"while True:\n    pass\n{TWICE}print(undefined)\n", seconds=0.2)
    assert verdicts["twice"].is_right
    assert notes == ["Stopped at line 1 after 1 s. The rest was run."]


def test_a_file_that_ends_the_process_has_its_definitions_run(judge):
    before = "import os\nraising = 1 / 0\n"
    verdicts, notes, _ = judge(f"{before}os._exit(1)\n{TWICE}{SHIFTED}")
    assert [each.is_right for each in verdicts.values()] == [True, True]
    stopped, ended = notes
    assert stopped.startswith("Stopped at line 2 by ZeroDivisionError")
    assert ended == (
        "The file ended the Python process (os._exit, a crash, too much memory); only its "
        "definitions were run."
    )


def test_definitions_are_all_that_binds_a_name_at_the_top(judge):
    code = (
        "import os\nimport math\nfrom math import pi\nclass Box: pass\nasync def later(): pass\n"
        "n: int = 2\nm = 1\nif m: k = 1\ntry: j = 1\nexcept ValueError: pass\n"
        "for i in (1,): os._exit(1)\n"
        "def twice(x):\n    math, pi, Box, later, m, k, j\n    return n * x\n"
    )
    verdicts, notes, _ = judge(code)
    assert verdicts["twice"].is_right and notes[-1].endswith("only its definitions were run.")


def test_a_file_whose_definitions_end_the_process_is_blamed_for_every_exercise(judge):
    verdicts, notes, _ = judge(f"import os\nif True:\n    os._exit(1)\n{TWICE}{SHIFTED}")
    assert list(verdicts) == ["twice", "shifted"] and len(notes) == 1
    for each in verdicts.values():
        assert each.status is Status.RAISED
        assert each.message.startswith("the file itself ended the Python process")


def test_an_answer_that_ends_the_process_costs_itself_alone(judge):
    ends = "import os\ndef twice(x):\n    os._exit(0)\n"
    verdicts, notes, _ = judge(f"{ends}def shifted(x):\n    return 2 * x + 1\n")
    assert list(verdicts) == ["twice", "shifted"] and notes == []
    assert verdicts["twice"].status is Status.RAISED
    assert verdicts["twice"].message.startswith("it ended the Python process")
    assert verdicts["shifted"].is_right


def test_an_endless_answer_costs_itself_alone(judge):
    endless = "def twice(x):\n    while True: pass\n"
    verdicts, _, _ = judge(f"{endless}def shifted(x):\n    return 2 * x + 1\n", seconds=0.2)
    assert verdicts["twice"].status is Status.TIMED_OUT and verdicts["shifted"].is_right


def test_a_name_that_running_does_not_bind_was_never_defined(judge):
    verdicts, _, _ = judge(f"if False:\n    twice = None\n{SHIFTED}")
    assert verdicts["twice"].status is Status.RAISED
    assert verdicts["twice"].message == ("never defined: the file does not bind it when it is run")
    verdicts, _, _ = judge("1 / 0\ntwice = undefined\n")
    assert verdicts["twice"].message == (
        "never defined: Stopped at line 1 by ZeroDivisionError: division by zero"
    )


def test_the_form_of_another_course_is_taken_and_told(judge):
    verdicts, _, _ = judge("def double_in_place(x):\n    return 2 * x\n")
    assert verdicts["twice"].message == "right. Judged as twice, in the form of CS000."
    verdicts, _, _ = judge("def double_in_place(x):\n    return 3 * x\n")
    assert verdicts["twice"].misconception == "tripled"


def test_a_wrong_helper_is_the_cause_and_is_put_back(judge):
    """Each of the others is judged with the right helper, and then the file has its own again."""
    verdicts, _, _ = judge(
        "def twice(x):\n    return 3 * x\n"
        f"{SHIFTED}def halved_half(x):\n    return twice(x) / 8 if twice(1) == 2 else x\n"
    )
    assert verdicts["twice"].misconception == "tripled"
    for name in ("shifted", "halved_half"):
        assert verdicts[name].message == (
            "right. It fails only because twice is wrong, which it calls: correct that one."
        )


def test_an_answer_that_is_wrong_with_a_right_helper_too_stays_wrong(judge):
    verdicts, _, _ = judge(
        "def twice(x):\n    return 3 * x\ndef shifted(x):\n    return twice(x) + 2\n"
    )
    assert verdicts["shifted"].status is Status.WRONG


def test_what_is_passed_over_is_told_in_one_sentence(judge):
    verdicts, notes, _ = judge(
        f"{TWICE}def first_helper(x):\n    pass\nclass Model:\n    def shift_ed(self):\n"
        "        pass\n    def forward(self):\n        pass\n"
        "def HalvedHalf(x):\n    pass\ndef _private(x):\n    pass\n"
    )
    assert list(verdicts) == ["twice"]
    assert notes == [
        "Passed over: Model.shift_ed would be judged as a function shifted; HalvedHalf would be "
        "judged as halved_half; no exercise has the name first_helper, Model."
    ]


def test_the_methods_of_a_judged_class_are_its_own_but_for_an_exercise(judge):
    _, notes, _ = judge(
        "class twice:\n    def __call__(self): pass\n    def halvedhalf(self): pass\n"
        "    def shifted(self): pass\n    def step(self): pass\n"
    )
    assert notes == ["Passed over: twice.shifted would be judged as a function shifted."]


def test_eight_names_without_an_exercise_are_told(judge):
    code = "".join(f"def other_{n}(x): pass\n" for n in range(9))
    _, (told,), _ = judge(TWICE + code)
    shown = ", ".join(f"other_{n}" for n in range(8))
    assert told == f"Passed over: no exercise has the name {shown}, ...."
    _, (told,), _ = judge(TWICE + code.replace("def other_8(x): pass\n", ""))
    assert told == f"Passed over: no exercise has the name {shown}."


def test_a_file_without_an_exercise_is_told_their_names(judge):
    verdicts, notes, problem = judge("def Twice(x): pass\n")
    assert not verdicts and not notes
    assert problem.endswith(
        "sent.py defines none of the exercises; their names are: twice, shifted, halved_half. "
        "Passed over: Twice would be judged as twice."
    )
    _, _, problem = judge("x = 1\n")
    assert problem.endswith("their names are: twice, shifted, halved_half.")


def test_each_file_is_judged_for_itself(judge, tmp_path):
    """One that does not parse, one that changes what it shares, and one that finds it as it was."""
    broken, first, second = (tmp_path / f"{name}.py" for name in ("broken", "first", "second"))
    broken.write_text("def f(:\n")
    first.write_text("import torch\ntorch.sum = None\n" + TWICE)
    second.write_text("import torch\nassert torch.sum\nfrom first import twice\n")
    second.write_text(second.read_text() + "def shifted(x):\n    return 2 * x + 1\n")
    found = judge.rows(files=list(map(str, (broken, first, second))))
    kinds = [(os.path.basename(row["file"]), *(set(row) - {"file"})) for row in found]
    assert kinds == [
        ("broken.py", "done"),
        *[("first.py", "verdict"), ("first.py", "done")],
        *[("second.py", "verdict"), ("second.py", "done")],
    ]
    assert "broken.py does not parse: invalid syntax in line 1" in found[0]["done"]


def test_checks_that_do_not_load_are_an_error_before_any_file(judge):
    (row,) = judge.rows(files=["any.py"], assignment="missing")
    assert list(row) == ["error"] and "no assignment 'missing'" in row["error"]


def test_one_assignment_can_be_asked_for(judge):
    verdicts, _, _ = judge(TWICE, assignment="small")
    assert verdicts["twice"].is_right


def test_what_prepares_is_called_once_and_with_one_thread(judge, monkeypatch):
    called = []
    there = SimpleNamespace(prepare=lambda: called.append(torch.get_num_threads()))
    monkeypatch.setitem(sys.modules, "there", there)
    torch.set_num_threads(2)
    judge(TWICE, prepare="there:prepare")
    torch.set_num_threads(1)
    assert called == [1]


def test_the_collector_is_on_again_for_what_files_do(judge):
    gc.disable()  # as it is where the process starts
    try:
        judge(TWICE)
        assert gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize("seconds", [0.2, 5.0, 60.0])
def test_a_process_is_ended_from_outside_only_after_its_own_limit(monkeypatch, seconds):
    limits = []
    monkeypatch.setattr(judging_process, "_run", lambda *_: None)
    monkeypatch.setattr(judging_process, "_lines", lambda reader, most: limits.append(most) or [])
    ((kind, told),) = judging_process._forked(None, None, seconds, False)
    assert kind == judging_process.END and told.startswith("ended the Python process")
    assert limits[0] > seconds


def test_a_file_is_run_as_a_module_beside_its_own_and_takes_notebook_lines(judge, tmp_path):
    (tmp_path / "beside_it.py").write_text("two = 2\n")
    code = (
        "import os\n"
        "assert os.path.basename(__file__) == 'sent.py' and __name__ == 'submission'\n"
        "if __name__ == '__main__':\n    raise SystemExit\n"
        "get_ipython().run_line_magic('matplotlib', 'inline')\n"
        "get_ipython().kernel.do(quietly=True)(1)\n"
        "from beside_it import two\n"
        "def twice(x):\n    return two * x\n"
    )
    verdicts, notes, problem = judge(code)
    assert verdicts["twice"].is_right and notes == [] and problem is None


def test_what_cannot_be_run_of_a_notebook_is_told_with_its_cell(judge, tmp_path):
    path = notebook(tmp_path / "a.ipynb", "def f(:", "x = 1\nx / 0", TWICE)
    found = judge.rows(files=[str(path)])
    notes = [row["note"] for row in found if "note" in row]
    assert notes == [
        f"{path}, cell 1, does not parse: invalid syntax in line 1; correct it first.",
        "Stopped at cell 2, line 2 by ZeroDivisionError: division by zero. The rest was run.",
    ]
    (verdict,) = [row["verdict"] for row in found if "verdict" in row]
    assert verdict["verdict"] == "right"


def test_a_course_without_exercises_has_no_names_to_tell(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("def twice(x): pass\n")
    with pytest.raises(CourseError) as caught:
        list(judging_process._of_file(sent_file.read(path), [], 1.0))
    assert str(caught.value) == (
        f"{path} defines none of the exercises; their names are: none. "
        "Passed over: no exercise has the name twice."
    )


@pytest.fixture
def forks(monkeypatch):
    """Gives forks(run): (what a fork of `run` told, its exit status); nobody ends it."""

    def forks(run):
        ended, wait = [], os.waitpid
        monkeypatch.setattr(judging_process, "_run", run)
        for name in ("kill", "killpg"):
            monkeypatch.setattr(os, name, lambda *_: None)
        monkeypatch.setattr(os, "waitpid", lambda *asked: ended.append(wait(*asked)) or ended[0])
        told = list(judging_process._forked(None, None, 5.0, False))
        return told, [os.waitstatus_to_exitcode(status) for _, status in ended]

    return forks


def test_a_fork_ends_whatever_threads_are_left_in_it(forks):
    def run(sent, wanted, seconds, definitions_only, rows):
        threading.Thread(target=threading.Event().wait).start()
        alone = os.getsid(0) == os.getpid()  # what it starts is ended with it
        print(json.dumps(["row", alone]), '["stage", "end"]', sep="\n", file=rows)

    assert forks(run) == ([("row", True), ("stage", "end")], [0])


def test_a_fork_that_fails_tells_no_end(forks):
    def run(sent, wanted, seconds, definitions_only, rows):
        print('["row", 1]', file=rows)
        raise KeyError

    (row, (kind, told)), status = forks(run)
    assert row == ("row", 1) and kind == judging_process.END and status == [0]
    assert told.startswith("ended the Python process")


def test_whoever_is_silent_has_no_end_in_sight(monkeypatch):
    reader, writer = os.pipe()
    os.write(writer, b"one\ntw")
    lines = judging_process._lines(reader, 0.01)
    with time_limit(5.0):
        assert [next(lines), next(lines)] == [b"one", None] and [*lines] == []
    os.write(writer, b"o\n\nthree\nrest")
    os.close(writer)
    assert [*judging_process._lines(reader, 5.0)] == [b"o", b"", b"three"]
    os.close(reader)


def test_the_nearest_name_is_meant_if_it_is_near():
    def named(*names):
        return [SimpleNamespace(name=name, aliases=[]) for name in names]

    assert judging_process._closest("Half_Loss", named("halfloss", "half_lost")) == "halfloss"
    # Eight letters of ten are near, seven are not.
    assert judging_process._closest("abcdefghxy", named("abcdefghij")) == "abcdefghij"
    assert judging_process._closest("abcdefgxyz", named("abcdefghij")) is None
    assert judging_process._closest("loss", []) is None
    assert judging_process._closest("a_b_c_d", named("ABCD")) == "ABCD"
    alias = SimpleNamespace(name="twice", aliases=[SimpleNamespace(name="double_in_place")])
    assert judging_process._closest("doubleInPlace", [alias, *named("loss")]) == "twice"


def test_every_exercise_of_a_course_or_of_one_assignment_can_be_judged(small):
    for assignment in (None, "small"):
        known = judging_process.judged(small, assignment)
        assert [(name, each.name) for name, each in known] == [
            ("small", name) for name in ("twice", "shifted", "halved_half")
        ]
    with pytest.raises(CourseError):
        judging_process.judged(small, "missing")


def test_a_helper_that_is_never_bound_stands_for_nothing(judge):
    verdicts, _, _ = judge(f"if False:\n    twice = None\n{SHIFTED}")
    assert verdicts["shifted"].status is Status.RAISED
    assert "NameError" in verdicts["shifted"].message


def test_code_knows_the_file_that_it_is_of(judge):
    code = "assert (lambda: 0).__code__.co_filename == __file__\n"
    verdicts, notes, _ = judge(code + TWICE)
    assert verdicts["twice"].is_right and notes == []


def limits_of(code, seconds, monkeypatch, tmp_path, clock=lambda: 100.0, definitions_only=False):
    """The limit of each statement that is run."""
    path, limits = tmp_path / "a.py", []
    path.write_text(code)

    def limited(limit):
        limits.append(limit)
        return contextlib.nullcontext()

    monkeypatch.setattr(judging_process, "time_limit", limited)
    monkeypatch.setattr(judging_process.time, "monotonic", clock)
    told = judging_process._executed(sent_file.read(path), {}, seconds, definitions_only)
    assert list(told) == []
    return limits


@pytest.mark.parametrize(("seconds", "limit"), [(60.0, 5.0), (5.5, 5.0), (3.0, 3.0), (0.2, 1.0)])
def test_a_statement_has_five_seconds_of_those_that_are_left(monkeypatch, tmp_path, seconds, limit):
    assert limits_of("x = 1\n", seconds, monkeypatch, tmp_path) == [limit]


def test_when_its_time_is_over_only_definitions_are_run(monkeypatch, tmp_path):
    code = "print\ndef f(): pass\nfor i in (): pass\nx = 1\n"
    # It begins at 0; each of the four looks at the time once.
    ticks = iter((0.0, 1.0, 9.0, 10.0, 11.0))
    assert limits_of(code, 10.0, monkeypatch, tmp_path, lambda: next(ticks)) == [5.0, 1.0, 1.0]
    found = limits_of(code, 10.0, monkeypatch, tmp_path, definitions_only=True)
    assert found == [5.0, 5.0]


def test_each_answer_that_ends_the_process_costs_itself_alone(judge):
    ends = "def {}(x):\n    os._exit(0)\n"
    others = ends.format("shifted") + ends.format("halved_half")
    verdicts, notes, _ = judge(f"import os\n{TWICE}{others}")
    assert [each.is_right for each in verdicts.values()] == [True, False, False] and notes == []
    for name in ("shifted", "halved_half"):
        assert verdicts[name].message.startswith("it ended the Python process")


@pytest.mark.parametrize(("where", "right"), [("small", True), ("another", False)])
def test_a_helper_is_one_of_the_same_assignment(small, where, right):
    """Another assignment may use the same name for something else."""
    (_, twice), (_, shifted), _ = judging_process.judged(small)
    namespace = {"__name__": "submission"}
    exec(f"def twice(x):\n    return 3 * x\n{SHIFTED}", namespace)
    own = namespace["twice"]
    wanted = [(where, twice), ("small", shifted)]
    verdict = judging_process._judged(shifted, namespace, 5.0, [])
    assert verdict.status is Status.WRONG
    again = judging_process._with_right_helpers(verdict, "small", wanted, namespace, 5.0)
    assert again.is_right is right and (right or again is verdict)
    assert namespace["twice"] is own
