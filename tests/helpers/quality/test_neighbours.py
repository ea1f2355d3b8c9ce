import math
import time

import numpy as np
import pytest
import torch
from torch import nn

from helpers import data
from helpers.errors import CourseError
from helpers.quality import memorisation, nearest_training_images, neighbours, precision_recall


def neighbour_search(**options):
    # Imported here: it takes long, and every process of pytest collects this file.
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(**options)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def uniform(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def digits():
    """1,500 real digits, (1500, 1, 28, 28)."""
    return data.load("digits").scaled()


def by_scikit_learn(real, fake, k):
    """Precision and recall with balls from scikit-learn's neighbours, image by image."""

    def share(points, centres):
        search = neighbour_search(n_neighbors=k + 1, algorithm="ball_tree").fit(centres)
        radii = search.kneighbors(centres)[0][:, -1]
        return np.mean([(np.linalg.norm(centres - p, axis=1) <= radii).any() for p in points])

    return share(fake, real), share(real, fake)


class TestPrecisionRecall:
    @pytest.mark.parametrize("neighbours", [1, 3, 7])
    @pytest.mark.parametrize("shift", [0.0, 1.0, 2.5])
    def test_scikit_learn_agrees(self, neighbours, shift):
        real, fake = normal(130, 5).double(), normal(110, 5, seed=1).double() * 1.3 + shift
        found = precision_recall(real, fake, neighbours)
        assert found == pytest.approx(by_scikit_learn(real.numpy(), fake.numpy(), neighbours))

    def test_on_a_line(self):
        # With k = 1 the real balls are [-1, 1], [0, 2] and [1, 19], which 1.5 and 2 are in; those
        # of the samples are [1, 2], [1.5, 2.5] and [2, 198], which 1 and 10 are in.
        real, fake = torch.tensor([[0.0], [1.0], [10.0]]), torch.tensor([[1.5], [2.0], [100.0]])
        assert precision_recall(real, fake, 1) == pytest.approx((2 / 3, 2 / 3))

    def test_a_set_against_itself(self):
        x = normal(50, 8)
        assert precision_recall(x, x) == (1, 1)

    def test_the_two_change_places(self):
        a, b = normal(80, 4), 0.5 * normal(90, 4, seed=1)
        assert precision_recall(a, b) == precision_recall(b, a)[::-1]

    def test_far_apart(self):
        assert precision_recall(normal(50, 8), normal(50, 8, seed=1) + 100) == (0, 0)

    def test_part_of_the_data(self):
        """Samples of one of two clumps are precise and recall a half."""
        left, right = normal(400, 2), normal(400, 2, seed=1) + 50
        found = precision_recall(torch.cat([left[::2], right[::2]]), left[1::2])
        assert found.precision > 0.9
        assert 0.4 < found.recall <= 0.5

    def test_samples_between_the_clumps(self):
        """Half of the samples are of no kind; every kind is there."""
        left, right = normal(400, 2), normal(400, 2, seed=1) + 50
        fake = torch.cat([left[1::2], right[1::2], normal(400, 2, seed=2) + 25])
        found = precision_recall(torch.cat([left[::2], right[::2]]), fake)
        assert found.precision == pytest.approx(0.5, abs=0.05)
        assert found.recall > 0.9

    def test_the_same_point_again_and_again(self):
        real = normal(50, 8)
        constant = real[:1].expand(50, 8)
        # Rounding moves a copy a little; it is found all the same.
        shaken = constant * (1 + 1e-6 * normal(50, 8, seed=1))
        for fake in (constant, shaken):
            assert precision_recall(real, fake) == (1, 1 / 50)

    def test_large_offsets_lose_no_precision(self):
        real, fake = normal(100, 4).double(), normal(100, 4, seed=1).double()
        assert precision_recall(real + 1e4, fake + 1e4) == precision_recall(real, fake)

    def test_parts_do_not_matter(self):
        real, fake = normal(1234, 3), normal(2345, 3, seed=1) + 0.5
        expected = by_scikit_learn(real.double().numpy(), fake.double().numpy(), 3)
        assert precision_recall(real, fake) == pytest.approx(expected, abs=1e-3)

    @pytest.mark.parametrize("value", [math.nan, math.inf])
    def test_diverged_training_gives_nan(self, value):
        x = normal(10, 3)
        bad = x.clone()
        bad[0, 0] = value
        for pair in ((x, bad), (bad, x)):
            assert all(map(math.isnan, precision_recall(*pair)))

    @pytest.mark.parametrize("shapes", [((5, 3), (5, 4)), ((5,), (5,)), ((5, 3), (3,))])
    def test_other_shapes(self, shapes):
        with pytest.raises(CourseError, match=r"give features \(N, F\) and \(M, F\)"):
            precision_recall(*map(torch.zeros, shapes))

    @pytest.mark.parametrize("sizes", [(3, 9), (9, 3)])
    def test_too_few_images(self, sizes):
        with pytest.raises(CourseError, match="more than 3 images on each side and got"):
            precision_recall(*(torch.zeros(n, 2) for n in sizes))

    def test_no_neighbours(self):
        with pytest.raises(CourseError, match="neighbours=0: give 1 or more"):
            precision_recall(torch.zeros(5, 2), torch.zeros(5, 2), 0)


class TestNearestTrainingImages:
    def test_scikit_learn_agrees(self, digits, monkeypatch):
        monkeypatch.setattr(neighbours, "TRAINING", 333)
        monkeypatch.setattr(neighbours, "SAMPLES", 70)
        training, images = digits[:1000], digits[1000:1200]
        search = neighbour_search(n_neighbors=1, algorithm="brute")
        search.fit(training.flatten(1).double().numpy())
        distances, indices = search.kneighbors(images.flatten(1).double().numpy())
        found = nearest_training_images(images, training)
        np.testing.assert_allclose(found.distances, distances[:, 0], rtol=1e-5)
        assert found.indices.tolist() == indices[:, 0].tolist()
        torch.testing.assert_close(found.images, training[found.indices])

    def test_copies_are_at_distance_0(self, digits):
        found = nearest_training_images(digits[200:300], digits)
        assert found.indices.tolist() == list(range(200, 300))
        assert (found.distances == 0).all()
        assert torch.equal(found.images, digits[200:300])

    def test_a_known_distance(self):
        black, grey = torch.zeros(1, 784), torch.full((2, 784), 0.5)
        found = nearest_training_images(grey, torch.cat([torch.ones(1, 784), black + 0.25]))
        torch.testing.assert_close(found.distances, torch.full((2,), 0.25 * 28))
        assert found.indices.tolist() == [1, 1]

    def test_loaded_images_will_do(self, digits):
        images = data.load("digits")
        found = nearest_training_images(digits[:5].flatten(1), images)
        assert found.indices.tolist() == [0, 1, 2, 3, 4]
        assert torch.equal(found.images, digits[:5])

    def test_brute_force_over_moves(self, digits):
        training, images = digits[:40], digits[40:52]
        found = nearest_training_images(images, training, shift=2)
        wide = nn.functional.pad(images, (2, 2, 2, 2))
        moves = [(i, j) for i in range(5) for j in range(5)]
        every = torch.stack([wide[:, :, i : i + 28, j : j + 28] for i, j in moves])
        distances = torch.cdist(every.flatten(2), training.flatten(1).expand(25, -1, -1))
        torch.testing.assert_close(found.distances, distances.amin((0, 2)), rtol=1e-4, atol=1e-4)
        assert found.indices.tolist() == distances.amin(0).argmin(1).tolist()

    def test_copies_that_were_moved(self, digits):
        moved = digits[:30].roll((1, -1), (2, 3))
        assert (nearest_training_images(moved, digits).distances > 1).all()
        found = nearest_training_images(moved, digits, shift=1)
        assert found.indices.tolist() == list(range(30))
        assert (found.distances == 0).all()
        # The training image itself, not the moved one.
        assert torch.equal(found.images, digits[:30])

    @pytest.mark.parametrize("shift", [0, 1])
    def test_an_image_with_nan_has_none(self, digits, shift):
        images = digits[:3].clone()
        images[1, 0, 3, 3] = math.nan
        found = nearest_training_images(images, digits, shift)
        assert found.indices.tolist() == [0, -1, 2]
        assert found.distances.isnan().tolist() == [False, True, False]
        assert found.images[1].isnan().all()

    def test_gradients_stop(self, digits):
        found = nearest_training_images(digits[:3].clone().requires_grad_(), digits[:9])
        assert not found.distances.requires_grad and not found.images.requires_grad

    def test_training_images_with_nan(self, digits):
        with pytest.raises(CourseError, match="training images with a nan"):
            nearest_training_images(digits[:3], digits[:5] * math.nan)

    def test_mistakes(self, digits):
        with pytest.raises(CourseError, match=r"give \(N, 1, 28, 28\)"):
            nearest_training_images(digits[:3, 0], digits)
        with pytest.raises(CourseError, match=r"give \(N, 1, 28, 28\)"):
            nearest_training_images(digits[:3], digits[:0])
        with pytest.raises(CourseError, match=r"bring the images to \[0, 1\]"):
            nearest_training_images(digits[:3], 255 * digits)
        for shift in (-1, 28):
            with pytest.raises(CourseError, match="give 0 to 27"):
                nearest_training_images(digits[:3], digits, shift)

    @pytest.mark.slow
    def test_whole_sets_take_seconds_and_little_memory(self, monkeypatch):
        """Seconds of one core's own time; of matrices, 40 MB at a time."""
        multiply, sizes = torch.addmm, []

        def noted(*args, **kwargs):
            product = multiply(*args, **kwargs)
            sizes.append(product.nbytes)
            return product

        monkeypatch.setattr(torch, "addmm", noted)
        pixels = torch.randint(256, (60_000, 1, 28, 28), dtype=torch.uint8)
        training = data.Images(pixels, torch.zeros(60_000), data.DIGITS, "mnist", "test")
        start = time.process_time()
        nearest_training_images(uniform(1_000, 784), training)
        assert time.process_time() - start < 12  # 5,000 images take five times as long
        assert sizes == [8_000_000] * 30
        sizes.clear()
        few = data.Images(pixels[:4_000], torch.zeros(4_000), data.DIGITS, "mnist", "test")
        nearest_training_images(uniform(6_000, 784), few)
        assert sizes == [40_000_000] * 2 + [8_000_000] * 2


class TestMemorisation:
    @pytest.fixture(scope="class")
    def parts(self, digits):
        """500 training images, 500 new ones to compare with, 500 to judge."""
        return digits.split(500)

    def test_new_images(self, parts):
        training, test, other = parts
        found = memorisation(other, training, test)
        assert found.ratio == pytest.approx(1, abs=0.1)
        assert found.copies < 0.04

    def test_the_definition(self, parts):
        training, test, other = parts
        mine, usual = (
            torch.cdist(x.flatten(1), training.flatten(1)).amin(1) for x in (other, test)
        )
        found = memorisation(other, training, test)
        assert found.ratio == pytest.approx((mine.median() / usual.median()).item(), rel=1e-4)
        assert found.copies == pytest.approx((mine < usual.quantile(0.01)).double().mean().item())

    def test_copies(self, parts):
        training, test, _ = parts
        assert memorisation(training, training, test) == (0, 1)

    def test_some_copies_among_new_images(self, parts):
        training, test, other = parts
        found = memorisation(torch.cat([training[:100], other[:300]]), training, test)
        assert found.copies == pytest.approx(0.25, abs=0.03)
        assert found.ratio > 0.7

    def test_copies_with_slight_noise(self, parts):
        training, test, _ = parts
        noisy = (training + 0.03 * normal(*training.shape)).clamp(0, 1)
        found = memorisation(noisy, training, test)
        assert found.ratio < 0.3
        assert found.copies > 0.95

    def test_copies_that_were_moved(self, parts):
        training, test, _ = parts
        moved = training[:100].roll(1, 3)
        assert memorisation(moved, training, test).copies < 0.1
        assert memorisation(moved, training, test[:100], shift=1) == (0, 1)

    def test_test_images_are_moved_as_the_samples_are(self, parts):
        training, test, _ = (part[:60] for part in parts)
        found = memorisation(test, training, test, shift=1)
        assert found.ratio == 1 and found.copies == pytest.approx(0.01, abs=0.02)
        usual = neighbours.usual_distances(test, training, 1)
        assert (usual <= neighbours.usual_distances(test, training)).all()
        assert not torch.equal(usual, neighbours.usual_distances(test, training, 0))

    def test_as_near_as_the_nearest_hundredth_is_no_copy(self):
        usual = torch.arange(101.0)
        assert neighbours.compare(torch.tensor([1.0]), usual).copies == 0
        assert neighbours.compare(torch.tensor([0.99]), usual).copies == 1
        assert neighbours.compare(torch.tensor([25.0]), usual).ratio == 0.5

    def test_noise(self, parts):
        training, test, _ = parts
        found = memorisation(uniform(50, 784), training, test)
        assert found.ratio > 2
        assert found.copies == 0

    def test_nan(self, parts):
        training, test, other = parts
        other = other[:20].clone()
        other[3] = math.nan
        assert all(map(math.isnan, memorisation(other, training, test)))
        with pytest.raises(CourseError, match="test images with a nan"):
            memorisation(test, training, other)

    def test_test_images_that_were_trained_on(self, parts):
        training, test, other = parts
        with pytest.raises(CourseError, match="are among the training images: give others"):
            memorisation(other, torch.cat([training, test[:50]]), test)
