import math

import pytest
import torch

from helpers import data
from helpers.errors import CourseError
from helpers.quality import features, load_classifier
from helpers.quality.images import as_images


@pytest.fixture(scope="module")
def classifier():
    return load_classifier()


@pytest.fixture(scope="module")
def digits():
    """50 real digits, (50, 1, 28, 28)."""
    return data.load("digits").scaled(slice(50))


class TestFeatures:
    def test_batches_do_not_matter(self, classifier, digits):
        images = digits[:25]
        found = features(classifier, images)
        assert found.shape == (25, 64)
        assert not found.requires_grad
        torch.testing.assert_close(features(classifier, images, batch=4), found)

    def test_flat_and_float64_images(self, classifier, digits):
        images = digits[:5]
        found = features(classifier, images)
        torch.testing.assert_close(features(classifier, images.flatten(1)), found)
        torch.testing.assert_close(features(classifier, images.double()), found)

    @pytest.mark.parametrize("shape", [(5, 28, 28), (784,), (5, 3, 28, 28), (0, 784), ()])
    def test_other_shapes(self, classifier, shape):
        with pytest.raises(CourseError, match=r"give \(N, 1, 28, 28\) or \(N, 784\)"):
            features(classifier, torch.zeros(shape))

    @pytest.mark.parametrize("scale", [2, 255])
    def test_images_outside_the_range(self, classifier, digits, scale):
        with pytest.raises(CourseError, match=r"bring the images to \[0, 1\] first"):
            features(classifier, digits * scale - 1)

    @pytest.mark.parametrize("value", [math.inf, -math.inf, 3.0])
    def test_a_nan_does_not_hide_a_wrong_range(self, classifier, digits, value):
        images = digits[:4].clone()
        images[0, 0, 0, 0], images[1, 0, 0, 0] = math.nan, value
        with pytest.raises(CourseError, match=r"got pixels from .*bring the images to \[0, 1\]"):
            features(classifier, images)

    def test_a_nan_spoils_its_own_image_only(self, classifier, digits):
        images = digits[:4].clone()
        images[2, 0, 3, 3] = math.nan
        found = features(classifier, images)
        assert found.isnan().any(1).tolist() == [False, False, True, False]
        torch.testing.assert_close(found[:2], features(classifier, digits[:2]))

    def test_no_tensor(self, classifier, digits):
        with pytest.raises(CourseError, match="got images as ndarray: give a tensor"):
            features(classifier, digits.numpy())


@pytest.mark.parametrize(
    ("low", "high", "taken"),
    [(-0.0099, 1.0099, True), (-0.0101, 1.0, False), (0.0, 1.0101, False), (0.0, 1.0, True)],
)
def test_pixels_may_be_beyond_the_range_by_a_hundredth(low, high, taken):
    images = torch.linspace(low, high, 784)[None]
    if taken:
        made = as_images(images.double().requires_grad_())
        assert made.shape == (1, 1, 28, 28) and made.dtype == torch.float32
        assert not made.requires_grad
    else:
        with pytest.raises(CourseError, match=f"got pixels from {low:.3g} to {high:.3g}: bring"):
            as_images(images)


def test_a_picture_of_nothing_but_nan_is_taken():
    assert as_images(torch.full((1, 784), math.nan)).isnan().all()


def test_so_many_images_are_asked_at_a_time(digits):
    class Noted(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight, self.asked = torch.nn.Parameter(torch.ones(1)), []

        def features(self, x):
            self.asked.append(len(x))
            return x.flatten(1)[:, :3] * self.weight

    noted = Noted()
    assert features(noted, torch.zeros(1001, 784)).shape == (1001, 3)
    assert noted.asked == [500, 500, 1]
