"""Convert Python values to JSON trees with a list of tensors, and back; nothing is pickled.

None, bool, int, float and str are written as they are. Everything else is a list whose first
entry names its kind. What is neither plain data nor a tensor is left to `special`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy
import torch
from torch import Tensor

from .wire import DTYPES, TooLarge, Unreadable, check_tensor_bytes

if TYPE_CHECKING:
    from .ledger import Ledger

# A JSON value; what the other side has sent is checked as it is decoded.
Tree = Any

DEPTH = 20
ITEMS = 10_000
INT_BITS = 4096
# What the receiver makes of a tensor: without gradient, a leaf with one, a result with one.
PLAIN, LEAF, NODE = range(3)
_DTYPES = {str(dtype).removeprefix("torch."): dtype for dtype in vars(torch).values()
           if isinstance(dtype, torch.dtype)}  # fmt: skip


class Packer:
    """Encodes the values of one message that will be sent.

    Args:
        ledger: of the tensors that both sides have (see ledger.py).
        special: (value, packer) -> tree, for objects that are neither plain data nor tensors.
        linked: whether gradients flow through the message.

    Attributes:
        tensors: what the message has to carry.
        originals: index -> the caller's tensor, array or numpy scalar.
        differentiable: indices of the tensors that need a gradient.
    """

    def __init__(
        self, ledger: "Ledger", special: Callable[[Any, "Packer"], Tree], linked: bool = False
    ) -> None:
        self.ledger, self.special, self.linked = ledger, special, linked
        self.tensors: list[Tensor] = []
        self.originals: dict[int, Any] = {}
        self.differentiable: list[int] = []
        self._bytes = self._items = 0
        self._positions: dict[int, int] = {}

    def add(self, tensor: Tensor, original: object = None) -> int:
        """Add a strided tensor on any device; returns its index in the message.

        Args:
            tensor: the values to send.
            original: the caller's object that holds them; by default the tensor itself.

        Raises:
            TooLarge: the message cannot hold it; nothing has been copied.
        """
        original = tensor if original is None else original
        if id(original) not in self._positions:
            self._bytes += tensor.numel() * tensor.element_size()
            check_tensor_bytes(self._bytes)
            self._positions[id(original)] = len(self.tensors)
            self.originals[len(self.tensors)] = original
            self.tensors.append(tensor.detach().cpu())
        return self._positions[id(original)]

    def encode(self, value: Any, depth: int = 0) -> Tree:
        """The tree of a value, `depth` levels deep in another one.

        Raises:
            TooLarge: the message cannot hold it; nothing has been copied.
            TypeError: `special` cannot encode it either.
        """
        self._items += 1
        if self._items > ITEMS:
            raise TooLarge(f"more than {ITEMS:,} items")
        if depth > DEPTH:
            raise TooLarge(f"nested more than {DEPTH} deep")
        if value is None or type(value) is bool:
            return value
        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        if isinstance(value, (numpy.generic, numpy.ndarray)):
            return self._array(value)
        if isinstance(value, (int, float, str, complex)):
            return _number_or_text(value)
        inner = self._inner(value)
        if inner is not None:
            kind, parts = inner
            return [kind, [self.encode(part, depth + 1) for part in parts]]
        if isinstance(value, (torch.dtype, torch.device)):
            return [type(value).__name__, str(value).removeprefix("torch.")]
        if value is Ellipsis:
            return ["ellipsis"]
        return self.special(value, self)

    def _inner(self, value: Any) -> tuple[str, Iterable[Any]] | None:
        if isinstance(value, torch.Size):
            return "size", value
        if isinstance(value, tuple):
            return "tuple", value
        if isinstance(value, list):
            return "list", value
        if isinstance(value, dict):
            return "dict", (part for pair in value.items() for part in pair)
        if isinstance(value, (set, frozenset)):
            return "set", value
        if isinstance(value, slice):
            return "slice", (value.start, value.stop, value.step)
        if isinstance(value, range):
            return "range", (value.start, value.stop, value.step)
        return None

    def _tensor(self, value: Tensor) -> Tree:
        key = self.ledger.tracked_key(value)
        if key is not None:
            return ["shared", key]
        # A subclass may override any operation.
        with torch._C.DisableTorchFunctionSubclass():
            tensor = value if type(value) is torch.Tensor else value.as_subclass(torch.Tensor)
            sendable = tensor.layout is torch.strided and tensor.dtype in DTYPES
            if not sendable or tensor.device.type == "meta" or torch.nn.parameter.is_lazy(value):
                return self.special(value, self)
            known = id(value) in self._positions
            index = self.add(tensor, value)
            flag = PLAIN
            if tensor.requires_grad:
                flag = LEAF if value.is_leaf else NODE
                if self.linked and not known:
                    self.differentiable.append(index)
        return ["tensor", index, flag]

    def _array(self, value: Any) -> Tree:
        array = numpy.asarray(value)
        if array.dtype.kind not in "biufc" or array.dtype.itemsize > 8:
            return self.special(value, self)
        # Native byte order, positive strides and writable, as torch needs them.
        check_tensor_bytes(array.size * array.itemsize)
        plain = numpy.array(array, dtype=array.dtype.newbyteorder("="), order="C")
        kind = "array" if isinstance(value, numpy.ndarray) else "scalar"
        return [kind, self.add(torch.from_numpy(plain), value)]


def _number_or_text(value: Any) -> Tree:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        number = int.__int__(value)
        if number.bit_length() > INT_BITS:
            raise TooLarge("a number with more than a thousand digits")
        return number
    if isinstance(value, float):
        return float.__float__(value)
    return ["complex", value.real, value.imag]


class Unpacker:
    """Decodes the values of one message that was received.

    Args:
        tensors: those of the message.
        ledger: of the tensors that both sides have (see ledger.py).
        special: (kind, rest of the tree, unpacker) -> object, for kinds that are not known here.
        made: index -> object, for tensors whose objects exist already; others are added.
    """

    def __init__(
        self,
        tensors: Sequence[Tensor],
        ledger: "Ledger",
        special: Callable[[str, list[Tree], "Unpacker"], Any],
        made: dict[int, Any] | None = None,
    ) -> None:
        self.tensors, self.ledger, self.special = tensors, ledger, special
        self.made = {} if made is None else made
        self._items = 0

    def decode(self, tree: Tree, depth: int = 0) -> Any:
        """The value of a tree, `depth` levels deep in another one.

        Raises:
            Unreadable: the tree has no meaning.
        """
        self._items += 1
        if self._items > 2 * ITEMS or depth > DEPTH + 1:
            raise Unreadable("too many items")
        if tree is None or type(tree) in (bool, int, float, str):
            return tree
        if type(tree) is not list or not tree or type(tree[0]) is not str:
            raise Unreadable("a value of an unknown kind")
        kind, *rest = tree
        make = getattr(self, f"_{kind}", None) if kind in _KINDS else None
        if make is None:
            return self.special(kind, rest, self)
        try:
            return make(*rest, depth=depth)
        except (TypeError, ValueError, KeyError, IndexError, RuntimeError) as error:
            raise Unreadable(f"an invalid {kind}") from error

    def _parts(self, parts, depth):
        if type(parts) is not list:
            raise Unreadable("parts that are not a list")
        return [self.decode(part, depth + 1) for part in parts]

    def _list(self, parts, depth):
        return self._parts(parts, depth)

    def _tuple(self, parts, depth):
        return tuple(self._parts(parts, depth))

    def _set(self, parts, depth):
        return set(self._parts(parts, depth))

    def _dict(self, parts, depth):
        flat = self._parts(parts, depth)
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def _size(self, parts, depth):
        return torch.Size(self._parts(parts, depth))

    def _slice(self, parts, depth):
        return slice(*self._parts(parts, depth))

    def _range(self, parts, depth):
        return range(*self._parts(parts, depth))

    def _complex(self, real, imaginary, depth):
        return complex(real, imaginary)

    def _dtype(self, name, depth):
        return _DTYPES[name]

    def _device(self, name, depth):
        return torch.device(name)

    def _ellipsis(self, depth):
        return Ellipsis

    def _shared(self, key, depth):
        return self.ledger.tensors[key]

    def at(self, index: object) -> Tensor:
        """The message's tensor number `index`.

        Raises:
            Unreadable: the message has no such tensor.
        """
        if type(index) is not int or not 0 <= index < len(self.tensors):
            raise Unreadable("a tensor that is not in the message")
        return self.tensors[index]

    def _tensor(self, index, flag, depth):
        tensor = self.at(index)
        if index not in self.made:
            if flag != PLAIN:
                tensor.requires_grad_()
            with torch.enable_grad():
                self.made[index] = tensor.clone() if flag == NODE else tensor
        return self.made[index]

    def _array(self, index, depth):
        if index not in self.made:
            self.made[index] = self.at(index).numpy()
        return self.made[index]

    def _scalar(self, index, depth):
        return self.at(index).numpy()[()]


_KINDS = {
    *("list", "tuple", "set", "dict", "size", "slice", "range", "complex", "dtype", "device"),
    *("ellipsis", "shared", "tensor", "array", "scalar"),
}
