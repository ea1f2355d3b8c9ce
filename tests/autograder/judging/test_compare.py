"""What is said about two observations that differ."""

import dataclasses
import json
import math
import sys

import numpy
import pytest
import torch
from torch.distributions import Normal

from autograder.judging import CHECKS_PACKAGE
from autograder.judging.calls import NotAsAsked, Watched
from autograder.judging.compare import (
    _OURS,
    Raised,
    about,
    about_ours,
    attempt,
    differing,
    is_students,
    mismatches,
)
from autograder.judging.distribution import Distribution
from autograder.judging.exercise import Probe, Tolerance
from autograder.judging.numbers import LARGEST, as_numbers
from helpers.errors import CourseError

TOLERANCE = Tolerance()
TRUTH = torch.tensor([0.5, -1.25, 3.0, 2.5], dtype=torch.float64)


def sentence(got, truth=TRUTH, name="value", tolerance=TOLERANCE):
    """The sentence about one observation; None when it agrees."""
    found = mismatches({name: got}, {name: truth}, tolerance)
    return found[0].sentence if found else None


@pytest.mark.parametrize(
    "got",
    [
        TRUTH.float(),
        TRUTH[:, None],
        TRUTH.numpy(),
        TRUTH.clone().requires_grad_(),
        TRUTH * (1 + 9e-5),
        torch.nn.Parameter(TRUTH.clone()),
    ],
)
def test_the_same_numbers_in_another_dress(got):
    assert sentence(got) is None


ONE_NUMBER = (0.0, 1.0, -1.0, 1 + 9e-5, 1 + 2e-4, 9e-6, 2e-5, 1e30, math.inf, -math.inf, math.nan)


@pytest.mark.parametrize("truth", ONE_NUMBER)
def test_one_number_is_compared_as_many_are(truth):
    for got in ONE_NUMBER:
        pair = torch.tensor([[got, 0.5], [truth, 0.5]], dtype=torch.float64)
        alone = sentence(pair[0, :1], pair[1, :1]) is None
        assert alone == (sentence(pair[0], pair[1]) is None), (got, truth)
        assert alone == torch.allclose(
            pair[0], pair[1], TOLERANCE.rtol, TOLERANCE.atol, equal_nan=True
        )


@pytest.mark.parametrize("got", [2, 2.0, numpy.float32(2), torch.tensor([[2.0]]), numpy.array([2])])
def test_a_single_number_in_another_dress(got):
    assert sentence(got, torch.tensor(2.0)) is None


@pytest.mark.parametrize(
    "got, words",
    [
        (TRUTH * 1.001, "close to the right one, but off by 0.1%"),
        (TRUTH * 0.97, "close to the right one, but off by 3%"),
        (TRUTH * 1.2, "1.2 times the right one"),
        (-TRUTH, "right but for its sign"),
        (TRUTH * 0.5, "0.5 times the right one"),
        (TRUTH + 1, "off by the same number everywhere"),
        (torch.zeros(4), "another number than the right one"),
        (torch.tensor([0.5, 1.25, 1.0, 2.5]), "another number than the right one"),
        (TRUTH * torch.nan, "value: not finite (nan)"),
        (TRUTH / 0, "value: not finite (inf and -inf)"),
        (torch.tensor([0.5, torch.nan, 3.0, 2.5]), "nan in 1 of 4 places"),
        (TRUTH[:3], "shape (3,) where (4,) is right"),
        (None, "is a return missing?"),
        ([1.0, 2.0], "a number is expected, not something of type list"),
        ("0.5", "a number is expected, not '0.5'"),
        (TRUTH + 0j, "a number is expected, not a tensor of torch.complex128 and shape (4,)"),
        (torch.zeros(4, device="meta"), "a number is expected"),
        (torch.zeros(1).expand(LARGEST + 1), "a number is expected"),
        (numpy.array([None, 1]), "a number is expected"),
    ],
)
def test_other_numbers_and_no_numbers(got, words):
    assert words in sentence(got)


@pytest.mark.parametrize(
    "got, words",
    [
        (torch.zeros(5, 5), "(5, 5) where () is right ((N, 1) combined with (N,)"),
        (torch.zeros(5, 1), "shape (5, 1) where () is right (one number is asked for)"),
        (torch.tensor([1.0, 2.0]), "is the mean over the batch missing?"),
        (torch.tensor([1.0, 0.5]), "is the sum missing?"),
        (1.502, "close to the right one, but off by 0.1%"),
        (math.inf, "not finite (inf)"),
        (3.0, "2 times the right one"),
        (0.5, "0.3333 times the right one"),
        (1.8, "another number than the right one"),
    ],
)
def test_where_one_number_is_right(got, words):
    assert words in sentence(got, torch.tensor(1.5))


@pytest.mark.parametrize("got", [None, torch.zeros(4)])
def test_a_gradient_that_does_not_arrive(got):
    assert sentence(got, name="gradient with respect to h").startswith("no gradient with respect")
    assert sentence(torch.zeros(4), torch.zeros(4), name="gradient with respect to h") is None


def test_the_tolerance_is_that_of_the_exercise():
    off = TRUTH + 1e-3
    assert sentence(off) is not None
    assert sentence(off, tolerance=Tolerance(rtol=0.0, atol=2e-3)) is None


def test_facts_and_labels():
    assert sentence(True, True, "it is kept") is None
    assert sentence(False, True, "it is kept") == "it does not hold that it is kept"
    assert sentence((2, 3), (3, 2), "shape") == "shape: (2, 3) where (3, 2) is right"
    assert sentence(12_000, 9, "number of codes") == "number of codes: 12,000, which is too many"
    assert sentence("float", "int", "dtype") == "dtype: float where int is right"
    assert sentence(None, True, "it is kept") == "it does not hold that it is kept"
    assert sentence("a", "a", "dtype") is None


class Flatterer:
    """Equal to everything."""

    def __eq__(self, other):
        return True

    def __repr__(self):
        raise RuntimeError


class FlatteringTensor(torch.Tensor):
    """Close to everything, and finite."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func in (torch.allclose, torch.equal, torch.Tensor.eq, torch.Tensor.all):
            return True
        return super().__torch_function__(func, types, args, kwargs or {})


@pytest.mark.parametrize("truth", [TRUTH, True, 267_009, "torch.float32", (1, 2)])
def test_an_object_that_equals_everything(truth):
    assert sentence(Flatterer(), truth) is not None


def test_a_tensor_that_is_close_to_everything():
    flattering = (TRUTH + 1).as_subclass(FlatteringTensor)
    assert torch.allclose(flattering, TRUTH)
    assert "off by the same number" in sentence(flattering)
    assert type(as_numbers(flattering)) is torch.Tensor
    assert sentence(TRUTH.as_subclass(FlatteringTensor)) is None


def probe(**options):
    return Probe("p", None, lambda call, inputs: {"value": call(*inputs)}, **options)


def test_an_exception_is_an_observation():
    def divide(x):
        return x / 0

    seen = attempt(probe(), divide, (1,))
    # The test's own file stands for the student's.
    assert seen == Raised(
        "ZeroDivisionError", "division by zero", divide.__code__.co_firstlineno + 1
    )


def test_the_line_is_the_students_and_not_the_librarys():
    source = "\n\ndef answer(x):\n    return torch.nn.functional.linear(x, x)\n"
    namespace = {"torch": torch}
    exec(compile(source, "<answer>", "exec"), namespace)
    seen = attempt(probe(), namespace["answer"], (torch.zeros(2, 3, 4, 5),))
    assert seen.line == 4


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


def test_an_exception_without_a_text_of_its_own():
    def mute(x):
        raise Mute

    assert attempt(probe(), mute, (1,)).type == "Mute"


def test_a_long_text_is_cut():
    def shout(x):
        raise KeyError("!" * 10_000)

    assert len(attempt(probe(), shout, (1,)).message) == 300


def test_exceptions_are_compared_by_type_and_text():
    expected = Raised("RuntimeError", "cannot be multiplied")
    alike = Raised("RuntimeError", "mat1 and mat2 cannot be multiplied (4x2 and 3x4)", 7)
    assert mismatches(alike, expected, TOLERANCE) == []
    for other in (Raised("ValueError", alike.message), Raised("RuntimeError", "no"), {"value": 1}):
        assert len(mismatches(other, expected, TOLERANCE)) == 1
    (silent,) = mismatches({"value": 1}, expected, TOLERANCE)
    assert (silent.observation, silent.sentence) == ("call", "no exception was raised")
    (mismatch,) = mismatches(alike, {"value": TRUTH}, TOLERANCE)
    assert mismatch.sentence == f"it raised RuntimeError (line 7): {alike.message}"


@pytest.mark.parametrize(
    "got, words",
    [
        (1.0, "another number where infinity is right"),
        (math.nan, "nan where infinity is right"),
        (-math.inf, "another number where infinity is right"),
    ],
)
def test_where_infinity_is_right(got, words):
    assert words in sentence(got, torch.tensor(math.inf))
    assert sentence(math.inf, torch.tensor(math.inf)) is None


def test_swapped_axes_are_not_a_matter_of_reshaping():
    assert "transpose or permute" in sentence(torch.zeros(3, 5), torch.zeros(5, 3))
    assert "transpose" not in sentence(torch.zeros(15), torch.zeros(5, 3))


@pytest.mark.parametrize(
    "error, words",
    [
        (
            ValueError("not enough values to unpack (expected 4, got 2)"),
            "it takes 4 values apart where there are 2; it was given shape (2, 3)",
        ),
        (IndexError("tuple index out of range"), "it asks for a dimension"),
        (RuntimeError("Found no NVIDIA driver."), "it asks for a GPU, and here is none"),
        (CourseError("LinearCritic got an input"), "it fails (line 7): LinearCritic got an input"),
        (KeyError("x"), "it raised KeyError (line 7): 'x'"),
        (NotAsAsked("two are asked for"), "two are asked for"),
    ],
)
def test_an_exception_is_told_in_words(error, words):
    failure = Raised(type(error).__name__, str(error), 7, "(2, 3)")
    assert words in about(failure)
    if not isinstance(error, (IndexError, RuntimeError, ValueError)):
        assert "given" not in about(failure)


@pytest.mark.parametrize(
    ("slope", "agrees"), [(0.0, True), (1e-5, True), (1.1e-5, False), (-1e-5, True)]
)
def test_a_gradient_below_the_tolerance_need_not_arrive(slope, agrees):
    """Where the true gradient is as small as what may differ, none at all is as right."""
    truth = torch.tensor([slope, 0.0], dtype=torch.float64)
    told = sentence(torch.zeros(2), truth, name="gradient with respect to h")
    assert (told is None) is agrees
    if not agrees:
        assert told.startswith("no gradient with respect to h: it is not used, or detach()")
    none = sentence(None, truth, name="gradient with respect to h")
    assert none is not None


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "too many values to unpack (expected 2)",
            "it raised ValueError: it takes 2 values apart where there are more",
        ),
        (
            "too many values to unpack (expected 2, got 3)",
            "it raised ValueError: it takes 2 values apart where there are more",
        ),
        (
            "not enough values to unpack (expected at least 3, got 1)",
            "it raised ValueError: it takes 3 values apart where there are 1",
        ),
        (
            "CUDA error: no device\nmore",
            "it raised ValueError: it asks for a GPU, and here is none",
        ),
        ("Torch not compiled with CUDA enabled", "it asks for a GPU, and here is none"),
        ("anything else", "it raised ValueError: anything else"),
        ("", "it raised ValueError"),
    ],
)
def test_pythons_sentences_in_other_words(message, words):
    assert about(Raised("ValueError", message)).endswith(words)
    given = about(Raised("ValueError", message, 3, "(2,)"))
    assert " (line 3)" in given and given.endswith("; it was given shape (2,)") is (
        "GPU" not in words
    )


@pytest.mark.parametrize(
    ("got", "truth", "words"),
    [
        # Any one number is a multiple of another: only whole ratios say something.
        (3.0, 1.0, "3 times the right one"),
        (1 / 3, 1.0, "0.3333 times the right one"),
        (-2.0, 1.0, "-2 times the right one"),
        (2.5, 1.0, "another number than the right one"),
        (1.05, 1.0, "close to the right one, but off by 5%"),
        (1.101, 1.0, "another number than the right one"),
        (1.0, 0.0, "another number than the right one"),
        ([2.5, 5.0], [1.0, 2.0], "2.5 times the right one"),
        ([0.0, 0.0], [1.0, 2.0], "another number than the right one"),
        ([1.5, 2.5], [0.0, 1.0], "off by the same number everywhere"),
        ([-1.0, -2.0], [1.0, 2.0], "right but for its sign"),
        ([1.0, 2.002], [1.0, 2.0], "close to the right one, but off by 0.1%"),
        ([1.0, 2.1], [1.0, 2.0], "close to the right one, but off by 5%"),
    ],
)
def test_the_simplest_relation_to_the_truth(got, truth, words):
    pair = (torch.tensor(each, dtype=torch.float64) for each in (got, truth))
    assert sentence(*pair) == f"value: {words}"


@pytest.mark.parametrize(
    ("got", "truth", "words"),
    [
        ([math.inf, 1.0], [1.0, math.inf], "infinite in other places than the right one"),
        ([math.inf, 1.0], [-math.inf, 1.0], "infinite in other places than the right one"),
        ([math.inf, 2.0], [math.inf, 1.0], None),
        ([1.0], [-math.inf], "another number where minus infinity is right"),
        ([math.nan, 1.0, -math.inf], [1.0, 1.0, 1.0], "nan and -inf in 2 of 3 places"),
        ([math.inf, 1.0], [1.0, 1.0], "inf in 1 of 2 places"),
    ],
)
def test_infinities_in_the_right_places(got, truth, words):
    told = sentence(torch.tensor(got), torch.tensor(truth))
    assert told is not None and (words is None or told == f"value: {words}")


@pytest.mark.parametrize(
    ("got", "truth", "words"),
    [
        (7, 9, "n: 7, which is too few"),
        (9, 7, "n: 9, which is too many"),
        (True, 7, "n: True, which is not right"),
        (7.5, 7, "n: 7.5, which is not right"),
        ("a" * 80, 7, f"n: '{'a' * 59}, which is not right"),
        ((1, 2), (1, 3), "n: (1, 2) where (1, 3) is right"),
        (["x"], (1, 3), "n: something of type list, which is not right"),
        (torch.zeros(2), 7, "n: a tensor of torch.float32 and shape (2,), which is not right"),
    ],
)
def test_facts_that_differ(got, truth, words):
    assert sentence(got, truth, "n") == words


def test_samples_come_last_where_differences_are_looked_for_one_by_one():
    law = Distribution(Normal(0.0, 1.0))
    expected = {"draws": law, "shape": (3,), "value": TRUTH}
    observed = {"draws": torch.zeros(300), "shape": (3,), "value": TRUTH + 1}
    assert [*differing(observed, expected, TOLERANCE)] == ["value", "draws"]
    assert [*differing(Raised("E"), expected, TOLERANCE)] == ["call"]
    assert [*differing(Raised("E"), Raised("E"), TOLERANCE)] == []


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (None, "draws: None (is a return missing?)"),
        ([1.0], "draws: a tensor is expected, not something of type list"),
        (1.0, "draws: a tensor is expected, not 1.0"),
        (torch.tensor([math.nan]), "draws: some values are not finite"),
        (torch.zeros(300), "draws: the same number everywhere"),
    ],
)
def test_what_is_said_of_draws(got, words):
    assert sentence(got, Distribution(Normal(0.0, 1.0)), "draws") == words


@pytest.mark.parametrize(
    ("returned", "right", "words"),
    [
        (None, torch.zeros(2), "it returned None where a tensor of shape (2,) is right"),
        (torch.zeros(2), torch.zeros(2), None),
        (
            {"a": 1},
            {"a": 1},
            "something of type dict that it returned does not work as asked: KeyError: 'x'",
        ),
    ],
)
def test_an_exception_of_ours_out_of_what_was_returned(returned, right, words):
    truth = Watched(lambda: right)
    truth()
    failure = Raised("KeyError", "'x'", None, "", returned, ours=True)
    assert about_ours(failure, truth) == words
    given = about_ours(Raised("KeyError", "'x'", None, "(3,)", None, ours=True), truth)
    assert given.startswith("given shape (3,), it returned None where ")


def test_an_exception_while_observing_is_ours_and_keeps_what_was_returned():
    def observe(call, inputs):
        return {"value": call(*inputs)["missing"]}

    looking = Probe("p", None, observe)
    namespace = {}
    exec(compile("def answer(x): return {}", f"{_OURS}/helpers/x.py", "exec"), namespace)
    code = observe.__code__.replace(co_filename=f"{_OURS}/autograder/x.py")
    observe.__code__ = code
    seen = attempt(looking, namespace["answer"], (torch.zeros(2),))
    assert (seen.type, seen.ours, seen.returned, seen.given) == ("KeyError", True, {}, "(2,)")


def frame_of(file, **names):
    """The frame of code that is in this file."""
    namespace = {"sys": sys, **names}
    exec(compile("frame = sys._getframe()", str(file), "exec"), namespace)
    return namespace["frame"]


@pytest.mark.parametrize(
    ("file", "students"),
    [
        ("<cell 3>", True),
        ("/home/ann/loss.py", True),
        (json.__file__, False),
        (torch.__file__, False),
        (_OURS / "autograder" / "judging" / "observers.py", False),
        (_OURS / "helpers" / "toys.py", False),
        (_OURS / "solutions" / "gan" / "x.py", True),
    ],
)
def test_whose_code_it_is_is_told_by_its_file(file, students):
    assert is_students(frame_of(file)) is students
    assert is_students(frame_of(file, __name__="loss")) is students
    assert not is_students(frame_of(file, __name__=f"{CHECKS_PACKAGE}0123.part"))


def test_an_exception_of_a_sandbox_knows_its_line():
    class Remote(Exception):
        line = None

        def __init__(self, line):
            self.line = line

    def answer(x):
        raise Remote(12)

    seen = attempt(probe(), answer, (torch.zeros(3),))
    assert (seen.line, seen.given, seen.ours) == (12, "(3,)", False)


def test_what_is_not_as_asked_has_a_sentence_and_no_place():
    def observe(call, inputs):
        call(*inputs)
        raise NotAsAsked("two are asked for")

    seen = attempt(Probe("p", None, observe), lambda x: x, (torch.zeros(3),))
    assert seen == Raised("NotAsAsked", "two are asked for") and about(seen) == seen.message


@pytest.mark.parametrize("kind", ["IndexError", "RuntimeError", "ValueError", "KeyError"])
def test_the_shapes_that_were_given_belong_to_some_errors(kind):
    told = about(Raised(kind, "no.", 3, "(2,) and (3,)"))
    given = "" if kind == "KeyError" else "; it was given shape (2,) and (3,)"
    assert told == f"it raised {kind} (line 3): no{'.' if kind == 'KeyError' else ''}{given}"
    assert about(Raised(kind, "no.", 3)) == f"it raised {kind} (line 3): no."


@pytest.mark.parametrize("message", ["a\nFound no NVIDIA driver", "a\n(CUDA error)\nb"])
def test_a_gpu_is_asked_for_in_whatever_line(message):
    assert about(Raised("RuntimeError", message, None, "(2,)")) == (
        "it raised RuntimeError: it asks for a GPU, and here is none"
    )


@pytest.mark.parametrize(
    ("got", "truth", "words"),
    [
        # The tolerance of a relation is ten times that of a number.
        ([-1.0005, -2.0], [1.0, 2.0], "right but for its sign"),
        ([-1.002, -2.0], [1.0, 2.0], "another number than the right one"),
        ([0.0, -1.0], [1e-5, 1.0], "right but for its sign"),
        ([2e-3, 4e-3], [1.0, 2.0], "0.002 times the right one"),
        ([2e-3, 4.5e-3], [1.0, 2.0], "another number than the right one"),
        ([9e-4, 1.8e-3], [1.0, 2.0], "another number than the right one"),
        ([2.0, 3.0, 4.0005], [1.0, 2.0, 3.0], "off by the same number everywhere"),
        ([2.0, 3.0, 4.05], [1.0, 2.0, 3.0], "another number than the right one"),
        ([3.0004], [1.0], "3 times the right one"),
        ([3.002], [1.0], "another number than the right one"),
        ([1 / 3.0005], [1.0], "0.3333 times the right one"),
        ([1e4], [1.0], "1e+04 times the right one"),
        ([0.899], [1.0], "another number than the right one"),
        ([0.9004], [1.0], "close to the right one, but off by 10%"),
        ([1.006], [1.0], "close to the right one, but off by 0.6%"),
        ([1.0124], [1.0], "close to the right one, but off by 1%"),
        # The largest number is the measure of how much all are off.
        ([0.0, 100.0], [5.0, 100.0], "close to the right one, but off by 5%"),
        ([0.0, -100.0], [5.0, -100.0], "close to the right one, but off by 5%"),
    ],
)
def test_how_near_a_relation_has_to_be(got, truth, words):
    pair = (torch.tensor(each, dtype=torch.float64) for each in (got, truth))
    assert sentence(*pair) == f"value: {words}"


@pytest.mark.parametrize(
    ("got", "truth", "words"),
    [
        (torch.zeros(0), torch.tensor(1.5), "shape (0,) where () is right"),
        (
            torch.zeros(2, 3),
            torch.tensor(1.5),
            "(2, 3) where () is right (one number is asked for)",
        ),
        (torch.zeros(3, 5), torch.zeros(3), "shape (3, 5) where (3,) is right"),
        (torch.zeros(5, 5), torch.zeros(5), "shape (5, 5) where (5,) is right"),
        (torch.zeros(2, 2, 2), torch.tensor(1.5), "(2, 2, 2) where () is right (one number is"),
        (torch.tensor([1.50004, 1.50004]), torch.tensor(1.5), "(is the mean over the batch miss"),
        (torch.tensor([1.504, 1.504]), torch.tensor(1.5), "(one number is asked for)"),
        (torch.zeros(3, 5), torch.zeros(5, 2), "shape (3, 5) where (5, 2) is right"),
        (torch.zeros(2, 3, 1, 4), torch.zeros(1, 4, 3, 2), "in another order"),
    ],
)
def test_what_is_said_of_another_shape(got, truth, words):
    told = sentence(got, truth)
    assert words in told and (not words.endswith("right") or told.endswith(words))


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (tuple(range(30)), f"n: {str(tuple(range(30)))[:60]}, which is not right"),
        ((1, 2.5), "n: something of type tuple, which is not right"),
        (None, "n: None, which is not right"),
        (1.5, "n: 1.5, which is not right"),
        (int, "n: a class, not an object of it (are the brackets missing?), which is not right"),
    ],
)
def test_what_is_shown_of_a_wrong_fact_is_short_and_plain(got, words):
    assert sentence(got, 7, "n") == words


def test_a_fact_is_of_its_own_type():
    for got, truth in ((1, True), (True, 1), (1.0, 1), ("1", 1), ([1], (1,))):
        assert sentence(got, truth, "n") is not None


@pytest.mark.parametrize("name", ["gradient with respect to h", "gradients", "value"])
def test_nothing_where_a_gradient_should_be_is_no_missing_return(name):
    told = sentence(None, TRUTH, name)
    assert ("is a return missing?" in told) is (name == "value")


def test_what_was_observed_is_nobody_s_to_change():
    (found,) = mismatches({"value": 1.0}, {"value": TRUTH}, TOLERANCE)
    for each in (found, Raised("E")):
        for field in dataclasses.fields(each):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(each, field.name, None)
    assert (found.observation, found.got) == ("value", 1.0) and found.expected is TRUTH
