"""Measure the real test images on the classifiers' features and write the statistics.

    python -m helpers.quality.make_statistics [mnist] [fashion-mnist]

takes a few seconds, needs the data sets themselves, and makes both if none is named.
"""

import argparse
import sys

from safetensors.torch import save

from helpers import data
from helpers.errors import CourseError
from helpers.files import whole
from helpers.quality import statistics
from helpers.quality.classifier import load_classifier
from helpers.quality.images import features
from helpers.quality.measures import class_shares, moments
from helpers.quality.statistics import Statistics


def measure(name: str) -> Statistics:
    """Return the statistics of a data set's test images. Raises CourseError without them."""
    title = data.SOURCES[name].title
    test = data.load(name, "test")
    if test.name != name:
        raise CourseError(
            f"make_statistics needs {title} and found only the offline digits: set COURSE_DATA."
        )
    classifier, images = load_classifier(name), test.scaled()
    mean, covariance = moments(features(classifier, images))
    shares = class_shares(classifier, images)
    return Statistics(mean, covariance, shares, f"{len(test):,} test images of {title}")


def write(name: str, found: Statistics) -> None:
    """Write NAME.safetensors, whole or not at all."""
    tensors = {"mean": found.mean, "covariance": found.covariance, "shares": found.shares}
    about = {"images": found.images, "classifier": statistics.fingerprint(name)}
    with whole(statistics.STATISTICS / f"{name}.safetensors") as file:
        file.write(save({key: value.contiguous() for key, value in tensors.items()}, about))


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0, or 2 for a mistake."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.quality.make_statistics",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(data.SOURCES))
    names = parser.parse_args(arguments).names or list(data.SOURCES)
    try:
        if unknown := sorted(set(names) - set(data.SOURCES)):
            raise CourseError(
                f"there is no data set {unknown[0]!r}: choose one of {', '.join(data.SOURCES)}."
            )
        # All are measured before the first is written.
        for name, found in [(name, measure(name)) for name in names]:
            write(name, found)
            print(f"{name}: {found.images}")
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"{statistics.STATISTICS} cannot be written: {error.strerror or error}.",
            file=sys.stderr,
        )
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
