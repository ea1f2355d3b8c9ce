"""Images whose quality is known: every measure puts each of them in its place.

With the offline digits everywhere, with MNIST and Fashion-MNIST where COURSE_DATA is set. The same
cases with more images are the tables of docs/quality.md.
"""

import os

import pytest

from benchmarks.quality import cases
from helpers import data
from helpers.quality import load_classifier, memorisation, report

# The fixtures of each test take it away again.
REAL_DATA = os.environ.get("COURSE_DATA")
SETS = ("digits", "mnist", "fashion-mnist")


@pytest.fixture(scope="module", params=SETS)
def judged(request):
    """The rows of the report by name, and what is needed to look further."""
    name = request.param
    if name == "digits":
        images = data.load("digits")
        train, test, count = images.scaled(slice(600)), images.scaled(slice(600, None)), 250
        labels, classifier = images.labels[600:], load_classifier()
    else:
        with pytest.MonkeyPatch.context() as patch:
            if not REAL_DATA:
                pytest.skip("COURSE_DATA is not set: no real data here")
            patch.setenv("COURSE_DATA", REAL_DATA)
            train, test = data.load(name, "train"), data.load(name, "test")
        count, labels, classifier = 1_000, test.labels, load_classifier(name)
        train, test = train.scaled(slice(6_000)), test.scaled()
    real = test[: 2 * count]
    fakes = cases(train, test[2 * count :], labels[2 * count :], count)
    shown = report(real, fakes, classifier, precision=True, training=train)
    return shown, fakes, train, real
