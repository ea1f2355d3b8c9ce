"""Mistakes that many exercises share, each against a number worked out by hand."""

import pytest
import torch

from autograder.judging import misconceptions as shared
from autograder.judging.probes import FLOAT64, KEPT, LARGE, ORDINARY, SHORT

X, Y = torch.tensor([1.0, 2.0, 6.0]), torch.tensor([[1.0, 1.0], [2.0, 2.0]])


def mean(x, *others):
    return x.mean()


def pair(x):
    return x.mean(), -x


def test_a_factor_scales_the_result_and_each_of_several():
    assert shared.scaled(0.5)(mean)(X) == 1.5 and shared.scaled(-2.0)(mean)(X) == -6
    one, other = shared.scaled(3.0)(pair)(X)
    assert one == 9 and other.tolist() == [-3, -6, -18]
    assert shared.scaled(2.0)(lambda x, power: x**power)(3.0, power=2) == 18


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        (shared.halved, "halved", 1.5),
        (shared.doubled, "doubled", 6),
        (shared.negated, "negated", -3),
    ],
)
def test_half_twice_and_the_other_sign(make, name, value):
    known = make(mean, "Why.")
    assert (known.name, known.sentence, known.on) == (name, "Why.", ORDINARY)
    assert [formula(X) for formula in known.formulas] == [value]
    assert known.transform(mean)(X) == value
    other = make(mean, "Why.", "another name", on=(KEPT,))
    assert (other.name, other.on) == ("another name", (KEPT,))


def test_the_size_of_an_argument():
    def total(x, y):
        return x.sum()

    assert shared.by_size(1)(total)(X, Y) == 27
    assert shared.by_size(-1)(total)(X, Y) == 3
    assert shared.by_size(1, of=1)(total)(X, Y) == 18
    assert shared.by_size(1, of=1, elements=True)(total)(X, Y) == 36
    assert shared.by_size(2)(total)(X, Y) == 81


def test_a_sum_for_a_mean_and_a_mean_for_a_sum():
    known = shared.summed(mean)
    assert (known.name, known.sentence) == shared.SUMMED and known.on == ORDINARY
    assert known.formulas[0](X) == 9 and known.transform(mean)(X) == 9
    assert shared.summed(mean, of=1, on=(KEPT,)).formulas[0](X, Y) == 6
    assert shared.summed(mean, on=(KEPT,)).on == (KEPT,)
    known = shared.batch_mean(lambda x, *_: x.sum())
    assert known.name == "averaged over the batch" and known.on == ORDINARY
    assert known.formulas[0](X) == 3
    assert shared.batch_mean(lambda x, y: x.sum(), of=1, on=(KEPT,)).formulas[0](X, Y) == 4.5


def test_a_cut_gradient_keeps_the_value():
    x = X.clone().requires_grad_()
    known = shared.under_no_grad(lambda x, scale: scale * x.mean())
    assert (known.name, known.sentence) == shared.NO_GRADIENT and known.on == ORDINARY
    for formula in (*known.formulas, known.transform(lambda x, scale: scale * x.mean())):
        made = formula(x, scale=2.0)
        assert made == 6 and not made.requires_grad
    assert shared.under_no_grad(mean, on=(KEPT,)).on == (KEPT,)


def test_code_for_one_shape_is_right_there_and_wrong_elsewhere():
    rows, columns = shared.ONLY_ROWS, shared.ONLY_COLUMNS
    assert (rows.name, rows.on, rows.fails_on) == (
        *("only for shape (N,)", ORDINARY[:1], ORDINARY[1:]),
    )
    assert (columns.name, columns.on, columns.fails_on) == (
        *("only for shape (N, 1)", ORDINARY[1:], ORDINARY[:1]),
    )
    assert "right for inputs of shape (N, 1) and for no other" in columns.sentence
    first, second = shared.ONE_SHAPE
    assert (first.name, first.on, first.fails_on) == (
        *("only for shape (N, 1)", ORDINARY[1:], (ORDINARY[0], LARGE)),
    )
    assert (second.name, second.on, second.fails_on) == (
        *("only for shape (N,)", ORDINARY[:1], (ORDINARY[1], KEPT)),
    )
    assert shared.float32_only.fails_on == (FLOAT64,) and shared.float32_only.formulas == ()
    assert shared.full_batches_only.fails_on == (SHORT,)
    assert shared.full_batches_only.name == shared.FIXED_BATCH[0]


def test_a_batch_size_that_is_baked_in_is_recognised_whatever_it_is():
    known = shared.fixed_batch(lambda logits, labels: labels.sum() + 0 * logits)
    assert known.name == "a batch size baked in"
    sizes = [int(formula(torch.zeros((), dtype=torch.float64))) for formula in known.formulas]
    assert sizes == [128, 128, 64, 64, 100, 100, 256, 256, 32, 32]
    dtype = shared.fixed_batch(lambda logits, labels: labels).formulas[0](torch.zeros(1).double())
    assert dtype.dtype == torch.float64
    shapes = [tuple(each.shape) for each in shared.labels_of_fixed_batches()[:2]]
    assert shapes == [(128,), (128, 1)]


def test_what_can_be_wrong_with_one_of_two_terms():
    sign, gone, cut = shared.of_one_half(mean)
    assert (sign.name, gone.name) == shared.ONE_OF_TWO and cut.name == shared.NO_GRADIENT[0]
    x = X.clone().requires_grad_()
    assert [known.formulas[0](x).item() for known in (sign, gone, cut)] == [-3, 0, 3]
    assert gone.formulas[0](x).requires_grad and not cut.formulas[0](x).requires_grad


def test_mistakes_of_two_terms_are_made_in_either_or_in_both():
    def named(name, *factors):
        return shared.wrong_loss(name, name, *(lambda h, f=f: f * h.mean() for f in factors))

    known = shared.in_halves(
        (named("both", 10.0), named("first", 20.0), *shared.of_one_half(mean)),
        (named("both", 30.0), named("second", 40.0), *shared.of_one_half(mean)),
        (mean, mean),
    )
    values = {each.name: [formula(X, 2 * X).item() for formula in each.formulas] for each in known}
    sentences = {each.name: each.sentence for each in known}
    assert sentences["the gradient is cut"] == shared.NO_GRADIENT[1] and all(sentences.values())
    # The means are 3 and 6.
    sign, gone = shared.ONE_OF_TWO
    assert values == {
        "both": [30 + 180, 30 + 6, 3 + 180],
        "first": [60 + 6],
        sign: [-3 + 6, 3 - 6],
        gone: [6, 3],
        "the gradient is cut": [9, 9, 9],
        "second": [3 + 240],
    }
    transforms = {each.name for each in known if each.transform}
    assert transforms == {"the gradient is cut"}


def test_the_callers_tensor_is_overwritten_by_the_formula_too():
    x = X.clone()
    (formula,) = shared.overwritten.formulas
    assert formula(x, y := X.clone()) is x
    assert x.tolist() == y.tolist() == [2, 3, 7] and shared.overwritten.on == (KEPT,)


def moved(build, steps=1):
    """How far an optimiser moves a weight with the gradient 2."""
    net = torch.nn.Linear(1, 1, bias=False).double()
    solver, start = build(net), net.weight.item()
    for _ in range(steps):
        net.weight.grad = torch.full_like(net.weight, 2.0)
        solver.step()
    return net.weight.item() - start


def test_each_wrong_optimiser_has_a_name_and_its_settings():
    known = {each.name: each for each in shared.WRONG_ADAM}
    assert {name: len(each.formulas) for name, each in known.items()} == {
        "betas left at their default": 1,
        "the wrong beta2": 3,
        "the wrong learning rate": 7,
        "the learning rate and the betas": 6,
        "weight decay": 6,
        "AMSGrad for Adam": 1,
        "RMSprop for Adam": 5,
        "plain gradient descent": 5,
        "gradient descent with momentum": 8,
    }
    # The first step of Adam is its learning rate, whatever the gradient.
    rates = [2e-4, 1e-4, 5e-4, 3e-4, 4e-4, 2e-3, 1e-2]
    steps = [-moved(build) for build in known["the wrong learning rate"].formulas]
    assert steps == pytest.approx(rates, rel=1e-3)
    steps = [-moved(build) for build in known["the learning rate and the betas"].formulas]
    assert steps == pytest.approx([2e-4, 1e-4, 5e-4, 3e-4, 2e-3, 1e-2], rel=1e-3)
    steps = [-moved(build) for build in known["plain gradient descent"].formulas]
    assert steps == pytest.approx([2e-3, 2e-2, 2e-1, 2e-4, 4e-4])
    steps = [-moved(build, 2) for build in known["gradient descent with momentum"].formulas]
    ways = [2 * lr * (2 + momentum) for lr in (1e-3, 1e-2, 1e-4, 2e-4) for momentum in (0.9, 0.5)]
    assert steps == pytest.approx(ways)
    steps = [-moved(build) for build in known["RMSprop for Adam"].formulas]
    assert steps == pytest.approx([1e-2, 1e-1, 5e-4, 1e-3, 2e-3], rel=1e-3)


def walked(build):
    """Where an optimiser takes a weight that was 1, with gradients of several sizes."""
    net = torch.nn.Linear(1, 1, bias=False).double()
    torch.nn.init.ones_(net.weight)
    solver = build(net)
    for gradient in (1.0, -3.0, 0.5, 2.0, 0.1):
        net.weight.grad = torch.full_like(net.weight, gradient)
        solver.step()
    return net.weight.item()


def adams(*options, make=torch.optim.Adam):
    """Builds torch's own Adam with lr 1e-3, betas (0.5, 0.999) and each of these options."""
    return [
        lambda net, more=more: make(
            net.parameters(), **{"lr": 1e-3, "betas": (0.5, 0.999), "weight_decay": 0.0} | more
        )
        for more in options
    ]


@pytest.mark.parametrize(
    "name, builds",
    [
        ("betas left at their default", adams({"betas": (0.9, 0.999)})),
        (
            "the wrong beta2",
            adams(*({"betas": b} for b in ((0.5, 0.9), (0.5, 0.99), (0.999, 0.5)))),
        ),
        (
            "the learning rate and the betas",
            adams(
                *({"lr": lr, "betas": (0.9, 0.999)} for lr in (2e-4, 1e-4, 5e-4, 3e-4, 2e-3, 1e-2))
            ),
        ),
        (
            "weight decay",
            [
                *adams({"weight_decay": 0.01}, make=torch.optim.AdamW),
                *adams(*({"weight_decay": size} for size in (1e-5, 1e-4, 5e-4, 1e-3, 1e-2))),
            ],
        ),
        ("AMSGrad for Adam", adams({"amsgrad": True})),
    ],
)
def test_a_wrong_optimiser_goes_the_way_of_torchs_own(name, builds):
    """Each way is another one than that of the right optimiser, and than each other's."""
    (known,) = (each for each in shared.WRONG_ADAM if each.name == name)
    ways = [walked(build) for build in known.formulas]
    assert ways == pytest.approx([walked(build) for build in builds], rel=1e-12)
    assert len({*ways, walked(*adams({}))}) == len(ways) + 1


def test_what_is_wrong_with_large_logits_alone_is_right_on_ordinary_ones():
    known = shared.unstable(mean)
    assert (known.name, known.sentence) == shared.UNSTABLE
    assert known.on == ORDINARY and known.formulas == (mean,)


@pytest.mark.parametrize("known", shared.WRONG_ADAM, ids=lambda known: str(known.name)[:20])
def test_a_wrong_optimiser_has_a_short_name_and_a_sentence(known):
    assert len(known.name) < 40 and not known.name.endswith(".")
    assert known.sentence.endswith(".") and known.formulas
