"""Read tensors in safetensors format from bytes that somebody else wrote."""

import json

from safetensors.torch import load
from torch import Tensor

MOST_DIMENSIONS = 64  # of a tensor, in torch; reading one of 40,000 takes 40 s


class Damaged(Exception):
    """The bytes are no tensors; the message is the name of the error."""


def read(raw: bytes, most_header: int) -> dict[str, Tensor]:
    """The tensors by name.

    Args:
        raw: the content of a file.
        most_header: bytes of the header: the names, types and shapes, as JSON.

    Raises:
        Damaged: it cannot be read, or its header or a tensor's dimensions are too many.
    """
    size = int.from_bytes(raw[:8], "little")
    if len(raw) < 8 or not 2 <= size <= min(most_header, len(raw) - 8):
        raise Damaged("header")
    try:
        # Of two entries with one name, both parsers take the last.
        for name, entry in json.loads(raw[8 : 8 + size]).items():
            if name != "__metadata__" and len(entry["shape"]) > MOST_DIMENSIONS:
                raise Damaged("dimensions")
        return load(raw)
    except Damaged:
        raise
    except Exception as error:  # of several types, from parsers that were given anything
        raise Damaged(type(error).__name__) from None
    except BaseException as error:
        # What Rust calls a panic is no Exception; Ctrl-C is not one of these.
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise Damaged(type(error).__name__) from None
