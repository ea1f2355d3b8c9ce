import math

import pytest
import torch
from safetensors.torch import save_file

from helpers import data
from helpers.data import SOURCES
from helpers.errors import CourseError
from helpers.quality import (
    classifier,
    features,
    frechet_distance,
    load_classifier,
    make_statistics,
    real_statistics,
    statistics,
)


@pytest.mark.parametrize("name", SOURCES)
class TestWhatComesWithTheKit:
    def test_it_is_small_and_whole(self, name):
        assert (statistics.STATISTICS / f"{name}.safetensors").stat().st_size < 50_000
        found = real_statistics(name)
        assert found.mean.shape == (classifier.FEATURES,)
        assert found.covariance.shape == (classifier.FEATURES, classifier.FEATURES)
        assert {x.dtype for x in (found.mean, found.covariance, found.shares)} == {torch.float64}
        assert torch.linalg.eigvalsh(found.covariance).min() > -1e-9
        assert found.images == f"10,000 test images of {SOURCES[name].title}"
        # Ten classes, about as many of each.
        assert found.shares.sum() == pytest.approx(1)
        assert 0.08 < found.shares.min() and found.shares.max() < 0.13

    @pytest.mark.slow
    def test_it_can_be_made_again(self, name, real_data):
        kept, made = real_statistics(name), make_statistics.measure(name)
        # Other machines round otherwise, and an image between two classes may change sides.
        torch.testing.assert_close(made.mean, kept.mean, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(made.covariance, kept.covariance, rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(made.shares, kept.shares, rtol=0, atol=5e-4)
        assert frechet_distance(kept, made) < 1e-4

    def test_real_training_images_are_near(self, name, real_data):
        images = data.load(name, "train").scaled(slice(2_000))
        found = features(load_classifier(name), images)
        near = frechet_distance(real_statistics(name), found)
        blurred = torch.nn.functional.avg_pool2d(images, 3, 1, 1)
        assert near < 2
        assert frechet_distance(real_statistics(name), features(load_classifier(name), blurred)) > (
            5 * near
        )


class TestFrechetDistance:
    def test_statistics_stand_for_their_images(self):
        x, y = (
            torch.randn(n, 64, generator=torch.Generator().manual_seed(n)).double()
            for n in (90, 80)
        )
        x_known, y_known = (
            statistics.Statistics(z.mean(0), z.T.cov(), torch.full((10,), 0.1), "some")
            for z in (x, y)
        )
        expected = pytest.approx(frechet_distance(x, y))
        assert frechet_distance(x_known, y) == expected
        assert frechet_distance(x, y_known) == expected
        assert frechet_distance(x_known, y_known) == expected

    def test_itself(self):
        assert frechet_distance(real_statistics(), real_statistics()) == pytest.approx(0, abs=1e-6)

    def test_offline_digits_are_other_digits(self):
        """A place where MNIST is absent: the distance can be measured there."""
        images = data.load("digits").scaled()
        found = features(load_classifier(), images)
        noise = features(load_classifier(), torch.rand(500, 784))
        assert 2 < frechet_distance(real_statistics(), found)
        assert 2 * frechet_distance(real_statistics(), found) < frechet_distance(
            real_statistics(), noise
        )

    def test_other_features(self):
        with pytest.raises(CourseError, match=r"got shapes \(64,\) and \(5, 3\)"):
            frechet_distance(real_statistics(), torch.zeros(5, 3))
        with pytest.raises(CourseError, match="at least 2 images"):
            frechet_distance(real_statistics(), torch.zeros(1, 64))

    def test_diverged_training_gives_nan(self):
        assert math.isnan(frechet_distance(real_statistics(), torch.full((5, 64), math.nan)))


class TestMistakes:
    def test_an_unknown_name(self):
        with pytest.raises(CourseError, match="no classifier weights 'cifar'"):
            real_statistics("cifar")

    @pytest.mark.parametrize("content", [None, b"", b"not safetensors", b"\x02\0\0\0\0\0\0\0{}"])
    def test_damaged(self, monkeypatch, tmp_path, content):
        if content is not None:
            (tmp_path / "mnist.safetensors").write_bytes(content)
        monkeypatch.setattr(statistics, "STATISTICS", tmp_path)
        with pytest.raises(CourseError, match="missing or damaged: install the kit again"):
            real_statistics()

    def test_without_its_numbers(self, monkeypatch, tmp_path):
        about = {"images": "some", "classifier": statistics.fingerprint("mnist")}
        save_file({"mean": torch.zeros(64)}, tmp_path / "mnist.safetensors", about)
        monkeypatch.setattr(statistics, "STATISTICS", tmp_path)
        with pytest.raises(CourseError, match="missing or damaged"):
            real_statistics()

    def test_of_other_weights(self, monkeypatch, tmp_path):
        monkeypatch.setattr(statistics, "fingerprint", lambda name: "another")
        with pytest.raises(CourseError, match="belong to other weights.*make_statistics mnist"):
            real_statistics()
