"""What is seen of an embedding of time, whatever the order of its columns."""

from collections.abc import Callable

import torch

from autograder.judging.exercise import Inputs, Observations

SHAPE, ROWS, PRODUCTS = "shape", "the numbers of each row, by size", "the products of the rows"


def embedded(call: Callable, inputs: Inputs) -> Observations:
    """call(t, dim, ...) as a table, but for the order of its columns.

    inputs: "t", a tuple of N times, whole or not; "dim"; "more", further arguments by name.

    Two tables have the same columns in another order only if each row holds the same numbers and
    rows have the same products with each other. Both change little where a number changes little;
    an order of the columns would not, where two of them are nearly equal.
    """
    result = call(torch.tensor(inputs["t"]), inputs["dim"], **inputs["more"])
    if not isinstance(result, torch.Tensor) or result.dim() != 2 or result.is_complex():
        return {SHAPE: tuple(getattr(result, "shape", ())), ROWS: result}
    table = result.detach().double()
    return {
        SHAPE: tuple(table.shape),
        ROWS: table.sort(1).values,
        PRODUCTS: table @ table.T / max(1, table.shape[1]),
    }
