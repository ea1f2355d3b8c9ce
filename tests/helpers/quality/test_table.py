import math

import pytest
import torch
from torch import nn

from helpers import data
from helpers.errors import CourseError
from helpers.quality import Quality, QualityTable, load_classifier, report


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
