"""Whether pictures are new: how near each comes to a real image, whatever was done to hide that.

Each image is first moved so that its ink is balanced about the middle, blurred, and looked at on a
coarser grid of 14 x 14: noise and a shift by some pixels then change little. Real test images tell
how near new images come to the training images.
"""

import functools

import torch
import torch.nn.functional as F
from torch import Tensor

from autograder.judging.trained.rejection import NoData, Refused
from helpers import data
from helpers.errors import CourseError

LOOKED_AT = 400
# Of a blurred pixel; real strokes reach 0.6 and more.
FAINT = 0.2
# One real test image in a hundred is this close to a training image.
QUANTILE = 0.01
# More than this share of the pictures as near as that: they are copies.
MOST_COPIES = 0.3
# The median distance beside that of real test images (0.9 to 1): noise of 0.2 on a copy gives 0.4.
LEAST_RATIO = 0.6


def require_new(images: Tensor, name: str, source: torch.Generator) -> None:
    """Refused where too many of the images (N, 784) are copies of real ones; NoData without them.

    source: a torch.Generator that chooses which are looked at.
    """
    chosen = torch.randperm(len(images), generator=source)[:LOOKED_AT]
    found = distances(described(images[chosen]), name)
    usual = _usual(name)
    copied = (found < usual.quantile(QUANTILE)).double().mean().item()
    ratio = (found.median() / usual.median()).item()
    if copied > MOST_COPIES or ratio < LEAST_RATIO:
        raise Refused(
            "copies of real images",
            f"{copied:.0%} of its pictures lie nearer to a real image than 99 of 100 other real "
            "images do: they are copies. A generator should draw new ones.",
        )


def distances(found: Tensor, name: str) -> Tensor:
    """The distance of each described image to the nearest real one, training or test."""
    return _nearest(found, torch.cat([_real(name, "train"), _real(name, "test")]))


def described(images: Tensor) -> Tensor:
    """(N, 784) or (N, 1, 28, 28) in [0, 1] to (N, 196), each of length 1 unless it is blank."""
    images = images.reshape(-1, 1, 28, 28).float()
    weights = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    blurred = F.conv2d(images, (weights[:, None] * weights)[None, None], padding=2)
    # Noise on the background is gone then.
    ink = F.relu(blurred - FAINT)
    return F.normalize(F.avg_pool2d(_balanced(ink), 2).flatten(1), eps=1e-3)


def _balanced(images):
    """Moved, by parts of pixels too, so that the centre of the ink is in the middle."""
    place = (torch.arange(28.0) + 0.5) / 14 - 1
    ink = images.sum((1, 2, 3)).clamp(min=1e-3)
    across, down = (images.sum((1, axis)) @ place / ink for axis in (2, 3))
    # As affine_grid() makes it for each image, which takes much longer.
    unmoved = F.affine_grid(torch.eye(2, 3)[None], [1, *images.shape[1:]], align_corners=False)
    grid = unmoved + torch.stack([across, down], 1)[:, None, None]
    return F.grid_sample(images, grid, align_corners=False)


@functools.lru_cache(maxsize=4)
def _real(name, split):
    """Descriptions of all real images of a split."""
    try:
        images = data.load(name, split)
    except CourseError as error:
        raise NoData(str(error)) from None
    if images.name != name:
        raise NoData(
            f"whether the pictures are new can only be seen beside the images of {name}, which "
            "are not here: set COURSE_DATA and grade again"
        )
    return torch.cat([described(images.scaled(part)) for part in _slices(len(images))])


@functools.cache
def _usual(name):
    """How near real test images come to the training images: the first 2,000 of them."""
    return _nearest(_real(name, "test")[:2000], _real(name, "train"))


def _nearest(found, among):
    least = torch.full((len(found),), float("inf"))
    squares = found.square().sum(1)
    for part in among.split(5000):
        # |x - t|² = |x|² + |t|² - 2 x.t
        value = torch.addmm(part.square().sum(1), found, part.T, alpha=-2).amin(1)
        least = torch.minimum(least, value)
    return (least + squares).clamp(min=0).sqrt()


def _slices(count, size=250):  # larger tensors would be returned to Linux and taken anew
    return (slice(start, start + size) for start in range(0, count, size))
