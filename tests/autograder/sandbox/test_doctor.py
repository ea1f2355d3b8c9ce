"""What doctor tries in a kernel and makes of the answers; a script stands for the kernel."""

import ast
import itertools
import os
import queue
import re
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograder.sandbox import doctor, isolation
from autograder.sandbox.cgroups import Counting
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
        self.channels = True

    def stop_channels(self):
        self.channels = False

    def wait_for_ready(self, timeout):
        assert self.channels and timeout == doctor.ANSWER_SECONDS

    def shutdown_kernel(self, now):
        assert now and not self.channels  # nothing of it is to be kept
        self.stopped = True

    def died(self):
        return self.ended

    def execute(self, code, store_history):
        assert not store_history
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
        if not self.messages:
            self.clock.now += timeout
            raise queue.Empty
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
            assert command[0] == "sleep" and float(command[1]) > 80_000

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def poll(self):
            return made[0].process_ended

        def kill(self):
            killed.append("its own")

    def use(says, alive=None, left=([7, 8], [])):
        def manager(kind):
            made.append(Script(says))
            made[-1].process_ended, made[-1].clock = alive, clock
            return made[-1]

        counts = itertools.chain(left, itertools.repeat(left[-1]))
        monkeypatch.setattr(doctor, "manager", manager)
        looked_for = []

        def processes(marker):
            looked_for.append(marker)
            return next(counts)

        monkeypatch.setattr(doctor, "_processes", processes)
        monkeypatch.setattr(doctor.subprocess, "Popen", Popen)
        monkeypatch.setattr(doctor.os, "kill", lambda pid, number: killed.append(pid))
        monkeypatch.setattr(doctor, "time", clock)
        rows = {row.what: row for row in doctor.probe(template)}
        assert all(each.stopped for each in made)
        killed.remove("its own")
        # Those that are looked for at the end are those that the last kernel was to leave.
        (marker,) = set(looked_for)
        assert float(marker) > 80_000 and made[-1].asked[0].count(f"'{marker}'") == 2
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


def test_an_attempt_asks_for_more_than_a_kernel_of_doctor_s_may_have(kernels):
    _, (first, _, *others), _ = kernels(lambda code: "no")
    limits = doctor.LIMITS

    def numbers(asked, pattern):
        (code,) = (code for code in asked if re.search(pattern, code))
        return int(re.search(pattern, code)[1])

    assert numbers(first.asked, r"numpy.ones\((\d+)") > limits.memory
    assert numbers(first.asked, r"for _ in range\((\d+)\):\n +children") > limits.processes
    assert numbers(first.asked, r"if written > (\d+)") == limits.scratch
    # In three folders, each file of 16 MB.
    assert 3 * 16 * numbers(first.asked, r"for number in range\((\d+)\)") << 20 > limits.scratch
    assert 16 << 20 < limits.file_size  # or another limit would end it
    together = [code for each in others for code in each.asked]
    assert 4 * numbers(together, r"numpy.ones\((\d+)") > limits.memory
    assert numbers(together, r"numpy.ones\((\d+)") < limits.memory  # each by itself is allowed
    assert numbers(together, r"mmap.mmap\(-1, (\d+)\)") > limits.memory
    busy = numbers(together, r"for _ in range\((\d+)\):\n +if \(child")
    assert 3 < busy < limits.processes
    wanted = numbers(together, r"if least >= (\d+) and")
    # As many that busy weigh no more than one (sched(7)).
    assert busy * 1.25**-wanted <= 1 < busy * 1.25 ** (1 - wanted)
    assert f"nice {{least}} for each of {busy} busy" in "".join(together)


def test_an_attempt_says_in_megabytes_what_it_took(kernels):
    _, (first, _, *others), _ = kernels(lambda code: "no")
    asked = "".join([*first.asked, *(code for each in others for code in each.asked)])
    assert "took 1024 MB" in asked and "holds 1024 MB that" in asked
    assert "four processes took 256 MB each" in asked


def test_an_attempt_looks_for_what_another_kernel_has(kernels):
    _, (first, other, *_), _ = kernels(lambda code: "no")
    (made,) = other.asked
    mark = re.search(r"open\('(mark-\w+)', 'w'\)", made)[1]
    (code,) = (code for code in first.asked if "no file of the other kernel" in code)
    paths = ast.literal_eval(re.search(r"for path in (\[.*?\]):", code)[1])
    assert paths == [f"/home/{mark}", "/run/k-1", "/run/kernels/k-1"]


def test_an_attempt_that_says_nothing_is_not_waited_for_for_ever(kernels, monkeypatch):
    own = Script.execute

    def silent(self, code, store_history):
        asked = own(self, code, store_history)
        if "libc.mount" in code:
            del self.messages[1:]
        return asked

    monkeypatch.setattr(Script, "execute", silent)
    rows, (first, *_), _ = kernels(lambda code: "no")
    row = rows["mount something"]
    assert (row.enforced, row.detail) == (False, "the kernel was ended")
    assert doctor.ANSWER_SECONDS <= first.clock.now < doctor.ANSWER_SECONDS + 6


def test_the_targets_on_this_machine_can_be_reached_but_by_a_kernel():
    """What is kept from it has to be there, and open to everybody else."""
    ended = []

    class Sleeps:
        def __init__(self, command):
            self.command = command

        def __enter__(self):
            return self

        def __exit__(self, *_):
            ended.append("exit")

        def kill(self):
            ended.append("kill")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doctor.subprocess, "Popen", Sleeps)
        with doctor._host() as host:
            assert Path(host.secret).read_text() == "the secret was read"
            folder = Path(host.secret).parent
            modes = [path.stat().st_mode & 0o777 for path in (folder, folder / "socket")]
            assert modes == [0o755, 0o777] and host.path == str(folder / "socket")
            socket.create_connection(("127.0.0.1", host.port), 60).close()
            for address in (host.path, host.abstract):
                with socket.socket(socket.AF_UNIX) as one:
                    one.connect(address)
            assert host.abstract[0] == "\0" and host.process.command == ["sleep", host.marker]
            with doctor._host() as another:
                assert another.marker != host.marker and another.abstract != host.abstract
            assert ended == ["kill", "exit"]
    assert not folder.exists()


def test_a_process_of_this_machine_is_found_by_its_command():
    *_, last = filter(None, Path("/proc/self/cmdline").read_bytes().split(b"\0"))
    assert os.getpid() in doctor._processes(last.decode())
    assert doctor._processes(f"no-such-{os.getpid()}-command") == []


def test_rows_are_shown_with_what_holds_on_this_machine():
    rows = [Attempt("try this", True, "it [failed]"), Attempt("that", False, "did it")]
    found = isolation.Isolation(isolation.Kind.SINGLE, "no namespaces")
    shown = doctor.table(found, Counting(reason="[none]"), rows)
    assert shown.title == "isolation: single"
    meaning, counting = shown.caption.split("\n")
    assert meaning == f"{found.meaning}: no namespaces"
    assert counting.startswith("memory and processes: limits on each") and "\\[none]" in counting
    cells = [list(column.cells) for column in shown.columns]
    assert cells[1:] == [["yes", "NO"], [r"it \[failed]", "did it"]]
    best = doctor.table(isolation.NESTED, Counting(Path("/a")), [])
    assert best.caption.split("\n")[0] == isolation.NESTED.meaning
    assert rows[1].as_row() == {"what": "that", "enforced": False, "detail": "did it"}


def test_a_course_elsewhere_is_the_one_that_is_named(tmp_path, monkeypatch):
    for name in ("solutions", "gradebook.db", "submitted", "release", "autograder", "other"):
        (tmp_path / name).mkdir()
    folder, names = doctor._course(str(tmp_path))
    assert folder == tmp_path and set(names) == {
        *("solutions", "gradebook.db", "submitted", "release", "autograder")
    }
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "a" / "b" / "c" / "doctor.py"))
    with pytest.raises(RuntimeError, match="not where it was imported from"):
        doctor._course(None)
