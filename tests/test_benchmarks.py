"""The benchmarks' view of the notebooks holds: a renamed cell or function is noticed here."""

import json
import math
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
import torch
from scipy import stats

from autograder.notebooks.cells import is_test
from benchmarks import (
    bars,
    families,
    grading,
    grading_page,
    measures,
    recipes,
    records,
    stated_times,
    training_options,
)
from benchmarks.generated_part import replace_part
from benchmarks.loops import CONTESTS, WAYS
from benchmarks.measure import Cost
from benchmarks.notebooks import SOLUTIONS, session
from tests.lengths import first_and_rest

WANTED = {
    "gan-mnist": ("train", "discriminator", "build_dc_generator", "dropout_discriminator"),
    "ebm-mnist": ("train", "CNNModel", "Sampler", "BATCH_SIZE"),
    "vae": ("train", "VAE", "loss_function", "latent_grid"),
    "gan-fashion": ("train", "ProjectionDiscriminator", "loss_wasserstein_gp"),
    "diffusion-mnist": (
        *("noise_network", "noise_loss", "velocity_network", "velocity_loss"),
        *("ddim_step", "euler_sample", "guided", "STEPS", "BATCH_SIZE"),
    ),
}
with_data = pytest.mark.skipif("COURSE_DATA" not in os.environ, reason="COURSE_DATA is not set")


@pytest.fixture(autouse=True)
def budget(monkeypatch):
    """To be put back: session() sets it, for all that is run with its names."""
    monkeypatch.setenv("COURSE_BUDGET", "graded")


@pytest.mark.parametrize("assignment", WANTED)
def test_a_session_has_what_the_recipes_use(assignment):
    names = session(assignment, budget="graded")
    assert all(callable(names[name]) or name.isupper() for name in WANTED[assignment])


@pytest.mark.slow
@with_data
@pytest.mark.parametrize("model", first_and_rest(["linear-gan", "ebm", "fashion-wgan"]))
def test_every_way_moves_on(model, tmp_path):
    contest = CONTESTS[model]("cpu", tmp_path)
    for way in WAYS:
        getattr(contest, way)(1)
    assert contest.watch.outside > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dropout", "energy", "vae", "conditional", "noise"])
def test_a_recipe_is_kept_and_measured_again(name, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "quick")
    monkeypatch.setattr(recipes, "session", lambda which: session(which, budget="quick"))
    card = recipes.run(name, 3, tmp_path)
    assert card["steps"] >= 1 and card["seed"] == 3
    ((again, path),) = measures.runs(name, tmp_path).values()
    assert again == card
    assert all(torch.isfinite(p).all() for p in measures.network(name, path).parameters())


@pytest.mark.parametrize("assignment", stated_times.STATED)
def test_the_times_that_a_notebook_states_are_those_of_the_records(assignment):
    cells = json.loads((SOLUTIONS / assignment / f"{assignment}.ipynb").read_text("utf-8"))["cells"]
    (source,) = ("".join(c["source"]) for c in cells if c["id"] == stated_times.CELL)
    assert source == stated_times.cell_with(source, assignment)
    # No other length of time beside the table.
    around = source.replace(stated_times.table(assignment), "")
    assert not re.search(r"\d[\d.]* (seconds|minutes|hours)", around)


def test_a_run_without_a_record_is_said_to_be_not_measured(monkeypatch):
    one = replace(RUN, recipe="nonsaturating", cpu_seconds=90.0)
    monkeypatch.setattr(records, "read", lambda: [one, replace(one, seed=1, cpu_seconds=150.0)])
    rows = stated_times.table("gan-fashion").splitlines()
    assert "a machine" in rows[0] and rows[-1] == "| | together, of what was measured | 2.0 |"
    assert "| 2 | non-saturating | 2.0 |" in rows and "| 3 | conditional | not measured |" in rows


def test_a_run_on_another_machine_names_it(monkeypatch):
    runs = [replace(RUN, seed=0), replace(RUN, recipe="vae-full", machine="2 cores of X, 25 GB")]
    monkeypatch.setattr(records, "read", lambda: runs)
    rows = stated_times.table("vae").splitlines()
    assert rows[0].endswith("a machine. When other programs keep it busy, it takes longer.")
    assert "| 6 | the same with full covariance (on 2 cores of X) | 1.0 |" in rows
    # The sum of the minutes that are shown, each of which is 0.975.
    assert rows[-1] == "| | together | 3.0 |"


def test_a_row_from_two_machines_counts_the_runs_of_each(monkeypatch):
    full = [replace(RUN, recipe="vae-full", seed=seed) for seed in range(5)]
    full[2] = replace(full[2], machine="2 cores of X, 25 GB")
    runs = [RUN, *full]
    monkeypatch.setattr(records, "read", lambda: runs)
    rows = stated_times.table("vae").splitlines()
    counted = "(4 of 5 runs here, 1 on 2 cores of X)"
    assert f"| 6 | the same with full covariance {counted} | 1.0 |" in rows
    assert "| 4 | variational auto-encoder | 1.0 |" in rows


RUN = records.Run(
    "vae", 0, "cpu", "a machine", "2.11", 15, 60.0, 58.5, {"loss": 142.0}, {"nats": 142.5},
    {"nats for a test image": 142.9, "Fréchet distance": 34.0},
)  # fmt: skip


def test_families_beside_each_other_say_what_was_not_measured():
    judged = {"Fréchet distance": 34.0}
    runs = [
        replace(RUN, judged=judged),
        replace(RUN, seed=1, judged={"Fréchet distance": 36.0}, cpu_seconds=60.5),
        replace(RUN, recipe="noise", cpu_seconds=300.4, judged=judged,
                measures={"frechet": 12.34, "precision": 0.7, "recall": 0.6}),
    ]  # fmt: skip
    rows = {row[0]: row[1:] for row in families.rows(runs)}
    none = families.NOT_MEASURED
    assert rows["GAN"][:5] == ("0", none, none, none, none)
    assert rows["variational auto-encoder"][:5] == ("2", "35.0 ± 1.4", none, none, "60")
    # The benchmark's own number, not the grader's, where there are both.
    assert rows["diffusion"][:6] == ("1", "12.3", "0.70", "0.60", "300", "10")
    # Drawn in another way: with measures of its own, which the grader has not.
    assert rows["diffusion, guided"][:6] == ("1", none, none, none, "300", "20")
    # Measured in one run only, of two.
    more = replace(RUN, seed=2, measures={"frechet": 33.0, "precision": 0.5, "recall": 0.25})
    rows = {row[0]: row[1:] for row in families.rows([*runs, more])}
    assert rows["variational auto-encoder"][:4] == (
        *("3", "33.0 (1 of 3)", "0.50 (1 of 3)", "0.25 (1 of 3)"),
    )
    assert "In brackets" in families.notes([*runs, more]) and "In brackets" not in families.notes(
        runs
    )
    assert "*Not measured*" in families.notes(runs) and "apart" not in families.notes(runs)
    cell = f"before\n{families.MARK}\nold\n{families.MARK}\nafter"
    assert families.cell_with(cell, runs).count("12.3") == 1
    assert families.cell_with(families.cell_with(cell, runs), runs).startswith("before\n")


def test_seconds_of_another_machine_have_a_star():
    here = [replace(RUN, seed=seed) for seed in range(3)]
    runs = [*here, *(replace(RUN, recipe="noise", seed=s, machine="another, 8 GB") for s in (0, 1))]
    assert {row[0]: row[5] for row in families.rows(runs) if row[1] != "0"} == {
        "variational auto-encoder": "58",
        "diffusion": r"58\*",
        "diffusion, guided": r"58\*",
    }
    assert "with a machine;" in families.notes(runs) and "star" not in families.notes(here)


def test_close_distances_are_compared_with_their_spread():
    found = {"convolutional": (9.4, 11.5, 7.3), "noise": (8.4, 8.1, 9.3), "velocity": (11.4, 12.9)}
    runs = [
        replace(RUN, recipe=recipe, seed=seed, measures={"frechet": distance})
        for recipe, distances in found.items()
        for seed, distance in enumerate(distances)
    ]
    gan, noise, velocity = found.values()
    welch = [
        abs(stats.ttest_ind(a, b, equal_var=False).statistic)
        for a, b in ((gan, noise), (gan, velocity), (noise, velocity))
    ]
    said = families.notes(runs)
    assert f"convolutional GAN and diffusion {welch[0]:.1f}, " in said
    assert f"convolutional GAN and flow matching {welch[1]:.1f}, " in said
    assert f"diffusion and flow matching {welch[2]:.1f}. " in said


@pytest.mark.slow
def test_the_parameters_of_the_families_are_those_of_their_networks():
    wanted = ("gan-mnist", "ebm-mnist", "vae", "diffusion-mnist")
    names = {name: measures.notebook(name) for name in wanted}
    vae = names["vae"]["VAE"]()
    made = {
        "vanilla": [names["gan-mnist"]["generator"](96)],
        "convolutional": [names["gan-mnist"]["build_dc_generator"](96)],
        "energy": [names["ebm-mnist"]["CNNModel"]()],
        "vae": [vae.fc4, vae.fc5, vae.fc6],
        "noise": [names["diffusion-mnist"]["noise_network"]()],
        "velocity": [names["diffusion-mnist"]["velocity_network"]()],
    }
    counted = {
        recipe: sum(p.numel() for network in networks for p in network.parameters())
        for recipe, networks in made.items()
    }
    told = {each.recipe: each.parameters for each in families.FAMILIES}
    assert counted == {recipe: told[recipe] for recipe in counted}
    assert told["least-squares"] == told["vanilla"]


def test_records_are_read_as_they_were_written_in_order(tmp_path):
    place = tmp_path / "runs.json"
    assert records.read(place) == []
    runs = [replace(RUN, seed=2), RUN, replace(RUN, recipe="energy"), replace(RUN, device="X1")]
    records.write(runs, place)
    assert records.read(place) == [runs[2], runs[3], runs[1], runs[0]]
    assert len(place.read_text().splitlines()) == len(runs) + 2
    # Runs on another device follow another recipe: more epochs.
    assert records.of_recipe("vae", records.read(place)) == [runs[1], runs[0]]
    assert records.of_recipe("vanilla", runs) == []


CARD = {"device": "cpu", "where": "cpu (1 thread)", "machine": "a machine", "torch": "2.11",
        "steps": 15, "seconds": 60.04, "cpu_seconds": 58.46}  # fmt: skip


def test_a_run_is_measured_once_and_kept(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(measures, "measure", lambda *a: asked.append(a) or {"nats": 142.500001})
    monkeypatch.setattr(records.graded_runs, "judged", lambda *a: dict(RUN.judged))
    card = {**CARD, "losses": {"loss": [1000.0, *[142.0] * records.LAST]}}
    gpu = {**card, "device": "cuda:0", "where": "cuda:0 (NVIDIA H200, 140 GiB)"}
    place = tmp_path / "runs.json"
    for seed, each in ((0, card), (1, gpu)):
        (tmp_path / f"vae-{seed}.json").write_text(json.dumps(each))
    first = list(records.add(tmp_path, ["vae", "energy"], place))
    assert first == [RUN, replace(RUN, seed=1, device="NVIDIA H200")]
    assert list(records.add(tmp_path, ["vae", "energy"], place)) == [] and len(asked) == 2
    assert sorted(records.read(place), key=lambda run: run.seed) == first


@pytest.mark.parametrize(
    ("nats", "loss", "is_same"),
    [(142.5, 142.0, True), (142.6, 142.0, False), (142.5, 142.1, False)],
)
def test_a_run_measured_again_adds_measures_and_another_takes_its_place(
    nats, loss, is_same, tmp_path, monkeypatch
):
    monkeypatch.setattr(measures, "measure", lambda *a: {"nats": nats, "precision": 0.83})
    anew = {name: value + 1 for name, value in RUN.judged.items()}
    monkeypatch.setattr(records.graded_runs, "judged", lambda *a: anew)
    card = {**CARD, "seconds": 90.0, "machine": "another", "losses": {"loss": [loss] * 60}}
    (tmp_path / "vae-0.json").write_text(json.dumps(card))
    place = tmp_path / "runs.json"
    records.write([RUN], place)
    assert list(records.add(tmp_path, ["vae"], place)) == [] and records.read(place) == [RUN]
    (found,) = records.add(tmp_path, ["vae"], place, again=True)
    assert records.read(place) == [found]
    new = replace(RUN, machine="another", seconds=90.0, losses={"loss": loss}, judged=anew)
    wanted = replace(RUN if is_same else new, measures={"nats": nats, "precision": 0.83})
    assert found == wanted


@pytest.mark.slow
def test_the_share_beyond_a_bar_is_overstated_in_one_of_twenty_draws():
    """By brute force: runs from a normal distribution of which the bar is met by a known share."""
    draws, true = torch.Generator().manual_seed(0), stats.norm.cdf(2)
    for n in (5, 10):
        sets = torch.randn(1_000, n, generator=draws, dtype=torch.float64).tolist()
        above = [bars.share_beyond(values, 2.0, at_most=True) for values in sets]
        assert sum(share > true for share in above) / len(sets) == pytest.approx(0.05, abs=0.02)
        mirrored = [-value for value in sets[0]]
        assert bars.share_beyond(mirrored, -2.0, at_most=False) == pytest.approx(above[0])
        assert bars.share_beyond(sets[0], -9.0, at_most=True) == 0


def test_equal_values_and_few_runs():
    assert bars.share_beyond([10, 10, 10], 8, at_most=False) == 1
    assert bars.share_beyond([10, 10, 10], 8, at_most=True) == 0
    assert math.isnan(bars.Row("a", "balance", (0.9, 0.8), 0.5).share)
    row = bars.Row("a", "Fréchet distance", (50.0, 55.0, 61.0, 49.0, 120.0), 110)
    assert (row.met, row.worst) == (4, 120)


@pytest.mark.slow
@pytest.mark.parametrize("model", first_and_rest(training_options.STEPS))
def test_each_model_takes_a_step_in_each_way(model, monkeypatch):
    monkeypatch.setenv("COURSE_BUDGET", "graded")
    every = training_options.ways(torch.device("cpu"))
    # Compiling takes longer than all the rest of this file.
    few = {name: way for name, way in every.items() if "compile" not in name}
    assert len(few) == len(every) - 1
    monkeypatch.setattr(training_options, "ways", lambda device: few)
    found = training_options.seconds(training_options.STEPS[model], torch.device("cpu"), rounds=2)
    assert set(found) == set(few)
    assert all(first > 0 and later > 0 for first, later in found.values())


def test_ten_thousand_submissions_are_reckoned_from_the_figures_of_a_class():
    kit = grading_page.KIT
    costs, larger = ({kit: [Cost(9.0, cpu)]} for cpu in (22.0, 58.0))
    text = grading_page.large_classes(costs, larger, (12, 48), {10: {"own_cpu": 0.02}})
    # 1 s each on 24 cores: 10,000 take 416.7 s; the gradebook 200 s.
    rows = [line for line in text.splitlines() if line.startswith("| 1")]
    assert rows == [
        "| 1 | 6.9 | 3.3 | running |",
        "| 10 | 0.7 | 3.3 | the gradebook |",
        "| 100 | 0.1 | 3.3 | the gradebook |",
    ]
    assert "From 2.1 nodes on" in text


def test_stock_nbgrader_gets_the_notebook_without_what_only_shows(tmp_path):
    source = SOLUTIONS / "gan-mnist" / "gan-mnist.ipynb"
    path = Path(shutil.copy(source, tmp_path))
    grading.leave_out(path)
    before, after = ([cell.id for cell in nbformat.read(p, 4).cells] for p in (source, path))
    left_out = set(before) - set(after)
    assert "train-vanilla" in left_out and len(left_out) > 20
    tests = [cell.id for cell in nbformat.read(source, 4).cells if is_test(cell)]
    assert tests and not left_out & set(tests)


def test_a_part_of_a_page_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- a -->\nold\n<!-- a -->\nafter\n<!-- b -->\n<!-- b -->\n")
    replace_part(page, "a", "new\n")
    assert page.read_text() == (
        "before\n<!-- a -->\nnew\n<!-- a -->\nafter\n<!-- b -->\n<!-- b -->\n"
    )
