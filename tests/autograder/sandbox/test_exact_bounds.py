"""What is just as large as a bound between the two sides passes; one more is refused."""

import contextlib
import json

import numpy
import pytest
import torch

from autograder.sandbox.inside import gradients, processor_time, values, wire
from autograder.sandbox.inside.ledger import Ledger
from autograder.sandbox.remote import arguments, lent
from tests.autograder.sandbox.test_wire import passed


def refused(*_):
    raise TypeError("no plain value")


def test_the_header_of_a_message(monkeypatch):
    header = {"text": "12345"}
    size = len(json.dumps(header))
    monkeypatch.setattr(wire, "HEADER_BYTES", size)
    assert passed(header) == (header, [])
    monkeypatch.setattr(wire, "HEADER_BYTES", size - 1)
    with pytest.raises(wire.TooLarge, match=r"^0.0 MB of text and numbers: at most 1 MB"):
        passed(header)


def test_the_tensors_of_a_message(monkeypatch):
    monkeypatch.setattr(wire, "TENSOR_BYTES", 16)
    assert passed({}, [torch.ones(2), torch.ones(2)])[1][1].tolist() == [1, 1]
    with pytest.raises(wire.TooLarge, match="tensors of 0 MB: at most 0 MB"):
        passed({}, [torch.ones(2), torch.ones(3)])


@pytest.mark.parametrize(
    "head, blob, refuses", [(20, 0, False), (21, 0, True), (2, 120, False), (2, 121, True)]
)
def test_what_a_message_says_that_it_has(monkeypatch, head, blob, refuses):
    """Nothing more is read where it says too much."""
    monkeypatch.setattr(wire, "HEADER_BYTES", 20)
    monkeypatch.setattr(wire, "TENSOR_BYTES", 100)
    asked = []

    def read(size):
        asked.append(size)
        return bytearray(wire._LENGTHS.pack(head, blob)) if len(asked) == 1 else bytearray(size)

    with pytest.raises(wire.Unreadable, match="larger than the limit" if refuses else "not a mess"):
        wire.receive(read)
    assert asked[1:] == ([] if refuses else [head, blob])


def packer():
    return values.Packer(Ledger("a"), refused)


def unpacker():
    return values.Unpacker([], Ledger("b"), refused)


def nested(depth):
    return [nested(depth - 1)] if depth else 1


def test_the_items_of_a_value(monkeypatch):
    monkeypatch.setattr(values, "ITEMS", 5)
    tree = packer().encode([1, 2, 3, 4])
    with pytest.raises(values.TooLarge, match="more than 5 items"):
        packer().encode([1, 2, 3, 4, 5])
    assert unpacker().decode(tree) == [1, 2, 3, 4]
    monkeypatch.setattr(values, "ITEMS", 2)
    assert unpacker().decode(["list", [1, 2, 3]]) == [1, 2, 3]
    with pytest.raises(values.Unreadable, match="too many items"):
        unpacker().decode(["list", [1, 2, 3, 4]])


def test_the_depth_of_a_value(monkeypatch):
    monkeypatch.setattr(values, "DEPTH", 3)
    tree = packer().encode(nested(3))
    with pytest.raises(values.TooLarge, match="nested more than 3 deep"):
        packer().encode(nested(4))
    assert unpacker().decode(["list", [tree]]) == nested(4)
    with pytest.raises(values.Unreadable, match="too many items"):
        unpacker().decode(["list", [["list", [tree]]]])


def test_the_digits_of_a_number(monkeypatch):
    monkeypatch.setattr(values, "INT_BITS", 8)
    assert packer().encode(255) == 255 and packer().encode(-255) == -255
    with pytest.raises(values.TooLarge, match="more than a thousand digits"):
        packer().encode(256)


def test_what_is_held_for_a_backward_pass(monkeypatch):
    """16 bytes of inputs and 8 of results; what is dropped makes room."""
    x = torch.ones(4, requires_grad=True)
    graphs = gradients.Graphs()
    monkeypatch.setattr(gradients, "HELD_BYTES", 24)
    number = graphs.keep([x], [x[:2] * 2], Ledger("a"))["graph"]
    with pytest.raises(MemoryError, match="too many results are held"):
        graphs.keep([], [torch.ones(1, requires_grad=True) * 2], Ledger("a"))
    graphs.drop([number])
    assert graphs.keep([x], [x[:2] * 2], Ledger("a"))["graph"] != number


@pytest.mark.parametrize("shapes, fits", [(((3, 1), (1, 4)), True), (((3, 1), (1, 5)), False)])
def test_what_a_lent_function_may_broadcast(monkeypatch, shapes, fits):
    monkeypatch.setattr(lent, "MOST_NUMBERS", 12)
    with contextlib.nullcontext() if fits else pytest.raises(ValueError, match="too large"):
        lent._check_sizes(list(shapes))


@pytest.mark.parametrize("wrap", [lambda n: n, lambda n: [(n,)], lambda n: {"a": {n}}, numpy.int64])
def test_the_numbers_of_arguments(wrap):
    for number in (arguments.LARGEST_INT, -arguments.LARGEST_INT):
        arguments.check_sizes(wrap(number))
        with pytest.raises(ValueError, match="is too large"):
            arguments.check_sizes(wrap(number + (1 if number > 0 else -1)))


def test_the_rows_of_a_time(monkeypatch):
    monkeypatch.setattr(processor_time, "MOST_ROWS", 4)
    noted, counts = processor_time.ProcessorTime(), []
    for _ in range(5):
        noted.note({1: (0, 0)})
        counts.append(len(noted.rows))
    assert counts == [2, 3, 4, 3, 4]
