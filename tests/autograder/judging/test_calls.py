"""What a call was given and gave back, in words."""

import pytest
import torch
from torch import nn

from autograder.judging import calls
from autograder.judging.student_module import FillsItself


@pytest.mark.parametrize(
    ("value", "words", "plain"),
    [
        (None, "None", True),
        (torch.zeros(2, 3), "a tensor of shape (2, 3)", True),
        (torch.zeros(2).double(), "a tensor of shape (2,)", True),
        (torch.zeros(2).long(), "a tensor of shape (2,) and torch.int64", True),
        ((1.0, torch.zeros(())), "a tuple of 2 (a plain number, a tensor of shape ())", True),
        ([1, 2, 3, 4], f"a list of 4 ({', '.join(['a plain number'] * 4)})", True),
        ([1] * 5, "a list of 5", True),
        ((), "a tuple of 0", True),
        (True, "True or False", True),
        (3, "a plain number", True),
        ("x", "a text", True),
        (nn.Linear, "a class, not an object of it (are the brackets missing?)", False),
        (nn.ReLU(), "a network", False),
        (FillsItself(), "a network", False),
        (len, "a function", False),
        (lambda x: x, "a function", False),
        ({1: 2}, "something of type dict", False),
        ([1, {}], "a list of 2 (a plain number, something of type dict)", False),
    ],
)
def test_what_a_call_returned_in_words(value, words, plain):
    assert calls.described(value) == words
    assert calls.is_plain(value) is plain


@pytest.mark.parametrize(
    ("arguments", "keywords", "words"),
    [
        ((1, "a"), {}, ""),
        ((torch.zeros(3),), {}, "(3,)"),
        ((torch.zeros(3), 1), {"y": torch.zeros(2, 1)}, "(3,) and (2, 1)"),
        ((torch.zeros(3), torch.zeros(())), {"y": torch.zeros(2, 1)}, "(3,), () and (2, 1)"),
    ],
)
def test_the_shapes_that_the_last_call_was_given(arguments, keywords, words):
    watched = calls.Watched(lambda *given, **more: None)
    watched(torch.zeros(9, 9))
    watched(*arguments, **keywords)
    assert watched.given == words


def test_what_came_back_is_counted():
    answers = iter([None, None, 0, None])
    watched = calls.Watched(lambda: next(answers))
    assert not watched.gave_nothing
    watched()
    watched()
    assert watched.gave_nothing and watched.returned is None
    assert watched() == 0 and watched.returned == 0
    assert not watched.gave_nothing
    watched()
    assert (watched.nothing, watched.something, watched.gave_nothing) == (3, 1, False)


def test_a_watched_subject_has_its_attributes():
    assert calls.Watched(nn.Linear(3, 2)).in_features == 3


def test_whose_exception_it_was():
    def ours():
        raise KeyError

    net = nn.Sequential(nn.Linear(2, 2))
    for call, inside in (
        (calls.Watched(ours), True),
        (ours, False),
        (lambda: net(torch.zeros(1, 3)), True),
    ):
        with pytest.raises((KeyError, RuntimeError)) as caught:
            call()
        assert calls.in_a_call(caught.value) is inside
