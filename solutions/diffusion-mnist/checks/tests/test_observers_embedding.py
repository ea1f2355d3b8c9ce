"""An embedding is looked at without regard to the order of its columns, and to nothing less."""

import torch

from ..observers.embeddings import embedded
from ..oracles.embedding import timestep_embedding

INPUTS = {"t": (0, 1, 7, 431), "dim": 8, "more": {}}


def seen(change):
    return embedded(lambda t, dim: change(timestep_embedding(t, dim)), INPUTS)


def differs(one, other):
    return any(
        not torch.allclose(one[name], other[name], atol=1e-6)
        for name in one
        if isinstance(one[name], torch.Tensor)
    )


def test_any_order_of_the_columns_is_the_same():
    right = seen(lambda table: table)
    for order in ([4, 0, 5, 1, 6, 2, 7, 3], [7, 6, 5, 4, 3, 2, 1, 0]):
        assert not differs(right, seen(lambda table, order=order: table[:, order]))


def test_an_order_that_changes_from_row_to_row_is_not():
    right = seen(lambda table: table)

    def shuffled(table):
        return torch.stack([row.roll(i) for i, row in enumerate(table)])

    assert differs(right, seen(shuffled))
    assert differs(right, seen(lambda table: table.flip(0)))
