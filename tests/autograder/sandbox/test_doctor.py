"""What doctor tries in a kernel and makes of the answers; a script stands for the kernel."""

import ast
import itertools
import re
from types import SimpleNamespace

import pytest

from autograder.sandbox import doctor
from autograder.sandbox.doctor import Attempt


class Script:
    """A kernel, its manager and its client. says: what it prints of an attempt; None: it ends."""

    connection_info = {"ip": "/run/k-1/s"}

    def __init__(self, says):
        self.says, self.ended, self.asked, self.stopped = says, None, [], False
        self.provisioner = self

    def start_kernel(self, sandbox):
        self.request = sandbox

    def client(self):
        return self

    def start_channels(self):
        pass

    stop_channels = start_channels

    def wait_for_ready(self, timeout):
        pass

    def shutdown_kernel(self, now):
        self.stopped = True

    def died(self):
        return self.ended

    def execute(self, code, store_history):
        self.asked.append(code)
        ast.parse(code)  # as a kernel would
        self.messages = [("other", "stream", {"text": "of another cell"})]
        marker = re.search(r"print\('(\w+) yes'", code)
        answer = self.says(code) if marker else "/home\n"
        if answer is None:
            self.ended = "its kernel needed more memory than 512 MB"
        else:
            text = f"a warning\n{marker[1]} {answer}\n" if marker else answer
            self.messages += [
                ("id", "stream", {"text": text}),
                ("id", "status", {"execution_state": "idle"}),
                ("id", "stream", {"text": "late"}),
            ]
        return "id"

    def get_iopub_msg(self, timeout):
        parent, kind, content = self.messages.pop(0)
        return {"parent_header": {"msg_id": parent}, "msg_type": kind, "content": content}


class Clock:
    """Stands for the module `time`."""

    now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def kernels(monkeypatch, tmp_path):
    """Gives use(says), which returns probe's rows by what they try, and the kernels."""
    made, killed = [], []
    template, clock = SimpleNamespace(socket="s", run_dir=tmp_path), Clock()

    class Popen:
        """The process of this machine that a kernel may find."""

        pid = 12

        def __init__(self, command):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def poll(self):
            return made[0].process_ended

        def kill(self):
            pass

    def use(says, alive=None, left=([7, 8], [])):
        def manager(kind):
            made.append(Script(says))
            made[-1].process_ended = alive
            return made[-1]

        counts = itertools.chain(left, itertools.repeat(left[-1]))
        monkeypatch.setattr(doctor, "manager", manager)
        monkeypatch.setattr(doctor, "_processes", lambda marker: next(counts))
        monkeypatch.setattr(doctor.subprocess, "Popen", Popen)
        monkeypatch.setattr(doctor.os, "kill", lambda pid, number: killed.append(pid))
        monkeypatch.setattr(doctor, "time", clock)
        rows = {row.what: row for row in doctor.probe(template)}
        assert all(each.stopped for each in made)
        return rows, made, killed

    return use


def test_what_fails_in_every_kernel_is_kept_out(kernels):
    rows, made, killed = kernels(lambda code: "no [Errno 1]  Operation\nnot permitted")
    assert len(rows) == 21 and all(row.enforced for row in rows.values())
    assert rows["mount something"] == Attempt(
        "mount something", True, "[Errno 1] Operation not permitted"
    )
    assert rows["run on after its end"].detail == "2 of its processes ran, 0 after its end"
    assert killed == [] and {each.request.limits for each in made} == {doctor.LIMITS}


def test_what_succeeds_is_not(kernels):
    rows, _, killed = kernels(lambda code: "yes it was done", left=([7, 8], [8], [8]))
    assert not any(row.enforced for row in rows.values())
    assert rows["reach the network"].detail == "it was done"
    assert rows["run on after its end"].detail == "2 of its processes ran, 1 after its end"
    assert killed == [8]  # it is not left behind


def test_a_process_that_was_ended_is_seen_though_the_attempt_says_that_it_failed(kernels):
    rows, *_ = kernels(lambda code: "no such process", alive=-15)
    assert {what for what, row in rows.items() if not row.enforced} == {"see or end a process"}


def test_nothing_is_shown_by_processes_that_never_ran(kernels):
    rows, *_ = kernels(lambda code: "no", left=([], []))
    assert not rows["run on after its end"].enforced


def test_an_attempt_that_ends_its_kernel_is_kept_out(kernels):
    costly = "four processes took"
    rows, *_ = kernels(lambda code: None if costly in code else "no")
    row = rows["take more memory with many processes"]
    assert row.enforced and row.detail == "its kernel needed more memory than 512 MB"


def test_a_long_answer_is_cut(kernels):
    rows, *_ = kernels(lambda code: "no " + "x" * 300)
    assert rows["mount something"].detail == "x" * 200


def test_what_is_tried_names_what_is_there(kernels, tmp_path):
    course = doctor._course(tmp_path)[0]
    assert course == doctor.Path(__file__).parents[3]  # an empty folder is no course
    (tmp_path / "submitted").mkdir()
    assert doctor._course(tmp_path) == (tmp_path, ["submitted"])
    _, (first, *_), _ = kernels(lambda code: "no")
    read, network, *_ = first.asked
    looked_for = {"solutions", "gradebook.db", "submitted", "autograder", "nbgrader_config.py"}
    (look,) = (code for code in first.asked if "no file of the course is there" in code)
    assert looked_for == set(ast.literal_eval(re.search(r"for name in (\[.*?\]) if", look)[1]))
    secret = re.search(r"open\('(.*/secret)'\)", read)[1]
    assert not doctor.Path(secret).exists()  # any more
    assert re.search(r'create_connection\(\("127.0.0.1", \d+\), 2\)', network)
