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
SETS = (
    "digits",
    pytest.param("mnist", marks=pytest.mark.slow),
    pytest.param("fashion-mnist", marks=pytest.mark.deep),
)


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


@pytest.fixture
def rows(judged):
    return {row.name: row for row in judged[0].rows}


@pytest.fixture
def base(rows):
    return rows["other real images"]


def test_real_images_are_good_varied_and_new(base):
    assert base.frechet < 6
    assert base.coverage == 10
    assert base.balance > 0.98
    assert min(base.precision_recall) > 0.75
    assert base.memorisation.ratio == pytest.approx(1, abs=0.1)
    assert base.memorisation.copies < 0.04


def test_nothing_is_nearer_than_real_images(rows, base):
    for name, row in rows.items():
        if "cop" not in name and row is not base:
            assert row.frechet > 2 * base.frechet, name


def test_half_of_the_classes(rows, base):
    row = rows["half of the classes"]
    assert row.coverage in (5, 6)
    assert 0.65 < row.balance < 0.8
    assert row.precision_recall.precision > base.precision_recall.precision - 0.1
    assert row.precision_recall.recall < base.precision_recall.recall - 0.2
    assert sum(row.shares[5:]) < 0.05
    assert row.frechet > rows["blurred"].frechet


def test_one_class(rows, base):
    row = rows["one class"]
    assert row.shares[1] > 0.9
    assert row.balance < 0.15
    assert row.precision_recall.precision > base.precision_recall.precision - 0.25
    assert row.precision_recall.recall < 0.2
    assert row.frechet > rows["half of the classes"].frechet


def test_one_image(rows):
    row = rows["one image"]
    assert (row.coverage, row.balance) == (1, 0)
    # It lies among the real ones, or not.
    assert row.precision_recall.precision in (0, 1)
    assert row.precision_recall.recall < 0.01
    assert row.frechet > rows["one class"].frechet


def test_blurred_images(rows, base):
    row = rows["blurred"]
    assert row.coverage == 10
    assert row.precision_recall.recall < base.precision_recall.recall - 0.2
    assert row.memorisation.copies < 0.3


def test_noise(rows, base):
    for name in ("noisy", "noise"):
        row = rows[name]
        assert row.precision_recall.recall < 0.15
        assert row.memorisation.ratio > 1.1
        assert row.memorisation.copies == 0
        assert row.frechet > rows["blurred"].frechet
        # Of clothes, many lie in the wide ball around an odd real image: 0.66 was measured.
        assert row.precision_recall.precision < base.precision_recall.precision - 0.1
    assert rows["noise"].precision_recall.recall < 0.01
    assert rows["noise"].coverage <= 2
    assert rows["noise"].frechet > rows["noisy"].frechet


def test_copies_are_known_by_their_distance_alone(rows):
    row = rows["copies"]
    assert row.memorisation == (0, 1)
    assert row.coverage == 10
    assert row.frechet < rows["half of the classes"].frechet / 2
    assert min(row.precision_recall) > 0.5


def test_some_copies(rows):
    row = rows["every fourth a copy"]
    assert row.memorisation.copies == pytest.approx(0.25, abs=0.04)
    assert row.memorisation.ratio > 0.6


def test_copies_with_slight_noise(rows):
    row = rows["copies with slight noise"]
    assert row.memorisation.ratio < 0.5
    assert row.memorisation.copies > 0.9


def test_copies_moved_by_a_pixel_are_found_by_moving(judged, rows):
    _, fakes, train, real = judged
    assert rows["copies moved by a pixel"].memorisation.copies < 0.3
    moved = fakes["copies moved by a pixel"][:60]
    found = memorisation(moved, train[:1000], real[:60], shift=1)
    assert found.ratio < 0.1
    assert found.copies > 0.9
    real_ones = memorisation(real[60:120], train[:1000], real[:60], shift=1)
    assert real_ones.ratio == pytest.approx(1, abs=0.25)


def test_one_class_is_compared_with_its_like(judged):
    """Simple images lie near to each other: the ratio is for images of the same classes."""
    _, fakes, train, _ = judged
    some = fakes["one class"]
    half = len(some) // 2
    assert memorisation(some[:half], train, some[half:]).ratio == pytest.approx(1, abs=0.15)
