"""A running game of gan-fashion, played with a student's own functions."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from helpers import checkpoint, student_functions
from helpers.errors import CourseError
from helpers.networks import Discriminator, Generator, ImageFeatures, update_both

LOSSES = {
    "nonsaturating": "loss_nonsaturating",
    "conditional": "conditional_loss_nonsaturating",
    "wasserstein_gp": "loss_wasserstein_gp",
}
# Of a sheet of samples.
ROWS = 8


@dataclass(frozen=True)
class GameSettings:
    """What a game is; all but ``epochs`` must stay the same when it continues."""

    loss_type: str
    epochs: int
    batch_size: int
    seed: int
    images: int
    data: str

    def identity(self) -> dict[str, str | int]:
        return {
            "--loss-type": self.loss_type,
            "--batch-size": self.batch_size,
            "--seed": self.seed,
            "--images": self.images,
            "data set": self.data,
        }


class Game:
    """Networks, optimisers and the progress of training.

    own: a student's names, as student_functions.definitions gives them.

    Raises:
        CourseError: something that the run needs is not in ``own``, or is still a stub.
    """

    def __init__(
        self, settings: GameSettings, own: dict, source: Path, device: torch.device
    ) -> None:
        self.settings, self.device = settings, device
        self.own, self.source = own, source
        self.conditional = settings.loss_type == "conditional"
        self.loss = self._loss()
        checkpoint.seed_everything(settings.seed)
        self.generator = Generator(n_classes=10 if self.conditional else 0).to(device)
        self.discriminator = self._discriminator().to(device)
        build = self._own("build_optimizers")
        self.optimizers = self._call(build, self.generator, self.discriminator)
        if not isinstance(self.optimizers, (tuple, list)) or len(self.optimizers) != 2:
            raise CourseError(f"build_optimizers in {source} does not return two optimisers.")
        self.updates = 0
        self.rows: list[tuple[int, float, float]] = []

    def _own(self, name: str) -> Callable:
        if name not in self.own:
            raise CourseError(
                f"{self.source} does not define {name}: write it there, or name another file with "
                "--losses."
            )
        return self.own[name]

    def _call(self, function: Callable, *arguments, **keywords):
        try:
            return function(*arguments, **keywords)
        except NotImplementedError as error:
            if str(error):
                raise
            name = getattr(function, "__name__", "a function")
            raise CourseError(
                f"{name} in {self.source} is still the stub: write it first, and save the file."
            ) from None

    def _loss(self) -> Callable:
        """The joint function, or both halves put together."""
        name = LOSSES[self.settings.loss_type]
        halves = f"{name}_d", f"{name}_g"
        if name not in self.own and all(half in self.own for half in halves):
            d, g = (self.own[half] for half in halves)
            return lambda *given, **where: (
                self._call(d, *given, **where),
                self._call(g, *given, **where),
            )
        return self._own(name)

    def _discriminator(self) -> torch.nn.Module:
        if not self.conditional:
            return Discriminator()
        features = ImageFeatures()
        return self._call(self._own("ProjectionDiscriminator"), features, features.dim, 10)

    def update(self, x: torch.Tensor, y: torch.Tensor) -> None:
        """One step of both networks on images (n, 1, 28, 28) in [0, 1] and labels (n,)."""
        given = (2 * x - 1, y) if self.conditional else (2 * x - 1,)
        losses = self._call(
            self.loss, self.generator, self.discriminator, *given, device=self.device
        )
        if not isinstance(losses, (tuple, list)) or len(losses) != 2:
            name = LOSSES[self.settings.loss_type]
            raise CourseError(f"{name} in {self.source} does not return (d_loss, g_loss).")
        update_both(*losses, self.discriminator, self.generator, *self.optimizers)
        self.updates += 1
        self.rows.append((self.updates, *(loss.item() for loss in losses)))

    @torch.no_grad()
    def samples(self) -> torch.Tensor:
        """Images in [0, 1] from the same noise every time, a column for each class."""
        noise = torch.Generator().manual_seed(self.settings.seed)
        self.generator.eval()
        if self.conditional:
            z = torch.randn(ROWS, self.generator.dim_z, generator=noise).repeat_interleave(10, 0)
            labels = torch.tensor([i % 10 for i in range(10 * ROWS)], device=self.device)
            images = self.generator(z.to(self.device), labels)
        else:
            z = torch.randn(10 * ROWS, self.generator.dim_z, generator=noise)
            images = self.generator(z.to(self.device))
        self.generator.train()
        return ((images + 1) / 2).cpu()

    def state(self) -> dict:
        return {
            "settings": self.settings.identity(),
            "code": student_functions.digest(self.source),
            "updates": self.updates,
            "generator": self.generator.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "random": checkpoint.random_state(),
            "losses": torch.tensor(self.rows, dtype=torch.float64).reshape(-1, 3),
        }

    def go_on_from(self, state: dict, path: Path) -> None:
        """Be where ``state`` was taken.

        Raises:
            CourseError: it belongs to a run with other settings.
        """
        try:
            for option, mine in self.settings.identity().items():
                if state["settings"][option] != mine:
                    raise CourseError(
                        f"{path} is of a run with {option} {state['settings'][option]}, not {mine}:"
                        " give another --out, or --restart to start again."
                    )
            self.generator.load_state_dict(state["generator"])
            self.discriminator.load_state_dict(state["discriminator"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            self.rows = [(int(n), d, g) for n, d, g in state["losses"].tolist()]
            self.updates = int(state["updates"])
            checkpoint.restore_random(state["random"])
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            reason = str(error).splitlines()[0][:100]
            raise CourseError(
                f"{path} does not fit this run ({reason}): give another --out, or --restart."
            ) from None
