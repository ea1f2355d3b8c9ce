"""Calls, values, gradients, exceptions and limits: the same as in one process."""

import math

import numpy
import pytest
import torch
from torch.nn import functional as F

from autograder.judging.time_limit import TimedOut
from autograder.sandbox.remote import KernelStopped, RemoteObject, RemoteRaised, RemoteSubject
from tests.autograder.sandbox.remote_kernel import session_with

SOURCE = """
import sys, time, os, random
seen = {"calls": 0}
number = 7
weights = torch.arange(3.0)
outer = nn.Parameter(torch.tensor(2.0))

def same(x):
    return x
def kind(x):
    return type(x).__name__
def loss(a, b):
    return F.softplus(-a).mean() + (b ** 2).sum()
def cubes(x):
    return x ** 3, {"double": 2 * x, "none": x.detach()}
def scaled(x):
    return outer * x
def gradient_of_outer():
    return outer.grad.item()
def subtract_one(x):
    x -= 1
    return x
def double(x):
    x *= 2
    return x
def wish(x, wanted=True):
    return x.requires_grad_(wanted)
def move(x):
    x.requires_grad_()
    x.data.add_(1)
    return x
def move_both(x):
    return move(x), x
def one_only(x, y):
    return x * 2
def graded():
    return torch.is_grad_enabled()
def wants(x):
    return x.requires_grad, x.is_leaf
def draw():
    return torch.rand(3)
class Point:
    def __init__(self, x): self.x, self._secret = x, 1
    def moved(self, by): return Point(self.x + by)
    def __len__(self): return 3
    def __getitem__(self, i): return [self.x, 5, 6][i]
    def __iter__(self): return iter([self.x, 5])
class OwnError(ValueError): pass
class Unspeakable(Exception):
    def __str__(self): raise RuntimeError
def fails(name):
    if name == "own": raise OwnError("mine " * 200)
    if name == "unspeakable": raise Unspeakable
    if name == "deep": return fails("deep")
    if name == "key": return {}["k"]
    if name == "exit": sys.exit(3)
    if name == "unicode": b"\\xff".decode()
    if name == "memory": raise MemoryError
    if name == "group": raise ExceptionGroup("g", [ValueError()])
    if name == "bad name": raise type("x y" * 40, (Exception,), {})("t")
    raise getattr(__builtins__, name, None) or __builtins__[name]("said")
def sleeps(seconds):
    time.sleep(seconds)
    return "awake"
def stubborn():
    import signal
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True: time.sleep(0.05)
def swallows():
    try:
        time.sleep(60)
    except BaseException:
        return "late"
def dies(): os._exit(3)
def huge(): return torch.zeros(1).expand(10**12)
def many(n): return list(range(n))
def deep(n):
    x = []
    for _ in range(n): x = [x]
    return x
def text(n): return "x" * n
def odd(what):
    return {"meta": torch.ones(2, device="meta"), "sparse": torch.eye(2).to_sparse(),
            "set": {1, 2}, "gen": (i for i in range(3)), "subclass": type("L", (list,), {})([1]),
            "lie": type("E", (), {"__eq__": lambda s, o: True})(), "int": 10**1000,
            "big int": 10**5000, "object array": np.array([object()])}[what]
"""


@pytest.fixture(scope="module")
def session():
    with session_with(SOURCE) as session:
        yield session


VALUES = [
    None, True, 3, -2.5, math.inf, "text ü", [1, [2.0, None]], (1, "a"), {"a": 1, 2: (3,)}, {1, 2},
    torch.Size([2, 3]), torch.float16, torch.device("cpu"), 1 + 2j, slice(1, None), range(3), ...,
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_cross_both_ways(session, value):
    got = session.subject("same")(value)
    assert type(got) is type(value) and got == value
    assert session.subject("kind")(value) == type(value).__name__


def test_nan_crosses(session):
    assert math.isnan(session.subject("same")(math.nan))


@pytest.mark.parametrize(
    "value",
    [numpy.float32(1.5), numpy.int64(3), numpy.bool_(True), numpy.arange(6.0).reshape(2, 3),
     numpy.arange(6, dtype=">i4")[::-2], numpy.zeros((0, 2))],
    ids=repr,
)  # fmt: skip
def test_numpy_values_cross(session, value):
    got = session.subject("same")(value)
    assert type(got) is type(value) and numpy.array_equal(got, value)
    assert session.subject("kind")(value) == type(value).__name__


@pytest.mark.parametrize(
    "value",
    [torch.tensor(1.5), torch.arange(6).reshape(2, 3).T, torch.zeros(0, 3), torch.tensor([True]),
     torch.ones(2, dtype=torch.bfloat16), torch.tensor([math.nan, math.inf]),
     torch.tensor([1 + 2j]), torch.ones(1).expand(3)],
    ids=repr,
)  # fmt: skip
def test_tensors_cross(session, value):
    got = session.subject("same")(value)
    assert type(got) is torch.Tensor and got.dtype == value.dtype and got.shape == value.shape
    assert torch.allclose(got, value, equal_nan=True) and not got.requires_grad


def test_globals_are_looked_up_each_time(session):
    assert session.subject("number") == 7
    assert torch.equal(session.subject("weights"), torch.arange(3.0))
    assert isinstance(session.subject("same"), RemoteSubject)
    assert session.subject("same").__name__ == "same"
    with pytest.raises(NameError, match="^name 'nothing' is not defined$"):
        session.subject("nothing")


def in_process(name):
    namespace = {"torch": torch, "F": F, "nn": torch.nn, "np": numpy, "__builtins__": __builtins__}
    exec(SOURCE, namespace)
    return namespace[name]


def test_gradients_of_several_inputs_and_of_one_unused(session):
    a, b = torch.randn(4, 1, requires_grad=True), torch.randn(3, requires_grad=True)
    here = torch.autograd.grad(in_process("loss")(a, b), (a, b))
    value = session.subject("loss")(a, b)
    there = torch.autograd.grad(value, (a, b), retain_graph=True)
    assert all(map(torch.allclose, here, there))
    again = torch.autograd.grad(value, (a, b))
    assert all(map(torch.equal, there, again))
    unused = session.subject("one_only")(a, b).sum()
    assert torch.autograd.grad(unused, b, allow_unused=True) == (None,)


def test_the_graph_is_gone_after_a_backward_pass(session):
    x = torch.ones(2, requires_grad=True)
    value = session.subject("same")(x * 2).sum()
    value.backward()
    assert x.grad.tolist() == [2, 2]
    with pytest.raises(RuntimeError, match="a second time"):
        value.backward()


def test_gradients_of_any_order(session):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    cubes, more = session.subject("cubes")(x)
    assert more["double"].requires_grad and not more["none"].requires_grad
    (first,) = torch.autograd.grad(cubes.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    (third,) = torch.autograd.grad(second.sum(), x)
    for got, wanted in ((first, [3, 12]), (second, [6, 12]), (third, [6, 6])):
        assert got.tolist() == wanted


def test_a_result_that_wants_a_gradient_because_of_the_sandbox_alone(session):
    value = session.subject("scaled")(torch.tensor(3.0))
    assert value.requires_grad
    value.backward()
    # "outer" comes as a copy by value; its gradient is in the sandbox.
    assert session.subject("gradient_of_outer")() == 3
    x = torch.tensor(3.0, requires_grad=True)
    assert torch.autograd.grad(session.subject("scaled")(x), x)[0] == 2


def test_grad_mode_and_flags_cross(session):
    assert session.subject("graded")() is True
    with torch.no_grad():
        assert session.subject("graded")() is False
        assert not session.subject("same")(torch.ones(1, requires_grad=True) * 2).requires_grad
    leaf = torch.ones(1, requires_grad=True)
    assert session.subject("wants")(leaf) == (True, True)
    assert session.subject("wants")(leaf * 1) == (True, False)


def test_in_place_changes_of_arguments_come_back(session):
    x = torch.arange(3.0)
    session.subject("subtract_one")(x)
    assert x.tolist() == [-1, 0, 1]
    array = numpy.arange(3.0)
    session.subject("subtract_one")(array)
    assert array.tolist() == [-1, 0, 1]
    with pytest.raises(RuntimeError, match="leaf Variable"):
        session.subject("subtract_one")(torch.ones(1, requires_grad=True))
    leaf = torch.ones(2, requires_grad=True)
    result = session.subject("subtract_one")(leaf * 1)
    assert torch.autograd.grad(result.sum(), leaf)[0].tolist() == [1, 1]
    result = session.subject("double")(leaf * 1)
    assert torch.autograd.grad(result.sum(), leaf)[0].tolist() == [2, 2]


def test_a_wish_for_gradients_outlives_the_call(session):
    """x.requires_grad_() on the caller's tensor is seen there, and its result is a leaf."""
    x, other = torch.arange(3.0), torch.ones(3, requires_grad=True)
    result = session.subject("wish")(x)
    assert x.requires_grad and result.is_leaf and result.requires_grad and result is x
    assert session.subject("wish")(other, False) is other and not other.requires_grad


def test_an_argument_that_is_changed_and_returned_is_the_callers_own(session):
    """Also where it is a view, to which torch gives no gradient of another function."""
    of_all = torch.arange(6.0).reshape(2, 3)
    x = of_all[0]
    result = session.subject("move")(x)
    assert result is x and x.tolist() == [1, 2, 3] and of_all[0].tolist() == [1, 2, 3]
    (first, second) = session.subject("move_both")(of_all[1])
    assert first.tolist() == second.tolist() == [4, 5, 6]


def test_seeds_cross(session):
    draw = session.subject("draw")
    torch.manual_seed(3)
    first = draw()
    assert not torch.equal(first, draw())
    torch.manual_seed(3)
    assert torch.equal(first, draw())
    torch.manual_seed(3)
    assert torch.equal(first, torch.rand(3))


def test_objects_stay_and_answer(session):
    point = session.subject("Point")(4)
    assert isinstance(point, RemoteObject) and type(point).__name__ == "Point"
    assert point.x == 4 and point[1] == 5 and len(point) == 3 and list(point) == [4, 5]
    assert point.moved(2).x == 6 and point.moved(by=3).x == 7
    assert session.subject("kind")(point) == "Point"
    assert not callable(point) and not hasattr(point, "nothing") and bool(point)
    with pytest.raises(AttributeError):
        _ = point._secret
    with pytest.raises(AttributeError, match="cannot set"):
        point.x = 5


@pytest.mark.parametrize(
    "what, wanted",
    [("set", {1, 2}), ("subclass", [1]), ("int", 10**1000)],
    ids=["set", "list", "int"],
)
def test_odd_results_by_value(session, what, wanted):
    got = session.subject("odd")(what)
    assert type(got) is type(wanted) and got == wanted


def test_what_is_no_value_becomes_an_object(session):
    odd = session.subject("odd")
    assert list(odd("gen")) == [0, 1, 2]
    assert odd("lie") != 3
    for what in ("meta", "sparse", "object array"):
        assert isinstance(odd(what), RemoteObject)


@pytest.mark.parametrize(
    "name", ["ValueError", "NotImplementedError", "KeyError", "OSError", "ZeroDivisionError"]
)
def test_builtin_exceptions_are_caught_by_type(session, name):
    builtin = getattr(__import__("builtins"), name)
    with pytest.raises(builtin) as caught:
        session.subject("fails")(name)
    assert isinstance(caught.value, RemoteRaised)
    assert type(caught.value).__name__ == name
    assert str(caught.value) == str(builtin("said"))
    assert caught.value.line == SOURCE[: SOURCE.index("raise getattr")].count("\n") + 1


def test_other_exceptions(session):
    fails = session.subject("fails")
    with pytest.raises(ValueError) as caught:
        fails("own")
    assert type(caught.value).__name__ == "OwnError" and len(str(caught.value)) == 300
    for name, kind in [
        ("unspeakable", "Unspeakable"), ("exit", "SystemExit"), ("group", "ExceptionGroup"),
        ("KeyboardInterrupt", "KeyboardInterrupt"), ("GeneratorExit", "GeneratorExit"),
    ]:  # fmt: skip
        with pytest.raises(RemoteRaised) as caught:
            fails(name)
        assert type(caught.value).__name__ == kind
        assert not isinstance(caught.value, (SystemExit, KeyboardInterrupt, GeneratorExit))
    for name, builtin in [
        ("deep", RecursionError), ("key", KeyError), ("memory", MemoryError),
        ("unicode", UnicodeDecodeError),
    ]:  # fmt: skip
        with pytest.raises(builtin):
            fails(name)
    with pytest.raises(KeyError, match="^'k'$"):
        fails("key")
    with pytest.raises(RemoteRaised) as caught:
        fails("bad name")
    assert type(caught.value).__name__.isidentifier() and str(caught.value) == "t"
    assert session.subject("number") == 7


@pytest.mark.parametrize(
    "name, argument, words",
    [
        ("many", 20_000, "more than 10,000 items"),
        ("deep", 30, "nested more than 20 deep"),
        ("text", 2_000_000, "2.0 MB"),
        ("odd", "big int", "thousand digits"),
    ],
)
def test_too_large_results_are_refused_by_name(session, name, argument, words):
    with pytest.raises(ValueError, match=words):
        session.subject(name)(argument)
    assert session.subject("number") == 7


def test_an_absurd_tensor_is_never_made(session):
    with pytest.raises(ValueError, match="4,000,000 MB"):
        session.subject("huge")()
    with pytest.raises(ValueError, match="at most 64 MB"):
        session.subject("same")(torch.zeros(1).expand(10**12))


def test_a_time_limit_interrupts_and_the_session_lives_on(session):
    """Of several limits the earliest: by any other one the call would end and return."""
    with pytest.raises(TimedOut), session.time_limit(600), session.time_limit(0.3):
        with session.time_limit(600):
            session.subject("sleeps")(30)
    assert session.subject("sleeps")(0) == "awake"
    with pytest.raises(TimedOut), session.subject("swallows").time_limit(0.2):
        session.subject("swallows")()
    assert session.subject("number") == 7


def test_what_belongs_to_an_ended_cell_says_so(session):
    same = session.subject("same")
    session.end_of_cell()
    with pytest.raises(RemoteRaised, match="a test that has ended"):
        same(1)
    assert session.subject("same")(1) == 1


def test_a_kernel_that_ignores_interrupts_is_killed(monkeypatch):
    from autograder.sandbox.remote import session as module

    monkeypatch.setattr(module, "GRACE", 0.5)
    with session_with("import sys, time\n" + SOURCE, seconds=0.3) as session:
        stubborn = session.subject("stubborn")
        with pytest.raises(TimedOut):
            stubborn()
        with pytest.raises(KernelStopped, match="the kernel was ended"):
            session.subject("number")


def test_a_kernel_that_dies_is_said_to_have_stopped():
    with session_with(SOURCE) as session:
        dies = session.subject("dies")
        for _ in range(2):
            with pytest.raises(KernelStopped, match="the kernel had stopped"):
                dies()
        session.end_of_cell()


def test_calls_are_counted(session):
    before = session.calls, session.seconds_waited
    session.subject("number")
    assert session.calls == before[0] + 1 and session.seconds_waited > before[1]


def test_a_small_call_is_one_request_and_its_gradient_another(session):
    loss = session.subject("loss")
    a, b = torch.randn(16, 1), torch.randn(16, 1)

    def requests(call):
        before = session.calls
        call()
        return session.calls - before

    assert requests(lambda: loss(a, b)) == 1
    a.requires_grad_(), b.requires_grad_()
    assert requests(lambda: torch.autograd.grad(loss(a, b), (a, b))) == 2
