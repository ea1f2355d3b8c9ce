"""Trees of values, and what each side records of shared tensors: both sides in this process."""

import contextlib
import gc
import json
import math
import pickle
import sys
from dataclasses import FrozenInstanceError, is_dataclass
from pathlib import Path

import numpy
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from autograder.sandbox.inside import describe, gradients, impersonate, values, wire
from autograder.sandbox.inside.ledger import Ledger, same
from autograder.sandbox.inside.link import Held, Link
from autograder.sandbox.inside.values import Packer, Unpacker
from autograder.sandbox.inside.wire import Unreadable
from autograder.sandbox.kernel_limits import GIB, MIB, Limits
from autograder.sandbox.remote import RemoteRaised, arguments, lent
from autograder.sandbox.remote.beside import CellResult
from autograder.sandbox.remote.raised import from_answer
from helpers.graphs import depth as graph_depth
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


def test_another_shape_or_type_is_taken_over_by_the_same_object(both):
    tensor, send, copy = both
    for data in (torch.ones(3, dtype=torch.float64), torch.zeros(2, 2)):
        tensor.data = data
        assert send()[0]["in_place"] is False
        assert copy.dtype == data.dtype and torch.equal(copy, data)
        assert send() == []


def test_torch_counts_a_change_there_if_it_did_here(both):
    """Or a backward pass would miss that a value that it needs is another one by now."""
    tensor, send, copy = both
    before = copy._version
    tensor.data.add_(1)
    assert send()[0]["in_place"] is False and copy._version == before
    with torch.no_grad():
        tensor.add_(1)
    assert send()[0]["in_place"] is True and copy._version == before + 1
    assert copy.tolist() == [2, 3, 4] and send() == []


def test_a_change_that_comes_to_nothing_is_a_change_too(both):
    tensor, send, copy = both
    before = copy._version
    with torch.no_grad():
        tensor.add_(0)
    assert set(send()[0]) == {"value", "in_place"} and copy._version == before + 1
    assert send() == []


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_a_flag_of_a_result_is_not_sent():
    """Nobody can set it: it follows from what the result was made of."""
    ledger, leaf = Ledger("h"), torch.ones(1, requires_grad=True)
    result = leaf * 2
    ledger.track(ledger.key(result))
    ((_, change),), _ = ledger.rows(packer())
    assert "requires_grad" not in change and change["kind"] == "buffer"


def test_a_gradient_of_another_shape_is_another_object(both):
    tensor, send, copy = both
    tensor.grad = torch.ones(3)
    send()
    kept = copy.grad
    there = Ledger("x")
    there.name("h0", copy)
    there.track("h0")
    row = {"grad": 0, "same_grad": True}
    copy.data = torch.zeros(2)
    there.apply([["h0", row]], [], unpacker(torch.full((2,), 5.0)), refused)
    assert copy.grad is not kept and copy.grad.tolist() == [5, 5] and kept.tolist() == [1, 1, 1]
    copy.grad = None
    there.apply([["h0", row]], [], unpacker(torch.full((2,), 6.0)), refused)
    assert copy.grad.tolist() == [6, 6]


def test_what_arrives_is_known_and_not_sent_back():
    here, copy = Ledger("t"), nn.Parameter(torch.zeros(2))
    here.name("h0", copy)
    change = {"value": 0, "in_place": True, "grad": 1, "requires_grad": False, "kind": "parameter"}
    got = unpacker(torch.ones(2), torch.full((2,), 3.0))
    here.apply([["h0", change]], [], got, lambda key: key == "h0")
    assert copy.tolist() == [1, 1] and copy.grad.tolist() == [3, 3] and not copy.requires_grad
    assert here.rows(packer()) == ([], [])
    assert copy.grad is not got.tensors[1]  # nobody else changes it


def test_a_tensor_that_is_new_there_is_what_it_is_here():
    there, buffer = Ledger("t"), torch.ones(2)
    rows = [
        *(["h0", {"value": 0, "kind": "buffer"}], ["h1", {"value": 0, "kind": "parameter"}]),
        ["h2", {"value": 0}],
    ]
    there.apply(rows, [], unpacker(buffer), lambda key: True)
    kinds = {key: type(tensor) for key, tensor in there.tensors.items()}
    assert kinds == {"h0": torch.Tensor, "h1": nn.Parameter, "h2": torch.Tensor}
    assert not any(tensor.requires_grad for tensor in there.tensors.values())
    assert len({tensor.data_ptr() for tensor in (buffer, *there.tensors.values())}) == 4
    assert there.tracked_key(there.tensors["h1"]) == "h1"


def test_the_modes_of_networks_follow():
    here, there = Ledger("h"), Ledger("t")
    nets = nn.Linear(1, 1), nn.Linear(1, 1)
    for ledger, net in zip((here, there), nets, strict=True):
        ledger.follow("n", net)
        ledger.follow("n", nn.Linear(1, 1))  # it is followed already
    assert here.rows(packer()) == ([], [])
    nets[0].eval()
    rows, modes = here.rows(packer())
    assert (rows, modes) == ([], [("n", False)]) and here.rows(packer())[1] == modes
    here.commit(rows, modes)
    assert here.rows(packer()) == ([], [])
    there.apply(rows, [["n", 0]], unpacker(), refused)
    assert nets[1].training is False and there.rows(packer()) == ([], [])
    nets[1].train()
    assert there.rows(packer())[1] == [("n", True)]


def test_a_key_is_one_of_a_tensor_and_tracked_once_it_is_sent():
    ledger, one, other = Ledger("h"), torch.ones(1), torch.ones(1)
    assert ledger.key(one) == ledger.key(one) == "h0" and ledger.key(other) == "h1"
    assert ledger.tracked_key(one) is None and ledger.tracked_key(torch.ones(1)) is None
    ledger.track("h0")
    assert ledger.tracked_key(one) == "h0" and ledger.tracked_key(other) is None
    ((key, _),), _ = ledger.rows(packer())
    ledger.track("h0")  # what is known of it is still known
    ledger.commit([(key, {})], [])
    ledger.track("h0")
    assert ledger.rows(packer()) == ([], [])
    ledger.clear()
    assert not ledger.tensors and ledger.tracked_key(one) is None and ledger.key(other) == "h0"


@pytest.mark.parametrize(
    "a, b, alike",
    [
        (None, None, True), (torch.ones(1), None, False), (None, torch.ones(1), False),
        (torch.tensor([math.nan]), torch.tensor([math.nan]), True),
        (torch.tensor([0.0]), torch.tensor([-0.0]), False),
        (torch.ones(2, 3), torch.ones(3, 2), False),
        (torch.zeros(1), torch.zeros(1, dtype=torch.int32), False),
        (torch.arange(4.0).reshape(2, 2).T, torch.tensor([[0.0, 2.0], [1.0, 3.0]]), True),
        (torch.ones(1), torch.tensor([2.0]), False), (torch.tensor(1.0), torch.tensor(1.0), True),
        (torch.tensor(1.0), torch.tensor([1.0]), False),
    ],
)  # fmt: skip
def test_the_same_are_the_same_bits(a, b, alike):
    assert same(a, b) is alike


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


# Two ends of a conversation, both in this thread: whoever waits lets the other one serve.


class End(Link):
    other = None

    def __init__(self, prefix):
        super().__init__(prefix)
        self.inbox, self.sent, self.again = [], [], True

    def send(self, header, tensors):
        self.sent.append(json.loads(json.dumps(header)))
        self.other.inbox.append((self.sent[-1], [each.clone() for each in tensors]))

    def receive(self):
        while not self.inbox:
            other = self.other
            header, tensors = other.inbox.pop(0)
            other.apply_changes(header, tensors)
            other.serve(header, tensors)
        return self.inbox.pop(0)

    def resolve(self, target):
        return self.held[target["object"]]

    def may_begin(self, key):
        return True

    def reading(self):
        return contextlib.nullcontext()

    def reraises(self, error):
        return self.again

    def encode_special(self, value, packer):
        raise TypeError("no value")

    def raised(self, error):
        return impersonate.exception(
            error["type"], (impersonate.builtin_exception(error["base"]),), error["text"]
        )


@pytest.fixture
def ends():
    """(here, there); ask(function, ...) has the other end call it."""
    here, there = End("h"), End("t")
    here.other, there.other = there, here

    def ask(function, *arguments, **keywords):
        return here.call({"object": there.held.hold(function)}, arguments, keywords)

    return here, there, ask


class Own(KeyError):
    pass


class Loud(Exception):
    def __str__(self):
        raise SystemExit


@pytest.mark.parametrize(
    "error, told",
    [
        (Own("x"), {"type": "Own", "base": "KeyError", "text": "'x'"}),
        (ValueError("y" * 301), {"type": "ValueError", "base": "ValueError", "text": "y" * 300}),
        (Loud(), {"type": "Loud", "base": "Exception", "text": ""}),
        (type("L" * 61, (OSError,), {})("z"), {"type": "L" * 60, "base": "OSError", "text": "z"}),
        (KeyboardInterrupt(), {"type": "KeyboardInterrupt", "base": "KeyboardInterrupt",
                               "text": ""}),
    ],
    ids=repr,
)  # fmt: skip
def test_an_error_is_told_by_its_name_its_base_and_its_text(ends, error, told):
    assert ends[0].describe(error) == told


def test_an_error_is_raised_by_who_asked_and_both_go_on(ends):
    here, there, ask = ends

    def fails():
        raise Own("there")

    with pytest.raises(KeyError, match="there") as caught:
        ask(fails)
    assert type(caught.value).__name__ == "Own"
    with pytest.raises(KeyError, match="nothing"):
        here.ask("nothing", {})
    with pytest.raises(TypeError, match="no value"):
        ask(object)
    assert ask(lambda x: x + 1, 2) == 3


@pytest.mark.parametrize("again", [True, False])
def test_an_interrupt_is_answered_before_it_goes_on(ends, again):
    here, there, ask = ends
    there.again = again

    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt if again else Exception) as caught:
        ask(interrupted)
    assert there.sent[-1]["error"]["type"] == "KeyboardInterrupt"
    assert isinstance(caught.value, Exception) is not again


def test_an_answer_that_does_not_fit_is_an_error_of_that_request(ends, monkeypatch):
    """Nor what has changed there since: it is told with the next message that has room."""
    here, there, ask = ends
    kept = torch.zeros(2)
    there.ledger.track(there.ledger.key(kept))
    ask(lambda: 1)

    def change():
        kept.add_(1)
        return 5

    assert ask(change) == 5
    copy = here.ledger.tensors["t0"]
    assert copy.tolist() == [1, 1] and copy is not kept
    monkeypatch.setattr(wire, "TENSOR_BYTES", 8)

    def send(header, tensors, own=there.send):
        wire.check_tensor_bytes(sum(each.nbytes for each in tensors))
        own(header, tensors)

    there.send = send
    there.ledger.track(there.ledger.key(torch.zeros(3)))
    with pytest.raises(ValueError, match="at most 0 MB can be passed") as caught:
        ask(change)
    assert type(caught.value).__name__ == "TooLarge" and copy.tolist() == [1, 1]
    monkeypatch.setattr(wire, "TENSOR_BYTES", 100)
    assert ask(lambda: 6) == 6 and copy.tolist() == [2, 2]


def test_a_late_answer_to_an_earlier_request_is_passed_over(ends):
    here, there, ask = ends
    here.inbox += [({"answer": 99, "body": {"value": 1}}, []), ({"answer": None}, [])]
    assert ask(lambda: 7) == 7
    assert here.ask("call", {"target": {"object": "t0"}, "args": [], "kwargs": [], "grad": False,
                             "inputs": []}, number=99)[0]["value"] == 7  # fmt: skip
    assert [each["ask"] for each in here.sent] == [1, 99]


def test_each_side_can_ask_while_it_is_asked(ends):
    here, there, ask = ends
    own = here.held.hold(lambda x: x * 2)
    assert ask(lambda x: there.call({"object": own}, (x + 1,)) + 1, 3) == 9
    assert [each["ask"] for each in there.sent if "ask" in each] == [1]


def test_what_a_graph_keeps_is_told_to_be_dropped_with_the_next_message(ends):
    here, there, ask = ends
    x = torch.ones(2, requires_grad=True)
    result = ask(lambda x: x * 3, x)
    assert len(there.graphs._kept) == 1 and there.graphs._size == 16
    del result
    gc.collect()
    assert ask(lambda: 1) == 1
    assert here.sent[-1]["drop"] == [0] and not there.graphs._kept and there.graphs._size == 0
    ask(lambda: 1)
    assert here.sent[-1]["drop"] == []
    with pytest.raises(RuntimeError, match="a test that has ended"):
        there.graphs[0]


def test_without_gradients_nothing_is_kept(ends):
    here, there, ask = ends
    x, modes = torch.ones(2, requires_grad=True), []
    with torch.no_grad():
        assert not ask(lambda x: modes.append(torch.is_grad_enabled()) or x * 3, x).requires_grad
    ask(lambda x: modes.append(torch.is_grad_enabled()), x)
    assert ask(lambda x: x.detach() * 3, x).requires_grad is False
    assert modes == [False, True] and not there.graphs._kept


def test_arguments_that_a_call_changes_are_changed_here(ends):
    here, there, ask = ends
    x, y, same_, array, fixed = torch.ones(2), torch.ones(2), torch.ones(2), *numpy.ones((2, 2))
    fixed.flags.writeable = False

    def change(x, y, same_, array, fixed):
        x.add_(1)
        y.data = torch.zeros(3)
        same_.add_(0)
        array[:] = 5
        fixed[:] = 6

    version = same_._version
    ask(change, x, y=y, same_=same_, array=array, fixed=fixed)
    assert x.tolist() == [2, 2] and y.tolist() == [0, 0, 0] and same_._version == version
    assert array.tolist() == [5, 5] and fixed.tolist() == [1, 1]
    assert len(there.sent[-1]["body"]["changed"]) == 4


def test_gradients_flow_back_through_a_call_and_those_of_gradients(ends):
    here, there, ask = ends
    x, y = torch.tensor([2.0, 3.0], requires_grad=True), torch.ones(1, requires_grad=True)
    out = ask(lambda x, y: (x**3 + 0 * y.detach(), [x.detach()]), x, y)[0]
    (first,) = torch.autograd.grad(out.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    assert first.tolist() == [12, 27] and second.tolist() == [12, 18]
    assert torch.autograd.grad(out.sum(), y, allow_unused=True) == (None,)
    ops = [each["op"] for each in here.sent]
    assert ops[:3] == ["call", "product", "product"]
    assert [each["body"]["create"] for each in here.sent[1:3]] == [True, False]


def test_a_parameter_that_only_the_other_side_has_gets_its_gradient_there(ends):
    here, there, ask = ends
    hidden = nn.Parameter(torch.tensor(3.0))
    ask(lambda x: hidden * x, torch.tensor(2.0)).backward()
    assert hidden.grad == 2 and here.sent[-1]["op"] == "accumulate"
    x = torch.tensor(5.0, requires_grad=True)
    out = ask(lambda x: hidden * x, x)
    out.backward()
    assert hidden.grad == 7 and x.grad == 3
    # The gradient of x alone asks for nothing more.
    out, count = ask(lambda x: hidden * x, x), len(here.sent)
    assert torch.autograd.grad(out, x)[0] == 3 and hidden.grad == 7
    assert [each["op"] for each in here.sent[count:]] == ["product"]


def test_a_graph_that_is_kept_says_what_the_other_side_needs():
    """What it can give gradients for, what it lacks, and how deep it is."""
    ledger, graphs = Ledger("h"), gradients.Graphs()
    x, unused = (torch.ones(2, requires_grad=True) for _ in range(2))
    both, own = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    ledger.track(ledger.key(both))
    about = graphs.keep([unused, x], [(x * both).exp(), x * own, x], ledger)
    assert about == {"graph": 0, "shared": ["h0"], "others": True, "depth": 3, "unused": [0]}
    kept = graphs[0]
    assert [id(each) for each in kept.inputs] == [id(unused), id(x), id(both)]
    assert [id(each) for each in kept.others] == [id(own)] and kept.size == 6 * 8
    again = graphs.keep([x], [x * 2], ledger)
    assert again == {"graph": 1, "shared": [], "others": False, "depth": 2, "unused": []}
    graphs.drop([1, 7, 1])
    with pytest.raises(RuntimeError, match="a test that has ended"):
        graphs[1]
    # A gradient for each input, None without one.
    out = torch.ones(2)
    found = graphs.product(0, {0: out, 1: out}, create=False)
    assert found[0] is None and not found[1].requires_grad
    assert torch.allclose(found[1], out.exp() + 1) and torch.allclose(found[2], out.exp())
    assert graphs.product(0, {1: out}, create=True)[1].requires_grad and own.grad is None
    for count in (1, 2):  # it is kept for the next one
        graphs.accumulate(0, {0: out, 1: out * 3})
        assert own.grad.tolist() == [3 * count] * 2 and x.grad is both.grad is None
    own.requires_grad_(False)
    graphs.accumulate(0, {1: out})
    graphs.clear()
    assert graphs.keep([], [], ledger)["graph"] == 2 and graphs._size == 0


def test_an_input_that_wants_no_gradient_gets_none():
    graphs, x, plain = gradients.Graphs(), torch.ones(1, requires_grad=True), torch.ones(1)
    graphs.keep([plain, x], [x * plain], Ledger("h"))
    assert graphs.product(0, {0: torch.ones(1)}, create=False)[0] is None
    graphs.keep([plain], [x * 2], Ledger("h"))
    assert graphs.product(1, {0: torch.ones(1)}, create=False) == [None]


def test_a_chain_of_calls_is_as_deep_as_in_one_process(ends):
    here, there, ask = ends
    x = torch.ones(1, requires_grad=True)
    one = ask(lambda x: x.exp().exp().exp(), x)
    two = ask(lambda x: x.exp(), one)
    assert graph_depth(one) > 3 and graph_depth(two) > graph_depth(one) + 1


@pytest.mark.parametrize("index, wrong", [(0, [1.0]), (1, None)])
def test_a_gradient_has_the_shape_of_its_tensor(ends, index, wrong):
    here, there, ask = ends
    x = torch.ones(2, requires_grad=True)
    out = ask(lambda x: x * 2, x)
    own = there.handlers["product"]

    def forged(body, tensors):
        answer, packer = own(body, tensors)
        packer.tensors[:] = [torch.ones(1 + index)]
        return answer, packer

    there.handlers["product"] = forged
    with (
        pytest.raises(Unreadable, match="whose shape is not") if wrong else contextlib.nullcontext()
    ):
        assert torch.autograd.grad(out.sum(), x)[0].tolist() == [1, 1]


# What describes a network.


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.none = nn.Linear(2, 3), None
        self.alone = nn.Parameter(torch.ones(2, dtype=torch.float64), requires_grad=False)
        self.register_parameter("missing", None)
        self.register_buffer("counts", torch.zeros(1, dtype=torch.int64))
        self.add_module("nobody", None)
        self.width = 7


def described(net, identity_of=lambda module: None):
    link = Link("t")
    return describe.describe(net, link, identity_of), link


def test_a_network_is_described_without_its_values():
    net = Net()
    net.first.eval()
    found, link = described(net)
    assert found == {
        "id": "t0", "type": "Net", "library": None, "settings": {}, "training": True,
        "parameters": {"alone": ["t0", [2], "float64", False], "missing": None},
        "buffers": {"counts": ["t1", [1], "int64", False]},
        "children": {
            "first": {
                "id": "t1", "type": "Linear", "library": "Linear", "training": False,
                "settings": {"in_features": 2, "out_features": 3},
                "parameters": {"weight": ["t2", [3, 2], "float32", True],
                               "bias": ["t3", [3], "float32", True]},
                "buffers": {}, "children": {},
            }
        },
    }  # fmt: skip
    assert link.ledger.tensors["t2"] is net.first.weight and link.held["t1"] is net.first
    assert describe.keys_in(found) == ["t0", "t1", "t2", "t3"]
    # Its mode is followed from now on.
    net.first.train()
    assert link.ledger.rows(packer())[1] == [("t1", True)]


def test_a_network_of_the_other_side_is_named_as_it_names_it():
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    found, link = described(net, {net[0]: "s5"}.get)
    assert found["children"]["0"] == {"yours": "s5"} and len(link.held) == 2
    assert describe.keys_in(found) == [] and described(net, {net: "s9"}.get)[0] == {"yours": "s9"}


def test_a_lazy_layer_has_no_size_and_no_value():
    found, _ = described(nn.LazyLinear(2))
    assert found["parameters"]["weight"] == ["", None, "float32", True]
    assert describe.keys_in(found) == []
    long = type("L" * 61, (nn.Flatten,), {})()
    assert described(long)[0]["type"] == "L" * 60 and described(long)[0]["library"] == "Flatten"


def test_settings_are_plain_attributes_of_torch_s_layers():
    layer = nn.Conv2d(1, 2, (3, 5), padding=1)
    layer.extra, layer._private, layer.mixed = "x", "y", (1, object())
    settings = described(layer)[0]["settings"]
    assert settings["kernel_size"] == (3, 5) and settings["padding_mode"] == "zeros"
    assert settings["extra"] == "x" and not {"_private", "mixed", "training"} & set(settings)
    assert described(nn.Embedding(2, 3))[0]["settings"]["padding_idx"] is None
    taken = describe.settings_of({"settings": {
        "sizes": [1, 2], "deep": [[1]], "forward": 1, "_own": 2, "no name": 3, "scale": 2.5,
        "table": {},
    }}, nn.Module)  # fmt: skip
    assert taken == {"sizes": (1, 2), "scale": 2.5}


def test_a_class_of_a_library_is_the_nearest_that_it_offers():
    """No class that only has the name of one, nor the base of all."""
    assert describe.library_name(type("Own", (nn.ReLU,), {}), nn) == "ReLU"
    assert describe.library_name(nn.BatchNorm1d, nn) == "BatchNorm1d"
    assert describe.library_name(type("Linear", (nn.Module,), {}), nn) is None
    assert describe.library_name(nn.Module, nn) is None
    assert describe.library_name(torch.optim.AdamW, torch.optim) == "AdamW"


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


def test_an_optimiser_is_described_with_its_parameters_by_their_keys():
    link, net = Link("t"), nn.Linear(1, 1)
    solver = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
    one = Packer(link.ledger, refused)
    kind, row = arguments.tree_of(solver, link, one, lambda thing: None)
    assert kind == "optimizer" and link.held[row["id"]] is solver
    assert (row["type"], row["library"]) == ("SGD", "SGD") and one.tensors == []
    (group,) = Unpacker([], link.ledger, refused).decode(row["groups"])
    assert group["params"] == [net.weight, net.bias] and group["momentum"] == 0.9
    # Their values follow.
    assert [key for key, _ in link.ledger.rows(packer())[0]] == ["t0", "t1"]


def test_a_network_that_is_handed_over_is_kept_equal():
    link, net = Link("t"), nn.Linear(1, 1)
    kind, row = arguments.tree_of(net, link, packer(), lambda thing: None)
    assert kind == "module" and row["id"] == "t0"
    assert [key for key, _ in link.ledger.rows(packer())[0]] == ["t0", "t1"]
    assert arguments.tree_of(net, link, packer(), {net: "s3"}.get) == ["module", {"yours": "s3"}]


class Handed(nn.Module):
    width, hidden, table = 7, object(), [1]

    def __init__(self):
        super().__init__()
        self.layer, self.own, self._private = nn.Linear(1, 1), 2.5, 3

    def encode(self, x):
        return x + 1

    def _secret(self):
        pass

    @staticmethod
    def plain():
        pass

    @property
    def size(self):
        raise KeyError("it was run")


def test_of_a_network_its_own_public_methods_can_be_called():
    net = Handed()
    assert arguments.callable_for(net, None) is net
    assert arguments.callable_for(net, "encode")(1) == 2
    for name in ("_secret", "plain", "size", "forward", "state_dict", "width", "nothing", 5, None):
        assert not arguments.is_public_method(net, name)
        if name is not None:
            with pytest.raises(AttributeError, match=f"^'Handed' object has no attribute '{name}'"):
                arguments.callable_for(net, name)
    own = lambda: 1  # noqa: E731
    assert arguments.callable_for(own, None) is own
    with pytest.raises(AttributeError, match="'function' object has no attribute '__globals__'"):
        arguments.callable_for(own, "__globals__")


def test_of_a_network_plain_public_values_are_told():
    net = Handed()
    assert arguments.public_value(net, "width") == 7 and arguments.public_value(net, "own") == 2.5
    net.width, net.on, net.name = 8, True, "x"
    assert [arguments.public_value(net, name) for name in ("width", "on", "name")] == [8, True, "x"]
    for name in ("_private", "hidden", "table", "size", "encode", "layer", "nothing", 5):
        with pytest.raises(AttributeError, match=f"^'Handed' object has no attribute '{name}'"):
            arguments.public_value(net, name)


def test_an_optimiser_takes_the_settings_that_student_code_changed():
    """Plain ones that it has; its parameters are its own."""
    weight = nn.Parameter(torch.tensor([1.0]))
    solver = torch.optim.Adam([weight], lr=0.5)
    weight.grad = torch.ones(1)
    group = {"lr": 0.25, "betas": (0.5, 0.5), "params": [], "new": 1, "eps": "x", "amsgrad": None}
    with torch.no_grad():
        assert arguments.callable_for(solver, "step")([group]) is None
    (ours,) = solver.param_groups
    assert weight.item() == pytest.approx(0.75) and ours["params"] == [weight]
    assert (ours["lr"], ours["betas"], ours["amsgrad"]) == (0.25, (0.5, 0.5), None)
    assert ours["eps"] == 1e-8 and "new" not in ours
    arguments.callable_for(solver, "zero_grad")([{"betas": (0.1, [1])}], False)
    assert weight.grad.tolist() == [0] and ours["betas"] == (0.5, 0.5)
    arguments.callable_for(solver, "zero_grad")([{}], True)
    assert weight.grad is None
    with pytest.raises(ValueError):
        arguments.callable_for(solver, "step")([{}, {}])
    for name in ("add_param_group", "state_dict", None):
        with pytest.raises(AttributeError, match="'Adam' object has no attribute"):
            arguments.callable_for(solver, name)


def test_a_network_is_called_with_other_tensors_for_its_own():
    net = nn.BatchNorm1d(1).eval()
    call = arguments.with_tensors(net, ["bias", "running_mean"])
    x, five, three = torch.tensor([[3.0]]), torch.tensor([5.0]), torch.tensor([3.0])
    assert call(five, three, x).item() == call(five, three, input=x).item() == 5
    assert net.bias.item() == 0
    for module, names in ((net, ["other"]), (net, "bias"), (lambda: 1, []), (net, None)):
        with pytest.raises(TypeError, match="there are no such parameters"):
            arguments.with_tensors(module, names)


# Names and exceptions that the other side chooses.


@pytest.mark.parametrize(
    "name, kept",
    [("Net", "Net"), ("x" * 61, "x" * 60), ("a b", "Other"), (5, "Other"), ("", "Other"),
     ("x" * 60 + " y", "x" * 60)],
)  # fmt: skip
def test_a_name_of_a_class_is_one(name, kept):
    assert impersonate.safe_name(name, "Other") == kept
    assert impersonate.dressed(Net, name).__name__ == (kept if kept != "Other" else "Net")


def test_a_class_stands_for_one_of_torch_s_too():
    made = impersonate.dressed(Handed, "Mine", nn.Linear)
    assert issubclass(made, nn.Linear) and made.__mro__[1] is Handed
    assert impersonate.dressed(Handed, "Mine", nn.Linear) is made
    assert impersonate.dressed(Handed, "Mine") is not made


@pytest.mark.parametrize(
    "name, kind",
    [("KeyError", KeyError), ("int", Exception), ("SystemExit", Exception), ("x", Exception),
     ("ExceptionGroup", Exception), (5, Exception), ("Exception", Exception)],
)  # fmt: skip
def test_an_exception_is_a_builtin_one_that_a_test_may_catch(name, kind):
    assert impersonate.builtin_exception(name) is kind


def test_an_exception_says_its_text_whatever_its_bases_do_with_it():
    error = impersonate.exception("Own", (KeyError,), "a 'b'")
    assert (type(error).__name__, str(error), error.args) == ("Own", "a 'b'", ("a 'b'",))
    # Other processes do not have the class.
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is Exception and again.args == ("a 'b'",)
    assert str(impersonate.exception("U", (UnicodeDecodeError,), "t")) == "t"
    odd = impersonate.exception(5, (OSError, UnicodeDecodeError), "t")  # no class can be both
    assert type(odd).__name__ == "Exception" and type(odd).__bases__ == (OSError,)


@pytest.mark.parametrize(
    "line, kept", [(1, 1), (0, None), (999_999, 999_999), (1_000_000, None), (True, None)]
)
def test_an_answer_with_an_error_names_a_line(line, kept):
    error = from_answer({"type": "T", "base": "ValueError", "text": "x" * 301, "line": line})
    assert error.line == kept and len(str(error)) == 300 and isinstance(error, ValueError)
    assert isinstance(error, RemoteRaised) and type(error).__name__ == "T"
    plain = from_answer({"text": "", "base": "Exception"})
    assert str(plain) == "" and type(plain).__bases__ == (RemoteRaised,)


def test_what_uses_a_session_finds_it_by_name():
    given = {}
    exec("from autograder.sandbox.remote import *", given)
    assert set(given) - {"__builtins__"} == {
        *("KernelLost", "KernelStopped", "RemoteModule", "RemoteObject", "RemoteRaised"),
        *("RemoteSubject", "Session"),
    }


# What is lent.


def test_a_lent_function_has_as_long_as_is_left_and_no_longer_than_any(monkeypatch):
    seen, left = [], [0.0]
    monkeypatch.setattr(lent, "time_limit", lambda s: seen.append(s) or contextlib.nullcontext())
    one = lent.Lent(lambda x, y=1: x + y, "own", lambda: left[0])
    assert one.__name__ == "own" and not one.over
    for left[0] in (-5.0, 3.0, 1e9):
        assert one(2, y=5) == 7
    assert seen == [0.01, 3.0, lent.SECONDS] and 1 < lent.SECONDS < 60
    one.over = True
    with pytest.raises(RuntimeError, match="^this object belongs to a test that has ended$"):
        one(2)
    assert len(seen) == 3


def test_all_tensors_of_a_call_are_looked_at(monkeypatch):
    monkeypatch.setattr(lent, "MOST_NUMBERS", 12)
    one, small, wide, tall = lent.Lent(lambda *a, **k: 1, "f", lambda: 9.0), *(
        torch.ones(shape) for shape in ((4,), (1, 5), (3, 1)))  # fmt: skip
    assert one(small, tall) == one([tall], {"a": (small,)}, n=5) == one(x=tall, y=[small]) == 1
    assert one(wide) == 1
    for arguments_, named in (((tall, wide), {}), ((), {"x": {"a": [tall]}, "y": (wide,)})):
        with pytest.raises(ValueError, match=r"arguments of shapes \(\d, \d\) and \(\d, \d\)"):
            one(*arguments_, **named)
    with pytest.raises(ValueError, match="too large"):
        one(torch.ones(2, 2, 4), torch.ones(4))


def test_the_limits_of_a_kernel_are_those_that_are_documented():
    text = (Path(__file__).parents[3] / "docs" / "grading.md").read_text("utf-8")
    limits = Limits()
    gigabytes = limits.memory / GIB
    for row in (
        f"| memory | {gigabytes:g} GB beyond",
        f"| processes and threads | {limits.processes} |",
        f"| home, /tmp and /dev/shm together | {limits.scratch / MIB:g} MB |",
        f"| one cell | {limits.cell_seconds:g} s |",
        f"| the whole notebook | {limits.total_seconds:g} s |",
        f"| output of one cell | {limits.output_bytes / 1e6:g} MB;",
    ):
        assert row in text
    assert limits.least_share == pytest.approx(1 / 3) and "less than a third of" in text
    # One file may fill all of it, and as many may be open as on most machines.
    assert limits.file_size == limits.scratch and limits.open_files == 1024
    assert (MIB, GIB) == (1024**2, 1024**3)
    assert limits.as_row() == vars(limits)


def test_what_the_parts_of_a_sandbox_tell_each_other_cannot_be_changed():
    from autograder.sandbox import doctor, isolation, provisioner, remote  # noqa: F401

    modules = [each for name, each in sys.modules.items() if name.startswith("autograder.sandbox")]
    kinds = {kind for each in modules for kind in vars(each).values() if is_dataclass(kind)}
    kinds = {kind for kind in kinds if kind.__module__.startswith("autograder.sandbox")}
    changed = {kind.__name__ for kind in kinds if not kind.__dataclass_params__.frozen}
    assert changed == {"Kept", "_Entry"} and len(kinds) >= 11
    one = Limits()
    with pytest.raises(FrozenInstanceError):
        one.memory = 0
