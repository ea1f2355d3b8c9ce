"""What the measures of helpers.quality say of images whose quality is known.

    python -m benchmarks.quality [--count 2500]

prints the tables of docs/quality.md. It needs MNIST and Fashion-MNIST in COURSE_DATA and takes some
minutes. The tests hold the same cases in their places with fewer images.
"""

import argparse
import time

import torch
from torch import Tensor, nn

from helpers import data, quality
from helpers.data import SOURCES

# Those that are looked for among the training images moved by a pixel, nine times as long.
MOVED = 200
SIZES = (500, 1_000, 2_500, 5_000, 10_000)


def cases(train: Tensor, test: Tensor, labels: Tensor, count: int) -> dict[str, Tensor]:
    """Return sets of images by what is right or wrong with them.

    Args:
        train: at least ``count`` of the images that the memory is compared with, (N, 1, 28, 28).
        test: real images that are neither among those nor what the sets are compared with.
        labels: of ``test``, (M,).
        count: images in each set; fewer where there are not so many of a class.
    """
    generator = torch.Generator().manual_seed(0)
    some, copies = test[:count], train[:count]

    def noisy(images: Tensor, size: float) -> Tensor:
        return (images + size * torch.randn(images.shape, generator=generator)).clamp(0, 1)

    return {
        "every fourth a copy": _mixed(some[: count // 4 * 3], copies[: count // 4]),
        "half of the classes": test[labels < 5][:count],
        "one class": test[labels == 1][:count],
        "one image": test[labels == 4][:1].expand(count, 1, 28, 28),
        "blurred": nn.functional.avg_pool2d(some, 3, 1, 1),
        "noisy": noisy(some, 0.2),
        "noise": torch.rand(count, 1, 28, 28, generator=generator),
        "copies": copies,
        "copies with slight noise": noisy(copies, 0.05),
        "copies moved by a pixel": copies.roll(1, 3),
    }


def _mixed(three: Tensor, one: Tensor) -> Tensor:
    """Three of the first, one of the second, and so on."""
    return torch.cat([three.unflatten(0, (-1, 3)), one.unsqueeze(1)], 1).flatten(0, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2_500)
    count = parser.parse_args().count
    for name in SOURCES:
        print(_table(name, count), flush=True)


def _table(name: str, count: int) -> str:
    classifier = quality.load_classifier(name)
    train, test = data.load(name, "train"), data.load(name, "test")
    # The second half of MNIST's test images was written by other people than the first.
    real, others = torch.randperm(len(test), generator=torch.Generator().manual_seed(0)).chunk(2)
    fakes = cases(train.scaled(slice(count)), test.scaled(others), test.labels[others], count)
    real = test.scaled(real[: 2 * count])
    report = quality.report(real, fakes, classifier, precision=True, training=train)
    sets = {"other real images": real[1::2], **fakes}
    lines = [
        f"### {SOURCES[name].title}, {count:,} images in a set",
        "",
        "| | Fréchet distance | distinct classes | balance | precision | recall "
        "| to training | copies | copies, moved too |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in report.rows:
        moved = quality.memorisation(sets[row.name][:MOVED], train, real[::2][:MOVED], shift=1)
        few = "" if len(sets[row.name]) == count else f" ({len(sets[row.name]):,} images)"
        lines.append(
            f"| {row.name}{few} | {row.frechet:.2f} | {row.coverage} | {row.balance:.2f} "
            f"| {row.precision_recall.precision:.2f} | {row.precision_recall.recall:.2f} "
            f"| {row.memorisation.ratio:.2f} | {row.memorisation.copies:.0%} "
            f"| {moved.copies:.0%} |"
        )
    known = quality.real_statistics(name)
    lines += ["", "| real training images | Fréchet distance to `real_statistics` |", "|---|---|"]
    for size in SIZES:
        found = quality.features(classifier, train.scaled(slice(size)))
        lines.append(f"| {size:,} | {quality.frechet_distance(known, found):.2f} |")
    start = time.process_time()
    quality.nearest_training_images(test.scaled(slice(5_000)), train)
    lines += [
        "",
        f"5,000 images looked for among {len(train):,}: {time.process_time() - start:.1f} s of "
        f"processor time, with {torch.get_num_threads()} thread(s).",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
