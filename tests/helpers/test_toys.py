import pytest
import torch

from helpers import toys
from helpers.errors import CourseError


class TestLinearCritic:
    def test_value_and_gradient_are_known(self):
        critic = toys.LinearCritic([1.0, -2.0, 0.5])
        x = torch.randn(4, 3, requires_grad=True)
        torch.testing.assert_close(critic(x)[:, 0], x[:, 0] - 2 * x[:, 1] + 0.5 * x[:, 2])
        assert critic(x).shape == (4, 1)
        critic(x).sum().backward()
        torch.testing.assert_close(x.grad, torch.tensor([[1.0, -2.0, 0.5]]).expand(4, 3))
        torch.testing.assert_close(critic.weight.grad, x.detach().sum(0))

    def test_images_are_flattened(self):
        critic = toys.LinearCritic(torch.ones(784))
        assert critic(torch.ones(2, 1, 28, 28)).tolist() == [[784.0], [784.0]]

    @pytest.mark.parametrize("weight", [0.3, [0.3], torch.tensor(0.3)])
    def test_one_weight(self, weight):
        critic = toys.LinearCritic(weight)
        ((name, parameter),) = critic.named_parameters()
        assert (name, parameter.shape) == ("weight", (1,))
        torch.testing.assert_close(critic(torch.tensor([[2.0]])), torch.tensor([[0.6]]))

    def test_float64_and_no_images(self):
        critic = toys.LinearCritic(torch.ones(3, dtype=torch.float64))
        assert critic(torch.zeros(0, 3, dtype=torch.float64)).shape == (0, 1)

    def test_the_callers_tensor_is_copied(self):
        weight = torch.ones(2)
        critic = toys.LinearCritic(weight)
        weight.zero_()
        assert critic.weight.tolist() == [1, 1]

    @pytest.mark.parametrize("shape", [(4, 5), (3,), (4, 1, 1, 2)])
    def test_another_shape(self, shape):
        with pytest.raises(CourseError, match=r"it takes \(N, ...\) with 3 value"):
            toys.LinearCritic([1.0, 2.0, 3.0])(torch.zeros(shape))


class TestGenerators:
    def test_linear(self):
        generator = toys.LinearGenerator(0.5)
        z = torch.randn(4, 3)
        torch.testing.assert_close(generator(z), z / 2)
        generator(z).sum().backward()
        torch.testing.assert_close(generator.scale.grad, z.sum())
        assert [name for name, _ in generator.named_parameters()] == ["scale"]

    def test_constant(self):
        image = torch.randn(1, 28, 28)
        generator = toys.ConstantGenerator(image)
        made = generator(torch.randn(5, 96))
        assert torch.equal(made, image.expand(5, 1, 28, 28))
        made.sum().backward()
        assert generator.image.grad.unique().tolist() == [5.0]

    def test_constant_images_may_be_changed(self):
        generator = toys.ConstantGenerator(torch.zeros(2))
        with torch.no_grad():
            generator(torch.zeros(3, 1)).add_(1)
        assert generator.image.tolist() == [0, 0]


class TestLinearScore:
    def test_value_and_gradient_are_known(self):
        f = toys.LinearScore([1.0, -2.0, 0.5])
        x = torch.randn(4, 3, requires_grad=True)
        torch.testing.assert_close(f(x), x[:, 0] - 2 * x[:, 1] + 0.5 * x[:, 2])
        (slope,) = torch.autograd.grad(f(x).sum(), x)
        torch.testing.assert_close(slope, torch.tensor([[1.0, -2.0, 0.5]]).expand(4, 3))

    def test_images_and_one_image(self):
        f = toys.LinearScore(torch.ones(784))
        assert f(torch.ones(2, 1, 28, 28)).tolist() == [784.0, 784.0]
        assert f(torch.ones(1, 1, 28, 28)).shape == (1,)

    def test_another_shape(self):
        with pytest.raises(CourseError, match=r"LinearScore .* takes \(N, ...\) with 3 value"):
            toys.LinearScore([1.0, 2.0, 3.0])(torch.zeros(4, 5))


class TestQuadraticScore:
    def test_it_is_the_energy_with_the_other_sign(self):
        x = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
        f = toys.QuadraticScore(center=0.5, stiffness=3.0)
        assert torch.equal(f(x), -toys.QuadraticEnergy(0.5, 3.0)(x))
        (slope,) = torch.autograd.grad(f(x).sum(), x)
        assert torch.allclose(slope, 3.0 * (0.5 - x.detach()))


class TestQuadraticEnergy:
    def test_value_and_gradient_are_known(self):
        center = torch.tensor([1.0, -1.0])
        energy = toys.QuadraticEnergy(center, 3.0)
        x = torch.randn(5, 2, requires_grad=True)
        expected = 1.5 * ((x - center) ** 2).sum(1)
        torch.testing.assert_close(energy(x), expected)
        (slope,) = torch.autograd.grad(energy(x).sum(), x)
        torch.testing.assert_close(slope, 3 * (x.detach() - center))

    def test_by_default_half_the_square_for_any_shape(self):
        energy = toys.QuadraticEnergy()
        assert energy(torch.full((2, 1, 2, 2), 2.0)).tolist() == [8.0, 8.0]
        assert {name for name, _ in energy.named_parameters()} == {"center", "stiffness"}

    def test_its_density_is_normal(self):
        grid = torch.linspace(-6, 8, 2001, dtype=torch.float64)
        p = torch.exp(-toys.QuadraticEnergy(1.0, 4.0).double()(grid[:, None]))
        p = p / torch.trapezoid(p, grid)
        expected = torch.distributions.Normal(1.0, 0.5).log_prob(grid).exp()
        torch.testing.assert_close(p.detach(), expected)


def test_linear_losses():
    real, fake = torch.tensor([[1.0], [3.0]]), torch.tensor([[5.0], [9.0], [1.0]])
    assert toys.linear_discriminator_loss(real, fake) == 3
    assert toys.linear_generator_loss(fake) == -5


def test_fixed_codes():
    model = toys.FixedCodes(mean=[1.0, -1.0], variance=[0.5, 2.0], logits=[0.0, 1.0, 2.0])
    mean, variance = model.enc(torch.randn(3, 7))
    assert mean.tolist() == [[1.0, -1.0]] * 3 and variance.tolist() == [[0.5, 2.0]] * 3
    z = torch.randn(3, 2)
    assert model.dec(z).tolist() == [[0.0, 1.0, 2.0]] * 3
    assert torch.equal(model.codes[0], z)
    mean += 1  # the caller's own
    assert model.mean.tolist() == [1.0, -1.0]
    assert (model.z_prior_m.item(), model.z_prior_v.item()) == (0, 1)


class TestLinearGaussian:
    W = torch.tensor([[1.0, 0.2], [0.5, -1.0], [0.3, 0.8]], dtype=torch.float64)

    def test_posterior_and_likelihood_fit_together(self):
        world, x = toys.LinearGaussian(self.W, 0.5), torch.tensor([1.0, 2.0, -1.0]).double()
        m, V = world.posterior(x)
        z = torch.tensor([0.3, -0.7]).double()
        normal, many = torch.distributions.Normal, torch.distributions.MultivariateNormal
        joint = normal(0.0, 1.0).log_prob(z).sum() + normal(self.W @ z, 0.5).log_prob(x).sum()
        expected = joint - many(m, V).log_prob(z)
        torch.testing.assert_close(world.log_likelihood(x), expected)

    def test_samples_have_the_covariance(self):
        world = toys.LinearGaussian(self.W, 0.5)
        x = world.sample(200_000, torch.Generator().manual_seed(0))
        expected = self.W @ self.W.T + 0.25 * torch.eye(3)
        torch.testing.assert_close(x.T.cov(), expected, rtol=0.02, atol=0.02)

    def test_lists_become_float32(self):
        world = toys.LinearGaussian([[1.0], [0.5]], 0.5)
        assert world.W.dtype == world.sigma.dtype == torch.float32
        assert world.log_likelihood(torch.tensor([1.0, 2.0])).shape == ()

    @pytest.mark.parametrize(("W", "sigma"), [([1.0, 2.0], 0.5), ([[1.0]], 0.0), ([[1.0]], -1.0)])
    def test_what_is_no_model(self, W, sigma):
        with pytest.raises(CourseError, match="LinearGaussian got"):
            toys.LinearGaussian(W, sigma)


class TestLabelled:
    pictures = torch.eye(3).reshape(3, 1, 1, 3)

    def test_the_generator_paints_what_the_label_says(self):
        g = toys.LabelledGenerator(self.pictures, scale=2.0)
        y = torch.tensor([2, 0])
        assert torch.equal(g(torch.randn(2, g.dim_z), y), 2 * self.pictures[y])
        assert [name for name, _ in g.named_parameters()] == ["scale"]

    def test_the_critic_looks_where_the_label_says(self):
        d = toys.LabelledCritic(torch.eye(3), gain=0.5)
        x = torch.tensor([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
        assert d(x, torch.tensor([2, 0])).tolist() == [[2.0], [4.0]]
        assert [name for name, _ in d.named_parameters()] == ["gain"]

    def test_without_labels_where_that_is_allowed(self):
        blank = torch.full((1, 1, 3), 0.5)
        g = toys.LabelledGenerator(self.pictures, blank, scale=2.0)
        assert torch.equal(g(torch.zeros(4, 1)), torch.ones(4, 1, 1, 3))
        d = toys.LabelledCritic(torch.eye(3), torch.ones(3))
        assert d(torch.ones(2, 3)).tolist() == [[3.0], [3.0]]

    @pytest.mark.parametrize(
        ("labels", "words"),
        [
            (None, "got no labels"),
            (torch.eye(3)[:2], r"labels of torch.float32 and shape \(2, 3\)"),
            (torch.tensor([1]), r"give whole numbers of shape \(2,\)"),
        ],
    )
    def test_labels_that_are_none(self, labels, words):
        for call in (
            lambda: toys.LabelledGenerator(self.pictures)(torch.zeros(2, 64), labels),
            lambda: toys.LabelledCritic(torch.eye(3))(torch.zeros(2, 3), labels),
        ):
            with pytest.raises(CourseError, match=words):
                call()


def test_generators_know_the_length_of_their_noise():
    assert toys.ConstantGenerator(torch.zeros(1, 2, 2)).dim_z == 64
    assert toys.ConstantGenerator(torch.zeros(1, 2, 2), dim_z=5).dim_z == 5


def test_a_world_of_one_type_answers_in_it_whatever_torchs_default_is():
    world, x = toys.LinearGaussian([[1.0], [0.5]], 0.5), torch.tensor([1.0, 2.0])
    torch.set_default_dtype(torch.float64)
    try:
        made = (*world.posterior(x), world.log_likelihood(x), world.sample(2))
    finally:
        torch.set_default_dtype(torch.float32)
    assert {each.dtype for each in made} == {torch.float32}
    assert made[-1].shape == (2, 2)


def test_without_labels_where_they_are_not_asked_for_they_are_ignored_only_then():
    """A network that has a picture for no label still follows a label."""
    pictures = torch.eye(3)
    g = toys.LabelledGenerator(pictures, torch.zeros(3))
    assert g(torch.zeros(1, 1), torch.tensor([1])).tolist() == [[0, 1, 0]]
    d = toys.LabelledCritic(pictures, torch.zeros(3))
    assert d(torch.ones(1, 3), torch.tensor([1])).tolist() == [[1]]
    assert g.dim_z == 64 and toys.LabelledGenerator(pictures, dim_z=7).dim_z == 7
    assert g.scale.item() == 1 == d.gain.item()
    pictures.zero_()  # the caller's own
    assert g.pictures.sum() == 3 == d.directions.sum()


def test_labels_may_be_small_whole_numbers():
    g = toys.LabelledGenerator(torch.eye(3))
    y = torch.tensor([2, 0], dtype=torch.uint8)
    assert g(torch.zeros(2, 1), y).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_fixed_codes_let_gradients_through():
    model = toys.FixedCodes(mean=[1.0], variance=[0.5], logits=[0.0, 1.0])
    z = torch.randn(3, 2, requires_grad=True)
    model.dec(z).sum().backward()
    assert z.grad.tolist() == [[2.0, 2.0]] * 3 and not model.codes[0].requires_grad


@pytest.mark.parametrize("toy", [toys.LinearCritic, toys.LinearScore])
def test_no_input_at_all_is_one_of_any_size(toy):
    assert len(toy([1.0, 2.0])(torch.zeros(0, 2))) == 0
    with pytest.raises(CourseError, match=r"got an input of shape \(2,\): it takes"):
        toy([1.0, 2.0])(torch.zeros(2))
