"""A kernel that sends whatever it likes: always the student's fault, never a crash or a hang."""

import contextlib
import json
import os
import random
import socket
import struct
import threading
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from autograder.judging.time_limit import TimedOut
from autograder.sandbox.inside import wire
from autograder.sandbox.remote import KernelStopped, RemoteRaised, Session
from autograder.sandbox.remote import session as session_module
from autograder.sandbox.remote.beside import CellResult


def framed(header, blob=b""):
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<II", len(head), len(blob)) + head + blob


@contextlib.contextmanager
def session_with_peer(reply, seconds=5.0):
    """A Session whose kernel is a thread; reply: (header, sock) after each message that comes."""
    ours, theirs = socket.socketpair()
    killed, interrupted = [], []

    def peer():
        with contextlib.suppress(EOFError, OSError, wire.Unreadable):
            while True:
                header, _ = wire.receive(wire.reader(theirs))
                reply(header, theirs)

    thread = threading.Thread(target=peer, daemon=True)
    thread.start()
    signals = {"interrupt": lambda: interrupted.append(1), "kill": lambda: killed.append(1)}
    session = Session(ours, seconds=seconds, **signals)
    session.killed, session.interrupted, session.peer = killed, interrupted, theirs
    try:
        yield session
    finally:
        with contextlib.suppress(OSError):
            theirs.shutdown(socket.SHUT_RDWR)
        ours.close()
        thread.join(5)
        theirs.close()


def answering(**extra):
    """A reply that is right but for `extra`."""

    def reply(header, sock):
        answer = {"answer": header["ask"], "body": {"value": 1, "changed": []}} | extra
        sock.sendall(framed(answer))

    return reply


def value(tree, **more):
    return {"body": {"value": tree, "changed": [], **more}}


def nested(depth, leaf=1):
    tree = leaf
    for _ in range(depth):
        tree = ["list", [tree]]
    return tree


MODULE = {
    "id": "s1", "type": "Net", "library": None, "settings": {}, "training": True,
    "parameters": {}, "buffers": {}, "children": {},
}  # fmt: skip
OBJECT = {"id": "s1", "type": "Thing", "callable": False, "name": ""}
ABOUT = {"graph": 0, "shared": [], "others": False, "depth": 1, "unused": []}
MALFORMED = [
    {"body": None}, {"body": 3}, {"body": []}, {"body": {}}, {"rows": 5}, {"rows": [[1]]},
    {"rows": [["s1", {"value": 0}]]}, {"rows": [["t0", {"value": 7}]]}, {"rows": [[[], {}]]},
    {"modes": [["t9", True]]}, {"modes": [[{}, 1]]}, {"drop": 4},
    value([]), value({}), value([1]), value(["nothing", 1]), value(["list", 5]), value(["tensor"]),
    value(["tensor", 0, 0]), value(["tensor", -1, 0]), value(["tensor", "a", 0]),
    value(["dict", [1]]), value(["dict", [["list", []], 1]]), value(["set", [["list", []]]]),
    value(["size", ["a"]]), value(["dtype", "Tensor"]), value(["dtype", []]),
    value(["device", "x"]),
    value(["shared", "s5"]), value(["shared", []]), value(["yours", "t99"]), value(["yours", []]),
    value(["slice", [1, 2, 3, 4]]), value(["range", [0, 1, 0]]), value(["complex", "a", 1]),
    value(nested(40)), value(["list", [1] * 30_000]), value(["torch", "os", "system"]),
    value(["global", "x"]), value(["function", {"id": "s1", "name": "f"}]), value(["module"]),
    value(["module", {}]), value(["module", MODULE | {"parameters": {"w": 1}}]),
    value(["module", MODULE | {"parameters": {"w": ["s1", "x", "float32", True]}}]),
    value(["module", MODULE | {"children": {"a.b": MODULE}}]),
    value(["module", MODULE | {"children": {"a": {"yours": "t5"}}}]),
    value(["module", MODULE | {"library": "init"}]), value(["module", MODULE | {"library": 3}]),
    value(["module", MODULE | {"id": []}]),
    value(["object", {}]), value(["object", OBJECT | {"optimizer": "lr_scheduler"}]),
    value(["object", OBJECT | {"optimizer": "nothing"}]), value(["object", OBJECT | {"id": []}]),
    value(1, about=3, outs=[]), value(1, about=ABOUT), value(1, about=ABOUT, outs=[0]),
    value(1, about=ABOUT | {"shared": ["t0"]}, outs=[]), value(1, changed=[[0, 0]]),
    value(1, changed=3),
]  # fmt: skip


@pytest.mark.parametrize("extra", MALFORMED, ids=lambda extra: str(extra)[:70])
def test_a_malformed_answer_ends_the_kernel(extra):
    with session_with_peer(answering(**extra)) as session:
        for _ in range(2):
            with pytest.raises(KernelStopped, match="sent something unreadable"):
                session.call({"object": "s0"}, (torch.ones(2), 1.0))
        assert session.killed == [1]
        session.end_of_cell()


@pytest.mark.parametrize(
    "data",
    [b"\xff" * 8, framed(b"nonsense"), framed(b"[" * 50_000), framed({}, b"no tensors"),
     struct.pack("<II", 2**31, 0), struct.pack("<II", 2, 2**31) + b"{}"],
)  # fmt: skip
def test_bytes_that_are_no_message_end_the_kernel(data):
    with session_with_peer(lambda header, sock: sock.sendall(data)) as session:
        with pytest.raises(KernelStopped, match="unreadable"):
            session.subject("f")


ERRORS = [
    {}, None, 3, [], {"type": 3, "base": [], "text": {}}, {"type": "A b", "base": "SystemExit"},
    {"type": "X", "base": "eval", "text": "t", "line": "x"}, {"base": "ExceptionGroup"},
    {"type": "A" * 1000, "text": "b" * 1000}, {"type": "", "base": "BaseException"},
    {"type": "TimedOut", "base": "KeyboardInterrupt"}, {"type": "X", "line": 10**30},
]  # fmt: skip


@pytest.mark.parametrize("about", ERRORS, ids=str)
def test_any_error_answer_is_an_exception_of_the_students(about):
    def reply(header, sock):
        sock.sendall(framed({"answer": header["ask"], "error": about}))

    with session_with_peer(reply) as session:
        with pytest.raises(RemoteRaised) as caught:
            session.call({"object": "s0"})
        assert len(str(caught.value)) <= 300 and len(type(caught.value).__name__) <= 60
        assert caught.value.line is None


REQUESTS = [
    ("call", {"target": {"object": "t0", "method": "__init__"}}),
    ("call", {"target": {"object": "t0", "method": "load_state_dict"}}),
    ("call", {"target": {"object": "t0", "method": "register_forward_hook"}}),
    ("call", {"target": {"object": "t99"}}), ("call", {"target": {"object": []}}),
    ("call", {"target": {"global": "exit"}}), ("call", {"target": 5}), ("call", {}),
    ("call", 5), ("product", {"graph": 0, "given": [], "create": False}), ("product", {}),
    ("accumulate", {"graph": [], "given": []}), ("attribute", {"object": "t0", "name": "__dict__"}),
    ("attribute", {"object": "t0", "name": []}), ("attribute", {}), ("copy", {"object": "t99"}),
    ("copy", {}), ("describe", {"object": "t0"}), ("nothing", {}), ([], {}), (None, None),
    ("call", {"target": {"object": "t0"}, "args": [["yours", "t99"]]}),
    ("call", {"target": {"object": "t0"}, "args": [10**9]}),
]  # fmt: skip
COMMON = {"args": [], "kwargs": [], "grad": True, "inputs": []}


@pytest.mark.parametrize("op, body", REQUESTS, ids=str)
def test_a_request_for_something_else_is_refused(op, body):
    """The kernel asks; what comes back is an error, or the end of a kernel without manners."""
    number, answers = [], []

    def reply(header, sock):
        if "ask" not in header:
            answers.append(header)
            sock.sendall(framed({"answer": number[0], "body": {"value": 1}}))
            return
        number.append(header["ask"])
        full = COMMON | body if isinstance(body, dict) and op == "call" else body
        sock.sendall(framed({"ask": 1, "op": op, "body": full}))

    with session_with_peer(reply) as session:
        with contextlib.suppress(KernelStopped):
            assert session.call({"object": "s0"}, (nn.Linear(2, 2),)) == 1
            assert "error" in answers[0]


def test_a_flood_of_stale_answers_ends_in_time(monkeypatch):
    def flood(header, sock):
        with contextlib.suppress(OSError):
            while True:
                sock.sendall(framed({"answer": -1, "body": {}}))

    monkeypatch.setattr(session_module, "GRACE", 0.3)
    with session_with_peer(flood, seconds=0.3) as session:
        with pytest.raises(TimedOut):
            session.call({"object": "s0"})
        with pytest.raises(KernelStopped, match="the kernel was ended"):
            session.call({"object": "s0"})
        assert session.interrupted == session.killed == [1]


def test_half_a_message_ends_in_time():
    with session_with_peer(lambda _, sock: sock.sendall(b"\x09\x00"), seconds=0.3) as session:
        with pytest.raises(TimedOut):
            session.call({"object": "s0"})
        with pytest.raises(KernelStopped, match="in the middle"):
            session.call({"object": "s0"})


def mutated(tree, rng):
    """The tree with one random part replaced."""
    if isinstance(tree, dict) and tree and rng.random() < 0.8:
        key = rng.choice(list(tree))
        return tree | {key: mutated(tree[key], rng)}
    if isinstance(tree, list) and tree and rng.random() < 0.8:
        place = rng.randrange(len(tree))
        return [*tree[:place], mutated(tree[place], rng), *tree[place + 1 :]]
    scalars = [None, True, -1, 0, 10**30, 1e300, "", "x", "t0", "s1"]
    return rng.choice([*scalars, [], {}, ["list", [1]], [0], [[0, 0]]])


def test_mutated_answers_never_raise_anything_else():
    rng = random.Random(0)
    module = MODULE | {"parameters": {"w": ["s2", [2], "float32", True]}}
    right = {
        "body": {"value": ["dict", ["a", ["module", module], "b", ["object", OBJECT]]],
                 "changed": [], "about": ABOUT, "outs": []},
        "rows": [["t0", {"grad": None, "requires_grad": True}]], "modes": [["t0", False]],
        "drop": [1], "error": {"type": "X", "base": "ValueError", "text": "t"},
    }  # fmt: skip
    for _ in range(300):
        error = rng.random() < 0.2
        answer = mutated({k: v for k, v in right.items() if k != "error" or error}, rng)

        def reply(header, sock, answer=answer):
            mine = answer if isinstance(answer, dict) else {}
            sock.sendall(framed({"answer": header["ask"]} | mine))

        with session_with_peer(reply) as session:
            try:
                got = session.call({"object": "s0"}, (nn.Linear(2, 2), torch.ones(2)))
                if isinstance(got, dict) and isinstance(got.get("a"), nn.Module):
                    list(got["a"].parameters())
            except RemoteRaised:
                pass


# What a Session keeps to, whatever the kernel does.


class Clock:
    """Stands for the module `time`."""

    now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(session_module, "time", made)
    return made


def test_a_message_that_has_begun_may_end_after_the_time_limit(clock):
    with session_with_peer(None) as session, session.time_limit(3.0):
        assert session._patience() == 3.0
        clock.now += 3.0
        with pytest.raises(TimedOut):
            session._patience()
        session._in_message, session._message_ends = True, 104.0
        assert session._patience() == 1.0
        clock.now += 1.0
        with pytest.raises(TimedOut):
            session._patience()
    assert session._seconds_left() == float("inf")


def test_of_nested_limits_the_earliest_counts(clock):
    with session_with_peer(None) as session:
        with session.time_limit(5.0), session.time_limit(9.0):
            assert session._remaining() == 5.0
            with contextlib.suppress(KeyError), session.time_limit(2.0):
                assert session._remaining() == 2.0
                raise KeyError
            assert session._remaining() == 5.0


def test_a_request_has_the_sessions_limit_where_none_is_set_and_is_timed(clock):
    seen = []

    def reply(header, sock):
        seen.append(session._seconds_left())
        clock.now += 2.0
        answering()(header, sock)

    with session_with_peer(reply, seconds=7.0) as session:
        session.call({"object": "s0"})
        with session.time_limit(9.0):
            session.call({"object": "s0"})
    assert seen == [7.0, 9.0] and (session.calls, session.seconds_waited) == (2, 4.0)


def test_what_only_looks_does_not_make_what_is_known_old():
    with session_with_peer(answering()) as session:
        for op in ("describe", "fetch", "look", "default_dtype"):
            session.ask(op, {})
            assert session.epoch == 0
        for count, op in enumerate(("call", "forget", "lend", "product", "pretend"), 1):
            session.ask(op, {})
            assert session.epoch == count


def test_a_kernel_that_asks_when_the_time_is_over_is_refused():
    """And whoever answers late is asked again afterwards."""
    number, refused = [], []

    def reply(header, sock):
        if "ask" in header and not number:
            number.append(header["ask"])
        elif header.get("op") == "call":
            answering()(header, sock)
        else:
            refused.append(header["error"]["text"])
            sock.sendall(framed({"answer": 99}) + framed({"answer": number[0]}))

    with session_with_peer(reply, seconds=0.05) as session:

        def interrupt():
            session.peer.sendall(framed({"ask": 5, "op": "call", "body": {}}))

        session._interrupt = interrupt
        with pytest.raises(TimedOut):
            session.call({"object": "s0"})
        assert refused == ["the time is over"] and session.stopped is None
        with session.time_limit(30.0):
            assert session.call({"object": "s0"}) == 1
        assert session.killed == []


def test_a_result_beside_the_answers_has_the_secret_that_was_sent(monkeypatch):
    row = {"shown": [], "value": "3", "error": None, "ended": None, "killed": 1}
    asked = []

    def reply(header, sock):
        if header["op"] != "beside":
            answering()(header, sock)
            return
        asked.append((header["body"], session._seconds_left()))
        secret = header["body"]["secret"] if len(asked) < 3 else "guessed"
        sock.sendall(framed({"answer": header["ask"], "body": row | {"secret": secret}}))

    monkeypatch.setattr(session_module, "MARGIN_SECONDS", 50.0)
    with session_with_peer(reply) as session:
        for _ in range(2):
            found = session.run_beside("x", 2.0)
            assert found == CellResult((), "3", None, None, killed=False)
        with pytest.raises(KernelStopped, match="sent something unreadable"):
            session.run_beside("x", 2.0)
    bodies = [body for body, _ in asked]
    assert {(body["source"], body["seconds"]) for body in bodies} == {("x", 2.0)}
    secrets = {body["secret"] for body in bodies}
    assert len(secrets) == 3 and {len(each) for each in secrets} == {32}
    assert all(51.0 < left <= 52.0 for _, left in asked)


def test_a_cell_s_result_that_is_none_ends_the_kernel():
    right = {"shown": [], "value": None, "error": None, "ended": None, "killed": True}
    error = {"type": "E", "text": "t", "line": 3, "mismatch": ["a", None, "b", "c"]}
    found = CellResult.from_row(right | {"error": error, "shown": [{"text": "x"}] * 501})
    assert found.killed and len(found.shown) == 500 and found.shown[0] == {"text": "x"}
    about = found.raised
    assert (about.type, about.text, about.line) == ("E", "t", 3)
    assert about.mismatch == ("a", None, "b", "c")
    for wrong in (
        *({"value": 3}, {"ended": []}, {"shown": [3]}, {"shown": None}, {"error": 5}),
        *({"error": error | {"mismatch": parts}} for parts in (["a"] * 3, ["a"] * 5, [1] * 4)),
        *({"error": error | {"type": 3}}, {"error": {}}),
    ):
        with pytest.raises((TypeError, KeyError, ValueError)):
            CellResult.from_row(right | wrong)
    for name in right.keys() - {"killed"}:
        with pytest.raises(KeyError):
            CellResult.from_row({key: each for key, each in right.items() if key != name})


DTYPES = [
    ("torch.float64", torch.float64), ("torch.float32", torch.float32),
    ("torch.float16", torch.float32), ("torch.bfloat16", torch.float32), (None, torch.float32),
    (["x"], torch.float32),
]  # fmt: skip


@pytest.mark.parametrize("told, inside", DTYPES, ids=str)
def test_a_test_computes_in_the_default_type_of_the_kernel(told, inside):
    def reply(header, sock):
        assert header["op"] == "default_dtype"
        sock.sendall(framed({"answer": header["ask"], "body": told}))

    assert torch.get_default_dtype() == torch.float32
    with session_with_peer(reply) as session:
        with contextlib.suppress(KeyError), session.default_dtype():
            assert torch.get_default_dtype() == inside
            raise KeyError
        assert torch.get_default_dtype() == torch.float32


def test_of_a_kernel_that_has_ended_nothing_is_asked():
    with session_with_peer(lambda header, sock: sock.sendall(framed(b"nonsense"))) as session:
        with session.default_dtype():  # what it sent is said by the test itself
            assert torch.get_default_dtype() == torch.float32
        assert session.stopped == "the kernel sent something unreadable"
        calls = session.calls
        with session.default_dtype():
            pass
        session.end_of_cell()
        assert session.calls == calls


def test_copies_are_counted_until_the_end_of_the_cell(monkeypatch):
    monkeypatch.setattr(session_module, "MOST_COPIES", 2)
    with session_with_peer(answering()) as session:
        for _ in range(2):
            net = nn.Linear(1, 1)
            body = {"object": session.held.hold(net)}
            for _ in range(2):
                twin, _ = session._serve_copy(body, [])
                assert twin["type"] == "Linear" and session.held[twin["id"]] is not net
            with pytest.raises(MemoryError, match="more than 2 copies"):
                session._serve_copy(body, [])
            session.end_of_cell()
            assert len(session.held) == 0 and not session.ledger.tensors


def test_an_attribute_is_asked_for_of_a_network_alone():
    with session_with_peer(None) as session:
        body = {"object": session.held.hold(lambda: 1), "name": "weight"}
        for serve in (session._serve_attribute, session._serve_copy):
            with pytest.raises(AttributeError, match="a function has no such attribute"):
                serve(body, [])


def noted(asked):
    def reply(header, sock):
        asked.append(header)
        answering()(header, sock)

    return reply


def test_a_seed_that_a_test_sets_is_told_once():
    asked, state = [], torch.get_rng_state()
    try:
        with session_with_peer(noted(asked)) as session:
            session.call({"object": "s0"})
            torch.manual_seed(5)
            torch.manual_seed(6)
            session.call({"object": "s0"})
            session.call({"object": "s0"})
    finally:
        torch.set_rng_state(state)
    assert [each.get("seed") for each in asked] == [None, 6, None]


def test_a_function_is_lent_until_it_is_taken_back():
    asked = []
    with session_with_peer(noted(asked)) as session:
        session.take_back()
        assert asked == []
        kept = session.held.hold(nn.Linear(1, 1))
        for _ in range(2):  # the second one takes the first back
            session.lend({"f": lambda x: x + 1, "g": abs})
        first, back, second = (each["op"] for each in asked)
        assert (first, back, second) == ("lend", "take back", "lend")
        trees = asked[2]["body"]["functions"]
        assert {name: tree[1]["name"] for name, tree in trees.items()} == {"f": "f", "g": "g"}
        lent = session.held[trees["f"][1]["id"]]
        assert lent(3) == 4
        with pytest.raises(RuntimeError, match="a test that has ended"):
            session.held[asked[0]["body"]["functions"]["f"][1]["id"]]
        session.take_back()
        session.take_back()
        assert [each["op"] for each in asked[3:]] == ["take back"] and lent.over
        assert kept in session.held and len(session.held) == 1


def test_a_function_is_taken_back_though_the_kernel_does_not_answer(clock):
    """Within a limit of its own, even after the test's."""
    left = []

    def reply(header, sock):
        if header["op"] == "take back":
            left.append(session._seconds_left())
            sock.sendall(framed({"answer": header["ask"], "error": {"type": "KeyError"}}))
        else:
            answering()(header, sock)

    with session_with_peer(reply) as session, session.time_limit(3.0):
        session.lend({"f": abs})
        (lent,) = session._lent
        clock.now += 4.0
        session.take_back()
        assert lent.over and left == [session_module.GRACE]
        assert session._seconds_left() == -1.0
        with pytest.raises(RuntimeError, match="a test that has ended"):
            lent(-1)


def test_what_a_gpu_would_refuse_is_asked_for_whatever_the_run_does():
    asked = []

    def reply(header, sock):
        asked.append(header["op"])
        told = "torch.ones in line 2 (of f) makes it: use device=x.device"
        sock.sendall(framed({"answer": header["ask"], "body": told}))

    with session_with_peer(reply) as session:
        found = session.problem_on_gpu(lambda: asked.append("run"))
        assert found == "torch.ones in line 2 (of f) makes it: use device=x.device"
        with pytest.raises(KeyError):
            session.problem_on_gpu({}.popitem)
    assert asked == ["pretend", "run", "pretended"] + ["pretend", "pretended"]


def test_a_look_is_at_what_was_asked_for():
    def reply(header, sock):
        assert header["body"] == {"object": "s3", "names": ["f", "g"]}
        body = {"called": ["g", "x"], "cuda": True, "cpu": True}
        sock.sendall(framed({"answer": header["ask"], "body": body}))

    with session_with_peer(reply) as session:
        assert session.look("s3", ("f", "g")) == (("g",), True, True)


def test_who_does_not_read_is_not_written_to_for_ever(clock):
    with session_with_peer(None) as session:
        own, waits = session._sock, []
        session._sock = SimpleNamespace(settimeout=waits.append, sendall=lambda data: None)
        for seconds in (4.0, 0.05, -1.0):
            with session.time_limit(seconds):
                session.send({}, [])
        assert waits == [4.0, 0.1, 0.1]

        def refuses(data):
            raise TimeoutError

        session._sock.sendall = refuses
        with pytest.raises(TimedOut), session.time_limit(1.0):
            session.send({}, [])
        assert session.stopped is None
        session._sock.sendall = lambda data: os.stat("/no/such/file")
        with pytest.raises(KernelStopped, match="^the kernel had stopped$"), session.time_limit(1):
            session.send({}, [])
        session._sock = own


def test_a_name_that_the_student_has_not_is_said_in_these_words():
    def reply(header, sock):
        sock.sendall(framed({"answer": header["ask"], "error": {"base": "NameError", "text": "x"}}))

    with session_with_peer(reply) as session:
        with pytest.raises(NameError, match="^name 'f' is not defined$") as caught:
            session.subject("f")
        assert caught.value.__suppress_context__


def test_a_module_of_a_test_tells_its_public_methods_and_values():
    class Net(nn.Module):
        width = 4

        def encode(self):
            pass

    with session_with_peer(None) as session:
        identity = session.held.hold(Net())

        def told(name):
            return session._serve_attribute({"object": identity, "name": name}, [])[0]

        assert told("encode") == {"method": True}
        assert told("width") == {"method": False, "value": 4}
