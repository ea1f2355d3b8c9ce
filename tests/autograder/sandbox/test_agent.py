"""What the agent in a kernel does with a request, in this very process; and with interrupts."""

import contextlib
import copy
import os
import random
import signal
import socket
import sys
import threading
from types import SimpleNamespace

import numpy
import pytest
import torch
from torch import nn

from autograder.sandbox.inside import agent as module
from autograder.sandbox.inside import wire
from autograder.sandbox.inside.agent import Agent
from autograder.sandbox.inside.handed_out import HandedFunction, HandedModule, HandedOptimizer

OWN = {"training": True, "parameters": {}, "buffers": {}, "children": {}, "settings": {}}


@pytest.fixture
def agent(tmp_path, monkeypatch):
    """An agent whose other end is `.other`; its globals are `.names`."""
    monkeypatch.chdir(tmp_path)
    ours, theirs = socket.socketpair()
    ours.settimeout(30.0)
    names = {"number": 5}
    made = Agent(theirs, names)
    theirs.settimeout(30.0)  # instead of waiting for ever
    made.other, made.names = ours, names
    made.read = wire.reader(ours)
    yield made
    ours.close()
    theirs.close()


def ask(agent, op, body, tensors=(), **more):
    """The answer to one request."""
    wire.send(agent.other, {"ask": 1, "op": op, "body": body, **more}, tensors)
    assert agent.handle_next() is True
    header, _ = wire.receive(agent.read)
    assert header["answer"] == 1
    return header


def call(agent, target, *arguments, **more):
    body = {"target": target, "args": [*arguments], "kwargs": [], "grad": False, "inputs": []}
    return ask(agent, "call", body, **more)


def value(header):
    return header["body"]["value"]


def test_a_global_is_looked_up_each_time(agent):
    assert value(call(agent, {"global": "number"})) == 5
    agent.names["number"] = 6
    assert value(call(agent, {"global": "number"})) == 6
    error = call(agent, {"global": "nothing"})["error"]
    assert error == {"type": "NameError", "base": "NameError", "line": None,
                     "text": "name 'nothing' is not defined"}  # fmt: skip


class Thing:
    size = 3

    def __len__(self):
        return 4

    def __getitem__(self, key):
        return key + 1

    def __iter__(self):
        return iter([7])

    def method(self, x):
        return x * 2


def test_what_can_be_done_with_an_object(agent):
    identity = agent.held.hold(Thing())

    def operate(operator, *arguments, of=identity):
        return call(agent, {"object": of, "operator": operator}, *arguments)

    assert value(operate("get", "size")) == 3 and value(operate("len")) == 4
    assert value(operate("item", 5)) == 6 and value(operate("contains", 7)) is True
    _, iterator = value(operate("iter"))
    steps = [value(operate("next", of=iterator["id"])) for _ in range(2)]
    assert steps == [["tuple", [True, 7]], ["tuple", [False, None]]]
    assert value(call(agent, {"object": identity, "method": "method"}, 4)) == 8
    assert operate("destroy")["error"]["type"] == "KeyError"
    assert call(agent, {"object": "s99"})["error"]["text"].endswith("a test that has ended")
    own = agent.held.hold(lambda: 9)
    for target in ({"object": own}, {"object": own, "method": None}):
        assert value(call(agent, target)) == 9


def test_a_network_is_filled_drawn_and_loaded_where_it_is(agent):
    net = nn.Linear(2, 1)
    identity = agent.held.hold(net)

    def operate(operator, *arguments, **more):
        return call(agent, {"object": identity, "operator": operator}, *arguments, **more)

    operate("fill", 0.5)
    assert net.weight.tolist() == [[0.5, 0.5]] and net.bias.tolist() == [0.5]
    kinds = value(operate("state"))
    assert kinds == ["dict", ["weight", ["tuple", [1, 2]], "bias", ["tuple", [1]]]]
    drawn = []
    for seed in (1, 1, 2):
        operate("draw", seed)
        drawn.append(net.weight.tolist())
    assert drawn[0] == drawn[1] != drawn[2]
    tree = ["dict", ["weight", ["tensor", 0, 0], "bias", ["tensor", 1, 0]]]
    operate("load", tree, tensors=[torch.ones(1, 2), torch.zeros(1)])
    assert net.weight.tolist() == [[1, 1]] and net.bias.item() == 0 and not net.training


def test_an_object_is_told_by_a_few_words(agent):
    def tree(thing):
        kind, about = agent.encode_special(thing, agent.packer())
        assert kind == "object" and agent.held[about.pop("id")] is thing
        return about

    assert tree(Thing()) == {"type": "Thing", "callable": False, "name": ""}
    long = type("L" * 61, (), {"__call__": lambda self: 1})()
    long.__name__ = "n" * 61
    assert tree(long) == {"type": "L" * 60, "callable": True, "name": "n" * 60}
    kind, about = agent.encode_special(nn.Linear(1, 1), agent.packer())
    assert kind == "module" and about["library"] == "Linear"


def test_an_optimiser_is_told_with_its_class_of_torch(agent):
    made = type("Mine", (torch.optim.SGD,), {})([nn.Parameter(torch.ones(1))], lr=0.1)
    _, about = agent.encode_special(made, agent.packer())
    assert agent.held[about.pop("id")] is made
    assert about == {"type": "Mine", "callable": False, "name": "", "optimizer": "SGD"}


def test_a_proxy_is_told_as_what_it_stands_for(agent):
    own = HandedFunction(agent, "t5", "f")
    assert agent.encode_special(own, agent.packer()) == ["yours", "t5"]
    # A method of a network is none of the other side's objects.
    method = HandedFunction(agent, "t5", "encode", method="encode")
    assert agent.encode_special(method, agent.packer())[0] == "object"
    assert (own.__name__, repr(method)) == ("f", "<function encode>")


def test_the_line_of_an_error_is_the_deepest_of_the_students(agent):
    exec(compile("def f(g):\n    g()\ndef h():\n\n    f(int.nothing)", "cell", "exec"), agent.names)
    identity = agent.held.hold(lambda: agent.names["h"]())
    assert call(agent, {"object": identity})["error"]["line"] == 5
    identity = agent.held.hold(lambda: agent.names["f"](lambda: 1 / 0))
    assert call(agent, {"object": identity})["error"]["line"] == 2


def test_a_seed_that_a_test_has_set_is_set_before_the_request(agent):
    state = torch.get_rng_state()
    try:
        agent.names["draw"] = lambda: torch.rand(1).item()
        found = [value(call(agent, {"object": agent.held.hold(agent.names["draw"])}, seed=3))
                 for _ in range(2)]  # fmt: skip
        torch.manual_seed(3)
        assert found == [torch.rand(1).item()] * 2
    finally:
        torch.set_rng_state(state)


def test_functions_that_are_lent_are_put_back(agent):
    agent.names["own"] = mine = object()

    def lend(**functions):
        trees = {n: ["function", {"id": i, "name": n}] for n, i in functions.items()}
        ask(agent, "lend", {"functions": trees})

    lend(own="t1", new="t2")
    lent = agent.names["own"]
    assert type(lent) is HandedFunction and lent.__name__ == "own"
    lend(own="t3")  # again, before it was taken back
    assert agent.names["own"]._identity == "t3" and agent.names["new"]._identity == "t2"
    for op in ("take back", "forget"):
        ask(agent, op, {})
        assert agent.names["own"] is mine and "new" not in agent.names
        lend(own="t1", new="t2")
    del agent.names["new"]
    ask(agent, "take back", {})
    assert agent.names["own"] is mine
    agent.names["own"] = None
    lend(own="t1")
    ask(agent, "take back", {})
    assert agent.names["own"] is None  # which is not the same as nothing


def test_the_end_of_a_cell_forgets_all_that_was_handed_over(agent):
    agent.held.hold(Thing())
    agent.ledger.track(agent.ledger.key(torch.ones(1)))
    leaf = torch.ones(1, requires_grad=True)
    agent.graphs.keep([leaf], [leaf * 2], agent.ledger)
    agent._handed["t1"] = object()
    ask(agent, "pretend", {})
    agent.dropped.append(5)
    answer = ask(agent, "forget", {})
    assert answer["body"] is None and answer["drop"] == []
    assert len(agent.held) == 0 and not agent.ledger.tensors and not agent.graphs._kept
    assert not agent._handed and agent._gpu is None


def test_it_tells_the_default_type_and_tracks_what_is_asked_for(agent):
    assert ask(agent, "default_dtype", {})["body"] == "torch.float32"
    key = agent.ledger.key(torch.arange(3.0))
    answer = ask(agent, "fetch", {"keys": [key]})
    assert [row[0] for row in answer["rows"]] == [key]
    assert ask(agent, "fetch", {"keys": [key]})["rows"] == []
    net = nn.Linear(1, 1)
    assert ask(agent, "describe", {"object": agent.held.hold(net)})["body"]["type"] == "Linear"


def test_what_a_gpu_would_refuse_is_one_sentence_and_what_is_drawn_next_is_as_before(agent):
    states = [random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state()]
    ask(agent, "pretend", {})
    assert agent._gpu.named_cuda is False
    for draw in (random.random, numpy.random.rand, lambda: torch.rand(1)):
        draw()
    agent._gpu.problems += ["p" * 301, "another"]
    assert ask(agent, "pretended", {})["body"] == "p" * 300 and agent._gpu is None
    after = [random.getstate(), numpy.random.get_state()[1].tolist(), torch.get_rng_state()]
    assert after[:2] == states[:2] and torch.equal(after[2], states[2])
    assert ask(agent, "pretended", {})["body"] == ""
    ask(agent, "pretend", {})
    assert ask(agent, "pretended", {})["body"] == ""


@pytest.mark.parametrize("subject, cuda, cpu", [
    ("def f(x): return g(x)\ndef g(x): return x.cuda()", True, False),
    ("def f(x): return torch.ones(3)", False, True), ("def f(x): return x + 1", False, False),
    ("f = len", False, True),
])  # fmt: skip
def test_a_look_at_code_says_what_it_calls_and_where_it_computes(agent, subject, cuda, cpu):
    for number, cell in enumerate(subject.splitlines()):
        exec(compile(cell, f"{number}.py", "exec"), agent.names)
    identity = agent.held.hold(agent.names["f"])
    body = ask(agent, "look", {"object": identity, "names": ["g", "h"]})["body"]
    assert body == {"called": ["g"] * subject.count("g(x)\n"), "cuda": cuda, "cpu": cpu}


def test_arguments_of_a_test_are_found_by_their_names(agent):
    thing = Thing()

    def decoded(*tree):
        return agent.unpacker([]).decode([*tree])

    assert decoded("yours", agent.held.hold(thing)) is thing and decoded("global", "number") == 5
    assert decoded("torch", "torch.nn.functional", "relu") is nn.functional.relu
    made = decoded("function", {"id": "t1", "name": "f"})
    assert made is decoded("function", {"id": "t1", "name": "f"}) and made.__name__ == "f"
    net = decoded("module", OWN | {"id": "t2", "type": "Net", "library": None})
    assert isinstance(net, HandedModule) and type(net).__name__ == "Net" and net.training
    assert agent.module_from({"yours": agent.held.hold(net)}) is net


def test_a_network_of_a_test_has_its_parts_here(agent):
    weight, shared = nn.Parameter(torch.ones(1)), torch.ones(2)
    agent.ledger.name("t0", weight)
    agent.ledger.name("t1", shared)
    child = OWN | {"id": "t3", "type": "ReLU", "library": "ReLU", "training": False}
    row = OWN | {
        "id": "t2", "type": "Mine", "library": "Linear", "settings": {"in_features": 4},
        "parameters": {"weight": ["t0", [1], "float32", True], "bias": None,
                       "lazy": ["", None, "float32", True]},
        "buffers": {"counts": ["t1", [2], "float32", False]}, "children": {"act": child},
    }  # fmt: skip
    net = agent.module_from(row)
    assert isinstance(net, nn.Linear) and net.in_features == 4 and net.training
    assert net.weight is weight and net.bias is None and net.counts is shared
    assert nn.parameter.is_lazy(net.lazy)
    act = net.act
    assert isinstance(act, nn.ReLU) and not act.training
    # The next description says what it has by then.
    again = agent.module_from(OWN | {"id": "t2", "type": "Mine", "library": "Linear"})
    assert again is net and not list(net.children()) and not dict(net.named_parameters())
    # What it is like is followed: a change here is told.
    act.train()
    net.eval()
    assert sorted(agent.ledger.rows(agent.packer())[1]) == [("t2", False), ("t3", True)]
    # A layer that needs its own constructor is one without being of its class.
    plain = OWN | {"id": "t9", "type": "Attention", "library": "Transformer"}
    assert isinstance(agent.module_from(plain), HandedModule)


def test_an_optimiser_of_a_test_has_its_groups_here(agent):
    weight = nn.Parameter(torch.ones(1))
    agent.ledger.name("t0", weight)
    agent.ledger.track("t0")
    groups = ["list", [["dict", ["params", ["list", [["shared", "t0"]]], "lr", 0.5, "new", 7]]]]
    row = {"id": "t1", "type": "Mine", "library": "SGD", "groups": groups}
    solver = agent.unpacker([]).decode(["optimizer", row])
    assert isinstance(solver, torch.optim.SGD) and isinstance(solver, HandedOptimizer)
    assert solver.defaults == {"lr": 0.5, "new": 7} and repr(solver) == "Mine (of the test)"
    (group,) = solver.param_groups
    assert group["params"] == [weight] and group["lr"] == 0.5
    asked = []
    agent.call = lambda target, arguments: asked.append((target, *arguments)) or 5
    assert solver.step(lambda: torch.is_grad_enabled()) is True and solver.step() is None
    solver.zero_grad()
    solver.zero_grad(set_to_none=False)
    plain = [{"lr": 0.5, "new": 7}]
    assert asked == [
        *[({"object": "t1", "method": "step"}, plain)] * 2,
        *(({"object": "t1", "method": "zero_grad"}, plain, none) for none in (True, False)),
    ]


def test_an_exception_of_a_test_s_code_is_caught_by_its_type(agent):
    error = agent.raised({"type": "Mine", "base": "KeyError", "text": "t"})
    assert isinstance(error, KeyError) and type(error).__name__ == "Mine" and str(error) == "t"


def test_a_closed_connection_is_the_end(agent):
    agent.other.close()
    assert agent.handle_next() is False


def test_a_message_that_is_no_request_is_not_answered(agent):
    wire.send(agent.other, {"answer": 3})
    assert agent.handle_next() is True
    agent.other.setblocking(False)
    with pytest.raises(BlockingIOError):
        agent.other.recv(1)


def test_a_fork_that_student_code_leaves_in_its_answer_ends(agent, monkeypatch):
    ended = []
    monkeypatch.setattr(module, "_own_id", lambda: -1)
    monkeypatch.setattr(module, "_end", lambda code: ended.append(code) or sys.exit())
    with pytest.raises(SystemExit):
        agent.send({}, [])
    assert ended == [0]


# Interrupts.


def interrupt():
    signal.raise_signal(signal.SIGINT)


def test_an_interrupt_stops_student_code_and_is_the_answer(agent):
    before = signal.getsignal(signal.SIGINT)
    error = call(agent, {"object": agent.held.hold(interrupt)})["error"]
    assert error["type"] == "KeyboardInterrupt"
    assert signal.getsignal(signal.SIGINT) is before
    assert value(call(agent, {"object": agent.held.hold(lambda: 3)})) == 3


def test_an_interrupt_in_a_message_waits_for_its_end(agent, monkeypatch):
    """And one that came before a request is none of its."""
    done = []

    def send(header, tensors, own=agent.send):
        interrupt()
        done.append("sent")
        own(header, tensors)

    monkeypatch.setattr(agent, "send", send)
    assert value(call(agent, {"object": agent.held.hold(lambda: 3)})) == 3
    assert value(call(agent, {"object": agent.held.hold(lambda: 4)})) == 4

    def asks():
        with contextlib.suppress(RuntimeError):
            agent.ask("attribute", {})
            done.append("went on")

    def receive(own=agent.receive):
        interrupt()
        done.append("received")
        return {"answer": 1, "body": 5}, []

    def student():
        agent.receive = receive
        try:
            asks()
        finally:
            del agent.receive

    done.clear()
    with agent._own_interrupts():
        with pytest.raises(KeyboardInterrupt):
            agent.run(student, (), {})
    assert done == ["sent", "received"]


def test_in_another_thread_no_signal_is_touched(agent):
    before, found = signal.getsignal(signal.SIGINT), []

    def work():
        with agent._own_interrupts():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before]


def test_a_pretended_gpu_watches_student_code_and_not_its_messages(agent):
    seen = []

    class GPU(contextlib.nullcontext):
        problems = ()

        def __enter__(self):
            seen.append("in")

        def __exit__(self, *_):
            seen.append("out")

        def arrived(self, result):
            return ("arrived", result)

        def handed_over(self, values):
            seen.append(values)

    agent._gpu = GPU()
    assert agent.run(lambda x: x + 1, (1,), {}) == ("arrived", 2) and seen == ["in", "out"]
    asked = []

    def plain(op, body, packer=None, number=None):
        asked.append(torch._C._is_torch_function_enabled())
        return {"value": 9}, []

    agent.ask = plain
    assert agent.call({"object": "t1"}, (5,), {"k": 6}) == 9
    assert seen[2:] == [((5,), {"k": 6})]
    agent._gpu = None
    assert agent.call({"object": "t1"}, (5,)) == 9 and asked == [False, True]
    assert len(seen) == 3 and agent.run(lambda: 3, (), {}) == 3


def test_code_of_the_agent_itself_is_not_the_students():
    def frame(path, package):
        code = SimpleNamespace(co_filename=path)
        return SimpleNamespace(f_code=code, f_globals={"__package__": package})

    assert module._is_students(frame("/tmp/cell.py", None))
    assert not module._is_students(frame("/tmp/cell.py", module.__package__))
    assert not module._is_students(frame(os.__file__, None))


# What a proxy of a test's object asks for.


@pytest.fixture
def handed(agent):
    """A network of a test; .asked: what was asked for, .answers: by operation."""
    net = agent.module_from(OWN | {"id": "t1", "type": "Net", "library": None})
    agent.asked, agent.answers = [], {}

    def ask(op, body, packer=None, number=None):
        agent.asked.append((op, body))
        return agent.answers[op], []

    def call(target, arguments=(), keywords=None):
        agent.asked.append((target, tuple(arguments), keywords))
        return "called"

    agent.ask, agent.call = ask, call
    return net


def test_an_attribute_of_a_network_is_asked_for(agent, handed):
    agent.answers["attribute"] = {"method": False, "value": 7}
    assert handed.width == 7
    agent.answers["attribute"] = {"method": True}
    method = handed.encode
    assert method(1, by=2) == "called" and method.__name__ == "encode"
    assert agent.asked == [
        ("attribute", {"object": "t1", "name": "width"}),
        ("attribute", {"object": "t1", "name": "encode"}),
        ({"object": "t1", "method": "encode"}, (1,), {"by": 2}),
    ]
    with pytest.raises(AttributeError, match="_own"):
        handed._own  # noqa: B018
    with pytest.raises(AttributeError, match="width"):  # before it is linked
        HandedModule.__new__(HandedModule).width  # noqa: B018
    assert len(agent.asked) == 3


def test_a_network_is_called_with_the_tensors_that_stand_in_for_its_own(agent, handed):
    tracked, other = nn.Parameter(torch.ones(1)), torch.zeros(1)
    agent.ledger.track(agent.ledger.key(tracked))
    handed._parameters["weight"] = tracked
    assert handed(3, by=4) == "called"
    handed._buffers["mean"] = other
    assert handed(3, by=4) == "called"
    plain, (target, (first, second), keywords) = agent.asked
    assert plain == ({"object": "t1"}, (3,), {"by": 4})
    assert target == {"object": "t1", "with": ["mean"]} and keywords == {"by": 4}
    assert first is other and second == 3


def test_a_copy_of_a_network_is_another_one_there(agent, handed):
    agent.answers["copy"] = OWN | {"id": "t2", "type": "Net", "library": None}
    one, other = copy.deepcopy([handed, handed])
    assert one is other is not handed and one._identity == "t2"
    assert agent.asked == [("copy", {"object": "t1"})]
    function = HandedFunction(agent, "t5", "f")
    assert copy.deepcopy(function) is function and copy.deepcopy(agent) is agent
    assert function(1, k=2) == "called"
    assert agent.asked[1:] == [({"object": "t5", "method": None}, (1,), {"k": 2})]
