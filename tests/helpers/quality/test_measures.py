import math

import pytest
import torch
from torch import nn

from helpers import data
from helpers.errors import CourseError
from helpers.quality import (
    balance,
    class_shares,
    coverage,
    features,
    frechet_distance,
    load_classifier,
)


@pytest.fixture(scope="module")
def classifier():
    return load_classifier()


@pytest.fixture(scope="module")
def digits():
    """1,500 real digits, (1500, 1, 28, 28), and their labels."""
    images = data.load("digits")
    return images.scaled(), images.labels


def gaussian(n, mean, root, seed=0):
    """n points with exactly this mean and exactly the covariance root rootᵀ."""
    x = torch.randn(
        n, len(mean), dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    x = x - x.mean(0)
    x = torch.linalg.solve_triangular(
        torch.linalg.cholesky(torch.atleast_2d(x.T.cov())), x.T, upper=False
    ).T
    return torch.tensor(mean, dtype=torch.float64) + x @ torch.as_tensor(root).double().T


class TestFrechetDistance:
    def test_one_dimension(self):
        real, fake = gaussian(50, [1.0], [[2.0]]), gaussian(80, [4.0], [[0.5]], seed=1)
        assert frechet_distance(real, fake) == pytest.approx((1 - 4) ** 2 + (2 - 0.5) ** 2)

    def test_covariances_that_commute(self):
        real = gaussian(50, [0.0, 0.0, 1.0], torch.diag(torch.tensor([1.0, 2.0, 3.0])))
        fake = gaussian(50, [0.0, 2.0, 1.0], torch.diag(torch.tensor([3.0, 2.0, 0.5])), seed=1)
        assert frechet_distance(real, fake) == pytest.approx(2**2 + (1 - 3) ** 2 + 2.5**2)

    def test_covariances_that_do_not_commute(self):
        a, b = torch.tensor([[2.0, 0.0], [1.0, 1.0]]), torch.tensor([[1.0, -1.0], [0.0, 3.0]])
        real, fake = gaussian(50, [0.0, 0.0], a), gaussian(50, [0.0, 0.0], b, seed=1)
        # In two dimensions tr(M½) = sqrt(tr M + 2 sqrt(det M)), here of M = C D.
        c, d = a @ a.T, b @ b.T
        root = math.sqrt((c @ d).trace() + 2 * math.sqrt(torch.det(c @ d)))
        assert frechet_distance(real, fake) == pytest.approx((c + d).trace().item() - 2 * root)

    def test_it_is_a_distance(self):
        generator = torch.Generator().manual_seed(0)
        a, b, c = (torch.randn(100, 8, generator=generator) * k for k in (1, 2, 3))
        assert frechet_distance(a, a) == pytest.approx(0, abs=1e-12)
        assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a))
        roots = [math.sqrt(frechet_distance(*pair)) for pair in ((a, c), (a, b), (b, c))]
        assert roots[0] <= roots[1] + roots[2]

    def test_fewer_images_than_features(self):
        x = torch.randn(10, 64, generator=torch.Generator().manual_seed(0))
        assert frechet_distance(x, x) == pytest.approx(0, abs=1e-6)
        assert frechet_distance(x, x + 1) == pytest.approx(64, rel=1e-6)

    @pytest.mark.parametrize("noise", [0.0, 0.3])
    def test_torchmetrics_agrees(self, classifier, digits, noise):
        from torchmetrics.image.fid import FrechetInceptionDistance  # slow, and nobody else's

        class Features(nn.Module):
            num_features = 64

            def forward(self, x):
                return classifier.features(x)

        generator = torch.Generator().manual_seed(0)
        real, fake = digits[0][:300], digits[0][300:700]
        fake = (fake + noise * torch.randn(fake.shape, generator=generator)).clamp(0, 1)
        theirs = FrechetInceptionDistance(
            Features(), normalize=True, input_img_size=(1, 28, 28)
        ).set_dtype(torch.float64)
        theirs.update(real, real=True)
        theirs.update(fake, real=False)
        ours = frechet_distance(features(classifier, real), features(classifier, fake))
        assert ours == pytest.approx(theirs.compute().item(), rel=1e-5)

    def test_diverged_training_gives_nan(self):
        x = torch.randn(5, 3)
        assert math.isnan(frechet_distance(x, x * math.nan))
        assert math.isnan(frechet_distance(x * math.inf, x))

    @pytest.mark.parametrize("shapes", [((5, 3), (5, 4)), ((5,), (5,)), ((5, 3), (3,))])
    def test_other_shapes(self, shapes):
        with pytest.raises(CourseError, match=r"give features \(N, F\) and \(M, F\)"):
            frechet_distance(*map(torch.zeros, shapes))

    def test_one_image(self):
        with pytest.raises(CourseError, match="at least 2 images"):
            frechet_distance(torch.zeros(5, 3), torch.zeros(1, 3))


class TestClassShares:
    def test_real_digits(self, classifier, digits):
        images, labels = digits
        shares = class_shares(classifier, images)
        assert shares.shape == (10,)
        assert shares.sum().item() == pytest.approx(1)
        truth = torch.bincount(labels, minlength=10) / len(labels)
        torch.testing.assert_close(shares, truth.double(), atol=0.02, rtol=0)

    @pytest.mark.parametrize("digit", range(10))
    def test_one_digit_only(self, classifier, digits, digit):
        images, labels = digits
        shares = class_shares(classifier, images[labels == digit])
        assert shares.argmax() == digit
        assert shares.max() > 0.9

    def test_images_of_nan_are_no_digits(self, classifier, digits):
        images = digits[0][:4].clone()
        images[:3, 0, 5, 5] = math.nan
        assert class_shares(classifier, images).sum() == 0.25


class TestCoverageAndBalance:
    def test_known_shares(self):
        even, one = torch.full((10,), 0.1), torch.eye(10)[3]
        assert (coverage(even), balance(even)) == (10, pytest.approx(1))
        assert (coverage(one), balance(one)) == (1, 0)
        half = torch.tensor([0.5, 0.5] + [0.0] * 8)
        assert (coverage(half), balance(half)) == (2, pytest.approx(math.log10(2)))

    def test_the_threshold(self):
        shares = torch.tensor([0.955, 0.03, 0.01, 0.005] + [0.0] * 6, dtype=torch.float64)
        assert coverage(shares) == 3
        assert coverage(shares, threshold=0.02) == 2
