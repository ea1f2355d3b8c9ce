"""What probes draw: from where, of which shape, and in double precision."""

import pytest
import torch

from autograder.judging import observers, probes
from autograder.judging.compare import mismatches


def g(seed=0):
    return torch.Generator().manual_seed(seed)


def test_uniform_numbers_fill_their_span():
    made = probes.uniform(-2.0, 3.0, 50, 40)(g())
    assert made.shape == (50, 40) and made.dtype == torch.float64
    assert -2 <= made.min() < -1.99 and 2.99 < made.max() <= 3
    assert probes.uniform(1.0, 2.0)(g()).shape == ()
    assert torch.equal(probes.uniform(0, 1, 5)(g(1)), probes.uniform(0, 1, 5)(g(1)))


def test_probabilities_add_up_to_one_and_have_zeros_where_asked():
    for zeros in ((), (0, 7), (3,)):
        p = probes.probabilities(*zeros)(g())
        assert p.shape == (8,) and p.dtype == torch.float64 and p.sum().item() == pytest.approx(1)
        assert [i for i, each in enumerate(p.tolist()) if each == 0] == [*zeros]
        kept = p[p > 0]
        assert kept.max() <= 10 * kept.min()


def test_several_draws_by_name_and_what_is_no_function_as_it_is():
    inputs = probes.together(x=probes.uniform(0, 1, 2), n=5)(g())
    assert [*inputs] == ["x", "n"] and inputs["n"] == 5 and inputs["x"].shape == (2,)


def test_what_every_loss_is_asked():
    asked = probes.loss_probes(real=(-1.0, 4.0), fake=(-3.5, 1.5), constant=("fake",))
    assert [probe.name for probe in asked] == [*probes.ORDINARY, probes.KEPT]
    drawn = [probe.draw(g()) for probe in asked]
    assert [tuple(each["real"].shape) for each in drawn] == [(7,), (6, 1), (5, 1)]
    assert [tuple(each["fake"].shape) for each in drawn] == [(7,), (6, 1), (5, 1)]
    seen = asked[1].observe(lambda real, fake: (real * fake).sum(), drawn[1])
    assert [*seen] == ["value", "gradient with respect to real"]
    assert asked[2].observe(lambda real, fake: None, drawn[2]) == {
        "the caller's tensors are left as they were": True
    }
    both = probes.loss_probes(real=(-1.0, 4.0), fake=(-3.5, 1.5))[0]
    seen = both.observe(lambda real, fake: (real * fake).sum(), drawn[0])
    assert [*seen][1:] == [f"gradient with respect to {name}" for name in ("real", "fake")]


def test_probes_of_one_kind():
    huge = probes.huge_probe(("t",), h=probes.HUGE, t=torch.ones(4))
    assert huge.name == probes.LARGE
    seen = huge.observe(lambda h, t: h.sum(), huge.draw(g()))
    assert [*seen] == ["value", "gradient with respect to h"] and seen["value"] == -90
    assert probes.HUGE.tolist() == [1e4, -1e4, 30, -120]
    kept = probes.kept_probe(x=torch.ones(2))
    assert kept.name == probes.KEPT
    assert kept.observe(lambda x: x.add_(1), kept.draw(g())) == {
        "the caller's tensors are left as they were": False
    }
    double = probes.float64_probe(x=torch.ones(2))
    assert double.name == probes.FLOAT64 == "inputs in float64"  # which students read
    same = "the result is in float64, as the inputs are"
    seen = double.observe(lambda x: x.sum(), double.draw(g()))
    assert seen == {"value": 2, same: True}
    assert double.observe(lambda x: x.sum().float(), double.draw(g()))[same] is False
    assert observers.in_float64(lambda x: 2.0, {"x": torch.ones(1)})[same] is False


def test_gradients_that_tell_optimisers_apart():
    found = probes.known_gradients(g())
    assert found.shape == (38, 4) and found.dtype == torch.float64
    assert not found[:, 3].any()  # only a weight decay moves this weight
    signs = found[:6, :3].sign().tolist()
    assert signs == [[1, -1, 1], [1, 1, -1], [-1, 1, 1], [1, -1, -1], [-1, -1, 1], [1, 1, 1]]
    sizes = torch.tensor([1.0, 3.0, 0.5, 2.0, 0.7, 1.4]).double()[:, None]
    ratio = found[:6, :3].abs() / sizes
    assert 0.6 <= ratio.min() and ratio.max() <= 1.4
    assert 35 <= found[6, :3].min() and found[6, :3].max() <= 45
    assert 0.5 <= found[7:, :3].min() and found[7:, :3].max() <= 0.7
    inputs = probes.optimiser_inputs(g())
    assert inputs["start"].shape == (4,) and 0.3 <= inputs["start"].min()
    assert inputs["start"].max() <= 0.9 and inputs["gradients"].shape == (38, 4)


def test_logits_are_of_both_signs_and_off_centre_in_two_ways():
    """So that no two formulas agree by symmetry."""
    for low, high in (probes.REAL, probes.FAKE):
        assert low < -0.5 and high > 0.5 and abs(low + high) > 1 and high - low >= 5
    assert sum(probes.REAL) > 0 > sum(probes.FAKE)
    # Where a sigmoid is 1 in float32 and its logarithm infinite, and where both are still numbers.
    assert probes.HUGE.max() > 1000 and probes.HUGE.min() < -1000
    assert {17 < abs(each) < 200 for each in probes.HUGE[2:].tolist()} == {True}


@pytest.mark.parametrize(
    ("off", "fine"), [(5.9e-7, True), (-5.9e-7, True), (6.1e-7, False), (-6.1e-7, False)]
)
def test_a_way_of_a_thousandth_is_known_to_half_a_thousandth(off, fine):
    """A learning rate of 1e-3 from one of 1.001e-3, in whatever steps."""
    truth = {"way": torch.tensor([1e-3]).double()}
    found = mismatches({"way": truth["way"] + off}, truth, probes.ADAM_TOLERANCE)
    assert (not found) is fine
    long = {"way": torch.ones(1).double()}
    assert not mismatches({"way": long["way"] + 1e-4}, long, probes.ADAM_TOLERANCE)
    assert mismatches({"way": long["way"] + 1.02e-4}, long, probes.ADAM_TOLERANCE)
