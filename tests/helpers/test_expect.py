import io
import math
import pickle
import re
import sys

import numpy as np
import pytest
import torch
from torch import nn

from helpers import expect
from helpers.expect import Mismatch

LOG4 = 1.3862944


def wrong(check, *args, **kwargs) -> Mismatch:
    with pytest.raises(Mismatch) as caught:
        check("the loss", *args, **kwargs)
    return caught.value


class TestCloseRight:
    @pytest.mark.parametrize(
        ("got", "expected"),
        [
            (LOG4, LOG4),
            (LOG4 * (1 + 9e-5), LOG4),
            (1, 1.0),
            (np.float32(LOG4), LOG4),
            (np.array([[LOG4]]), LOG4),
            (torch.tensor(LOG4, requires_grad=True), LOG4),
            (torch.tensor([[LOG4]], dtype=torch.float64), LOG4),
            (torch.tensor(2, dtype=torch.int64), 2),
            (torch.tensor(0.5, dtype=torch.bfloat16), 0.5),
            (nn.Parameter(torch.ones(3, 1)), [1, 1, 1]),
            (torch.ones(3), torch.ones(3, 1, requires_grad=True)),
            ([torch.tensor(1.0), 2.0], np.array([1, 2])),
            ((0.5, 0.999), (0.5, 0.999)),
            (math.inf, math.inf),
            (torch.eye(3), np.eye(3)),
        ],
    )
    def test_whatever_form_it_has(self, got, expected, capsys):
        assert expect.close("the loss", got, expected) is None
        assert capsys.readouterr() == ("✓ the loss\n", "")

    def test_a_gradient_when_one_is_needed(self, capsys):
        expect.close("the loss", torch.ones(1, requires_grad=True).sum(), 1.0, needs_grad=True)
        assert capsys.readouterr().out == "✓ the loss\n"


class TestCloseWrong:
    def test_a_wrong_value(self, capsys):
        error = wrong(expect.close, torch.tensor(0.5), LOG4)
        assert str(error) == "✗ the loss\n  expected  1.38629\n  got       0.5"
        assert (error.label, error.expected, error.got) == ("the loss", "1.38629", "0.5")
        assert capsys.readouterr() == ("", "")

    def test_a_known_wrong_value(self):
        hints = {0.0: "all zeros.", 0.6931472: "add the two means."}
        error = wrong(expect.close, torch.tensor(0.69315), LOG4, hints=hints)
        assert str(error).endswith("\n  hint      add the two means.")

    def test_a_hint_for_a_table_is_row_by_row(self):
        hints = {(1.0, 2.0, 3.0, 4.0): "halve it."}
        table = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
        assert wrong(expect.close, table, table / 2, hints=hints).hint == "halve it."
        assert wrong(expect.close, table[:1], table[:1] / 2, hints={(1, 2): "a"}).hint == "a"
        assert wrong(expect.close, table.T, table / 2, hints=hints).hint is None

    def test_an_unknown_wrong_value_gets_no_hint(self):
        assert wrong(expect.close, 0.7, LOG4, hints={0.6931472: "add the means."}).hint is None

    def test_a_known_wrong_vector(self):
        hints = {(1.0, 2.0): "halve it.", 0.0: "all zeros."}
        assert wrong(expect.close, torch.tensor([1.0, 2.0]), [0.5, 1], hints=hints).hint == (
            "halve it."
        )
        assert wrong(expect.close, np.zeros((2, 1)), [0.5, 1], hints=hints).hint == "all zeros."

    def test_values_that_differ_in_the_seventh_digit(self):
        error = wrong(expect.close, 1.00000012, 1.00000011, rtol=0, atol=1e-10)
        assert (error.expected, error.got) == ("1.00000011", "1.00000012")

    def test_none(self):
        error = wrong(expect.close, None, LOG4)
        assert (error.got, error.hint) == ("None", "is the return statement missing?")

    @pytest.mark.parametrize("expected", [LOG4, [1, 2, 3, 4, 5], np.ones((5, 1))])
    def test_a_silent_table(self, expected):
        error = wrong(expect.close, torch.zeros(5, 5), expected)
        assert error.got == "a tensor of shape (5, 5) and type torch.float32"
        assert error.hint.startswith("(5, 5): was (5, 1) combined with (5,)?")

    def test_no_mean(self):
        error = wrong(expect.close, torch.zeros(5), LOG4)
        assert error.hint == "one number was expected: is a mean or a sum missing?"

    @pytest.mark.parametrize(
        ("got", "hint"),
        [
            ([1.0, 3.0], "is the mean over the batch missing?"),
            ([1.5, 0.5], "is the sum missing?"),
            ([1.0, 7.0], "is a mean or a sum missing?"),
        ],
    )
    def test_what_makes_one_number_of_several(self, got, hint):
        error = wrong(expect.close, torch.tensor(got), 2.0)
        assert error.hint == f"one number was expected: {hint}"

    @pytest.mark.parametrize("got", [5.0, -math.inf])
    def test_where_infinity_is_right_no_log_of_0_is_looked_for(self, got):
        assert wrong(expect.close, got, math.inf).hint is None
        assert "log of 0" in wrong(expect.close, -math.inf, 2.0).hint
        assert wrong(expect.close, [math.inf, got], [1.0, math.inf]).hint is None

    def test_a_mean_too_many(self):
        assert "a single number: was the mean" in wrong(expect.close, 0.5, [1, 2, 3]).hint

    def test_a_built_in_batch_size(self):
        error = wrong(expect.close, torch.zeros(128, 2), np.zeros((3, 2)))
        assert error.hint == "the first size should be 3: is a batch size written into the code?"

    def test_nan(self):
        error = wrong(expect.close, torch.tensor(math.nan), LOG4)
        assert error.got == "nan"
        assert error.hint.startswith("nan is not a number: look for 0 / 0, the log of a negative")

    def test_a_known_nan(self):
        error = wrong(expect.close, math.nan, 0.0, hints={math.nan: "0 log 0 counts as 0."})
        assert error.hint == "0 log 0 counts as 0."

    def test_infinity(self):
        error = wrong(expect.close, -math.inf, LOG4)
        assert (error.got, error.hint[:9]) == ("-inf", "infinity:")

    @pytest.mark.parametrize("got", [1.5, np.float32(1.5), torch.tensor(1.5)])
    def test_a_number_through_which_no_gradient_flows(self, got):
        error = wrong(expect.close, got, 1.5, needs_grad=True)
        assert "without a gradient" in error.got
        assert ".item()" in error.hint

    @pytest.mark.parametrize(
        ("got", "words", "hint"),
        [
            ("abc", "the str 'abc'", None),
            ("x" * 500, "the str 'xxx", None),
            (torch.relu, "the function relu", "never called"),
            (nn.Linear(1, 1), "an object of type Linear", "was it called on an input?"),
            (nn.Linear, "the class Linear", "never called"),
            ((0.5, 0.9), "a tuple of 2: the float 0.5, the float 0.9", "return one value"),
            ([None, 1], "a list of 2: None, the int 1", "return one value"),
            ({"a": 1}, "an object of type dict", None),
            (1 + 2j, "an object of type complex", None),
            (torch.zeros(2, dtype=torch.complex64), "a tensor of shape (2,)", None),
            (np.array(["a"]), "an array of shape (1,)", None),
            ([], "a list of 0", "return one value"),
        ],
    )
    def test_another_kind_of_thing(self, got, words, hint):
        error = wrong(expect.close, got, LOG4)
        assert error.got.startswith(words)
        assert len(str(error)) < 300
        assert error.hint is None if hint is None else hint in error.hint

    def test_small_vectors_are_shown_whole(self):
        error = wrong(expect.close, [0.5, 2], [1, 2])
        assert (error.expected, error.got) == ("[1., 2.]", "[0.5, 2. ]")

    def test_large_arrays_show_the_first_difference(self):
        truth = np.zeros((4, 28, 28))
        got = torch.zeros(4, 28, 28)
        got[1, 2, 3:5] = 7
        error = wrong(expect.close, got, truth)
        assert error.expected == "0 at [1, 2, 3], the first of 2 that differ out of 3,136"
        assert error.got == "7 there"


class TestShape:
    @pytest.mark.parametrize(
        ("got", "expected"),
        [
            (torch.zeros(5, 1), (5, 1)),
            (torch.zeros(5, 1), [5, 1]),
            (np.zeros(3), (3,)),
            (torch.tensor(1.0), ()),
            (torch.zeros(7, 784), (None, 784)),
        ],
    )
    def test_right(self, got, expected, capsys):
        expect.shape("logits", got, expected)
        assert capsys.readouterr().out == "✓ logits\n"

    @pytest.mark.parametrize(
        ("got", "expected", "hint"),
        [
            (torch.zeros(5), (5, 1), "in the wrong shape: reshape it"),
            (torch.zeros(5, 784), (5, 1, 28, 28), "in the wrong shape"),
            (torch.zeros(5, 5), (5, 1), "was (5, 1) combined with (5,)?"),
            (torch.zeros(5, 5), (None, 1), "was (5, 1) combined with (5,)?"),
            (torch.zeros(128, 784), (5, 784), "is a batch size written into the code?"),
            (torch.zeros(5), (), "is a mean or a sum missing?"),
            (torch.zeros(3, 5), (5, 3), "the axes are in another order: transpose"),
            (torch.tensor(1.0), (5, 1), "a single number"),
            (None, (5, 1), "is the return statement missing?"),
            (torch.relu, (5, 1), "parentheses"),
        ],
    )
    def test_wrong(self, got, expected, hint):
        error = wrong(expect.shape, got, expected)
        assert error.expected.startswith("shape (")
        assert hint in error.hint

    def test_any_size_is_shown_as_such(self):
        error = wrong(expect.shape, torch.zeros(2, 10), (None, 784))
        assert (error.expected, error.got) == ("shape (any, 784)", "shape (2, 10)")


class TestParameters:
    network = nn.Sequential(nn.Flatten(), nn.Linear(784, 2), nn.BatchNorm1d(2))

    def test_right(self, capsys):
        expect.parameters("network", self.network, 784 * 2 + 2 + 4)
        assert capsys.readouterr().out == "✓ network\n"

    def test_wrong(self):
        error = wrong(expect.parameters, self.network, 1570, hints={1574: "no BatchNorm here."})
        assert str(error).splitlines() == [
            "✗ the loss",
            "  expected  1,570 parameters",
            "  got       1,574",
            "            1.weight 2 x 784",
            "            1.bias 2",
            "            2.weight 2",
            "            2.bias 2",
            "  hint      no BatchNorm here.",
        ]

    def test_a_long_list_is_cut(self):
        deep = nn.Sequential(*(nn.Linear(1, 1) for _ in range(50)))
        error = wrong(expect.parameters, deep, 3)
        assert error.got.splitlines()[0] == "100"
        assert error.got.splitlines()[-1] == "..."
        assert len(error.got.splitlines()) == 10

    def test_no_parameters(self):
        assert wrong(expect.parameters, nn.Flatten(), 3).got == "0"

    @pytest.mark.parametrize(
        ("got", "hint"),
        [
            (None, "is the return statement missing?"),
            (nn.Linear, "return an instance"),
            (torch.relu, "build the network from torch.nn"),
            (nn.Sequential(nn.LazyLinear(3)), "a lazy layer"),
        ],
    )
    def test_no_network(self, got, hint):
        assert hint in wrong(expect.parameters, got, 3).hint


class TestWithin:
    @pytest.mark.parametrize("got", [0.5, -1, torch.tensor([-1.0, 1.0]), np.zeros((3, 3))])
    def test_right(self, got, capsys):
        expect.within("pixels", got, -1, 1)
        assert capsys.readouterr().out == "✓ pixels\n"

    def test_wrong(self):
        error = wrong(expect.within, 1.2, 0, 1, "is Tanh missing?")
        assert (error.expected, error.got, error.hint) == ("from 0 to 1", "1.2", "is Tanh missing?")
        assert wrong(expect.within, [-3, 0.5], 0, 1).got == "values from -3 to 0.5"

    def test_nan_is_nowhere(self):
        error = wrong(expect.within, torch.tensor([math.nan, 0.5]), 0, 1, "is Tanh missing?")
        assert error.got == "nan in 1 of 2 values"
        assert error.hint.startswith("nan is not a number")

    @pytest.mark.parametrize("got", [None, torch.relu, [], torch.zeros(0)])
    def test_no_numbers(self, got):
        assert wrong(expect.within, got, 0, 1).expected == "from 0 to 1"


class TestTrue:
    @pytest.mark.parametrize("condition", [True, 1, np.True_, torch.tensor([True, True])])
    def test_right(self, condition, capsys):
        expect.true("detached", condition, "detach it.")
        assert capsys.readouterr().out == "✓ detached\n"

    @pytest.mark.parametrize("condition", [False, None, torch.tensor([True, False]), np.zeros(2)])
    def test_wrong(self, condition):
        assert str(wrong(expect.true, condition, "detach it.")) == (
            "✗ the loss\n  hint      detach it."
        )


class TestMismatch:
    def test_a_long_hint_is_wrapped_under_itself(self):
        lines = str(Mismatch("loss", hint="word " * 40)).splitlines()
        assert len(lines) == 4
        assert all(line.startswith(" " * 12 + "word") for line in lines[2:])
        assert max(map(len, lines)) <= 100

    def test_it_is_an_assertion_and_can_be_sent_on(self):
        error = Mismatch("loss", "1", "2", "three")
        assert isinstance(error, AssertionError)
        assert str(pickle.loads(pickle.dumps(error))) == str(error)

    def test_an_old_console_that_cannot_print_the_tick(self, monkeypatch):
        console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
        monkeypatch.setattr(sys, "stdout", console)
        expect.true("is it détached?", True, "")
        console.seek(0)
        assert console.read().strip() == "ok is it détached?"


class TestInIPython:
    @pytest.fixture(scope="class")
    def shell(self):
        from IPython.core.interactiveshell import InteractiveShell

        yield InteractiveShell.instance()
        InteractiveShell.clear_instance()

    def run(self, shell, capsys, code):
        result = shell.run_cell(code)
        out, err = capsys.readouterr()
        return result, out + err

    def test_a_wrong_answer_shows_the_block_alone(self, shell, capsys):
        result, shown = self.run(
            shell,
            capsys,
            "from helpers import expect\n"
            "expect.close('the loss', 0.5, 1.0, hints={0.5: 'add the two means.'})",
        )
        assert isinstance(result.error_in_exec, Mismatch)
        assert shown.strip() == str(result.error_in_exec)
        assert "add the two means." in shown
        assert "Traceback" not in shown

    def test_a_right_answer_shows_its_line_alone(self, shell, capsys):
        result, shown = self.run(shell, capsys, "expect.close('the loss', 1.0, 1.0)")
        assert result.success
        assert shown == "✓ the loss\n"

    def test_a_users_mistake_shows_its_sentence_alone(self, shell, capsys):
        code = "from helpers import data\ndata.load('cifar')"
        result, shown = self.run(shell, capsys, code)
        assert shown.strip() == f"CourseError: {result.error_in_exec}"

    def test_any_other_error_keeps_its_traceback(self, shell, capsys):
        _, shown = self.run(shell, capsys, "1 / 0")
        assert "Traceback" in shown


def test_on_gpu_says_what_would_fail_there_and_never_raises(capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    x = torch.ones(3)
    expect.on_gpu("works on a GPU", lambda: x + torch.randn_like(x))
    expect.on_gpu("works on a GPU", lambda: x + torch.randn(3))
    expect.on_gpu("works on a GPU", lambda: 1 / 0)
    good, bad, broken = re.findall(r"[✓!] works on a GPU(?:\n  .*)*", capsys.readouterr().out)
    assert good == "✓ works on a GPU"
    assert "on a GPU it would fail: torch.randn in line" in bad
    assert "ZeroDivisionError" in broken


def test_on_gpu_says_nothing_while_a_notebook_is_graded(capsys, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    expect.on_gpu("works on a GPU", lambda: torch.ones(3) + torch.randn(3))
    assert capsys.readouterr().out == ""
