"""Each family of wrong networks: which layers it changes, and where it says so."""

import pytest
import torch

from autograder.judging.networks import flaws
from autograder.judging.networks.layers import (
    Activation,
    Conv,
    Dropout,
    Flatten,
    Linear,
    Net,
    Norm,
    Pool,
    Unflatten,
)

RELU, TANH = Activation(kind="ReLU"), Activation(kind="Tanh")
ONE, TWO, THREE = (Linear(n_in=a, n_out=b) for a, b in ((8, 4), (4, 4), (4, 2)))
ROWS = (ONE, RELU, TWO, Norm(width=4), RELU, THREE, TANH)
CONV, LAST = Conv(n_in=1, n_out=3, padding=1), Linear(n_in=3 * 2 * 2, n_out=5)
IMAGES = (CONV, Norm(width=3), RELU, Pool(), Flatten(), LAST)


def made(change, layers):
    return [([*changed], where) for changed, where in change(layers)]


def test_activations_that_are_missing():
    assert made(flaws.no_activation, ROWS) == [
        ([ONE, TWO, ROWS[3], THREE, TANH], "There is none at all."),
        ([ONE, *ROWS[2:]], "It is missing after the first linear layer."),
        ([*ROWS[:4], THREE, TANH], "It is missing after the second linear layer."),
    ]
    assert made(flaws.no_activation, IMAGES) == [
        ([*IMAGES[:2], *IMAGES[3:]], "It is missing after the convolution.")
    ]
    assert made(flaws.no_activation, (RELU, ONE)) == [([ONE], "It is missing at the beginning.")]


def test_activations_of_another_kind():
    leaky = flaws.leaky(0.2)[0]
    assert leaky == Activation(kind="LeakyReLU", slope=0.2)
    assert made(flaws.activation(leaky, *flaws.kinds("Swish")), IMAGES) == [
        ([*IMAGES[:2], leaky, *IMAGES[3:]], "Yours is LeakyReLU(0.2) after the convolution."),
        (
            [*IMAGES[:2], Activation(kind="Swish"), *IMAGES[3:]],
            "Yours is Swish after the convolution.",
        ),
    ]
    (everywhere, where), *_ = made(flaws.activation(leaky), ROWS)
    assert everywhere == [ONE, leaky, TWO, ROWS[3], leaky, THREE, TANH]
    assert where == "Yours is LeakyReLU(0.2) everywhere."


def test_another_output_or_something_before_it():
    assert made(flaws.output("Sigmoid", None), ROWS) == [
        ([*ROWS[:6], Activation(kind="Sigmoid")], "Yours ends on Sigmoid."),
        ([*ROWS[:6]], "Yours ends on linear layer."),
    ]
    tail = (*ROWS, Dropout())
    assert made(flaws.output(None), tail)[0][0] == [*ROWS[:6], Dropout()]
    assert made(flaws.before_output(RELU), ROWS) == [
        ([*ROWS[:6], RELU, TANH], "Yours has ReLU in front of it.")
    ]


def test_poolings_and_paddings_of_another_kind():
    average = Pool(kind="average", size=3)
    assert made(flaws.pooling(average), IMAGES) == [
        (
            [*IMAGES[:3], average, *IMAGES[4:]],
            "Yours is average pooling with a window of 3 x 3 after the convolution.",
        )
    ]
    wider = Conv(n_in=1, n_out=3, padding=2)
    assert made(flaws.padding(2), IMAGES) == [([wider, *IMAGES[1:]], "Yours is 2.")]


def test_batch_normalisations_missing_changed_moved_and_added():
    assert made(flaws.no_norm, ROWS) == [
        ([*ROWS[:3], *ROWS[4:]], "It is missing after the second linear layer.")
    ]
    two = (*ROWS[:2], Norm(width=4), *ROWS[2:])
    assert made(flaws.no_norm, two)[0] == ([*ROWS[:3], *ROWS[4:]], "There is none at all.")
    assert made(flaws.norm(eps=0.5), ROWS) == [([*ROWS[:3], Norm(width=4, eps=0.5), *ROWS[4:]], "")]
    assert made(flaws.moved_norm, ROWS) == [
        (
            [*ROWS[:3], RELU, Norm(width=4), THREE, TANH],
            "It is the other way round after the second linear layer.",
        )
    ]
    assert made(flaws.extra_norm(2), ROWS) == [([*ROWS[:6], Norm(width=2), TANH], "")]
    plain = (ONE, RELU, TWO, RELU, THREE)
    assert made(flaws.norms_added(4, 6), plain) == [
        ([ONE, Norm(width=4), RELU, TWO, Norm(width=6), RELU, THREE], ""),
        ([ONE, RELU, Norm(width=4), TWO, RELU, Norm(width=6), THREE], ""),
    ]


def test_dropout_before_the_last_matrix():
    assert made(flaws.dropout, ROWS) == [
        ([*ROWS[:5], Dropout(), *ROWS[5:]], ""),
        (
            [*ROWS[:5], Dropout(always=True), *ROWS[5:]],
            "Yours does not even stop in evaluation mode.",
        ),
    ]


def test_biases_that_are_missing():
    without = [Linear(n_in=each.n_in, n_out=each.n_out, bias=False) for each in (ONE, TWO, THREE)]
    every, first, *_, third = made(flaws.no_bias, ROWS)
    assert every == (
        [without[0], RELU, without[1], *ROWS[3:5], without[2], TANH],
        "None of yours has one.",
    )
    assert first == ([without[0], *ROWS[1:]], "It is missing in the first linear layer.")
    assert third == ([*ROWS[:5], without[2], TANH], "It is missing in the third linear layer.")


def test_axes_in_another_order():
    first, second = made(flaws.order, IMAGES)
    assert first == ([*IMAGES[:4], Flatten(order=(0, 2, 3, 1)), LAST], "")
    assert second == ([*IMAGES[:4], Flatten(order=(0, 1, 3, 2)), LAST], "")
    assert made(flaws.order, (Flatten(), ONE)) == []
    assert made(flaws.order, (ONE, Unflatten(sizes=(1, 2, 3)))) == [
        ([ONE, Unflatten(sizes=(2, 3, 1), order=(0, 3, 1, 2))], ""),
        ([ONE, Unflatten(sizes=(1, 3, 2), order=(0, 1, 3, 2))], ""),
    ]


def test_another_width_is_taken_by_the_next_layer_and_by_the_norm_between():
    found = made(flaws.width, ROWS)
    # 19 usual widths, without the right one; 4 is none of them and 2 is.
    assert len(found) == 19 + 19 + 18
    wide = {where: layers for layers, where in found}
    assert wide["The second linear layer of yours has 200 outputs."] == [
        *(ONE, RELU, Linear(n_in=4, n_out=200), Norm(width=200), RELU),
        *(Linear(n_in=200, n_out=2), TANH),
    ]
    assert wide["The third linear layer of yours has 1,024 outputs."] == [
        *ROWS[:5], Linear(n_in=4, n_out=1024), TANH
    ]  # fmt: skip
    channels = {where: layers for layers, where in made(flaws.width, IMAGES)}
    assert channels["The convolution of yours has 16 channels."] == [
        Conv(n_in=1, n_out=16, padding=1), Norm(width=16), *IMAGES[2:5],
        Linear(n_in=16 * 4, n_out=5),
    ]  # fmt: skip
    # Maps of other sizes would be another mistake.
    folded = (ONE, Unflatten(sizes=(1, 2, 2)), CONV)
    assert {where.split(" of")[0] for _, where in made(flaws.width, folded)} == {"The convolution"}
    assert flaws.WIDTHS == tuple(sorted({*flaws.WIDTHS}))


def test_a_layer_missing_doubled_or_used_again():
    assert made(flaws.layer_missing, ROWS) == [
        ([Linear(n_in=8, n_out=4), *ROWS[3:]], "It is the first linear layer."),
        ([ONE, RELU, Linear(n_in=4, n_out=2), TANH], "It is the second linear layer."),
    ]
    assert made(flaws.layer_missing, IMAGES) == []
    assert made(flaws.layer_doubled, ROWS) == [
        ([*ROWS[:5], *ROWS[2:5], *ROWS[5:]], "It is the second linear layer.")
    ]
    again = Linear(n_in=4, n_out=4, again=True)
    assert made(flaws.layer_again, ROWS) == [
        ([*ROWS[:5], again, *ROWS[3:5], *ROWS[5:]], "It is the second linear layer.")
    ]
    # Widths that differ leave nothing to double.
    assert made(flaws.layer_doubled, (ONE, THREE, THREE)) == []


OF = flaws.Flaws(lambda n=8: [Linear(n_in=n, n_out=4), RELU, THREE])


def test_a_family_has_a_formula_for_each_change_and_says_where():
    known = OF.family("no activation", "Why.", flaws.no_activation, flaws.no_bias, beside=True)
    assert (known.name, known.sentence, known.on) == ("no activation", "Why.", (flaws.FUNCTION,))
    assert [each.where for each in known.formulas] == [
        "It is missing after the first linear layer.",
        "None of yours has one.",
        "It is missing in the first linear layer.",
        "It is missing in the second linear layer.",
    ]
    net = known.formulas[0](6, seed=3)
    assert isinstance(net, Net) and net.layers[:1] == (Linear(n_in=6, n_out=4),)
    assert len(net.layers) == 2 and net.dtype == torch.float32
    # Beside another flaw, in the first of its changes; not beside what is no network of ours.
    both = known.transform(known.formulas[1])
    assert [str(each) for each in both().layers] == ["linear layer", "linear layer"]
    assert [each.bias for each in both().layers] == [False, False]
    assert both.where == "None of yours has one." and known.transform(len) is len
    assert OF.family("x", "y", flaws.no_bias).transform is None


def test_an_argument_that_is_ignored():
    known = OF.argument_ignored("n", 5)
    assert (known.name, known.on) == ("n ignored", (flaws.FUNCTION,))
    assert known.formulas[0](7).layers[0].n_in == 5
    (flawed, *_) = OF.family("x", "y", flaws.no_activation).formulas
    both = known.transform(flawed)
    assert both(7).layers[0].n_in == 5 and len(both(7).layers) == 2
    assert both.where == flawed.where and known.transform(len) is len


def test_a_network_for_one_batch_size_counts_as_the_others_do():
    known = OF.one_batch_size()
    of_128, of_4 = (formula(8) for formula in known.formulas)
    assert of_4.parameter_count() == Net([ONE, RELU, THREE]).parameter_count()
    assert of_4(torch.zeros(4, 8)).shape == (4, 2) and of_128(torch.zeros(128, 8)).shape == (128, 2)
    with pytest.raises(RuntimeError):
        of_4(torch.zeros(3, 8))
    of_4.fill_parameters(0.0)
    assert not of_4(torch.ones(4, 8)).any()
    assert of_4.eval() is not None and known.on == (flaws.FUNCTION,)


def test_a_seed_that_is_ignored_in_three_ways():
    known = OF.seed_ignored()
    x = torch.ones(1, 8)

    def alike(formula, one, other):
        return torch.equal(formula(seed=one)(x), formula(seed=other)(x))

    random, none_of_zero, constant = known.formulas
    assert not alike(random, 5, 5)
    assert alike(none_of_zero, 5, 5) and not alike(none_of_zero, 5, 6)
    assert not alike(none_of_zero, 0, 0)
    assert alike(constant, 5, 6)
    assert known.on == (flaws.FUNCTION, flaws.SEEDS)


def test_where_layers_are():
    assert flaws.named(ROWS, 0) == "the first linear layer"
    assert flaws.named(IMAGES, 0) == "the convolution"
    assert flaws.named(ROWS, 3) == "the batch normalisation"
    again = (ONE, Linear(n_in=4, n_out=4, again=True), THREE)
    assert flaws.named(again, 2) == "the second linear layer"
    assert flaws.after(ROWS, 4) == "after the second linear layer"
    assert flaws.after(ROWS, 0) == "at the beginning"
    assert flaws.places(ROWS, Activation) == [1, 4, 6]
    assert flaws.places(ROWS, Activation, last=False) == [1, 4]
    assert flaws.without(ROWS, [0, 6]) == [*ROWS[1:6]]


def test_up_to_eight_layers_of_a_kind_are_told_apart():
    rows = tuple(Linear(n_in=4, n_out=4) for _ in range(8))
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
    assert [flaws.named(rows, place) for place in range(8)] == [
        f"the {word} linear layer" for word in words
    ]
