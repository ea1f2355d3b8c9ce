"""Where the grader's own draws come from."""

import torch

from autograder.judging.setting import setting
from autograder.judging.trained.draws import generator


def drawn(salt, which="gan.small"):
    with setting(salt=salt):
        return torch.rand(3, generator=generator(which)).tolist()


def test_in_a_run_they_belong_to_the_submission_and_the_exercise():
    assert drawn("one") == drawn("one")
    assert drawn("one") != drawn("two") and drawn("one") != drawn("one", "gan.other")


def test_outside_of_a_run_nobody_knows_them_beforehand():
    torch.manual_seed(0)
    first = drawn("")
    torch.manual_seed(0)
    assert drawn("") != first
    seeds = {generator("gan.small").initial_seed() for _ in range(8)}
    assert len(seeds) == 8 and max(seeds).bit_length() > 48


def test_a_run_uses_seven_bytes_of_its_hash():
    seeds = set()
    for n in range(8):
        with setting(salt=f"{n}"):
            seeds.add(generator("gan.small").initial_seed())
    assert len(seeds) == 8 and 48 < max(seeds).bit_length() <= 56
