"""Train the digit classifier on real MNIST and write its weights and their card.

    python -m helpers.quality.train_classifier

takes one to two minutes on two CPU cores and needs MNIST itself, not the offline digits. Digits are
moved, turned and stretched a little, as people write them, so that the classifier knows the offline
digits too. They are not blurred: the features are to notice it when a generator's digits are.
"""

import json
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from helpers import data
from helpers.device import best_device
from helpers.errors import CourseError
from helpers.quality.classifier import WEIGHTS, DigitClassifier
from helpers.training import progress

EPOCHS = 6
BATCH_SIZE = 128
SEED = 0


def train(epochs: int = EPOCHS, seed: int = SEED) -> tuple[DigitClassifier, dict]:
    """Return the trained classifier and its card (accuracy, epochs, seconds, versions).

    Raises:
        CourseError: MNIST cannot be had.
    """
    device = best_device()
    images, test = (data.load("mnist", split, device) for split in ("train", "test"))
    if images.name != "mnist":
        raise CourseError(
            "train_classifier needs MNIST and found only the offline digits: set COURSE_DATA."
        )
    start = time.perf_counter()
    torch.manual_seed(seed)
    model = DigitClassifier().to(device)
    steps = epochs * (len(images) // BATCH_SIZE)
    solver = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(solver, max_lr=4e-3, total_steps=steps)
    order = torch.Generator().manual_seed(seed)
    for epoch in range(epochs):
        epoch_batches = data.batches(images, BATCH_SIZE, generator=order, drop_last=True)
        for x, y in progress(epoch_batches, steps // epochs, f"epoch {epoch + 1}"):
            solver.zero_grad()
            F.cross_entropy(model(vary(x)), y, label_smoothing=0.05).backward()
            solver.step()
            schedule.step()
    model.eval()
    card = {
        "data": "MNIST, 60,000 training images",
        "accuracy": round(accuracy(model, test), 4),
        "accuracy_offline_digits": round(accuracy(model, data.load("digits", "test", device)), 4),
        "parameters": sum(p.numel() for p in model.parameters()),
        "epochs": epochs,
        "seed": seed,
        "seconds": round(time.perf_counter() - start),
        "device": device.type,
        "torch": torch.__version__,
    }
    return model, card


def vary(x: Tensor) -> Tensor:
    """Move, turn and stretch each of the digits (N, 1, 28, 28) by chance."""
    transform = torch.eye(2, 3, device=x.device).repeat(len(x), 1, 1)
    transform[:, :, :2] += 0.12 * torch.randn(len(x), 2, 2, device=x.device)
    transform[:, :, 2] = 0.08 * torch.randn(len(x), 2, device=x.device)
    grid = F.affine_grid(transform, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


@torch.no_grad()
def accuracy(model: DigitClassifier, images: data.Images) -> float:
    """Return the share of ``images`` whose digit the classifier names."""
    right = sum(
        (model(x).argmax(1) == y).sum().item() for x, y in data.batches(images, 500, shuffle=False)
    )
    return right / len(images)


def save(model: DigitClassifier, card: dict, folder: Path = WEIGHTS, name: str = "mnist") -> None:
    """Write NAME.safetensors and its card NAME.json into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {key: value.cpu().contiguous() for key, value in model.state_dict().items()}
    save_file(weights, folder / f"{name}.safetensors")
    (folder / f"{name}.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    try:
        model, card = train()
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    save(model, card)
    print(json.dumps(card, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
