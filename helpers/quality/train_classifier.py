"""Train a classifier on the real images and write its weights and their card.

    python -m helpers.quality.train_classifier [mnist | fashion-mnist]

takes one to two minutes for the digits on two CPU cores, longer for the clothes, and
needs the data set itself, not the offline digits. Digits are moved, turned and stretched a little,
as people write them, so that the classifier knows the offline digits too; clothes, which are all
upright, less so. Nothing is blurred or mirrored: the features must notice it when a generator's
images are. Then run helpers.quality.make_statistics, which measures on these features.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor

from helpers import data
from helpers.device import best_device
from helpers.errors import CourseError
from helpers.files import whole
from helpers.quality.classifier import WEIGHTS, Classifier
from helpers.training import progress

BATCH_SIZE = 128
SEED = 0


@dataclass(frozen=True)
class Recipe:
    """How long to train, and how much the images vary (see ``vary``)."""

    epochs: int
    stretch: float
    shift: float


RECIPES = {
    "mnist": Recipe(epochs=6, stretch=0.12, shift=0.08),
    "fashion-mnist": Recipe(epochs=10, stretch=0.04, shift=0.04),
}


def train(
    name: str = "mnist", epochs: int | None = None, seed: int = SEED
) -> tuple[Classifier, dict]:
    """Return the trained classifier and its card (accuracy, epochs, seconds, versions).

    Args:
        name: a key of ``RECIPES``.
        epochs: by default the recipe's.
        seed: of the first weights, the variations and the order of the images.

    Raises:
        CourseError: the data set is not available.
    """
    device, recipe, title = best_device(), RECIPES[name], data.SOURCES[name].title
    images, test = (data.load(name, split, device) for split in ("train", "test"))
    if images.name != name:
        raise CourseError(
            f"train_classifier needs {title} and found only the offline digits: set COURSE_DATA."
        )
    epochs = epochs or recipe.epochs
    start = time.perf_counter()
    torch.manual_seed(seed)
    model = Classifier(images.classes).to(device)
    steps = epochs * (len(images) // BATCH_SIZE)
    solver = torch.optim.AdamW(model.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(solver, max_lr=4e-3, total_steps=steps)
    order = torch.Generator().manual_seed(seed)
    for epoch in range(epochs):
        epoch_batches = data.batches(images, BATCH_SIZE, generator=order, drop_last=True)
        for x, y in progress(epoch_batches, steps // epochs, f"epoch {epoch + 1}"):
            solver.zero_grad()
            varied = vary(x, recipe.stretch, recipe.shift)
            F.cross_entropy(model(varied), y, label_smoothing=0.05).backward()
            solver.step()
            schedule.step()
    model.eval()
    card = {
        "data": f"{title}, {len(images):,} training images",
        "accuracy": round(accuracy(model, test), 4),
        "accuracy_of": f"{len(test):,} test images",
    }
    if name == "mnist":
        offline = data.load("digits", "test", device)
        card["accuracy_offline_digits"] = round(accuracy(model, offline), 4)
    return model, card | {
        "parameters": sum(p.numel() for p in model.parameters()),
        "epochs": epochs,
        "seed": seed,
        "seconds": round(time.perf_counter() - start),
        "device": device.type,
        "torch": torch.__version__,
    }


def vary(x: Tensor, stretch: float = 0.12, shift: float = 0.08) -> Tensor:
    """Move, turn and stretch each of the images (N, 1, 28, 28) by chance.

    Args:
        x: images.
        stretch: the standard deviation of each entry of the linear map, around the identity.
        shift: the standard deviation of the way, where 2 is the width of the image.
    """
    transform = torch.eye(2, 3, device=x.device).repeat(len(x), 1, 1)
    transform[:, :, :2] += stretch * torch.randn(len(x), 2, 2, device=x.device)
    transform[:, :, 2] = shift * torch.randn(len(x), 2, device=x.device)
    grid = F.affine_grid(transform, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid, align_corners=False)


@torch.no_grad()
def accuracy(model: Classifier, images: data.Images) -> float:
    """Return the share of ``images`` whose class the classifier names."""
    right = sum(
        (model(x).argmax(1) == y).sum().item() for x, y in data.batches(images, 500, shuffle=False)
    )
    return right / len(images)


def write(model: Classifier, card: dict, folder: Path = WEIGHTS, name: str = "mnist") -> None:
    """Write NAME.safetensors and its card NAME.json into ``folder``, each whole or not at all."""
    weights = {key: value.cpu().contiguous() for key, value in model.state_dict().items()}
    with whole(folder / f"{name}.safetensors") as file:
        file.write(save(weights))
    with whole(folder / f"{name}.json") as file:
        file.write((json.dumps(card, indent=2) + "\n").encode())


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0, or 2 for a mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.quality.train_classifier",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", choices=sorted(RECIPES), default="mnist")
    name = parser.parse_args(arguments).name
    try:
        model, card = train(name)
        write(model, card, WEIGHTS, name)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{WEIGHTS} cannot be written: {error.strerror or error}.", file=sys.stderr)
        return 2
    print(json.dumps(card, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
