"""Messages over a stream socket: a JSON header, then tensors in safetensors format.

A message is two little-endian 32-bit lengths, then the header and the tensors. Nothing is
unpickled.
"""

import json
import struct
from collections.abc import Callable, Sequence
from socket import socket
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from helpers import read_tensors

# JSON of any shape: what the other side has sent is checked where it is read.
Header = dict[str, Any]

HEADER_BYTES = 1_000_000
TENSOR_BYTES = 64_000_000
_LENGTHS = struct.Struct("<II")
# The dtypes that every supported version of torch and safetensors can store.
DTYPES = frozenset(
    getattr(torch, name)
    for name in (
        *("float64", "float32", "float16", "bfloat16", "complex64", "bool"),
        *("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"),
    )
    if hasattr(torch, name)
)


class Unreadable(Exception):
    """The bytes received are not a message."""


class TooLarge(ValueError):
    """The message would exceed the limits; nothing was sent."""


def check_tensor_bytes(size: int) -> None:
    """Check `size`, the bytes of a message's tensors, before anything is copied.

    Raises:
        TooLarge: it is more than TENSOR_BYTES.
    """
    if size > TENSOR_BYTES:
        raise TooLarge(
            f"tensors of {size / 1e6:,.0f} MB: at most {TENSOR_BYTES / 1e6:.0f} MB can be passed"
        )


def send(sock: socket, header: Header, tensors: Sequence[Tensor] = ()) -> None:
    """Send one message; receive() returns the tensors in the same order.

    Raises:
        TooLarge: the message would exceed the limits; nothing was sent.
        OSError: the other side is gone.
        TypeError: the header holds something other than JSON values.
    """
    check_tensor_bytes(sum(tensor.numel() * tensor.element_size() for tensor in tensors))
    head = json.dumps(header).encode()
    if len(head) > HEADER_BYTES:
        raise TooLarge(f"{len(head) / 1e6:.1f} MB of text and numbers: at most 1 MB can be passed")
    blob = _bytes_of(tensors) if tensors else b""
    sock.sendall(_LENGTHS.pack(len(head), len(blob)) + head + blob)


def receive(read: Callable[[int], bytearray]) -> tuple[Header, list[Tensor]]:
    """Read one message: its header and its tensors.

    Args:
        read: returns exactly the number of bytes it is asked for.

    Raises:
        Unreadable: the bytes are not a message; no more than the limits has been read.
    """
    head_size, blob_size = _LENGTHS.unpack(read(_LENGTHS.size))
    # A safetensors file has a header of its own, one line for each tensor.
    if head_size > HEADER_BYTES or blob_size > TENSOR_BYTES + HEADER_BYTES:
        raise Unreadable("a message larger than the limit")
    head, blob = read(head_size), read(blob_size)
    try:
        header = json.loads(head)
        named = read_tensors.read(bytes(blob), HEADER_BYTES) if blob_size else {}
        tensors = [named[str(number)] for number in range(len(named))]
    except Exception as error:  # json, unicode, recursion, tensors that are damaged
        raise Unreadable(f"not a message: {type(error).__name__}") from error
    if not isinstance(header, dict):
        raise Unreadable("not a message: the header is not a JSON object")
    return header, tensors


def reader(sock: socket) -> Callable[[int], bytearray]:
    """The `read` that receive() takes, from a socket.

    It waits as long as the socket's timeout allows and raises EOFError when the other side has
    closed the connection.
    """

    def read(size: int) -> bytearray:
        buffer = bytearray(size)
        view, filled = memoryview(buffer), 0
        while filled < size:
            got = sock.recv_into(view[filled:])
            if not got:
                raise EOFError("the other side has closed the connection")
            filled += got
        return buffer

    return read


def _bytes_of(tensors: Sequence[Tensor]) -> bytes:
    named, storages = {}, set()
    for number, tensor in enumerate(tensors):
        tensor = tensor.detach().resolve_conj().resolve_neg().contiguous()
        storage = tensor.untyped_storage().data_ptr()
        # safetensors refuses two tensors that share memory.
        named[str(number)] = tensor.clone() if storage in storages else tensor
        storages.add(storage)
    return save(named)
