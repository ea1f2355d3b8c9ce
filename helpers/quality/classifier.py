"""A small convolutional network that knows the ten digits of MNIST."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from helpers.errors import CourseError

WEIGHTS = Path(__file__).parent / "weights"
FEATURES = 64


class DigitClassifier(nn.Module):
    """Digits (N, 1, 28, 28) in [0, 1] to ten raw scores (N, 10).

    ``features`` gives what the last layer decides from: (N, 64), the input of every measure.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_block(1, 16),
            nn.MaxPool2d(2),  # (N, 16, 14, 14)
            *_block(16, 32),
            *_block(32, 32),
            nn.MaxPool2d(2),  # (N, 32, 7, 7)
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


def load_classifier(name: str = "mnist", device: torch.device | str = "cpu") -> DigitClassifier:
    """Return the trained classifier in evaluation mode, its parameters frozen.

    The weights come with the kit; helpers/quality/train_classifier.py made them.

    Raises:
        CourseError: there is no such classifier, or its file is missing or damaged.
    """
    known = sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))
    if name not in known:
        raise CourseError(
            f"there are no classifier weights {name!r} in {WEIGHTS} (there: "
            f"{', '.join(known) or 'none'}): choose one of them, or install the kit anew."
        )
    model = DigitClassifier()
    path = WEIGHTS / f"{name}.safetensors"
    try:
        model.load_state_dict(load_file(path))
    except (OSError, RuntimeError, SafetensorError):
        raise CourseError(
            f"the classifier weights {path} are damaged: install the kit anew."
        ) from None
    return model.eval().requires_grad_(False).to(device)


def _block(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    """A 3 x 3 convolution that keeps the size."""
    # The bias would be taken out again by the normalisation.
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs), nn.ReLU()
