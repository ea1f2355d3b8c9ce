"""Train one of the games of gan-fashion as a script, with your own functions.

    python -m helpers.run_gan --loss-type conditional --epochs 10 --out runs/label

The losses are those that you wrote in the notebook; this file has none. The folder --out gets
sheets of samples, the losses as a table, and a checkpoint from which the same command continues.
"""

import argparse
import csv
import io
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from helpers import checkpoint, data, plotting, student_functions
from helpers.device import best_device, describe
from helpers.errors import CourseError
from helpers.files import write_whole
from helpers.gan_game import LOSSES, Game, GameSettings

NOTEBOOK = Path("notebooks/gan-fashion/gan-fashion.ipynb")
INTERRUPTED = 130


def train(game: Game, images: data.Images, out: Path, every: int) -> None:
    """Train until the last epoch ends; ``every`` so many updates, keep a sheet and a checkpoint."""
    settings = game.settings
    per_epoch = settings.images // settings.batch_size
    total = settings.epochs * per_epoch
    bar = tqdm(total=total, initial=game.updates, desc="updates", file=sys.stdout, ncols=90)
    with bar:
        for epoch in range(game.updates // per_epoch, settings.epochs):
            # One order for each epoch, wherever in it the run continues.
            order = torch.Generator().manual_seed(settings.seed * 100_003 + epoch)
            places = torch.randperm(len(images), generator=order)[: per_epoch * settings.batch_size]
            batches = places.to(images.pixels.device).split(settings.batch_size)
            for index in batches[game.updates - epoch * per_epoch :]:
                game.update(images.scaled(index), images.labels[index])
                bar.update()
                if game.updates % every == 0 or game.updates % per_epoch == 0:
                    _, d_loss, g_loss = game.rows[-1]
                    bar.set_postfix(d_loss=f"{d_loss:.3f}", g_loss=f"{g_loss:.3f}", refresh=False)
                    keep(game, out, images.classes)


def keep(game: Game, out: Path, classes: tuple[str, ...]) -> None:
    """Write a sheet of samples and the table of losses, then the checkpoint."""
    images = game.samples()
    if game.conditional:
        figure = plotting.class_sheet(images, classes)
    else:
        figure = plotting.image_grid(images, columns=10, title=f"update {game.updates:,}")
    sheet = out / "samples" / f"update-{game.updates:06d}.png"
    write_whole(sheet, lambda path: figure.savefig(path, dpi=100, bbox_inches="tight"))
    table = io.StringIO()
    csv.writer(table).writerows([("update", "d_loss", "g_loss"), *game.rows])
    write_whole(out / "losses.csv", lambda path: path.write_text(table.getvalue()))
    checkpoint.save(out / "checkpoint.pt", game.state())


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):
        raise CourseError(f"{message} (see --help).")


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    made = _Parser(
        prog="python -m helpers.run_gan",
        description="Train a game of gan-fashion with the losses that you wrote yourself.",
        epilog="An interrupted run continues from its last checkpoint: repeat the command. "
        "More --epochs lengthen a run that is done. On a CPU, a run that was interrupted ends with "
        "exactly the numbers of one that was not.",
    )
    made.add_argument("--loss-type", required=True, choices=LOSSES, help="which game")
    made.add_argument("--epochs", required=True, type=_positive, help="how many, in all")
    made.add_argument("--out", required=True, type=Path, help="folder for what the run writes")
    made.add_argument(
        "--losses",
        type=Path,
        default=NOTEBOOK,
        help="notebook or Python file with your functions, joint or in halves (_d and _g); it is "
        "run, so name none but your own (default: %(default)s)",
    )
    made.add_argument("--batch-size", type=_positive, default=64, help="(default: %(default)s)")
    made.add_argument("--seed", type=_seed, default=0, help="of everything random (default: 0)")
    made.add_argument("--images", type=_positive, help="of an epoch (default: all)")
    made.add_argument(
        "--every", type=_positive, default=200, help="updates between checkpoints (default: 200)"
    )
    made.add_argument("--device", help="such as cpu or cuda (default: the best that works)")
    made.add_argument("--restart", action="store_true", help="forget an earlier run in --out")
    return made


def run_from(options: argparse.Namespace) -> None:
    """Run the command with these options.

    Raises:
        CourseError: the user made a mistake.
    """
    device = _device(options.device)
    images = data.load("fashion-mnist", "train").to(device)
    count = min(options.images or len(images), len(images))
    if options.batch_size > count:
        raise CourseError(
            f"--batch-size {options.batch_size} is larger than the {count} images of an epoch."
        )
    settings = GameSettings(
        options.loss_type, options.epochs, options.batch_size, options.seed, count, images.name
    )
    game = Game(settings, student_functions.definitions(options.losses), options.losses, device)
    try:
        (options.out / "samples").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(f"--out {options.out} cannot be made ({error.strerror}).") from None
    path = options.out / "checkpoint.pt"
    state = None if options.restart else checkpoint.load(path)
    if state:
        game.go_on_from(state, path)
        print(f"Going on after update {game.updates:,}, from {path}.")
        if state["code"] != student_functions.digest(options.losses):
            print("Your functions have changed since: the run continues with the new ones.")
    print(f"Training on {describe(device)} with the functions of {options.losses}.")
    if game.updates >= settings.epochs * (count // settings.batch_size):
        print("These epochs are done; more --epochs lengthen the run.")
        return
    train(game, images, options.out, options.every)
    print(f"Samples in {options.out / 'samples'}, losses in {options.out / 'losses.csv'}.")


def _device(name: str | None) -> torch.device:
    if name is None:
        return best_device()
    try:
        return torch.ones(1, device=name).device
    except (RuntimeError, AssertionError):
        raise CourseError(f"--device {name} does not work here.") from None


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns its exit code: 2 after one sentence about a user's mistake."""
    try:
        run_from(parser().parse_args(arguments))
    except CourseError as mistake:
        print(f"run_gan: {mistake}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            "\nInterrupted. The same command continues from the last checkpoint.", file=sys.stderr
        )
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
