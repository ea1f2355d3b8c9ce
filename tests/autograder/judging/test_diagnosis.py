"""Mistakes that are recognised alone, in a part, and together; and what is never named."""

from dataclasses import FrozenInstanceError, replace
from types import SimpleNamespace

import pytest
import torch
from torch.distributions import Normal, Uniform
from torch.nn import functional

from autograder.judging import (
    Exercise,
    Misconception,
    NotAsAsked,
    Part,
    Probe,
    Status,
    judge,
    observers,
)
from autograder.judging import misconceptions as shared
from autograder.judging.compare import Raised
from autograder.judging.diagnosis import Case, Explanation
from autograder.judging.distribution import Distribution
from autograder.judging.estimate import Estimate
from autograder.judging.probes import (
    FAKE,
    HUGE,
    KEPT,
    REAL,
    float64_probe,
    huge_probe,
    kept_probe,
    loss_probes,
    together,
    uniform,
)
from autograder.oracles import logit_losses
from autograder.oracles.logit_losses import softplus

LOGITS = {"logits_real": uniform(*REAL, 6), "logits_fake": uniform(*FAKE, 6)}


def real_half(r):
    return softplus(-r).mean()


def fake_half(f):
    return softplus(f).mean()


def as_probability(*formulas):
    return Misconception("the logit as a probability", "It is a logit.", formulas)


def swapped(loss):
    return lambda real, fake: loss(fake, real)


def labelled(real, fake):
    """A cross-entropy with these two labels."""
    return lambda r, f: (softplus(r) - real * r).mean() + (softplus(f) - fake * f).mean()


def of_probabilities(r, f):
    """torch's cross-entropy of what it is told are probabilities."""
    bce = functional.binary_cross_entropy
    return bce(r, torch.ones_like(r)) + bce(f, torch.zeros_like(f))


SWAPPED = shared.transformed(
    "halves swapped", "Real comes first.", swapped, logit_losses.discriminator_loss
)
HALVED = shared.halved(logit_losses.discriminator_loss, "The halves are added.")
SUMMED = shared.summed(logit_losses.discriminator_loss)
LOSS = Exercise(
    id="x.discriminator_loss",
    truth="mean softplus(-r) + mean softplus(f)",
    source="a test",
    points=1,
    probes=(
        *loss_probes(logits_real=REAL, logits_fake=FAKE),
        huge_probe(logits_real=HUGE, logits_fake=HUGE.flip(0) * 0.9),
        kept_probe(**LOGITS),
        float64_probe(**LOGITS),
    ),
    oracle=logit_losses.discriminator_loss,
    misconceptions=(
        SWAPPED,
        HALVED,
        SUMMED,
        shared.under_no_grad(logit_losses.discriminator_loss),
        shared.wrong_loss(*shared.SQUARED, lambda r, f: ((r - 1) ** 2).mean() + (f**2).mean()),
        shared.wrong_loss(*shared.SMOOTHED, labelled(0.9, 0.0), labelled(0.9, 0.1)),
        shared.wrong_loss(*shared.PLUS_MINUS, labelled(1.0, -1.0)),
        shared.wrong_loss(*shared.BCE_OF_LOGITS, of_probabilities),
        shared.unstable(
            lambda r, f: -r.sigmoid().log().mean() - (1 - f.sigmoid()).log().mean(),
        ),
        shared.ONLY_ROWS,
        shared.ONLY_COLUMNS,
        shared.float32_only,
        shared.overwritten,
    ),
    parts=(
        Part(
            "the real half",
            shows=("gradient with respect to logits_real",),
            arguments=("logits_real",),
            oracle=real_half,
            misconceptions=(
                as_probability(lambda r: softplus(-(1 - r)).mean()),
                Misconception("no real image", "They count.", (lambda r: 0 * r.sum(),)),
            ),
            on=shared.ORDINARY,
        ),
        Part(
            "the fake half",
            shows=("gradient with respect to logits_fake",),
            arguments=("logits_fake",),
            oracle=fake_half,
            misconceptions=(as_probability(lambda f: softplus(f - 1).mean()),),
            on=shared.ORDINARY,
        ),
    ),
)


def sp(h):
    return functional.softplus(h).mean()


def rows_only(r, f):
    (n,) = r.shape
    return sp(-r) + sp(f)


def columns_only(r, f):
    return sp(-r[:, 0]) + sp(f[:, 0])


def in_place(r, f):
    return sp(r.mul_(-1)) + sp(f)


def without_gradient(r, f):
    with torch.no_grad():
        return sp(-r) + sp(f)


def in_float32(r, f):
    return sp(-r.float()) + sp(f.float())


def bce(h, label):
    return functional.binary_cross_entropy_with_logits(h, torch.full_like(h, label))


ANSWERS = {
    "halved": lambda r, f: (sp(-r) + sp(f)) / 2,
    "halves swapped": lambda r, f: sp(-f) + sp(r),
    "summed over the batch": lambda r, f: (
        functional.softplus(-r).sum() + functional.softplus(f).sum()
    ),
    "the gradient is cut": without_gradient,
    "squared error for cross-entropy": lambda r, f: ((1 - r) ** 2).mean() + (f**2).mean(),
    "smoothed labels": lambda r, f: bce(r, 0.9) + bce(f, 0.0),
    "labels of 1 and -1": lambda r, f: bce(r, 1.0) + bce(f, -1.0),
    "unstable for large logits": lambda r, f: (
        -torch.log(torch.sigmoid(r)).mean() - torch.log(1 - torch.sigmoid(f)).mean()
    ),
    "only for shape (N,)": rows_only,
    "only for shape (N, 1)": columns_only,
    "only for float32": in_float32,
    "the caller's tensor overwritten": in_place,
    "returns None": lambda r, f: None,
    # Two at once.
    "halved & halves swapped": lambda r, f: (sp(-f) + sp(r)) / 2,
    "squared error for cross-entropy & halved": lambda r, f: (
        (((r - 1) ** 2).mean() + (f**2).mean()) / 2
    ),
    "halved & unstable for large logits": lambda r, f: (
        (-torch.log(torch.sigmoid(r)).mean() - torch.log(1 - torch.sigmoid(f)).mean()) / 2
    ),
    "halved & the caller's tensor overwritten": lambda r, f: in_place(r, f) / 2,
    "halved & only for shape (N, 1)": lambda r, f: columns_only(r, f) / 2,
    # In parts.
    "no real image": lambda r, f: sp(f) + 0 * r.sum(),
    "the logit as a probability": lambda r, f: sp(-r) + sp(f - 1),
    "the logit as a probability & halved": lambda r, f: (sp(-r) + sp(f - 1)) / 2,
    "no real image & the logit as a probability": lambda r, f: sp(f - 1) + 0 * r.sum(),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("seed", [None, 1])
def test_mistakes_get_their_names(name, seed):
    verdict = judge(LOSS, ANSWERS[name], seed=seed)
    assert verdict.misconception == name, verdict
    for known, sentence in verdict.misconceptions:
        assert known in verdict.message and sentence in verdict.message


def test_nobody_is_named_without_a_cause():
    """Formulas that are near to a composition and are none."""
    for wrong in (
        lambda r, f: 0.51 * (sp(-r) + sp(f)),
        lambda r, f: (sp(-f) + sp(r)) / 2 + 0.01,
        lambda r, f: sp(-r) + sp(f) + 1,
        lambda r, f: sp(-r) + sp(f) * torch.nan,
        lambda r, f: (r - f).mean(),
        lambda r, f: 1.0,
    ):
        assert judge(LOSS, wrong).misconception is None


def test_the_part_that_is_right_is_said():
    right, wrong = "The real half is right; the fake half is not.", "logits_fake: 2 times"
    unknown = judge(LOSS, lambda r, f: sp(-r) + 2 * sp(f))
    assert unknown.misconception is None
    assert unknown.message.startswith(right) and wrong in unknown.message
    known = judge(LOSS, ANSWERS["the logit as a probability"])
    assert known.message.endswith(right)
    assert "half is" not in judge(LOSS, lambda r, f: 2 * (sp(-r) + sp(f))).message


def test_results_are_parts_too():
    """A pair of losses: a mistake in each, known from its own observations."""

    def pair(d=lambda r, f: real_half(r) + fake_half(f), g=lambda f: real_half(f)):
        return lambda r, f: (d(r, f), g(f))

    def observe(call, inputs):
        d, g = call(inputs["r"], inputs["f"])
        return {"d_loss": d, "g_loss": g}

    probes = tuple(
        Probe(f"{n}", together(r=uniform(*REAL, n), f=uniform(*FAKE, n)), observe)
        for n in (5, 6, 7)
    )
    exercise = Exercise(
        id="x.losses",
        truth="",
        source="",
        points=1,
        probes=probes,
        oracle=pair(),
        misconceptions=(
            Misconception("labels swapped", "Mind them.", (pair(d=lambda r, f: sp(r) + sp(-f)),)),
            Misconception("minimax", "It saturates.", (pair(g=lambda f: -sp(f)),)),
        ),
        parts=(Part("the d_loss", ("d_loss",)), Part("the g_loss", ("g_loss",))),
    )
    both = judge(exercise, lambda r, f: (sp(r) + sp(-f), -sp(f)))
    assert both.misconception == "labels swapped & minimax"
    one = judge(exercise, lambda r, f: (sp(r) + sp(-f), sp(-f)))
    assert one.misconception == "labels swapped"
    assert one.message.endswith("The g_loss is right; the d_loss is not.")
    other = judge(exercise, lambda r, f: (sp(r), sp(-f)))
    assert other.misconception is None and "The g_loss is right" in other.message


def small(observe, **options):
    draw = together(x=uniform(1, 2, 5))
    return Exercise(
        id="x.small",
        truth="",
        source="",
        points=1,
        probes=(Probe("five numbers", draw, observe),),
        **{"oracle": lambda x: 2 * x, "misconceptions": (), **options},
    )


def test_nan_identifies_nothing():
    known = Misconception("a root of a negative", "It is nan.", (lambda x: (-x).sqrt(),))
    exercise = small(observers.value, misconceptions=(known,))
    verdict = judge(exercise, lambda x: (-x).log())
    assert verdict.misconception is None and "nan" in verdict.message

    constant = Misconception("constant", "It does not grow.", (lambda x: x,), on=("a fact",))
    (values,) = exercise.probes

    def grows(call, inputs):
        return {"it grows": bool((call(inputs["x"]) > inputs["x"]).all())}

    facts = replace(values, name="a fact", observe=grows)
    exercise = replace(exercise, probes=(values, facts), misconceptions=(constant,))
    assert judge(exercise, lambda x: x).misconception == "constant"
    assert judge(exercise, lambda x: x * torch.nan).misconception is None
    # Wrong numbers elsewhere do not contradict a fact, nor does an exception.
    assert judge(exercise, lambda x: x - 5).misconception == "constant"
    one_missing = torch.tensor([1.0, 1.0, torch.nan, 1.0, 1.0])
    assert judge(exercise, lambda x: x * one_missing).misconception is None
    calls = []

    def raises_at_first(x):
        calls.append(x)
        if len(calls) == 1:
            raise KeyError
        return x

    assert judge(exercise, raises_at_first).misconception == "constant"


def of_the_kit(exercise, source):
    """The exercise with an observer whose code counts as the kit's, unlike that of this file."""
    namespace = {}
    exec(compile(source, observers.__file__, "exec"), namespace)
    (probe,) = exercise.probes
    return replace(exercise, probes=(replace(probe, observe=namespace["observe"]),))


PAIR = of_the_kit(
    small(observers.value, oracle=lambda x: (x, 2 * x)),
    "def observe(call, inputs):\n"
    "    first, second = call(inputs['x'])\n"
    "    return {'first': first, 'second': second}",
)


@pytest.mark.parametrize(
    "answer, words",
    [
        (
            lambda x: x[0],
            "given shape (5,), it returned a tensor of shape () where a tuple of 2 (a tensor of"
            " shape (5,), a tensor of shape (5,)) is right",
        ),
        (lambda x: (x, x, x), "it returned a tuple of 3 ("),
        (lambda x: 3, "it returned a plain number where a tuple of 2"),
    ],
)
def test_our_exception_is_told_as_what_was_returned(answer, words):
    verdict = judge(PAIR, answer)
    assert verdict.status is Status.RAISED and words in verdict.message
    assert "unpack" not in verdict.message


def test_what_is_truly_ours_costs_nobody_a_point():
    exercise = of_the_kit(
        small(observers.value),
        "def observe(call, inputs):\n"
        "    if float(call(inputs['x'])[0]) > 5:\n"
        "        raise KeyError(7)\n"
        "    return {}",
    )
    verdict = judge(exercise, lambda x: 100 * x)
    assert verdict.status is Status.COULD_NOT_BE_JUDGED and "KeyError" in verdict.message


def test_an_observer_says_what_was_asked_for():
    def observe(call, inputs):
        raise NotAsAsked("two optimisers are asked for")

    right = replace(small(observe), oracle=lambda x: 2 * x)
    (probe,) = right.probes
    probe = replace(probe, observe=lambda c, i: observe(c, i) if c(i["x"]).sum() < 0 else {"v": 1})
    verdict = judge(replace(right, probes=(probe,)), lambda x: -x)
    assert verdict.message == "With five numbers, two optimisers are asked for."


def test_a_count_that_the_notebook_says_is_said():
    def observe(call, inputs):
        return {"number of codes": len(call(inputs["x"]))}

    exercise = small(observe, oracle=lambda x: x)
    assert judge(exercise, lambda x: x[:0]).message.endswith("codes: 0, which is too few.")
    told = judge(replace(exercise, open=("number of codes",)), lambda x: x[:0])
    assert told.message.endswith("number of codes: 0 where 5 is right.")


def test_known_names_are_each_listed_once():
    names = [known.name for known in LOSS.known]
    assert len(names) == len(set(names)) and "no real image" in names
    assert KEPT in [probe.name for probe in LOSS.probes]


def weight(seen, name="value"):
    difference = SimpleNamespace(observation=name)
    return Case(None, seen, (difference,)).weights[name]


@pytest.mark.parametrize(
    ("seen", "count"),
    [
        (Raised("KeyError"), 1),
        ({"value": torch.tensor([1.0, 2.0, torch.nan])}, 2),
        ({"value": torch.tensor([torch.nan])}, 0),
        ({"value": torch.tensor([torch.inf, torch.nan])}, 1),
        ({"value": 2.5}, 1),
        ({"value": True}, 1),
        ({"value": "text"}, 1),
        ({"value": (1, 2)}, 1),
        ({"value": None}, 0),
        ({}, 0),
    ],
)
def test_how_much_an_observation_weighs(seen, count):
    """Numbers and facts that could be reproduced; nan and None are reproduced by anything."""
    assert weight(seen) == count


def test_a_gradient_that_does_not_arrive_is_a_fact_where_there_is_a_value():
    name = "gradient with respect to x"
    assert weight({name: None, "value": torch.ones(2)}, name) == 1
    assert weight({name: None, "value": torch.tensor([torch.nan])}, name) == 0
    assert weight({name: None, "value": True}, name) == 0
    assert Case(None, Raised("E"), ()).value("value") is None
    assert Case(None, {"value": 3}, ()).value("value") == 3


def by_results(*misconceptions, observe=None, **options):
    """An exercise whose answer gives two results, (2x, 3x), and what is seen beside them."""

    def look(call, inputs):
        two, three = call(inputs["x"])
        return {"the two": two, "the three": three, "one dtype": two.dtype == three.dtype}

    exercise = small(
        observe or look,
        oracle=lambda x: (2 * x, 3 * x),
        misconceptions=misconceptions,
        parts=(Part("the first", ("the two",)), Part("the second", ("the three",))),
    )
    return replace(exercise, **options)


PLUS = Misconception("plus one", "Why.", (lambda x: (2 * x + 1, 3 * x),))
MINUS = Misconception("minus one", "Why not.", (lambda x: (2 * x, 3 * x - 1),))


def test_results_have_names_only_where_nothing_else_is_wrong():
    exercise = by_results(PLUS, MINUS)
    both = judge(exercise, lambda x: (2 * x + 1, 3 * x - 1))
    assert both.misconception == "plus one & minus one"
    assert judge(exercise, lambda x: (2 * x + 1, 3 * x)).misconception == "plus one"
    # One of them is of another kind, too, or nothing but that is wrong.
    other = lambda x: (2 * x.double() + 1, 3 * x - 1)  # noqa: E731
    assert judge(exercise, other).misconception is None
    kind = judge(exercise, lambda x: ((2 * x).double(), 3 * x))
    assert kind.misconception is None and "one dtype" in kind.message
    assert judge(exercise, lambda x: (2 * x + 1, 4 * x)).misconception is None


def test_a_mistake_in_two_results_may_be_made_in_one_of_them():
    known = Misconception("both", "Why.", (lambda x: (2 * x + 1, 3 * x - 1),))
    for answer in (lambda x: (2 * x, 3 * x - 1), lambda x: (2 * x + 1, 3 * x)):
        assert judge(by_results(known), answer).misconception == "both"
    assert judge(by_results(known), lambda x: (2 * x, 3 * x - 2)).misconception is None


def test_one_name_in_two_results_is_told_once():
    both = Misconception(
        "shifted", "By one.", (lambda x: (2 * x + 1, 3 * x), lambda x: (2 * x, 3 * x + 1))
    )
    verdict = judge(by_results(both), lambda x: (2 * x + 1, 3 * x + 1))
    assert verdict.misconceptions == (("shifted", "By one."),)


def test_two_numbers_of_a_result_are_too_few_to_name_one_of_several():
    few = together(x=uniform(1, 2, 2))
    exercise = by_results(PLUS, MINUS)
    probe = replace(exercise.probes[0], draw=few)
    exercise = replace(exercise, probes=(probe,))
    assert judge(exercise, lambda x: (2 * x + 1, 3 * x - 1)).misconception is None
    three = replace(probe, draw=together(x=uniform(1, 2, 3)))
    exercise = replace(exercise, probes=(three,))
    assert judge(exercise, lambda x: (2 * x + 1, 3 * x - 1)).misconception == "plus one & minus one"


def test_a_result_that_fails_elsewhere_too_is_explained_by_its_formula_or_by_nothing():
    """A mistake that is known from one probe: what another one shows has to go with it."""
    exercise = by_results(replace(PLUS, on=("five numbers",)), replace(MINUS, on=("five numbers",)))
    (probe,) = exercise.probes
    more = replace(probe, name="more", draw=together(x=uniform(3, 4, 6)))
    last = Misconception(
        "only small ones", "Large ones, too.", fails_on=("more",), on=("five numbers",)
    )
    known = (*exercise.misconceptions, last)
    exercise = replace(exercise, probes=(probe, more), misconceptions=known)
    everywhere = judge(exercise, lambda x: (2 * x + 1, 3 * x - 1))
    assert everywhere.misconception == "plus one & minus one"


def with_laws(laws, *known, count=1, **options):
    """As small(), with what the probe asks of draws; count: of such probes, "0", "1", ..."""
    exercise = small(observers.value, misconceptions=known, **options)
    (probe,) = exercise.probes
    probes = tuple(replace(probe, name=f"{n}", laws=laws) for n in range(count))
    return replace(exercise, probes=probes)


@pytest.mark.parametrize("deviation", [torch.tensor([0.01, 0.01]), torch.tensor(0.01)])
def test_an_estimate_of_a_wrong_number_has_its_name(deviation):
    exercise = with_laws(
        lambda inputs: {"value": Estimate(2 * inputs["x"][:2], deviation)},
        Misconception("a text", "No number.", (lambda x: "text",)),
        Misconception("all of them", "Two are asked for.", (lambda x: 2 * x,)),
        Misconception("tripled", "Twice.", (lambda x: 3 * x[:2],)),
        oracle=lambda x: 2 * x[:2],
    )
    assert judge(exercise, lambda x: 2 * x[:2] + 0.06).is_right
    assert judge(exercise, lambda x: 3 * x[:2] + 0.06).misconception == "tripled"
    assert judge(exercise, lambda x: 3 * x[:2] + 0.08).misconception is None
    assert judge(exercise, lambda x: "text").misconception == "a text"
    assert judge(exercise, lambda x: 2 * x).misconception == "all of them"
    # A deviation for each of two says nothing of five.
    five = judge(exercise, lambda x: 2 * x + 0.06).misconception
    assert five == ("all of them" if deviation.dim() == 0 else None)


def draws(law):
    return lambda x: law.sample((400,))


NORMAL, WIDE, UNIT = Normal(0.0, 1.0), Normal(0.0, 3.0), Uniform(0.0, 1.0)
DRAWN = {"value": Distribution(NORMAL)}


def test_draws_of_a_wrong_law_have_its_name_by_their_likeness_or_by_the_law():
    """A formula that says nothing by its own draws has the law that they are of."""
    nothing = lambda x: torch.zeros(400)  # noqa: E731
    wide = Misconception("too wide", "Of variance 1.", (draws(WIDE),))
    unit = Misconception("uniform", "Normal ones.", (nothing,), laws={"value": Distribution(UNIT)})
    exercise = with_laws(lambda inputs: DRAWN, wide, unit, oracle=draws(NORMAL))
    assert judge(exercise, draws(NORMAL)).is_right
    assert judge(exercise, draws(WIDE)).misconception == "too wide"
    assert judge(exercise, draws(UNIT)).misconception == "uniform"
    assert judge(exercise, draws(Normal(0.0, 9.0))).misconception is None
    assert judge(exercise, nothing).misconception is None


def test_two_laws_on_two_probes_are_two_mistakes():
    nothing = lambda x: torch.zeros(400)  # noqa: E731
    known = (
        Misconception("too wide", "W.", (nothing,), ("0",), {"value": Distribution(WIDE)}),
        Misconception("uniform", "U.", (nothing,), ("1",), {"value": Distribution(UNIT)}),
    )
    exercise = with_laws(lambda inputs: DRAWN, *known, oracle=draws(NORMAL), count=2)

    def answer(*laws):
        left = iter(laws)
        return lambda x: next(left).sample((400,))

    assert judge(exercise, answer(WIDE, UNIT)).misconception == "too wide & uniform"
    assert judge(exercise, answer(NORMAL, UNIT)).misconception == "uniform"
    assert judge(exercise, answer(WIDE, NORMAL)).misconception == "too wide"
    assert judge(exercise, answer(WIDE, WIDE)).misconception == "too wide"
    assert judge(exercise, answer(UNIT, WIDE)).misconception is None


def on_each(*results, **options):
    """(an exercise of one probe for each result, the answer that gives them in this order).

    A result is a factor of x, or an exception. The probes are "a", "b", ...
    """
    exercise = small(observers.value, **options)
    (probe,) = exercise.probes
    names = "abcdefg"[: len(results)]
    exercise = replace(exercise, probes=tuple(replace(probe, name=name) for name in names))
    left = iter(results)

    def answer(x):
        result = next(left)
        if isinstance(result, Exception):
            raise result
        return result * x

    return exercise, answer


TRIPLED = Misconception("tripled", "Twice.", (lambda x: 3 * x,), on=("a",))
NOT_B = Misconception("not for b", "For b, too.", fails_on=("b",))


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ((3, KeyError(), 3), "tripled & not for b"),
        ((3, KeyError(), ValueError()), "tripled & not for b"),
        # The same is raised elsewhere: b has nothing to do with it.
        ((3, KeyError(), KeyError()), "tripled"),
        ((3, 3, 3), "tripled"),
        ((2, KeyError(), 2), "not for b"),
        ((2, 7, 2), "not for b"),
        ((2, KeyError(), 7), None),
        ((2, 2, 7), None),
        ((7, 2, 2), None),
    ],
)
def test_what_fails_on_one_probe_alone_has_that_name(results, names):
    exercise, answer = on_each(*results, misconceptions=(TRIPLED, NOT_B))
    verdict = judge(exercise, answer)
    assert verdict.misconception == names
    raises = any(isinstance(each, Exception) for each in results)
    assert verdict.status is (Status.RAISED if raises else Status.WRONG)


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ((2, 5, 2), "fivefold for b"),
        ((2, 6, 2), None),
        ((2, 5, 7), None),
        ((3, 5, 3), "tripled & fivefold for b"),
        ((3, 6, 3), "tripled"),
        ((2, 5, 5), "fivefold for b"),  # others of its probes may fail
    ],
)
def test_a_mistake_may_say_how_it_fails_there(results, names):
    fails_on = ("b", "c") if results[2] == 5 else ("b",)
    fivefold = Misconception("fivefold for b", "2.", (lambda x: 5 * x,), fails_on=fails_on)
    exercise, answer = on_each(*results, misconceptions=(TRIPLED, fivefold))
    assert judge(exercise, answer).misconception == names


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ((2, 7, 2, 2), "only for a"),
        ((2, 2, 7, 2), None),  # the first of its probes has to fail
        ((2, 7, 7, 2), "only for a"),
        ((2, 7, 2, 7), None),  # nor may another than its own
        ((7, 7, 2, 2), None),
        ((3, 7, 7, 3), "tripled & only for a"),
        ((3, 3, 7, 3), "tripled"),  # the first is explained already
    ],
)
def test_a_mistake_of_several_probes_is_known_by_the_first(results, names):
    only = Misconception("only for a", "For all.", fails_on=("b", "c"))
    exercise, answer = on_each(*results, misconceptions=(TRIPLED, only))
    assert judge(exercise, answer).misconception == names


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ((3, 3), "tripled"),
        ((3, 5), "tripled & fivefold"),
        ((2, 5), "fivefold"),
        ((3, 6), "tripled"),
        ((7, 5), "fivefold"),
        ((torch.nan, 5), "fivefold"),
        ((1.5, 1.5), "tripled & halved"),
        ((1, 1), "halved"),
        ((1, 2), None),
    ],
)
def test_a_transform_stands_beside_what_is_known_from_its_own_probes(results, names):
    fivefold = Misconception("fivefold", "Twice.", (lambda x: 5 * x,), on=("b",))
    halved = shared.halved(lambda x: 2 * x, "Why.", on=())
    exercise, answer = on_each(*results, misconceptions=(TRIPLED, fivefold, halved))
    assert judge(exercise, answer).misconception == names


@pytest.mark.parametrize(
    ("on", "results", "names"),
    [
        (("a",), (1.5, 2), "tripled & halved"),
        (("a",), (1.5, 6), "tripled & halved"),
        (("a",), (1.5, 5), "fivefold"),  # one mistake alone is looked for first
        (("b",), (1.5, 1.5), "tripled & halved"),
        (("b",), (1.5, 6), None),  # what both are known from has to go with both
        ((), (1.5, 6), None),
    ],
)
def test_a_composition_is_known_from_the_probes_of_both(on, results, names):
    fivefold = Misconception("fivefold", "Twice.", (lambda x: 5 * x,), on=("b",))
    halved = shared.halved(lambda x: 2 * x, "Why.", on=on)
    exercise, answer = on_each(*results, misconceptions=(TRIPLED, fivefold, halved))
    assert judge(exercise, answer).misconception == names


def test_two_places_are_two_mistakes():
    known = tuple(
        Misconception(f"not for {name}", "Why.", fails_on=(name,), on=("a",)) for name in "bd"
    )
    for results, names in (
        ((2, 7, 2, 9), "not for b & not for d"),
        ((2, 2, 2, 9), "not for d"),
        ((7, 7, 2, 9), None),
    ):
        exercise, answer = on_each(*results, misconceptions=known)
        assert judge(exercise, answer).misconception == names


def test_two_numbers_are_too_few_for_a_composition():
    halved = shared.halved(lambda x: 2 * x, "Why.", on=())
    for count, names in ((3, "tripled & halved"), (2, None)):
        exercise, answer = on_each(1.5, misconceptions=(TRIPLED, halved))
        (probe,) = exercise.probes
        few = replace(probe, draw=together(x=uniform(1, 2, count)))
        assert judge(replace(exercise, probes=(few,)), answer).misconception == names


def test_a_formula_that_says_where_has_it_told():
    def formula(x):
        return 3 * x

    formula.where = "In the third."
    known = Misconception("tripled", "Twice.", (formula,), on=("a",))
    halved = shared.halved(lambda x: 2 * x, "Why.", on=())
    exercise, answer = on_each(3, 2, misconceptions=(known, halved))
    assert judge(exercise, answer).misconceptions == (("tripled", "Twice. In the third."),)
    # A composition has no place of its own.
    exercise, answer = on_each(1.5, 1.5, misconceptions=(known, halved))
    assert judge(exercise, answer).misconceptions[0] == ("tripled", "Twice.")


def test_a_case_and_an_explanation_stay_as_they_are():
    case = Case(None, {"value": 3}, ())
    assert case.value("value") == 3
    for each, name in ((case, "seen"), (Explanation(), "mistakes")):
        with pytest.raises(FrozenInstanceError):
            setattr(each, name, ())
    assert Explanation() == Explanation((), "", frozenset())


def test_parts_are_listed_by_name():
    exercise = by_results(PLUS)
    third = Part("the third", ("one dtype",))
    exercise = replace(exercise, parts=(*exercise.parts, third))
    one = judge(exercise, lambda x: (2 * x, 4 * x))
    assert one.message.startswith("The first and the third are right; the second is not. With five")
    two = judge(exercise, lambda x: (3 * x, 4 * x))
    assert two.message.startswith("The third is right; the first and the second are not.")


def cut_at_two(x):
    """Right for small numbers; wrong in the first number of large ones."""
    return 2 * torch.cat([x[:1].clamp(max=2), x[1:]])


def ones_at(*places):
    return lambda x: torch.tensor([float(n in places) for n in range(len(x))])


@pytest.mark.parametrize(
    ("small_too", "places", "names"),
    [
        (False, (0,), "for small ones"),  # in the number that the formula gets wrong
        (False, (0, 1), "for small ones"),
        (False, (1,), None),
        (True, (0,), None),
        (False, (), None),
    ],
)
def test_a_formula_that_is_right_where_it_is_known_is_a_mistake_elsewhere(small_too, places, names):
    known = Misconception("for small ones", "For all.", (cut_at_two,), on=("small",))
    exercise = small(observers.value, misconceptions=(known,))
    (probe,) = exercise.probes
    large = replace(probe, name="large", draw=together(x=uniform(3, 4, 5)))
    exercise = replace(exercise, probes=(replace(probe, name="small"), large))

    def answer(x):
        off = ones_at(*places)(x) * (0.5 if x[0] > 2 or small_too else 0)
        return 2 * x + off

    verdict = judge(exercise, answer)
    assert verdict.misconception == names and verdict.is_right is (not places)


def test_an_answer_that_cannot_be_compared_or_raises_there_has_the_name_of_the_place():
    known = Misconception("for small ones", "For all.", (cut_at_two,), on=("small",))
    exercise = small(observers.value, misconceptions=(known,))
    (probe,) = exercise.probes
    large = replace(probe, name="large", draw=together(x=uniform(3, 4, 5)))
    exercise = replace(exercise, probes=(replace(probe, name="small"), large))

    def raises(x):
        raise KeyError

    for elsewhere in (raises, lambda x: "text", lambda x: x[:3], lambda x: None):
        answer = lambda x, other=elsewhere: other(x) if x[0] > 2 else 2 * x  # noqa: E731
        assert judge(exercise, answer).misconception == "for small ones"


def test_a_fact_is_not_named_where_draws_contradict_it():
    """The same sample each time, of another law as well: that is more than one mistake."""
    right, wide = (
        scale * torch.randn(400, generator=torch.Generator().manual_seed(0)) for scale in (1.0, 3.0)
    )
    known = Misconception("always the same", "Draw anew.", (lambda x: right,), on=("twice",))

    def look(call, inputs):
        one, other = call(inputs["x"]), call(inputs["x"])
        return {"two calls differ": not torch.equal(one, other)}

    exercise = with_laws(lambda inputs: DRAWN, known, oracle=draws(NORMAL))
    twice = replace(exercise.probes[0], name="twice", observe=look, laws=lambda inputs: {})
    exercise = replace(exercise, probes=(twice, *exercise.probes))
    assert judge(exercise, draws(NORMAL)).is_right
    assert judge(exercise, lambda x: right).misconception == "always the same"
    assert judge(exercise, lambda x: wide).misconception is None
    assert judge(exercise, draws(WIDE)).misconception is None


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ((3, 5, 5), "tripled & fivefold"),
        ((3, 5, 2), "tripled"),  # known from both of its probes, or from none
        ((3, 2, 5), "tripled"),
        ((3, torch.nan, torch.nan), "tripled"),  # nan is reproduced by anything
    ],
)
def test_what_stands_beside_is_known_from_all_of_its_probes(results, names):
    known = (
        Misconception("fivefold", "Twice.", (lambda x: 5 * x,), on=("b", "c")),
        Misconception("no number", "Twice.", (lambda x: torch.nan * x,), on=("b", "c")),
    )
    exercise, answer = on_each(*results, misconceptions=(TRIPLED, *known))
    assert judge(exercise, answer).misconception == names


def test_a_glance_spares_the_look_at_a_wrong_formula():
    calls = []

    def tripled(x):
        calls.append(x)
        return 3 * x

    def look(call, inputs):
        made = call(inputs["x"])
        return {"size": len(made), "value": made}

    known = Misconception("tripled", "Twice.", (tripled,))
    exercise = small(look, misconceptions=(known,))
    glance = lambda call, inputs: {"size": len(call(inputs["x"]))}  # noqa: E731
    exercise = replace(exercise, probes=(replace(exercise.probes[0], glance=glance),))
    assert judge(exercise, lambda x: 3 * x[:3]).misconception is None and len(calls) == 1
    assert judge(exercise, lambda x: 3 * x).misconception == "tripled" and len(calls) == 2


@pytest.mark.parametrize(
    ("results", "names"),
    [
        ((3, 7, 3), "tripled & not for b"),
        ((3, 7, 2), "tripled & not for b"),
        ((3, 7, 9), "tripled"),  # where it claims to be right it is wrong as well
        ((2, 7, 2), "not for b"),
        ((2, 7, 9), None),
    ],
)
def test_what_a_mistake_claims_to_be_right_has_to_be_right(results, names):
    not_b = Misconception("not for b", "For b, too.", on=("c",), fails_on=("b",))
    exercise, answer = on_each(*results, misconceptions=(TRIPLED, not_b))
    assert judge(exercise, answer).misconception == names


@pytest.mark.parametrize("gives", ["numbers", "nan", "an exception"])
def test_a_place_is_named_where_the_first_mistake_would_do_better(gives):
    """A formula that fails there itself explains it as well."""

    def tripled(x):
        if len(x) == 5 or gives == "numbers":
            return 3 * x
        if gives == "nan":
            return torch.nan * x
        raise KeyError

    known = Misconception("tripled", "Twice.", (tripled,), on=("a",))
    exercise, answer = on_each(3, 7, misconceptions=(known, NOT_B))
    a, b = exercise.probes
    b = replace(b, draw=together(x=uniform(1, 2, 6)))
    verdict = judge(replace(exercise, probes=(a, b)), answer)
    assert verdict.misconception == ("tripled & not for b" if gives == "numbers" else "tripled")


@pytest.mark.parametrize(("count", "names"), [(2, "once"), (1, None)])
def test_a_mistake_in_a_part_needs_three_numbers_too(count, names):
    twice = Part(
        "the first",
        ("gradient with respect to x",),
        ("x",),
        lambda x: 2 * x.sum(),
        (Misconception("once", "Twice.", (lambda x: x.sum(),)),),
    )
    other = Part("the second", ("gradient with respect to y",), ("y",), lambda y: 3 * y.sum())
    draw = together(x=uniform(1, 2, count), y=uniform(1, 2, count))
    exercise = small(
        observers.value_and_gradients,
        oracle=lambda x, y: 2 * x.sum() + 3 * y.sum(),
        parts=(twice, other),
    )
    exercise = replace(exercise, probes=(replace(exercise.probes[0], draw=draw),))
    verdict = judge(exercise, lambda x, y: x.sum() + 3 * y.sum())
    assert verdict.misconception == names
    assert "The second is right; the first is not." in verdict.message
    assert judge(exercise, lambda x, y: x.sum() + 4 * y.sum()).misconception is None


def test_a_mistake_in_a_part_is_known_from_the_probes_of_the_part():
    """On others it may be hidden by something else."""
    once = Misconception("once", "Twice.", (lambda x: x.sum(),))
    exercise = small(observers.value_and_gradients, oracle=lambda x, y: 2 * x.sum() + 3 * y.sum())
    draw = together(x=uniform(1, 2, 5), y=uniform(1, 2, 5))
    (probe,) = exercise.probes
    a, b = (replace(probe, name=name, draw=draw) for name in "ab")
    for on, names in ((("a",), "once"), ((), None)):
        parts = (
            Part(
                "first", ("gradient with respect to x",), ("x",), lambda x: 2 * x.sum(), (once,), on
            ),
            Part("other", ("gradient with respect to y",), ("y",), lambda y: 3 * y.sum(), (), on),
        )
        factors = iter((1, 7))
        verdict = judge(
            replace(exercise, probes=(a, b), parts=parts),
            lambda x, y, factors=factors: next(factors) * x.sum() + 3 * y.sum(),
        )
        assert verdict.misconception == names


def test_what_a_law_explains_elsewhere_needs_no_second_name():
    nothing = lambda x: torch.zeros(400)  # noqa: E731
    wide = Misconception("too wide", "W.", (nothing,), ("0",), {"value": Distribution(WIDE)})
    not_1 = Misconception("not for 1", "For 1, too.", fails_on=("1",))
    exercise = with_laws(lambda inputs: DRAWN, wide, not_1, oracle=draws(NORMAL), count=2)
    assert judge(exercise, draws(WIDE)).misconception == "too wide"
    left = iter((WIDE, NORMAL))
    assert judge(exercise, lambda x: next(left).sample((400,))).misconception == "too wide"
