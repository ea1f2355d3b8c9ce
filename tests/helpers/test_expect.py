import io
import math
import pickle
import re
import sys
from functools import partial

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
        expect.true("α → β", True, "")
        console.seek(0)
        assert console.read().split("\n")[-2].strip() == "ok ? ? ?"


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


class Called:
    """An object that is called like a function, and has no name."""

    def __call__(self):
        return 1


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (partial(print, 1), "the function partial"),
        (Called(), "the function Called"),
        (lambda: 1, "the function <lambda>"),
        ([1, 2, 3], "a list of 3: the int 1, the int 2, the int 3"),
        ([1, 2, 3, 4], "a list of 4: the int 1, the int 2, the int 3, ..."),
        ((), "a tuple of 0: "),
        ("x" * 100, "the str '" + "x" * 59),
        (True, "the bool True"),
        (nn.ReLU(), "an object of type ReLU"),
        (torch.zeros(2, 3), "a tensor of shape (2, 3) and type torch.float32"),
        (np.zeros(2), "an array of shape (2,) and type float64"),
    ],
)
def test_what_was_returned_in_a_few_words(got, words):
    assert expect._describe(got) == words


@pytest.mark.parametrize("count", [8, 9])
def test_up_to_eight_values_are_shown(count):
    error = wrong(expect.close, np.arange(float(count)), np.arange(float(count)) + 1)
    whole = np.array2string(np.arange(1.0, count + 1), separator=", ")
    if count == 8:
        assert error.expected == whole
    else:
        assert error.expected == "1 at [0], the first of 9 that differ out of 9"
    # Where the shape is another one, the right one is told.
    shown = wrong(expect.close, 1.0, np.ones(count)).expected
    assert shown == ("an array of shape (9,)" if count == 9 else "[1., 1., 1., 1., 1., 1., 1., 1.]")


@pytest.mark.parametrize(("layers", "lines"), [(4, 8), (5, 9)])
def test_up_to_eight_sizes_of_parameters_are_listed(layers, lines):
    net = nn.Sequential(*(nn.Linear(1, 1) for _ in range(layers)))
    listed = wrong(expect.parameters, net, 3).got.splitlines()
    assert listed[0] == str(2 * layers) and len(listed) == 1 + lines
    assert (listed[-1] == "...") is (layers == 5)
    assert wrong(expect.parameters, net, 3, hints={4: "no"}).hint is None


@pytest.mark.parametrize(
    ("options", "error", "right"),
    [
        ({}, 1e-5 + 0.99e-4, True),
        ({}, 1e-5 + 1.02e-4, False),
        ({"rtol": 0.0, "atol": 0.5}, 0.5, True),
        ({"rtol": 0.0, "atol": 0.5}, 0.51, False),
        ({"rtol": 0.25, "atol": 0.0}, 0.25, True),
        ({"rtol": 0.25, "atol": 0.0}, 0.26, False),
    ],
)
def test_how_near_is_near(options, error, right, capsys):
    if right:
        expect.close("it", 1 + error, 1.0, **options)
        assert capsys.readouterr().out == "✓ it\n"
    else:
        wrong(expect.close, 1 + error, 1.0, **options)
    # A known wrong answer is known as far as that.
    hint = wrong(expect.close, 1 + error, 3.0, hints={1.0: "one"}, **options).hint
    assert hint == ("one" if right else None)


def test_nan_is_right_where_it_is_asked_for(capsys):
    expect.close("it", [1.0, math.nan], [1.0, math.nan])
    assert capsys.readouterr().out == "✓ it\n"
    large = np.zeros(9)
    large[4] = math.nan
    got = large.copy()
    got[7] = 2.0
    error = wrong(expect.close, got, large)
    assert error.expected == "0 at [7], the first of 1 that differ out of 9"


@pytest.mark.parametrize(
    ("got", "low", "high", "fits"),
    [
        (0.0, 0, 1, True),
        (1.0, 0, 1, True),
        (1.0001, 0, 1, False),
        (-0.0001, 0, 1, False),
        ([0.0, 1.0], 0, 1, True),
        ([[0.5, 2.0]], 0, 1, False),
        (math.inf, 0, 1, False),
    ],
)
def test_the_ends_of_a_range_belong_to_it(got, low, high, fits, capsys):
    if fits:
        expect.within("it", got, low, high)
        assert capsys.readouterr().out == "✓ it\n"
    else:
        error = wrong(expect.within, got, low, high, "look again")
        assert error.expected == "from 0 to 1"
        if got == math.inf:
            assert error.hint.startswith("infinity: look for a log of 0")
        else:
            assert error.hint == "look again"


def test_what_has_no_values_is_in_no_range():
    assert wrong(expect.within, [], 0, 1, "more").hint == "return one value, not several."
    error = wrong(expect.within, torch.zeros(0), 0, 1, "more")
    assert error.hint == "more" and error.got.startswith("a tensor of shape (0,)")


@pytest.mark.parametrize(
    ("got", "expected", "hint"),
    [
        ((1, 1), (), "one number was expected: is a mean or a sum missing?"),
        ((1, 1), (5,), "a single number: was the mean or the sum taken over the whole batch?"),
        ((2, 2), (2, 1), "(2, 2): was (2, 1) combined with (2,)? Give both the same shape."),
        ((2, 2), (), "(2, 2): was (2, 1) combined with (2,)? Give both the same shape."),
        ((2, 2), (3,), None),
        ((2, 3), (6,), "the right number of values in the wrong shape: reshape it."),
        ((3, 2), (2, 3), "the axes are in another order: transpose or permute, not reshape."),
        ((2,), (3,), "the first size should be 3: is a batch size written into the code?"),
        ((4, 7), (None, 5), None),
        ((4, 7), (3, 5), None),
        ((1,), (None, 5), "a single number: was the mean or the sum taken over the whole batch?"),
    ],
)
def test_what_another_shape_hints_at(got, expected, hint):
    assert expect._why_other_shape(got, expected) == hint


def test_a_shape_that_is_none():
    class Shaped:
        def shape(self):
            return (1,)

    error = wrong(expect.shape, Shaped(), (5, 1))
    assert error.got == "an object of type Shaped" and error.expected == "shape (5, 1)"
    assert wrong(expect.shape, torch.zeros(2, 3), (2,)).got == "shape (2, 3)"


@pytest.mark.parametrize(
    ("got", "hint"),
    [
        ([[2.0, 2.0], [2.0, 2.0]], "(2, 2): was (2, 1) combined with (2,)?"),
        (np.zeros(0), "one number was expected: is a mean or a sum missing?"),
        ([[1.0, 3.0, 2.0]], "one number was expected: is the mean over the batch missing?"),
        ((1.0, 3.0), "return one value, not several."),
    ],
)
def test_one_number_is_expected(got, hint):
    got = got if isinstance(got, tuple) else torch.as_tensor(np.asarray(got))
    assert wrong(expect.close, got, 2.0).hint.startswith(hint)


def test_as_many_digits_as_tell_two_numbers_apart():
    error = wrong(expect.close, 1 + 2e-16, 1.0, rtol=0, atol=0)
    assert (error.expected, error.got) == ("1", "1.0000000000000002")
    error = wrong(expect.close, 0.123456789, 0.2)
    assert (error.expected, error.got) == ("0.2", "0.123457")


def test_a_lazy_layer_is_named():
    net = nn.Sequential(nn.Linear(1, 1), nn.LazyLinear(2), nn.LazyLinear(2))
    assert wrong(expect.parameters, net, 3).got == "no size yet for 1.weight"


def test_a_loop_that_keeps_its_steps_or_leads_to_the_weights(capsys):
    net = nn.Linear(1, 1)

    def walk(steps, cut):
        x = torch.ones(1, 1)
        for _ in range(steps):
            x = net(x) if cut is None else cut(net(x))
        return x

    expect.cut_off("it", walk(5, torch.Tensor.detach), walk(2, torch.Tensor.detach), net)
    assert capsys.readouterr().out == "✓ it\n"
    error = wrong(expect.cut_off, walk(5, None), walk(2, None), net)
    assert error.expected == "no memory of earlier steps"
    assert re.fullmatch(r"\d+ operations are kept in memory, \d+ after fewer steps", error.got)
    assert error.hint == "detach() the result of every step: it is all that the next one needs."
    error = wrong(expect.cut_off, walk(1, None), walk(1, None), net)
    assert error.expected == "no connection" and "create_graph=True" in error.hint
    assert error.hint.startswith("detach() the result") and "weights of the network" in error.got


def test_what_would_fail_on_a_gpu_is_told_in_lines_of_a_width(capsys, monkeypatch):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)

    def fail():
        raise ValueError("word " * 40)

    expect.on_gpu("it", fail)
    first, *lines = capsys.readouterr().out.splitlines()
    assert first == "! it" and len(lines) > 2
    assert lines[0].startswith("  on a GPU it would fail: it raised ValueError: word")
    assert all(line.startswith("  ") and len(line) <= 86 for line in lines)


@pytest.mark.parametrize(
    ("value", "array"),
    [
        (True, 1.0),
        (np.bool_(True), 1.0),
        (np.array([1, 2], dtype=np.uint8), [1.0, 2.0]),
        ([[1, 2], (3.0, True)], [[1.0, 2.0], [3.0, 1.0]]),
        ([], []),
        ([[1], [1, 2]], None),
        ([1, "a"], None),
        (np.array([1j]), None),
        ("1", None),
        (None, None),
    ],
)
def test_what_is_made_of_numbers(value, array):
    found = expect._numbers(value)
    if array is None:
        assert found is None
    else:
        assert found.dtype == np.float64 and found.tolist() == array


def test_values_of_a_vector_have_four_decimals():
    error = wrong(expect.close, [0.123456, 1e-9], [0.654321, 0.5])
    assert (error.expected, error.got) == ("[0.6543, 0.5   ]", "[0.1235, 0.    ]")
