import math
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from helpers import training
from helpers.errors import CourseError
from helpers.training import History, progress


class TestProgress:
    def test_it_writes_to_stdout_only(self, capsys):
        assert list(progress(range(3), description="epochs")) == [0, 1, 2]
        out, err = capsys.readouterr()
        assert "epochs: 100%" in out
        assert err == ""

    def test_the_total_of_an_iterator(self, capsys):
        list(progress(iter("abcd"), total=4))
        assert "4/4" in capsys.readouterr().out

    def test_it_is_silent_under_a_quick_budget(self, monkeypatch, capsys):
        monkeypatch.setenv("COURSE_BUDGET", "quick")
        bar = progress("abc")
        bar.set_postfix(loss=1.0)
        assert list(bar) == ["a", "b", "c"]
        assert capsys.readouterr() == ("", "")

    def test_what_an_earlier_session_did_counts_for_no_speed(self, capsys):
        bar = progress(total=100)
        for done in range(60, 80):
            bar.at(done)
            bar.update()
        bar.close()
        assert "80/100" in capsys.readouterr().out
        shown = bar.format_dict
        assert (shown["initial"], shown["n"]) == (60, 80)


class TestInANotebook:
    def test_a_bar_is_one_output_that_changes(self, monkeypatch):
        shown = []
        handle = SimpleNamespace(update=lambda data, raw: shown.append(("again", data, raw)))

        def display(data, raw, display_id):
            shown.append((data, raw, display_id))
            return handle

        monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
        line = training._OneLine()
        assert [line.write(text) for text in ("\r 10%\n", "\n", "20%")] == [6, 1, 3]
        assert shown == [
            ({"text/plain": " 10%"}, True, True),
            ("again", {"text/plain": "20%"}, True),
        ]

    @pytest.mark.parametrize(
        "shell, there", [(None, False), (SimpleNamespace(kernel=1), True), (object(), False)]
    )
    def test_a_notebook_is_known_by_its_kernel(self, monkeypatch, shell, there):
        ipython = SimpleNamespace(get_ipython=lambda: shell)
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        assert training._in_a_notebook() is there
        monkeypatch.delitem(sys.modules, "IPython")
        assert not training._in_a_notebook()

    def test_a_bar_goes_on_where_another_session_stopped(self, monkeypatch):
        monkeypatch.setenv("COURSE_BUDGET", "full")
        with progress(total=10) as bar:
            bar.at(4)
            assert (bar.n, bar.initial, bar.last_print_n) == (4, 4, 4)
            bar.update()
            bar.at(5)
            bar.at(2)
            assert (bar.n, bar.initial) == (5, 4)


class TestHistory:
    @pytest.fixture
    def history(self):
        history = History()
        for step in range(6):
            history.log(loss=float(step))
            history.log(loss=torch.tensor(step + 0.5), accuracy=1)
        return history

    def test_series_of_numbers_and_tensors(self, history):
        assert history.series("loss") == [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5]
        assert history.series("accuracy") == [1.0] * 6
        assert all(type(value) is float for value in history.series("loss"))

    def test_names_and_steps(self, history):
        assert history.names == ("loss", "accuracy")
        assert len(history) == 12
        assert history.steps("accuracy") == [1, 3, 5, 7, 9, 11]

    def test_what_is_returned_is_a_copy(self, history):
        history.series("loss").clear()
        history.steps("loss").clear()
        assert len(history.series("loss")) == len(history.steps("loss")) == 12

    def test_logging_goes_on_after_a_look(self, history):
        history.series("loss")
        history.log(loss=torch.tensor(9.0))
        assert history.series("loss")[-2:] == [5.5, 9.0]

    def test_mean(self, history):
        assert history.mean("loss") == 2.75
        assert history.mean("loss", last=2) == 5.25
        assert history.mean("loss", last=100) == 2.75

    def test_smoothed(self, history):
        assert history.smoothed("loss", 1) == history.series("loss")
        smooth = history.smoothed("loss", 4)
        assert smooth[:2] == [0, 0.25]
        assert smooth[3:] == [sum(history.series("loss")[i - 3 : i + 1]) / 4 for i in range(3, 12)]

    def test_a_window_longer_than_the_run(self, history):
        smooth = history.smoothed("loss", 100)
        assert len(smooth) == 12
        assert smooth[-1] == pytest.approx(2.75)

    def test_a_nan_spoils_only_its_window(self):
        history = History()
        for value in (1.0, math.nan, 1.0, 1.0, 1.0):
            history.log(loss=value)
        assert [math.isnan(v) for v in history.smoothed("loss", 2)] == [0, 1, 1, 0, 0]

    def test_the_graph_is_not_kept(self):
        history, loss = History(), (torch.ones(1, requires_grad=True) * 2).sum()
        history.log(loss=loss)
        (kept,) = history._values["loss"]
        assert kept == 2.0 and not isinstance(kept, torch.Tensor)

    def test_a_tensor_that_changes_later(self):
        history, loss = History(), torch.tensor([1.0])
        history.log(loss=loss)
        loss.add_(1)
        assert history.series("loss") == [1.0]

    def test_mixed_types_of_tensor(self):
        history = History()
        for dtype in (torch.float64, torch.float32, torch.int64):
            history.log(loss=torch.tensor(2, dtype=dtype))
        assert history.series("loss") == [2.0] * 3

    def test_more_than_a_number(self):
        with pytest.raises(CourseError, match=r"\(256, 1\) for 'd_loss': log one number a step"):
            History().log(d_loss=torch.zeros(256, 1))

    def test_an_unknown_name(self, history):
        with pytest.raises(CourseError, match="no 'los': it holds loss, accuracy"):
            history.series("los")
        with pytest.raises(CourseError, match="it holds nothing yet"):
            History().mean("loss")


TRAINING = """
import psutil, sys, torch
from torch import nn
from helpers.training import History

torch.set_num_threads(1)
net = nn.Sequential(nn.Linear(784, 1024), nn.ReLU(), nn.Linear(1024, 784))
solver = torch.optim.Adam(net.parameters())
history, kept, memory = History(), [], []
for step in range(160):
    solver.zero_grad()
    loss = net(torch.rand(128, 784)).square().mean()
    loss.backward()
    solver.step()
    history.log(loss=loss)
    if sys.argv[1] == "tensors":
        kept.append(loss.detach().clone())
    if step in (9, 159):
        memory.append(psutil.Process().memory_info().rss / 2**20)
print(memory[1] - memory[0])
"""


@pytest.mark.deep
@pytest.mark.skipif(sys.platform != "linux", reason="how the heap is used differs")
def test_a_long_run_does_not_eat_the_memory():
    # With the thresholds of the Makefile the heap would be used otherwise than a student's is.
    usual = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}

    def growth(kind):
        command = [sys.executable, "-c", TRAINING, kind]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=usual)
        return float(done.stdout)

    # The second run shows that the measurement sees what tiny tensors do to the heap.
    numbers = growth("numbers")
    assert numbers < 40
    # Where they lie is another matter in each process: mostly 70 MB or more, rarely below 20.
    assert any(growth("tensors") > numbers + 30 for _ in range(3))


def test_a_bar_is_eighty_wide_and_is_written_twice_a_second(monkeypatch, capsys):
    monkeypatch.setenv("COURSE_BUDGET", "full")
    bar = progress(range(3))
    assert (bar.ncols, bar.mininterval, bar.total, bar.disable) == (80, 0.5, 3, False)
    bar.close()
    out, err = capsys.readouterr()
    assert out.startswith("\r  0%") and err == ""
    assert progress(total=7, description="d").desc.startswith("d")


def test_a_history_goes_on_from_what_was_kept():
    history, again = History(), History()
    for step in range(3):
        history.log(a=float(step), **({"b": 1.0} if step == 1 else {}))
    state = history.state_dict()
    again.log(old=1.0)
    again.load_state_dict(state)
    again.log(b=torch.tensor(2.0))
    assert again.names == ("a", "b") and len(again) == 4
    assert again.series("b") == [1.0, 2.0] and again.steps("b") == [1, 3]
    # What was kept stays as it was.
    assert history.series("b") == [1.0] and state["values"]["b"] == [1.0]
    assert len(history) == 3
    with pytest.raises(KeyError):
        again.load_state_dict({"step": 1})


def test_numbers_of_a_gpu_are_taken_at_once(monkeypatch):
    """They stay there as tensors until somebody asks; then all come together."""
    history = History()
    history.log(a=1.0)
    history._values["a"] += [torch.tensor(2.0), 3.0, torch.tensor(4.0)]
    stacks, stack = [], torch.stack
    monkeypatch.setattr(torch, "stack", lambda given: stacks.append(len(given)) or stack(given))
    assert history.series("a") == [1.0, 2.0, 3.0, 4.0] == history.series("a")
    assert stacks == [2] and history.mean("a", last=1) == 4.0
    on_meta = History()
    on_meta.log(a=torch.zeros(1, device="meta"))
    (kept,) = on_meta._values["a"]
    assert kept.shape == () and kept.device.type == "meta"
