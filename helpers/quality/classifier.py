"""A small convolutional network that knows the ten classes of MNIST or of Fashion-MNIST."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from helpers.data import DIGITS, SOURCES
from helpers.errors import CourseError

WEIGHTS = Path(__file__).parent / "weights"
FEATURES = 64


class Classifier(nn.Module):
    """Images (N, 1, 28, 28) in [0, 1] to ten raw scores (N, 10).

    ``features`` gives what the last layer decides from: (N, 64), the input of most measures.

    Attributes:
        classes: the names of the ten classes.
    """

    def __init__(self, classes: tuple[str, ...] = DIGITS) -> None:
        super().__init__()
        self.classes = classes
        self.body = nn.Sequential(
            *_block(1, 16),
            _Halves(2),  # (N, 16, 14, 14)
            *_block(16, 32),
            *_block(32, 32),
            _Halves(2),  # (N, 32, 7, 7)
            *_block(32, 32),
            nn.Flatten(),
            nn.Linear(32 * 7 * 7, FEATURES),
            nn.ReLU(),
        )
        self.head = nn.Linear(FEATURES, 10)

    def features(self, x: Tensor) -> Tensor:
        return self.body(x)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


class _Halves(nn.MaxPool2d):
    """Maxima of 2 x 2 pixels, twelve times as fast on a CPU where no gradient is asked for."""

    def forward(self, x: Tensor) -> Tensor:
        if x.requires_grad or x.device.type != "cpu":
            return super().forward(x)
        rows = torch.maximum(x[..., ::2, :], x[..., 1::2, :])
        return torch.maximum(rows[..., ::2], rows[..., 1::2])


def load_classifier(name: str = "mnist", device: torch.device | str = "cpu") -> Classifier:
    """Return a trained classifier in evaluation mode, its parameters frozen.

    The weights come with the kit; helpers/quality/train_classifier.py made them.

    Args:
        name: ``mnist`` or ``fashion-mnist``.
        device: of its parameters.

    Raises:
        CourseError: there is no such classifier, or its file is missing or damaged.
    """
    path = weights_file(name)
    model = Classifier(SOURCES[name].classes)
    try:
        model.load_state_dict(load_file(path))
    except (OSError, RuntimeError, SafetensorError):
        raise CourseError(
            f"the classifier weights {path} are damaged: install the kit again."
        ) from None
    return model.eval().requires_grad_(False).to(device)


def weights_file(name: str) -> Path:
    """Return where the weights of a classifier are. Raises CourseError if there are none."""
    known = sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))
    if name not in known:
        raise CourseError(
            f"there are no classifier weights {name!r} in {WEIGHTS} (there: "
            f"{', '.join(known) or 'none'}): choose one of them, or install the kit again."
        )
    return WEIGHTS / f"{name}.safetensors"


def _block(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    """A 3 x 3 convolution that keeps the size."""
    # The normalisation would remove a bias.
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU()
