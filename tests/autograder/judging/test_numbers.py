"""What counts as numbers, and what does not."""

import numpy
import pytest
import torch

from autograder.judging.numbers import as_numbers


@pytest.mark.parametrize(
    ("got", "numbers"),
    [
        (True, 1.0),
        (3, 3.0),
        (2.5, 2.5),
        (numpy.float32(0.5), 0.5),
        (numpy.bool_(False), 0.0),
        (numpy.array([[1, 2]], dtype="uint8"), [[1.0, 2.0]]),
        (torch.tensor([1, 2]), [1.0, 2.0]),
        (torch.tensor([0.5], requires_grad=True), [0.5]),
        (torch.nn.Parameter(torch.ones(2)), [1.0, 1.0]),
    ],
)
def test_numbers_become_a_plain_tensor_in_double_precision(got, numbers):
    made = as_numbers(got)
    assert type(made) is torch.Tensor and made.dtype == torch.float64 and not made.requires_grad
    assert made.tolist() == numbers


@pytest.mark.parametrize(
    "got",
    [
        *(None, "1", [1.0], (1.0,), 1j, numpy.array(["a"]), numpy.array([1j]), object()),
        *(torch.ones(2) + 1j, torch.zeros(2, device="meta")),
        torch.zeros(1).double().expand(10_000_001),
        torch.zeros(1).expand(10_000_001),
    ],
)
def test_what_is_no_number_is_none(got):
    assert as_numbers(got) is None


def test_plain_numbers_are_not_copied():
    plain = torch.ones(3, dtype=torch.float64)
    assert as_numbers(plain) is plain
    assert as_numbers(plain.clone().requires_grad_()) is not plain
    most = torch.zeros(1).double().expand(10_000_000)
    assert as_numbers(most) is most
