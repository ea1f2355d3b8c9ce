"""The measures of several sets of images, as a table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from helpers.data import DIGITS, Images
from helpers.quality.classifier import Classifier, load_classifier
from helpers.quality.images import as_images, features
from helpers.quality.measures import balance, coverage, frechet_distance, shares_of
from helpers.quality.neighbours import (
    Memorisation,
    PrecisionRecall,
    compare,
    nearest_training_images,
    precision_recall,
    usual_distances,
)

# Images of each set that are looked for among the training images.
LOOKED_FOR = 1_000


@dataclass(frozen=True)
class Quality:
    """The measures of one set of images; what was not asked for is None.

    Attributes:
        shares: of the images taken for each class, ten numbers.
    """

    name: str
    frechet: float
    coverage: int
    balance: float
    precision_recall: PrecisionRecall | None = None
    memorisation: Memorisation | None = None
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class QualityTable:
    """The measures of several sets, shown as a table with a row for each."""

    rows: tuple[Quality, ...]
    classes: tuple[str, ...] = DIGITS

    def __str__(self) -> str:
        kind = "digits" if self.classes == DIGITS else "classes"
        columns: dict[str, Callable[[Quality], str]] = {
            "Fréchet distance": lambda row: f"{row.frechet:.2f}",
            kind: lambda row: f"{row.coverage}",
            "balance": lambda row: f"{row.balance:.2f}",
        }
        if all(row.precision_recall for row in self.rows):
            columns["precision"] = lambda row: f"{row.precision_recall.precision:.2f}"
            columns["recall"] = lambda row: f"{row.precision_recall.recall:.2f}"
        if all(row.memorisation for row in self.rows):
            columns["to training"] = lambda row: f"{row.memorisation.ratio:.2f}"
            columns["copies"] = lambda row: f"{row.memorisation.copies:.0%}"
        cells = {row.name: [text(row) for text in columns.values()] for row in self.rows}
        return _aligned(list(columns), cells)

    __repr__ = __str__

    def by_class(self) -> str:
        """Return a table of the share of the images that are taken for each class."""
        cells = {row.name: [f"{share:.0%}" for share in row.shares] for row in self.rows}
        return _aligned(list(self.classes), cells)


def report(
    real: Tensor,
    fakes: Mapping[str, Tensor],
    classifier: Classifier | None = None,
    *,
    precision: bool = False,
    training: Tensor | Images | None = None,
) -> QualityTable:
    """Compare each set of ``fakes`` with half of the real images.

    The first row compares the other half: no generator can be expected to come nearer.

    Args:
        real: real images that no generator was trained on, at least 4, best twice as many as each
            of the fakes.
        fakes: images by the name of their generator.
        classifier: by default that of the digits, on the device of ``real``; for clothes give
            ``load_classifier("fashion-mnist")``.
        precision: show precision and recall too (at least 4 images in each set).
        training: what the generators were trained on, to show how near 1,000 of each set, evenly
            spaced, are to it, too.

    Raises:
        CourseError: images of another shape, or too few in a set.
    """
    real = as_images(real)
    classifier = classifier or load_classifier(device=real.device)
    reference = features(classifier, real[::2])
    usual = None if training is None else usual_distances(_some(real[::2]), training)
    rows = []
    for name, images in {"other real images": real[1::2], **fakes}.items():
        found = features(classifier, images)
        shares = shares_of(classifier, found)
        row = Quality(
            name,
            frechet_distance(reference, found),
            coverage(shares),
            balance(shares),
            precision_recall(reference, found) if precision else None,
            None if usual is None else _memorisation(images, training, usual),
            tuple(shares.tolist()),
        )
        rows.append(row)
    return QualityTable(tuple(rows), classifier.classes)


def _memorisation(images: Tensor, training: Tensor | Images, usual: Tensor) -> Memorisation:
    return compare(nearest_training_images(_some(images), training).distances, usual)


def _some(images: Tensor) -> Tensor:
    """From first to last, as the images may be sorted by class."""
    if len(images) <= LOOKED_FOR:
        return images
    return images[torch.linspace(0, len(images) - 1, LOOKED_FOR).long()]


def _aligned(titles: list[str], cells: Mapping[str, list[str]]) -> str:
    """A table with a named row for each of ``cells``, its numbers to the right."""
    rows = [["", *titles], *([name, *texts] for name, texts in cells.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *texts in rows:
        padded = [f"{text:>{width}}" for text, width in zip(texts, widths[1:], strict=True)]
        lines.append("  ".join([f"{name:<{widths[0]}}", *padded]))
    return "\n".join(lines)
