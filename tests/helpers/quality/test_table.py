import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from helpers import data
from helpers.errors import CourseError
from helpers.quality import Quality, QualityTable, load_classifier, report, table
from helpers.quality.images import as_images
from helpers.quality.neighbours import Memorisation, PrecisionRecall


@pytest.fixture(scope="module")
def digits():
    """1,500 real digits, (1500, 1, 28, 28), and their labels."""
    images = data.load("digits")
    return images.scaled(), images.labels


class TestReport:
    @pytest.fixture(scope="class")
    def rows(self, digits):
        images, labels = digits
        ones = images[labels == 1]
        generator = torch.Generator().manual_seed(0)
        fakes = {
            "blurred": nn.functional.avg_pool2d(images[:750], 3, 1, 1),
            "noisy": (images + 0.2 * torch.randn(images.shape, generator=generator)).clamp(0, 1),
            "ones": ones,
            "constant": images[:1].expand(750, 1, 28, 28),
            "noise": torch.rand(750, 784, generator=generator),
            "nan": torch.full((20, 784), math.nan),
        }
        return {row.name: row for row in report(images, fakes).rows}

    def test_each_in_its_place(self, rows):
        distance = {name: row.frechet for name, row in rows.items()}
        assert distance["other real images"] < 10
        assert 2 * distance["other real images"] < distance["blurred"]
        assert distance["blurred"] < distance["ones"] < distance["constant"] < distance["noise"]
        assert math.isnan(distance["nan"])

    def test_which_digits_there_are(self, rows):
        coverages = {name: row.coverage for name, row in rows.items()}
        assert coverages["other real images"] == coverages["blurred"] == 10
        assert coverages["constant"] == 1
        assert coverages["ones"] <= 4
        assert coverages["nan"] == 0
        assert rows["other real images"].balance > 0.99
        assert rows["constant"].balance == 0
        assert rows["ones"].balance < 0.2

    def test_what_was_not_asked_for_is_not_there(self, rows):
        assert {row.precision_recall for row in rows.values()} == {None}
        assert {row.memorisation for row in rows.values()} == {None}


class TestShown:
    def test_as_a_table(self, digits):
        shown = report(digits[0][:40], {"a GAN": digits[0][40:80]})
        lines = repr(shown).splitlines()
        assert lines[0].split() == ["Fréchet", "distance", "digits", "balance"]
        assert [line[:17].strip() for line in lines[1:]] == ["other real images", "a GAN"]
        assert len({len(line) for line in lines}) == 1

    def test_all_that_can_be_asked_for(self, digits):
        real, copies = digits[0][:40], digits[0][40:80]
        shown = report(
            real, {"a copier": copies, "nan": copies * math.nan}, precision=True, training=copies
        )
        lines = str(shown).splitlines()
        assert lines[0].split("  ")[-4:] == ["precision", "recall", "to training", "copies"]
        assert lines[2].split()[-2:] == ["0.00", "100%"]
        assert lines[3].split()[-4:] == ["nan", "nan", "nan", "nan%"]
        assert len({len(line) for line in lines}) == 1
        assert max(map(len, lines)) <= 100

    def test_loaded_training_images_will_do(self, digits):
        training = data.load("digits", "test")
        given, loaded = (
            report(digits[0][:200], {"copier": training.scaled()}, training=x).rows
            for x in (training.scaled(), training)
        )
        assert given == loaded
        assert given[1].memorisation == (0, 1)
        # Small digits, so few that a median is rough.
        assert given[0].memorisation.ratio == pytest.approx(1, abs=0.15)

    def test_digits_by_class(self, digits):
        images, labels = digits
        shown = report(images[:400], {"zeros": images[labels == 0]}).by_class()
        lines = shown.splitlines()
        assert lines[0].split() == list("0123456789")
        assert int(lines[2].split()[1].rstrip("%")) >= 95
        assert len({len(line) for line in lines}) == 1

    def test_clothes(self):
        images = torch.rand(40, 784, generator=torch.Generator().manual_seed(0))
        shown = report(images, {"a GAN": images}, load_classifier("fashion-mnist"))
        assert " classes " in str(shown) and "digits" not in str(shown)
        assert shown.by_class().splitlines()[0].split("  ")[-2:] == ["Bag", "Ankle boot"]

    def test_a_row_of_the_first_four_numbers(self):
        """As it was made before there were more measures."""
        assert "1.50" in str(QualityTable((Quality("a GAN", 1.5, 10, 0.99),)))


class TestMistakes:
    def test_images(self, digits):
        with pytest.raises(CourseError, match=r"give \(N, 1, 28, 28\) or \(N, 784\)"):
            report(digits[0][:40, 0], {})
        with pytest.raises(CourseError, match="give a tensor"):
            report(digits[0].numpy(), {})
        with pytest.raises(CourseError, match=r"bring the images to \[0, 1\] first"):
            report(digits[0][:40], {"a GAN": 2 * digits[0][:40] - 1})

    def test_too_few(self, digits):
        with pytest.raises(CourseError, match="at least 2 images on each side"):
            report(digits[0][:40], {"a GAN": digits[0][:1]})
        with pytest.raises(CourseError, match="more than 3 images on each side"):
            report(digits[0][:40], {"a GAN": digits[0][:3]}, precision=True)

    def test_the_images_trained_on(self, digits):
        with pytest.raises(CourseError, match="are among the training images"):
            report(digits[0][:40], {}, training=digits[0])


ROWS = (
    Quality(
        "other", 1.234, 10, 0.987, PrecisionRecall(0.5, 0.25), Memorisation(1.0, 0.014), (0.1,) * 10
    ),
    Quality(
        "a GAN",
        123.456,
        3,
        0.5,
        PrecisionRecall(0.999, 0.001),
        Memorisation(0.333, 0.5),
        (1.0, *[0.0] * 9),
    ),
)


def test_each_column_of_the_table():
    assert str(QualityTable(ROWS)).splitlines() == [
        "       Fréchet distance  digits  balance  precision  recall  to training  copies",
        "other              1.23      10     0.99       0.50    0.25         1.00      1%",
        "a GAN            123.46       3     0.50       1.00    0.00         0.33     50%",
    ]
    assert QualityTable(ROWS).by_class().splitlines() == [
        "          0    1    2    3    4    5    6    7    8    9",
        "other   10%  10%  10%  10%  10%  10%  10%  10%  10%  10%",
        "a GAN  100%   0%   0%   0%   0%   0%   0%   0%   0%   0%",
    ]
    few = replace(ROWS[0], precision_recall=None, memorisation=None)
    for rows in ((few, ROWS[1]), (ROWS[1], few)):
        shown = str(QualityTable(rows, ("a", "b"))).splitlines()
        assert shown[0].split() == ["Fréchet", "distance", "classes", "balance"]


@pytest.fixture
def plain(monkeypatch):
    """Features are the images' first pixel; a distance is the two sets of these."""
    head = SimpleNamespace(classes=("a", "b"))
    monkeypatch.setattr(table, "features", lambda one, images: as_images(images)[:, 0, 0, 0])
    monkeypatch.setattr(table, "shares_of", lambda one, found: torch.tensor([0.75, 0.25]))
    for name in ("frechet_distance", "precision_recall"):
        monkeypatch.setattr(table, name, lambda real, found, n=name: (n, [*real], [*found]))
    monkeypatch.setattr(table, "load_classifier", lambda device: asked.append(str(device)) or head)
    asked = []
    return asked


def test_one_half_of_the_real_images_is_compared_with_the_other(plain):
    real = torch.linspace(0, 1, 8)[:, None].expand(8, 784)
    made = report(real, {"a": real[:2]}, precision=True)
    values = real[:, 0].tolist()
    even, odd = (pytest.approx(values[n::2]) for n in (0, 1))
    first, second = made.rows
    assert (first.name, second.name) == ("other real images", "a")
    assert first.frechet == ("frechet_distance", even, odd)
    assert second.frechet == ("frechet_distance", even, pytest.approx(values[:2]))
    assert first.precision_recall == ("precision_recall", even, odd)
    assert first.shares == (0.75, 0.25) and first.coverage == 2 and 0.2 < first.balance < 0.3
    assert made.classes == ("a", "b") and plain == ["cpu"]
    assert report(real, {}).rows[0].precision_recall is None


@pytest.mark.parametrize("count", [1000, 1001, 2001])
def test_a_thousand_images_are_looked_for_from_first_to_last(count):
    some = table._some(torch.arange(count))
    assert len(some) == 1000 and some[0] == 0 and some[-1] == count - 1
    assert len(some.unique()) == 1000 and some.diff().max() <= 3
    assert table._some(torch.arange(7)).tolist() == [*range(7)]


def test_how_near_to_the_training_images_is_measured_by_the_reference(plain, monkeypatch):
    asked = []
    monkeypatch.setattr(
        table, "usual_distances", lambda some, training: asked.append(("usual", len(some))) or "u"
    )
    nearest = SimpleNamespace(distances="d")
    monkeypatch.setattr(
        table, "nearest_training_images", lambda some, of: asked.append((of, len(some))) or nearest
    )
    monkeypatch.setattr(table, "compare", lambda found, usual: (found, usual))
    images = torch.zeros(2400, 784)
    rows = report(images, {"a": images[:5]}, training="training").rows
    assert asked == [("usual", 1000), ("training", 1000), ("training", 5)]
    assert {row.memorisation for row in rows} == {("d", "u")}
