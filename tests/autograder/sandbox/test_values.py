"""Trees of values, and what each side records of shared tensors: both sides in this process."""

import numpy
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder.sandbox.inside import values, wire
from autograder.sandbox.inside.ledger import Ledger
from autograder.sandbox.inside.link import Held, Link
from autograder.sandbox.inside.values import Packer, Unpacker
from autograder.sandbox.inside.wire import Unreadable
from autograder.sandbox.remote import arguments
from autograder.sandbox.remote.beside import CellResult
from tests.autograder.sandbox.remote_kernel import session_with


def refused(*_):
    raise Unreadable("special")


def packer(special=lambda value, packer: ["special"], **options):
    return Packer(Ledger("a"), special, **options)


def unpacker(*tensors):
    return Unpacker(list(tensors), Ledger("b"), refused)


@pytest.mark.parametrize(
    "value", [{1, 2}, [1, [2]], (), {"a": (1.5,)}, slice(1, 2), range(3), torch.Size([2]), 1j]
)
def test_a_value_has_a_tree_and_a_tree_its_value(value):
    got = unpacker().decode(packer().encode(value))
    assert type(got) is type(value) and got == value


def test_kinds_have_their_own_names():
    trees = [packer().encode(value) for value in ([1], (1,), {1}, {1: 2}, frozenset([1]))]
    assert trees == [["list", [1]], ["tuple", [1]], ["set", [1]], ["dict", [1, 2]], ["set", [1]]]


@pytest.mark.parametrize("tree", [[], [3], {}, {"a": 1}, ["strange"], ["_inner", []], [["list"]]])
def test_a_tree_without_meaning_is_refused(tree):
    with pytest.raises(Unreadable):
        unpacker().decode(tree)


@pytest.mark.parametrize("index", [-1, 1, True, 0.0, "0", None])
def test_a_tensor_is_named_by_its_place_in_the_message(index):
    one = unpacker(torch.ones(1))
    assert one.at(0).tolist() == [1]
    with pytest.raises(Unreadable, match="not in the message"):
        one.at(index)


@pytest.mark.parametrize(
    "tensor",
    [
        *(torch.eye(2).to_sparse(), torch.ones(2, device="meta")),
        torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8),
        nn.parameter.UninitializedParameter(),
    ],
    ids=["sparse", "meta", "quantised", "lazy"],
)
def test_a_tensor_that_no_message_holds_is_left_to_special(tensor):
    one = packer()
    assert one.encode(tensor) == ["special"] and not one.tensors


@pytest.mark.parametrize("rows, fits", [(8, True), (9, False)])
def test_an_array_is_too_large_before_it_is_copied(monkeypatch, rows, fits):
    """A view of one number may claim any size."""
    monkeypatch.setattr(wire, "TENSOR_BYTES", 64)
    array = numpy.broadcast_to(numpy.float64(1), (rows,))
    if fits:
        assert packer().encode(array)[0] == "array"
        return
    monkeypatch.setattr(values.numpy, "array", lambda *_, **__: pytest.fail("it was copied"))
    with pytest.raises(wire.TooLarge):
        packer().encode(array)


def test_flags_of_a_tensor():
    leaf = torch.ones(1, requires_grad=True)
    one = packer(linked=True)
    trees = [one.encode(each) for each in (torch.ones(1), leaf, leaf * 2, leaf)]
    assert trees == [["tensor", 0, 0], ["tensor", 1, 1], ["tensor", 2, 2], ["tensor", 1, 1]]
    assert one.differentiable == [1, 2]


# The ledger.


@pytest.fixture
def both():
    """Gives (a tensor here, send() that carries its changes, its copy there)."""
    here, there = Ledger("h"), Ledger("t")
    tensor = nn.Parameter(torch.arange(3.0))
    here.track(here.key(tensor))

    def send():
        one = Packer(here, refused)
        rows, modes = here.rows(one)
        unpack = Unpacker([each.clone() for each in one.tensors], there, refused)
        there.apply(rows, modes, unpack, lambda key: key == "h0")
        here.commit(rows, modes)
        return [dict(change) for _, change in rows]

    first = send()
    assert first[0]["kind"] == "parameter"
    return tensor, send, there.tensors["h0"]


def test_nothing_is_sent_of_what_has_not_changed(both):
    tensor, send, copy = both
    assert send() == []
    with torch.no_grad():
        tensor += 1
    assert set(send()[0]) == {"value", "in_place"} and copy.tolist() == [1, 2, 3]
    assert send() == []


def test_a_flag_is_sent_once(both):
    tensor, send, copy = both
    assert copy.requires_grad
    tensor.requires_grad_(False)
    assert send() == [{"requires_grad": False}] and not copy.requires_grad
    assert send() == []


def test_a_gradient_is_another_object_only_if_it_is_one_here(both):
    tensor, send, copy = both
    tensor.grad = torch.ones(3)
    send()
    kept = copy.grad
    tensor.grad.add_(1)  # in place: who holds it there sees it
    assert send()[0]["same_grad"] is True
    assert copy.grad is kept and kept.tolist() == [2, 2, 2]
    tensor.grad = torch.zeros(3)
    assert send()[0]["same_grad"] is False
    assert copy.grad is not kept and copy.grad.tolist() == [0, 0, 0] and kept.tolist() == [2, 2, 2]
    tensor.grad = None
    send()
    assert copy.grad is None


def test_a_tensor_that_nobody_asked_for_is_refused():
    ledger = Ledger("t")
    with pytest.raises(Unreadable, match="nobody asked for"):
        ledger.apply([["h0", {}]], [], unpacker(), lambda key: False)


def test_what_is_held_has_one_identity_and_none_is_used_again():
    held, thing, other = Held("s"), object(), object()
    assert held.hold(thing) == held.hold(thing) == "s0" and held.hold(other) == "s1"
    held.keep_first(1)
    assert len(held) == 1 and "s0" in held and "s1" not in held and held["s0"] is thing
    held.clear()
    assert held.hold(other) == "s2"
    with pytest.raises(RuntimeError, match="a test that has ended"):
        held["s0"]


# What a test hands to a student's code.


def tree_of(value):
    return arguments.tree_of(value, Link("t"), packer(), lambda thing: None)


def test_what_torch_defines_goes_by_its_name():
    assert tree_of(F.relu) == ["torch", "torch.nn.functional", "relu"]
    assert tree_of(torch.Tensor) == ["torch", "torch", "Tensor"]
    assert tree_of(nn.Linear)[:2] == ["torch", "torch.nn.modules.linear"]


def test_a_callable_of_ours_goes_by_an_identity():
    def own(x):
        return x

    own.__module__ = "torchvision.own"
    assert tree_of(own) == ["function", {"id": "t0", "name": "own"}]
    with pytest.raises(TypeError):
        tree_of(object())


def test_numbers_that_no_function_should_be_called_with_are_named():
    arguments.check_sizes([10**6, (-(10**6), {"a": 1.5e300, 10**6: {5}})])
    for value in (10**6 + 1, [-(10**6) - 1], ({"a": 10**7},), {10**7: 1}):
        with pytest.raises(ValueError, match="is too large"):
            arguments.check_sizes(value)
    with pytest.raises(ValueError, match=f"the number {'1' * 30} is too large"):
        arguments.check_sizes(int("1" * 40))


def test_a_function_that_is_returned_has_the_names_of_a_function():
    with session_with("def make():\n    def inner(x): return x + 1\n    return inner\n") as session:
        inner = session.subject("make")()
        assert (inner.__name__, inner.__qualname__) == ("inner", "inner") and inner(2) == 3
        assert (session.calls > 0) and session.seconds_waited >= 0


@pytest.mark.parametrize(
    "line, kept", [(1, 1), ((1 << 20) - 1, (1 << 20) - 1), (1 << 20, None), (0, None), (True, None)]
)
def test_a_line_that_a_kernel_names_is_a_number_of_a_line(line, kept):
    error = {"type": "", "text": None, "line": line, "mismatch": None}
    row = {"error": error, "shown": [], "value": None, "ended": None}
    found = CellResult.from_row(row).raised
    assert (found.type, found.text, found.line) == ("Error", "", kept)


def test_what_torch_defines_is_sent_by_its_name():
    """And nothing that only says so."""
    assert arguments._name_in_torch(nn.ReLU) == ("torch.nn.modules.activation", "ReLU")
    assert arguments._name_in_torch(F.softplus) is None  # of the C library, without Python
    assert arguments._name_in_torch(F.mse_loss) == ("torch.nn.functional", "mse_loss")
    own = lambda x: x  # noqa: E731
    for module in (__name__, "torch.nn.functional", "torchlike", None):
        own.__module__, own.__name__ = module, "mse_loss"
        assert arguments._name_in_torch(own) is None
    assert arguments._name_in_torch(packer) is None and arguments._name_in_torch(5) is None
