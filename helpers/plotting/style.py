"""What all pictures share: a figure that shows itself, colours, numbers as arrays."""

import io
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure

# The colours of Okabe and Ito, told apart by colour-blind readers too; dashes and markers serve
# print.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)))
MARKERS = "os^DvPX"
# For ten classes: those, and three more that differ in lightness.
SHADES = (*COLOURS, "#882255", "#999933", "#777777")
MARGIN = 0.05
FONT = 10


class Picture(Figure):
    """A figure that shows itself, wherever IPython runs and whatever backend is chosen."""

    def __init__(self, width: float, height: float, layout: str | None = None) -> None:
        super().__init__(figsize=(width, height), layout=layout, facecolor="white")

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png", dpi=100, bbox_inches="tight", pad_inches=MARGIN)
        return buffer.getvalue()


def as_vector(values: Any) -> np.ndarray:
    """Numbers of any shape as one row of float64."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    return np.asarray(values, dtype=np.float64).reshape(-1)
