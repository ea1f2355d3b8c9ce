"""A kernel that sends whatever it likes: always the student's fault, never a crash or a hang."""

import contextlib
import json
import random
import socket
import struct
import threading

import pytest
import torch
from torch import nn

from autograder.judging.time_limit import TimedOut
from autograder.sandbox.inside import wire
from autograder.sandbox.remote import KernelStopped, RemoteRaised, Session


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
    session.killed = killed
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


def test_a_flood_of_stale_answers_ends_in_time():
    def flood(header, sock):
        with contextlib.suppress(OSError):
            while True:
                sock.sendall(framed({"answer": -1, "body": {}}))

    from autograder.sandbox.remote import session as module

    before, module.GRACE = module.GRACE, 0.3
    try:
        with session_with_peer(flood, seconds=0.3) as session:
            with pytest.raises(TimedOut):
                session.call({"object": "s0"})
            with pytest.raises(KernelStopped, match="the kernel was ended"):
                session.call({"object": "s0"})
    finally:
        module.GRACE = before


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
