"""Draw docs/gallery from the runs that benchmarks.recipes has left.

    python -m benchmarks.gallery build/runs

Tables and pictures show what is there; a recipe without a run is left out and named.
"""

import argparse
import base64
import statistics
import sys
from pathlib import Path

import nbformat
import torch
from nbclient import NotebookClient

from benchmarks import bars as handed_in
from benchmarks import measures
from benchmarks.measure import machine
from benchmarks.notebooks import SOLUTIONS
from benchmarks.recipes import EXPERIMENTS
from helpers import data, plotting
from helpers.training import History

PLACE = Path(__file__).parent.parent / "docs" / "gallery"
GANS = {"vanilla": "vanilla", "least-squares": "least squares", "convolutional": "convolutional"}
GAMES = {
    "nonsaturating": "non-saturating",
    "conditional": "conditional",
    "wasserstein-gp": "WGAN-GP",
}
TITLES = {
    "vanilla": "baseline",
    "long-run": "100 epochs",
    "learning-rate-0_01": "learning rate 0.01",
    "batch-100": "batch 100",
    "batch-256": "batch 256",
    "dropout": "dropout 0.3",
    "minimax": "minimax",
    "k-5": "k = 5, learning rate 1e-4",
}
# Dots per inch of the files: a page shows them at half of this.
DPI = 110


class Gallery:
    """The page under way: its lines, and what could not be shown."""

    def __init__(self, folder):
        self.folder, self.lines, self.missing = folder, [], []
        PLACE.mkdir(parents=True, exist_ok=True)

    def runs(self, name):
        found = measures.runs(name, self.folder)
        if not found:
            self.missing.append(name)
        return found

    def first(self, name):
        """(card, weights, samples) of the run with the smallest seed, or None."""
        for card, path in self.runs(name).values():
            return card, path, torch.load(path.with_suffix(".samples.pt"), weights_only=True)

    def picture(self, figure, name, text):
        figure.savefig(PLACE / f"{name}.png", dpi=DPI, bbox_inches="tight")
        self.lines += [f"![{text}]({name}.png)", ""]

    def say(self, *lines):
        self.lines += [*lines, ""]

    def table(self, head, rows):
        self.lines += [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
        self.lines += [f"| {' | '.join(row)} |" for row in rows] + [""]


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gallery", description=__doc__)
    parser.add_argument("folder", type=Path)
    gallery = Gallery(parser.parse_args().folder)
    gallery.say("# Gallery")
    gallery.say(
        "What the solution notebooks train, and how good it is, made by `python -m "
        f"benchmarks.recipes` and `python -m benchmarks.gallery` on {machine()}, without a GPU, "
        f"with torch {torch.__version__} and real MNIST and Fashion-MNIST. Seconds are of "
        "one thread's processor time; [how fast training is](../training-speed.md) has those by "
        "the clock."
    )
    for part in (gans, experiments, energies, codes, clothes, foundations, bars):
        part(gallery)
    (PLACE / "README.md").write_text("\n".join(gallery.lines).rstrip() + "\n", "utf-8")
    if gallery.missing:
        print("no run of: " + ", ".join(gallery.missing), file=sys.stderr)


def gans(gallery):
    gallery.say("## gan-mnist: three generators")
    real = data.load("mnist", "test").scaled(slice(0, 25))
    sheets = {"real": real}
    for name, title in GANS.items():
        if found := gallery.first(name):
            sheets[title] = measures.draw(measures.network(name, found[1]), 25, seed=36)
    gallery.picture(plotting.side_by_side(sheets), "gan-mnist", "Three generators and real digits")
    gallery.say(
        "From the same 25 noises, seed 0. Over the seeds, 5,000 samples against 5,000 real test "
        "images, mean ± standard deviation:"
    )
    quality_table(gallery, GANS)


def quality_table(gallery, titles, extra=None):
    rows = []
    for name, title in titles.items():
        found = [measures.measure(name, path) for _, path in gallery.runs(name).values()]
        if found:
            steps = next(iter(gallery.runs(name).values()))[0]["steps"]
            cells = [spread(found, m, d) for m, d in MEASURES.items()]
            if extra:
                cells.append(spread(found, *extra) if extra[0] in found[0] else "")
            rows.append([title, str(len(found)), f"{steps:,}", *cells])
    head = ["generator", "seeds", "updates", "Fréchet distance", "classes of 10", "balance"]
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
    rows, curves, ends = [], {}, {}
    for name in ("vanilla", *EXPERIMENTS):
        if not (found := gallery.first(name)):
            continue
        card, path, samples = found
        quality = measures.measure(name, path)
        losses = [f"{statistics.mean(card['losses'][one][-50:]):.2f}" for one in card["losses"]]
        epochs = EXPERIMENTS.get(name, {}).get("epochs", 10)
        rows.append(
            [TITLES[name], str(epochs), f"{card['cpu_seconds'] / epochs:.1f}", *losses]
            + [f"{quality[m]:.{d}f}" for m, d in MEASURES.items()]
        )
        ends[TITLES[name]] = measures.draw(measures.network(name, path), 25, seed=36)
        curves[TITLES[name]] = as_history(card)
        if name == "long-run":
            shown = {f"epoch {epoch}": images[:12] for epoch, images in samples.items()}
            gallery.picture(
                plotting.samples_over_epochs(shown), "long-run", "The same noise over 100 epochs"
            )
    head = ["run", "epochs", "CPU s each", "D loss", "G loss", "Fréchet distance"]
    gallery.table([*head, "digits of 10", "balance", "precision", "recall"], rows)
    gallery.say("Losses are means of the last 50 updates. One run each, seed 0.")
    for part in range(0, len(ends), 4):
        some = dict(list(ends.items())[part : part + 4])
        name = f"experiments-samples-{part // 4 + 1}"
        gallery.picture(plotting.side_by_side(some), name, f"25 samples each: {', '.join(some)}")
    gallery.picture(learning_curves(curves), "experiments-losses", "Learning curves of each run")


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
    if not (found := gallery.first("energy")):
        return
    card, path, _ = found
    gallery.say("## ebm-mnist: chains and anomalies")
    names = measures.notebook("ebm-mnist")
    model = measures.network("energy", path)
    torch.manual_seed(5)
    start = 2 * torch.rand(10, 1, 28, 28) - 1
    trace = names["generate_samples"](model, start, 256, 10, return_img_per_step=True)
    shown = {f"step {n}": ((trace[n - 1] + 1) / 2).clamp(0, 1) for n in (2, 15, 30, 64, 128, 256)}
    gallery.picture(plotting.samples_over_epochs(shown), "ebm-mnist", "Ten chains from noise")
    every = [measures.measure("energy", path) for _, path in gallery.runs("energy").values()]
    gallery.say(
        f"AUROC of the energy, 2,000 test digits against 2,000 other images; {len(every)} "
        f"seed{'s' if len(every) > 1 else ''}, {card['steps']:,} updates each:"
    )
    gallery.table(
        ["images", "AUROC", "lowest"],
        [
            [kind, spread(every, kind, 3), f"{min(one[kind] for one in every):.3f}"]
            for kind in every[0]
        ],
    )


def codes(gallery):
    if not (found := gallery.first("vae")):
        return
    card, path, _ = found
    gallery.say("## vae: reconstructions and a map of all codes")
    model, names = measures.network("vae", path), measures.notebook("vae")
    x = data.load("mnist", "test").scaled(slice(0, 25))
    again = model.decoder(model.encoder(x.flatten(1))[0])
    gallery.picture(
        plotting.side_by_side({"test images": x, "their reconstructions": again}),
        "vae-reconstructions",
        "Test images and their reconstructions",
    )
    grid = model.decoder(names["latent_grid"](15).float())
    gallery.picture(plotting.image_grid(grid, columns=15), "vae-grid", "A map of all codes")
    every = [measures.measure("vae", path) for _, path in gallery.runs("vae").values()]
    gallery.table(
        ["seeds", "updates", "negative bound, nats an image", "reconstruction", "KL divergence"],
        [
            [str(len(every)), f"{card['steps']} epochs"]
            + [spread(every, name, 1) for name in ("nats", "reconstruction", "divergence")]
        ],
    )


def clothes(gallery):
    gallery.say("## gan-fashion: three games, one epoch each")
    labels = torch.arange(50) % 10
    classes = [name.split("/")[0] for name in data.load("fashion-mnist", "test").classes]
    for name, title in GAMES.items():
        if found := gallery.first(name):
            images = measures.draw_clothes(measures.network(name, found[1]), labels, seed=3)
            sheet = (
                plotting.class_sheet(images, classes)
                if name == "conditional"
                else plotting.image_grid(images, columns=10, title=title)
            )
            gallery.picture(sheet, f"gan-fashion-{name}", f"Samples of the {title} game")
    quality_table(gallery, GAMES, extra=("class_accuracy", 2))


def foundations(gallery):
    """Its figures, from the notebook itself: it trains nothing and takes seconds."""
    gallery.say("## foundations")
    notebook = nbformat.read(SOLUTIONS / "foundations" / "foundations.ipynb", as_version=4)
    NotebookClient(notebook, timeout=600).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if png := output.get("data", {}).get("image/png"):
                name = f"foundations-{cell.id.removeprefix('show-')}"
                (PLACE / f"{name}.png").write_bytes(base64.b64decode(png))
                gallery.say(f"![{cell.id.removeprefix('show-').replace('-', ' ')}]({name}.png)")


def bars(gallery):
    gallery.say(
        "## Models that are handed in: where the bars are",
        "",
        "The runs above, measured as the grader does (`python -m benchmarks.bars`). The last but "
        "one column tells how many deviations lie between the mean and the bar.",
    )
    gallery.table(handed_in.HEAD, list(handed_in.rows(gallery.folder)))


if __name__ == "__main__":
    main()
