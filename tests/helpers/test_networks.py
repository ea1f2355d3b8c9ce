import pytest
import torch
from torch import nn

from helpers import networks, toys
from helpers.errors import CourseError


class TestGenerator:
    def test_plain(self):
        g = networks.Generator()
        images = g(torch.randn(3, g.dim_z))
        assert (g.dim_z, images.shape) == (64, (3, 1, 28, 28))
        assert images.abs().max() <= 1

    def test_labels_change_the_image(self):
        g = networks.Generator(n_classes=10).eval()
        z = torch.randn(2, 64)
        one, other = g(z, torch.tensor([1, 1])), g(z, torch.tensor([7, 1]))
        assert not torch.allclose(one[0], other[0])
        torch.testing.assert_close(one[1], other[1])

    @pytest.mark.parametrize(
        ("classes", "labels", "words"),
        [
            (10, None, r"g\(z, y\) with labels"),
            (0, torch.tensor([1, 2]), r"no classes: call g\(z\)"),
        ],
    )
    def test_labels_where_there_are_none(self, classes, labels, words):
        with pytest.raises(CourseError, match=words):
            networks.Generator(n_classes=classes)(torch.randn(2, 64), labels)


class TestDiscriminator:
    def test_one_score_an_image(self):
        assert networks.Discriminator()(torch.zeros(3, 1, 28, 28)).shape == (3, 1)

    def test_features(self):
        features = networks.ImageFeatures(32)
        assert features(torch.zeros(2, 1, 28, 28)).shape == (2, features.dim) == (2, 32)

    def test_the_score_hangs_on_no_other_image(self):
        d, x = networks.Discriminator(), torch.randn(4, 1, 28, 28)
        torch.testing.assert_close(d(x)[:1], d(x[:1]))


class TestUpdateBoth:
    def networks(self):
        d, g = toys.LinearCritic([2.0]), toys.LinearGenerator(3.0)
        optimizers = [torch.optim.SGD(net.parameters(), lr=0.1) for net in (d, g)]
        return d, g, *optimizers

    def test_each_goes_down_its_own_loss_from_where_both_were(self):
        d, g, *optimizers = self.networks()
        score = d(g(torch.ones(1, 1))).sum()  # w theta = 6
        networks.update_both(score, -score, d, g, *optimizers)
        assert d.weight.item() == pytest.approx(2 - 0.1 * 3)
        assert g.scale.item() == pytest.approx(3 + 0.1 * 2)

    def test_one_alone_leaves_the_other_untouched(self):
        d, g, *optimizers = self.networks()
        networks.update_one(d(g(torch.ones(1, 1))).sum(), d, optimizers[0])
        assert d.weight.item() == pytest.approx(2 - 0.1 * 3)
        assert g.scale.item() == 3 and g.scale.grad is None

    def test_twice_without_stale_gradients(self):
        d, g, *optimizers = self.networks()
        for _ in range(2):
            before = d.weight.item(), g.scale.item()
            score = d(g(torch.ones(1, 1))).sum()
            networks.update_both(score, -score, d, g, *optimizers)
        assert d.weight.item() == pytest.approx(before[0] - 0.1 * before[1])

    @pytest.mark.parametrize(
        ("loss", "words"),
        [
            (lambda score: score.detach(), r"d_loss is not a scalar that depends on its network"),
            (lambda score: 1.5, r"d_loss is not a scalar .* \(1.5\)"),
            (lambda score: torch.cat([score, score]), r"shape \(2, 1\)"),
        ],
    )
    def test_a_loss_that_is_none(self, loss, words):
        d, g, *optimizers = self.networks()
        score = d(g(torch.ones(1, 1)))
        with pytest.raises(CourseError, match=words):
            networks.update_both(loss(score), -score, d, g, *optimizers)
        assert (d.weight.item(), g.scale.item()) == (2, 3)

    def test_a_generator_that_is_cut_off(self):
        d, g, *optimizers = self.networks()
        score = d(g(torch.ones(1, 1)).detach())
        with pytest.raises(CourseError, match="g_loss does not depend on its network"):
            networks.update_both(score, -score, d, g, *optimizers)
        assert d.weight.item() == 2

    def test_an_unused_parameter_stays(self):
        d, g, *_ = self.networks()
        d.unused = nn.Parameter(torch.ones(1))
        d_optimizer, g_optimizer = (torch.optim.Adam(net.parameters()) for net in (d, g))
        score = d(g(torch.ones(1, 1)))
        networks.update_both(score, -score, d, g, d_optimizer, g_optimizer)
        assert d.unused.item() == 1
