"""Draw docs/gallery from the runs that benchmarks.recipes has left.

    python -m benchmarks.gallery build/runs

Tables show the runs that benchmarks.records has kept, pictures those in the folder: a picture whose
run is not there is left as it is, and named. The notebooks in solutions/ get those that they show.
"""

import argparse
import base64
import itertools
import statistics
import sys
from pathlib import Path

import nbformat
import torch
from nbclient import NotebookClient
from PIL import Image

from autograder.notebooks.cells import is_test
from autograder.notebooks.kept_outputs import is_shown_only
from benchmarks import bars, expected_pictures, families, measures, records
from benchmarks.notebooks import SOLUTIONS
from benchmarks.recipes import EXPERIMENTS, IMPROVEMENT
from helpers import data, plotting
from helpers.training import History

PLACE = Path(__file__).parent.parent / "docs" / "gallery"
GANS = {"vanilla": "vanilla", "least-squares": "least squares", "convolutional": "convolutional"}
GAMES = {
    "nonsaturating": "non-saturating",
    "conditional": "conditional",
    "wasserstein-gp": "WGAN-GP",
    "wasserstein-gp-5": "WGAN-GP with five critic steps",
}
DENOISING = {"noise": "noise network", "velocity": "velocity network"}
# Title, recipe, and how its samples were drawn, as measures of benchmarks.measures begin.
DRAWN = (
    ("noise network", "noise", ""),
    (f"the same, guided (w = {measures.GUIDANCE})", "noise", "guided "),
    ("noise network, simple loss", "noise-simple-loss", ""),
    ("velocity network", "velocity", ""),
)
TITLES = {
    "vanilla": "baseline",
    "long-run": "100 epochs",
    "learning-rate-0_01": "learning rate 0.01",
    "batch-100": "batch 100",
    "batch-256": "batch 256",
    "dropout": "dropout 0.3",
    "minimax": "minimax",
    "k-5": "k = 5, learning rate 1e-4",
    IMPROVEMENT: "real images labelled 0.9",
}
# Cells of diffusion-mnist that draw what is known without training.
KNOWN_SCORES = ("show-score-field", "show-memory", "show-plane-ends", "show-plane-paths")
# Images for each point of a curve; the tables have ten times as many.
PICTURED = 500
# Dots per inch of the files: a page shows them at half of this.
DPI = 110
# Enough for a plot, and half of the bytes: released notebooks carry some of the pictures.
COLOURS = 32


class Gallery:
    """The page under way: its lines, and the recipes whose pictures could not be drawn."""

    def __init__(self, folder):
        self.folder, self.kept = folder, records.read()
        self.lines, self.missing = [], []
        PLACE.mkdir(parents=True, exist_ok=True)

    def runs(self, recipe):
        """What is kept of a recipe's runs, for the tables."""
        return records.of_recipe(recipe, self.kept)

    def first(self, recipe):
        """(card, weights, samples) of the run with the smallest seed in the folder, or None."""
        for card, path in measures.runs(recipe, self.folder).values():
            return card, path, torch.load(path.with_suffix(".samples.pt"), weights_only=True)
        self.missing.append(recipe)

    def picture(self, figure, name, text):
        """A picture; without a figure the one that is there is kept."""
        if figure is not None:
            figure.savefig(PLACE / f"{name}.png", dpi=DPI, bbox_inches="tight")
            shrink(PLACE / f"{name}.png")
        if (PLACE / f"{name}.png").exists():
            self.lines += [f"![{text}]({name}.png)", ""]

    def say(self, *lines):
        self.lines += [*lines, ""]

    def table(self, head, rows):
        self.lines += [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        self.lines += [f"| {' | '.join(row)} |" for row in rows] + [""]


def shrink(path):
    """Replace a picture by one of COLOURS colours."""
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("folder", type=Path)
    gallery = Gallery(parser.parse_args().folder)
    gallery.say("# Gallery")
    where = {f"{run.machine}, torch {run.torch}, {run.device}" for run in gallery.kept}
    gallery.say(
        "What the solution notebooks train on real MNIST and Fashion-MNIST, and how good it is, "
        "made by `python -m benchmarks.recipes`, `benchmarks.records` and `benchmarks.gallery`. "
        "Each run is a line of [runs.json](runs.json). Seconds are of one thread's processor time; "
        "[how fast training is](../training-speed.md) has those by the clock. Run on: "
        + "; ".join(sorted(where))
        + "."
    )
    for part in PARTS:
        part(gallery)
    (PLACE / "README.md").write_text("\n".join(gallery.lines).rstrip() + "\n", "utf-8")
    expected_pictures.main()
    if gallery.missing:
        names = ", ".join(dict.fromkeys(gallery.missing))
        print(f"pictures left as they were: {names}", file=sys.stderr)


def gans(gallery):
    gallery.say("## gan-mnist: three generators")
    sheets = {"real": data.load("mnist", "test").scaled(slice(0, 25))}
    for name, title in GANS.items():
        if found := gallery.first(name):
            sheets[title] = measures.draw(measures.network(name, found[1]), 25, seed=36)
    whole = plotting.side_by_side(sheets) if len(sheets) == 1 + len(GANS) else None
    gallery.picture(whole, "gan-mnist", "Three generators and real digits")
    gallery.say(
        "From the same 25 noise vectors, seed 0. Over the seeds, 5,000 samples against 5,000 real "
        "test images, mean ± standard deviation:"
    )
    quality_table(gallery, GANS)
    gallery.say(*apart(gallery, GANS, "frechet"))


def apart(gallery, titles, measure):
    """Sentences: how far the means of neighbouring rows are apart, in standard errors."""
    found = [
        (title, [run.measures[measure] for run in gallery.runs(name)])
        for name, title in titles.items()
    ]
    for (one, a), (other, b) in itertools.pairwise(found):
        if min(len(a), len(b)) > 1:
            errors = families.standard_errors(a, b)
            yield f"The means of {one} and {other} are {errors:.1f} standard errors apart."


def quality_table(gallery, titles, extra=None):
    """titles: {recipe: title}, or (title, recipe, how the names of the measures begin) of each."""
    rows = []
    if isinstance(titles, dict):
        titles = [(title, name, "") for name, title in titles.items()]
    for title, name, how in titles:
        # Some are not measured in every way.
        if runs := [run for run in gallery.runs(name) if how + "frechet" in run.measures]:
            found = [run.measures for run in runs]
            cells = [spread(found, how + m, d) for m, d in MEASURES.items()]
            if extra:
                there = how + extra[0] in found[0]
                cells.append(spread(found, how + extra[0], extra[1]) if there else "")
            rows.append([title, str(len(found)), f"{runs[0].steps:,}", *cells])
    head = ["generator", "seeds", "updates", "Fréchet distance", "distinct classes", "balance"]
    head += ["precision", "recall"] + (["class as asked"] if extra else [])
    gallery.table(head, rows)


MEASURES = {"frechet": 1, "coverage": 1, "balance": 2, "precision": 2, "recall": 2}


def spread(found, measure, digits):
    values = [one[measure] for one in found]
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"


def experiments(gallery):
    gallery.say("## gan-mnist, part 8: experiments with the vanilla game")
    rows = []
    for name in ("vanilla", *EXPERIMENTS, IMPROVEMENT):
        for run in gallery.runs(name)[:1]:
            epochs = EXPERIMENTS.get(name, {}).get("epochs", 10)
            rows.append(
                [TITLES[name], str(epochs), f"{run.cpu_seconds / epochs:.1f}"]
                + [f"{loss:.2f}" for loss in run.losses.values()]
                + [f"{run.measures[m]:.{d}f}" for m, d in MEASURES.items()]
            )
    head = ["run", "epochs", "CPU s each", "D loss", "G loss", "Fréchet distance"]
    gallery.table([*head, "distinct digits", "balance", "precision", "recall"], rows)
    gallery.say(
        f"Losses are means of the last {records.LAST} updates. One run each, seed 0. With the "
        "large learning rate and with minimax the discriminator wins within two hundred updates: "
        "apart from one relapse each, its loss is 0, and every noise gives one picture; with "
        "minimax, the generator's gradient vanishes there. Five turns of the discriminator for one "
        "of the generator end at ones and little else. A batch of 256 makes half as many updates "
        "in ten epochs, and has not got as far."
    )
    found = {TITLES[name]: gallery.first(name) for name in ("vanilla", *EXPERIMENTS)}
    here = all(found.values())
    for part in range(0, len(found), 4):
        some = list(found)[part : part + 4]
        figure = here and plotting.side_by_side({one: drawn(found[one][1]) for one in some})
        name = f"experiments-samples-{part // 4 + 1}"
        gallery.picture(figure or None, name, f"25 samples each: {', '.join(some)}")
    curves = here and learning_curves({name: as_history(run[0]) for name, run in found.items()})
    gallery.picture(curves or None, "experiments-losses", "Learning curves of each run")
    over = None
    if long := found[TITLES["long-run"]]:
        over = plotting.samples_over_epochs(
            {f"epoch {epoch}": images[:12] for epoch, images in long[2].items()}
        )
    gallery.picture(over, "long-run", "The same noise over 100 epochs")


def drawn(path):
    return measures.draw(measures.network("vanilla", path), 25, seed=36)


def as_history(card):
    history = History()
    for values in zip(*card["losses"].values(), strict=True):
        history.log(**dict(zip(card["losses"], values, strict=True)))
    return history


def learning_curves(histories):
    """Both losses of each run, smoothed, in a small figure each."""
    figure = plotting.Picture(13, 5.2, layout="constrained")
    axes = figure.subplots(2, 4, sharey=True)
    for ax, (title, history) in zip(axes.flat, histories.items(), strict=False):
        for name, style in zip(history.names, ("-", "--"), strict=True):
            curve = history.smoothed(name, window=max(1, len(history) // 50))
            ax.plot(curve, style, label=name, linewidth=1)
        ax.set(title=title, xlabel="update", ylim=(-1.5, 8))
    axes[0, 0].legend(frameon=False)
    for ax in axes.flat[len(histories) :]:
        ax.set_axis_off()
    return figure


def energies(gallery):
    gallery.say("## ebm-mnist: chains and anomalies")
    gallery.picture(chains(gallery), "ebm-mnist", "Ten chains from noise")
    if not (runs := gallery.runs("energy")):
        return
    every = [run.measures for run in runs]
    gallery.say(
        f"AUROC of the energy, 2,000 test digits against 2,000 other images; {len(every)} "
        f"seed{'s' if len(every) > 1 else ''}, {runs[0].steps:,} updates each:"
    )
    gallery.table(
        ["images", "AUROC", "lowest"],
        [
            [kind, spread(every, kind, 3), f"{min(one[kind] for one in every):.3f}"]
            for kind in every[0]
            if kind not in MEASURES
        ],
    )
    gallery.say(
        "Noise and clothes are told apart every time. Digits that are mirrored, turned or smaller "
        "are made of the same strokes: they are told apart poorly, and not consistently "
        "from seed to seed."
    )


def chains(gallery):
    if not (found := gallery.first("energy")):
        return None
    model = measures.network("energy", found[1])
    torch.manual_seed(5)
    start = 2 * torch.rand(10, 1, 28, 28) - 1
    walk = measures.notebook("ebm-mnist")["generate_samples"]
    trace = walk(model, start, 256, 10, return_img_per_step=True)
    shown = {f"step {n}": ((trace[n - 1] + 1) / 2).clamp(0, 1) for n in (2, 15, 30, 64, 128, 256)}
    return plotting.samples_over_epochs(shown)


def codes(gallery):
    gallery.say("## vae: reconstructions and a map of all codes")
    again = grid = None
    if found := gallery.first("vae"):
        model, names = measures.network("vae", found[1]), measures.notebook("vae")
        x = data.load("mnist", "test").scaled(slice(0, 25))
        decoded = model.decoder(model.encoder(x.flatten(1))[0])
        again = plotting.side_by_side({"test images": x, "their reconstructions": decoded})
        levels = names["latent_grid"](15).float()
        grid = plotting.code_map(levels, model.decoder(levels))
    gallery.picture(again, "vae-reconstructions", "Test images and their reconstructions")
    gallery.picture(grid, "vae-grid", "A map of all codes")
    rows = []
    for recipe, title in (("vae", "diagonal"), ("vae-full", "full")):
        if runs := gallery.runs(recipe):
            every = [run.measures for run in runs]
            rows.append(
                [title, str(len(every)), f"{runs[0].steps} epochs"]
                + [spread(every, name, 1) for name in ("nats", "reconstruction", "divergence")]
            )
    if not rows:
        return
    head = ["covariance of a code", "seeds", "updates", "negative bound, nats an image"]
    gallery.table([*head, "reconstruction", "KL divergence"], rows)
    gallery.say(
        "For comparison: a published run of the same network (1,068,820 parameters, two codes, "
        "Adam 1e-3) on 5,000 of the training images reports 153.8 nats on test images after 30 "
        "epochs, 147.7 and 6.1 of them for reconstruction and divergence ([Mohapatra]"
        "(https://soveshmohapatra.com/projects/vaes-benchmark/)). With twelve times the images the "
        "reconstruction is better; what two codes can tell, the divergence, is nearly the same."
    )


def denoising(gallery):
    gallery.say("## diffusion-mnist: from noise to digits")
    known_scores(gallery)
    for name, title in DENOISING.items():
        sheet = guided = None
        if found := gallery.first(name):
            model, calls = measures.network(name, found[1]), measures.CALLS[name]
            images = measures.draw_sampled(model, 60, seed=3)
            sheet = plotting.image_grid(images, columns=10, title=f"{title}, {calls} calls")
            if name == "noise":
                images = measures.draw_guided(model, measures.GUIDANCE, 60, seed=3)
                guided = plotting.image_grid(
                    images, columns=10, title=f"the same with guidance, {2 * calls} calls"
                )
        gallery.picture(sheet, f"diffusion-{name}", f"Samples of the {title}")
        if name == "noise":
            gallery.picture(guided, "diffusion-guided", "The same noise and labels with guidance")
    if found := gallery.first("noise"):
        calls, guidance = by_calls(found[1]), by_guidance(found[1])
        over = plotting.samples_over_epochs(over_training(found))
    else:
        calls = guidance = over = None
    gallery.picture(over, "diffusion-training", "The same noise over the training")
    gallery.picture(calls, "diffusion-calls", "Fréchet distance against calls of the network")
    gallery.picture(guidance, "diffusion-guidance", "Precision against recall over the guidance")
    gallery.say(
        f"Images were ordered, each class equally often, and drawn in {measures.CALLS['noise']} "
        f"steps of DDIM with η = 1, those of the velocity network in "
        f"{measures.CALLS['velocity']} of Euler's method. 5,000 images against 5,000 real test "
        "images:"
    )
    quality_table(gallery, DRAWN, extra=("class_accuracy", 2))
    gallery.say(
        "Strokes are right early, whole digits late. Much of the choice between digits is made "
        "where an image is nearly pure noise, and there the noise is known anyway: in the simple "
        "loss, the errors of the layers are a few hundredths of what they are elsewhere. Divided "
        "by the size of what the layers have to find (`noise_loss` in the notebook) they count, "
        "and with as many updates and the same sampler more digits are those that were asked for. "
        "Noise on the way covers up the errors of earlier steps: ten steps with it are better than "
        f"fifty without (the curves above, {PICTURED} images for each point). More steps are not "
        "better: a long step goes to the mean of what may be there, and an image is cleaner and "
        "more like others for it. From 10 steps to 50 precision fell (0.68 to 0.66) and recall "
        "rose (0.69 to 0.77) in a run with the simple loss, 2,000 images. Guidance asks the "
        "network twice in each step, and gives more precision for less recall."
    )
    gallery.say(
        "After about as many seconds of training as the convolutional GAN, the noise network is as "
        "near to the real digits by the Fréchet distance, with a little less precision and less "
        "recall; guided it is nearer, with more precision and much less recall. But it is told "
        "which digit to draw, and the GAN is not."
    )
    gallery.say(
        "Being told the class is worth most. With 500 images and 10 calls, the noise network (seed "
        "1) is at a distance of 38 instead of 8 when it is asked for no class, and a velocity "
        "network that was trained without classes was at 37; told the class it is at 12. Without "
        "classes the way of sampling hardly mattered: 20 and 50 equal steps (35, 34), unequal ones "
        "(36) and Heun's method (33) left it there. What is left between the two networks is the "
        "noise on the way: without it (η = 0) the noise network is at 13, and with it (a velocity "
        "and a place tell the noise) the velocity network is at 7. Before it was told the class it "
        "was at 28 in this way."
    )


def over_training(found):
    """Ten images from one noise at each snapshot of a run."""
    _, path, snapshots = found
    model, rows = measures.network("noise", path), {}
    for updates, weights in sorted(snapshots.items()):
        model.load_state_dict(weights)
        rows[f"{updates:,} updates"] = measures.draw_sampled(model, 10, seed=3, calls=20)
    return rows


def by_calls(path):
    """Fréchet distances, without noise on the way and with all of it."""
    model = measures.network("noise", path)
    curves = {
        title: {
            calls: measures.sample_measures(
                measures.draw_sampled(model, PICTURED, calls=calls, eta=eta), "mnist"
            )["frechet"]
            for calls in (5, 10, 20, 50)
        }
        for title, eta in {"DDIM, η = 0": 0.0, "with the noise of DDPM, η = 1": 1.0}.items()
    }
    return plotting.against_calls(curves)


def by_guidance(path):
    """Recall and precision for each weight."""
    model, points = measures.network("noise", path), {}
    for w in (-1.0, 0.0, 0.5, 1.0, 2.0, 4.0):
        found = measures.sample_measures(measures.draw_guided(model, w, PICTURED), "mnist")
        points[w] = found["recall"], found["precision"]
    return plotting.trade_off(points)


def all_families(gallery):
    gallery.say("## The families of models beside each other")
    gallery.lines += [families.table(gallery.kept), ""]
    gallery.say(
        "Digits of MNIST, as measured in the parts above. Diffusion and flow matching are told "
        f"which digit to draw, the others are not; guided means w = {measures.GUIDANCE}. "
        + families.notes(gallery.kept)
        + " Seconds are medians of processor time, some on another machine than others (runs.json "
        "says which). Calls and parameters are those of what draws a sample."
    )
    gallery.say(*aim(gallery))


def aim(gallery):
    """Whether diffusion reaches what it was meant to reach, from the records."""
    gan, noise, velocity = (families.distances(title, gallery.kept) for title in families.CLOSE)
    if min(map(len, (gan, noise, velocity))) < 2:
        return
    mean, errors = statistics.mean, families.standard_errors(gan, noise)
    minutes = statistics.median(run.cpu_seconds for run in gallery.runs("noise")) / 60
    below = sum(one < mean(gan) for one in noise)
    yield (
        "**The aim** for diffusion was a distance below the convolutional GAN's, with a training "
        f"of less than 20 minutes on a CPU. The noise network takes {minutes:.1f} minutes of "
        f"processor time, and is at {mean(noise):.1f} against {mean(gan):.1f}; {below} of its "
        f"{len(noise)} runs are below the GAN's mean."
    )
    if errors < families.CHANCE:
        yield (
            f"But the GAN's runs go from {min(gan):.1f} to {max(gan):.1f}, and with so few of them "
            "chance can explain the difference of the means."
        )
    yield (
        f"The velocity network is at {mean(velocity):.1f}: {mean(velocity) - mean(noise):.1f} "
        "behind the noise network, as it walks without noise on the way (see the part above)."
    )


def clothes(gallery):
    gallery.say("## gan-fashion: 937 updates of each generator")
    labels = torch.arange(50) % 10
    classes = [name.split("/")[0] for name in data.load("fashion-mnist", "test").classes]
    for name, title in GAMES.items():
        sheet = None
        if found := gallery.first(name):
            images = measures.draw_clothes(measures.network(name, found[1]), labels, seed=3)
            sheet = (
                plotting.class_sheet(images, classes)
                if name == "conditional"
                else plotting.image_grid(images, columns=10, title=title)
            )
        gallery.picture(sheet, f"gan-fashion-{name}", f"Samples: {title}")
    quality_table(gallery, GAMES, extra=("class_accuracy", 2))


def foundations(gallery):
    """Its figures, from the notebook itself: it trains nothing and takes seconds."""
    gallery.say("## foundations")
    notebook = nbformat.read(SOLUTIONS / "foundations" / "foundations.ipynb", as_version=4)
    kept_figures(gallery, notebook, "foundations")


def known_scores(gallery):
    """Figures of diffusion-mnist about data whose best network is known: nothing is trained."""
    path = SOLUTIONS / "diffusion-mnist" / "diffusion-mnist.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = notebook.cells[: [cell.id for cell in notebook.cells].index(KNOWN_SCORES[-1]) + 1]
    notebook.cells = [
        cell
        for cell in cells
        if cell.id in KNOWN_SCORES or not (is_shown_only(cell) or is_test(cell))
    ]
    kept_figures(gallery, notebook, "diffusion")


def kept_figures(gallery, notebook, prefix):
    """Run a notebook and keep its figures, under the names of their cells."""
    NotebookClient(notebook, timeout=600).execute()
    for cell in notebook.cells:
        pngs = [output.get("data", {}).get("image/png") for output in cell.get("outputs", [])]
        name = cell.id.removeprefix("show-")
        for number, png in enumerate(filter(None, pngs), 1):
            file = f"{prefix}-{name}" + (f"-{number}" if number > 1 else "")
            (PLACE / f"{file}.png").write_bytes(base64.b64decode(png))
            shrink(PLACE / f"{file}.png")
            gallery.say(f"![{name.replace('-', ' ')}]({file}.png)")


def handed_in(gallery):
    gallery.say(
        "## Models that are handed in: where the bars are",
        "",
        "The runs above, measured as the grader does (`python -m benchmarks.bars`). The last "
        "column: with 95% confidence at least this share of all runs that follow the recipe meets "
        "the bar, if the measure is normally distributed (a one-sided tolerance bound).",
    )
    gallery.table(bars.HEAD, list(bars.table(gallery.kept)))


PARTS = (gans, experiments, energies, codes, clothes, denoising, all_families,
         foundations, handed_in)  # fmt: skip


if __name__ == "__main__":
    main()
