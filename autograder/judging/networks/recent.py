"""Tensors that are soon needed again, in a bounded part of the memory."""

from collections import OrderedDict
from collections.abc import Hashable

from torch import Tensor

# Of all that is kept together: a grader has a process on each core, and a laptop 8 GB.
MOST = 128 << 20

_kept: OrderedDict[tuple[object, Hashable], Tensor] = OrderedDict()
_bytes = 0


class Recent:
    """Tensors by key. Of those of all instances, the ones that were used last are kept."""

    def __init__(self) -> None:
        # Not this object itself: what it has kept would keep it.
        self._own = object()

    def __contains__(self, key: Hashable) -> bool:
        return (self._own, key) in _kept

    def __len__(self) -> int:
        return sum(own is self._own for own, _ in _kept)

    def get(self, key: Hashable) -> Tensor | None:
        """The tensor that was kept; None if it was not, or is no longer."""
        found = _kept.get((self._own, key))
        if found is not None:
            _kept.move_to_end((self._own, key))
        return found

    def keep(self, key: Hashable, tensor: Tensor) -> Tensor:
        """Keep a tensor, which must not be changed; returns it."""
        global _bytes
        if key not in self:
            _kept[self._own, key] = tensor
            _bytes += tensor.nbytes
        while _bytes > MOST:
            _bytes -= _kept.popitem(last=False)[1].nbytes
        return tensor
