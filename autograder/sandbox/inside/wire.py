"""Messages over a stream socket: a JSON header, then tensors in safetensors format.

A message is two little-endian 32-bit lengths, the header and the tensors; nothing is unpickled.
"""

import json
import struct

import torch
from safetensors.torch import load, save

HEADER_BYTES = 1_000_000
TENSOR_BYTES = 64_000_000
_LENGTHS = struct.Struct("<II")
# Those of the format that every supported version of torch and safetensors knows.
DTYPES = frozenset(
    getattr(torch, name)
    for name in (
        *("float64", "float32", "float16", "bfloat16", "complex64", "bool"),
        *("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8"),
    )
    if hasattr(torch, name)
)


class Unreadable(Exception):
    """The bytes that came are no message."""


class TooLarge(ValueError):
    """What should be sent is larger than a message may be; nothing was sent."""


def check_tensor_bytes(size):
    """TooLarge for more than TENSOR_BYTES of tensors; asked before anything is copied."""
    if size > TENSOR_BYTES:
        raise TooLarge(
            f"tensors of {size / 1e6:,.0f} MB: at most {TENSOR_BYTES / 1e6:.0f} MB can be passed"
        )


def send(sock, header, tensors=()):
    """header: JSON values. tensors: in the order in which receive() gives them back.

    TooLarge (and nothing sent) above the limits; OSError when the other side is gone.
    """
    check_tensor_bytes(sum(tensor.numel() * tensor.element_size() for tensor in tensors))
    head = json.dumps(header).encode()
    if len(head) > HEADER_BYTES:
        raise TooLarge(f"{len(head) / 1e6:.1f} MB of text and numbers: at most 1 MB can be passed")
    blob = _bytes_of(tensors) if tensors else b""
    sock.sendall(_LENGTHS.pack(len(head), len(blob)) + head + blob)


def receive(read):
    """read: number of bytes -> exactly so many bytes. Returns (header, tensors).

    Unreadable for whatever is no message, before more than the limits has been read.
    """
    head_size, blob_size = _LENGTHS.unpack(read(_LENGTHS.size))
    # A safetensors file has a header of its own, one line for each tensor.
    if head_size > HEADER_BYTES or blob_size > TENSOR_BYTES + HEADER_BYTES:
        raise Unreadable("a message larger than the limit")
    head, blob = read(head_size), read(blob_size)
    try:
        header = json.loads(head)
        named = load(bytes(blob)) if blob_size else {}
        tensors = [named[str(number)] for number in range(len(named))]
    except Exception as error:  # json, unicode, recursion and the parser of safetensors
        raise Unreadable(f"no message: {type(error).__name__}") from error
    if not isinstance(header, dict):
        raise Unreadable("no message: the header is no object")
    return header, tensors


def reader(sock):
    """read(n) for receive(): waits as long as the socket's timeout; EOFError at its end."""

    def read(size):
        buffer = bytearray(size)
        view, filled = memoryview(buffer), 0
        while filled < size:
            got = sock.recv_into(view[filled:])
            if not got:
                raise EOFError("the other side has closed the connection")
            filled += got
        return buffer

    return read


def _bytes_of(tensors):
    named, storages = {}, set()
    for number, tensor in enumerate(tensors):
        tensor = tensor.detach().resolve_conj().resolve_neg().contiguous()
        storage = tensor.untyped_storage().data_ptr()
        # safetensors refuses two names for one memory.
        named[str(number)] = tensor.clone() if storage in storages else tensor
        storages.add(storage)
    return save(named)
