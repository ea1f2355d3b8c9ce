"""Ways of looking at a callable."""

import pytest
import torch

from autograder.judging import NotAsAsked, observers


def test_gradients_of_what_is_used_and_of_what_is_not():
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    seen = observers.value_and_gradients(lambda x, y: (x**2).sum(), {"x": x, "y": y})
    assert seen["value"].item() == 5
    assert seen["gradient with respect to x"].tolist() == [2, 4]
    assert seen["gradient with respect to y"].tolist() == [0, 0]


@pytest.mark.parametrize("call", [lambda x: 1.0, lambda x: x.detach().sum(), lambda x: 2 * x])
def test_no_gradient_of_what_is_no_differentiable_number(call):
    seen = observers.value_and_gradients(call, {"x": torch.ones(3)})
    assert seen["gradient with respect to x"] is None


def test_a_constant_input_needs_no_gradient():
    def call(h, t):
        assert h.requires_grad and not t.requires_grad
        return (h * t).sum()

    inputs = {"h": torch.ones(2), "t": torch.ones(2)}
    seen = observers.value_and_gradients(call, inputs, constant=("t",))
    assert set(seen) == {"value", "gradient with respect to h"}


@pytest.mark.parametrize("call, kept", [(lambda x: x * 2, True), (lambda x: x.mul_(2), False)])
def test_whether_the_callers_tensors_are_left_alone(call, kept):
    x = torch.ones(3)
    seen = observers.unchanged(call, {"x": x})
    assert seen == {"the caller's tensors are left as they were": kept}
    assert observers.value(call, {"x": x})["value"].tolist() == [2, 2, 2]
    assert x.tolist() == [1, 1, 1]


def test_nothing_returned_is_said_in_words():
    inputs = {"start": torch.ones(1), "gradients": torch.ones(1, 1)}
    with pytest.raises(NotAsAsked, match="is a return missing"):
        observers.optimiser(lambda model: None, inputs)


def test_the_way_an_optimiser_goes():
    inputs = {"start": torch.tensor([1.0, 2.0]), "gradients": torch.tensor([[1.0, -2.0]] * 2)}
    seen = observers.optimiser(lambda m: torch.optim.SGD(m.parameters(), lr=0.5), inputs)
    assert [way.tolist() for way in seen.values()] == [[-0.5, 1.0], [-1.0, 2.0]]


def test_repeated_samples():
    def look_at(call):
        return tuple(observers.repeated_samples(call, {"rows": 2, "dim": 3}).values())

    def good(rows, dim, seed=None):
        if seed is not None:
            torch.manual_seed(seed)
        return torch.rand(rows, dim)

    def none_of_zero(rows, dim, seed=None):
        return good(rows, dim, seed or None)

    assert look_at(good) == (True, True, True, True)
    assert look_at(none_of_zero) == (True, True, True, False)
    assert look_at(lambda rows, dim, seed=None: torch.rand(rows, dim)) == (True, True, False, False)
    ones = look_at(lambda rows, dim, seed=None: torch.ones(rows, dim))
    assert ones == (False, False, False, True)
    assert look_at(lambda rows, dim, seed=None: torch.rand(1, dim).repeat(rows, 1))[0] is False
    assert look_at(lambda rows, dim, seed=None: torch.rand(rows, 1).repeat(1, dim))[0] is False


def test_the_way_of_a_solver_is_told_after_some_steps():
    class Solver:
        def __init__(self, model):
            self.weight = model.weight

        def step(self):
            self.weight.data -= 0.5 * self.weight.grad

    start = torch.tensor([1.0, 2.0])
    gradients = torch.tensor([[1.0, -2.0]] * 9)
    seen = observers.optimiser(Solver, {"start": start, "gradients": gradients})
    ways = {f"way travelled after step {t}": [-0.5 * t, float(t)] for t in (1, 2, 3, 4, 5, 6, 9)}
    assert {name: way.tolist() for name, way in seen.items()} == ways
    few = observers.optimiser(Solver, {"start": start, "gradients": gradients[:2]})
    assert [*few] == ["way travelled after step 1", "way travelled after step 2"]
    assert all(way.dtype == torch.float64 for way in few.values())


def test_values_are_weighted_so_that_a_gradient_tells_which_has_moved():
    x, t = torch.tensor([1.0, 2.0, 3.0]), torch.tensor([2.0, 2.0, 2.0])
    seen = observers.values_and_gradients(lambda x, t: x * t, {"x": x, "t": t})
    assert seen["value"].tolist() == [2, 4, 6]
    # The weights are 1, 1.5 and 2.
    assert seen["gradient with respect to x"].tolist() == [2, 3, 4]
    assert seen["gradient with respect to t"].tolist() == [1, 3, 6]
    seen = observers.values_and_gradients(lambda x, t: x * t, {"x": x, "t": t}, constant=("t",))
    assert [*seen] == ["value", "gradient with respect to x"]
    for call in (lambda x: x.detach(), lambda x: x + 0j, lambda x: 1.0):
        seen = observers.values_and_gradients(call, {"x": x})
        assert seen["gradient with respect to x"] is None


@pytest.mark.parametrize("drawn", [torch.ones(6), torch.ones(1, 2, 3), torch.ones(1, 1), None, "x"])
def test_what_is_no_table_has_another_fault_than_equal_lines(drawn):
    seen = observers.repeated_samples(lambda *_, seed=None: drawn, {"rows": 2, "dim": 3})
    assert seen["rows and columns have noise of their own"] is True


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("look", [observers.value, observers.in_float64, observers.unchanged])
def test_what_a_call_does_to_its_inputs_reaches_no_other_look(look, dtype):
    """A wrong formula of ours overwrites them, and its inputs are kept for all others."""
    x = torch.ones(3, dtype=dtype)
    look(lambda x: x.mul_(5), {"x": x})
    assert x.tolist() == [1, 1, 1]


def test_gradients_are_of_the_inputs_and_not_of_what_a_call_made_of_them():
    for look in (observers.value_and_gradients, observers.values_and_gradients):
        x = torch.tensor([1.0, 2.0])
        seen = look(lambda x: x.mul_(5).sum(), {"x": x})
        assert seen["gradient with respect to x"].tolist() == [5, 5]
        assert x.tolist() == [1, 2] and not x.requires_grad
