"""Framing, limits, and every malformed byte."""

import contextlib
import io
import json
import socket
import struct

import numpy
import pytest
import torch

from autograder.sandbox.inside import wire


def passed(header, tensors=()):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        wire.send(ours, header, tensors)
        return wire.receive(wire.reader(theirs))


def received(data):
    """What receive() makes of raw bytes, with the end of the connection behind them."""
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(data)
        return wire.receive(wire.reader(theirs))


@pytest.mark.parametrize("dtype", sorted(wire.DTYPES, key=str), ids=str)
def test_tensors_of_every_dtype_arrive(dtype):
    sent = torch.tensor([[0, 1], [1, 1]]).to(dtype)
    _, (got,) = passed({}, [sent])
    assert got.dtype == dtype and torch.equal(got, sent)


def test_numbers_of_every_kind_that_numpy_has_arrive():
    """Up to eight bytes each; and those that only torch has."""
    for code in "?bBhHiIlLqefdF":
        assert torch.from_numpy(numpy.zeros(1, code)).dtype in wire.DTYPES, code
    assert torch.bfloat16 in wire.DTYPES


def test_header_shapes_and_order_arrive():
    sent = [torch.tensor(2.5), torch.zeros(0, 3), torch.arange(6).reshape(2, 3).T]
    header, got = passed({"a": [1, None, "ü", float("inf")]}, sent)
    assert header == {"a": [1, None, "ü", float("inf")]}
    assert all(map(torch.equal, got, sent))


def test_tensors_that_share_memory_arrive_apart():
    x = torch.arange(4.0)
    _, (a, b) = passed({}, [x, x[:2]])
    a.zero_()
    assert b.tolist() == [0, 1]


def test_too_much_is_refused_before_it_is_made():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with pytest.raises(wire.TooLarge, match="4,000,000 MB"):
            wire.send(ours, {}, [torch.zeros(1).expand(10**12)])
        with pytest.raises(wire.TooLarge, match="1 MB of text|2.0 MB of text"):
            wire.send(ours, {"text": "x" * 2_000_000})
        wire.send(ours, {"nothing": "was sent before"})
        assert wire.receive(wire.reader(theirs))[0] == {"nothing": "was sent before"}


def framed(head, blob=b"", sizes=None):
    return struct.pack("<II", *(sizes or (len(head), len(blob)))) + head + blob


def tensor(shape, body, after=b""):
    """One tensor in safetensors format, with whatever shape; what is after its header's JSON."""
    entry = {"dtype": "F32", "shape": shape, "data_offsets": [0, len(body)]}
    head = json.dumps({"0": entry}).encode() + after
    return struct.pack("<Q", len(head)) + head + body


@pytest.mark.parametrize(
    "data",
    [
        framed(b"not json"),
        framed(b"[1]"),
        framed(b"\xff\xfe"),
        framed(b"[" * 100_000),
        framed(b"{}", b"no safetensors"),
        framed(b"{}", struct.pack("<Q", 2**60) + b"{}"),
        framed(b"{}", struct.pack("<Q", 2) + b"{}" + b"rest"),
        framed(b"{}", tensor([1] * 65, bytes(4))),
        framed(b"{}", tensor([1] * 40_000, bytes(4))),
        framed(b"", sizes=(2**32 - 1, 0)),
        framed(b"{}", sizes=(2, 2**32 - 1)),
    ],
)
def test_what_is_no_message_is_unreadable(data):
    with pytest.raises(wire.Unreadable):
        received(data)


def test_the_header_of_tensors_is_bounded_as_well():
    for spaces, refused in ((100, False), (wire.HEADER_BYTES, True)):
        data = io.BytesIO(framed(b"{}", tensor([0], b"", after=b" " * spaces)))
        with pytest.raises(wire.Unreadable) if refused else contextlib.nullcontext():
            wire.receive(lambda size, data=data: bytearray(data.read(size)))


def test_tensors_under_other_names_are_unreadable():
    from safetensors.torch import save

    with pytest.raises(wire.Unreadable):
        received(framed(b"{}", save({"1": torch.ones(2)})))


@pytest.mark.parametrize(
    "data", [b"", b"\x01", framed(b"{}", b"", (2, 4)), framed(b"", sizes=(5, 0))]
)
def test_an_end_in_the_middle_is_the_end(data):
    with pytest.raises(EOFError):
        received(data)


def test_a_header_is_json_and_nothing_else():
    with pytest.raises(TypeError):
        passed({"object": object()})
    assert json.loads(json.dumps({})) == {}
