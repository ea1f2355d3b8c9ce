"""One trained model against its bars."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.judging.judgement import NotRight
from autograder.judging.publish import publish
from autograder.judging.setting import current
from autograder.judging.time_limit import TimedOut, limit_of
from autograder.judging.trained import draws, weights
from autograder.judging.trained.rejection import NoData, NotAttempted, Refused, StudentError
from autograder.judging.trained.student_network import Network
from autograder.judging.verdict import NEEDS_IMAGES, REACHES_BARS, Status, Verdict
from helpers.quality import trained as measures

SECONDS = 150.0
BELOW = "below the bar"


@dataclass(frozen=True)
class Trained:
    """A model that a student trains, and hands in as models/FILE.safetensors.

    id: as of an Exercise. kind: Pictures, Energies or Codes, how it is measured.
    arguments: for the student's function or class, which gives the untrained network.
    needed: {measure: its bar}, in the order in which they are told; at most or at least, see
        helpers.quality.trained.
    """

    id: str
    file: str
    points: int
    kind: Any
    arguments: tuple
    needed: Mapping[str, float] = field(hash=False)

    @property
    def name(self) -> str:
        return self.id.split(".", 1)[1]


def judge_trained(
    model: Trained,
    build: Callable,
    *,
    files: Mapping[str, Path] | None = None,
    seconds: float = SECONDS,
) -> Verdict:
    """model: a Trained. build: the student's function or class. Returns a Verdict.

    files: {"models/NAME.safetensors": path} of what was handed in; by default those of the grading
    run, and outside of one those in this folder.
    """
    files = _files() if files is None else files
    card = weights.card(files, model.file)
    start = time.monotonic()
    try:
        with limit_of(build)(seconds):
            return _weigh(model, measured(model, build, files), card)
    except NotAttempted as nothing:
        return Verdict(model.id, Status.NOT_ATTEMPTED, str(nothing))
    except Refused as refused:
        sentence = " ".join(filter(None, (refused.sentence, card, weights.advice(card))))
        return Verdict.named(model.id, Status.WRONG, (refused.name, sentence))
    except StudentError as error:
        return Verdict(model.id, Status.RAISED, str(error))
    except NoData as missing:
        lacks, told = NEEDS_IMAGES, ""
        if missing.found is not None:
            lacks, told = REACHES_BARS, f"Measured: {_told(model, missing.found)}. "
        message = f"{told}{missing}."
        return Verdict(model.id, Status.COULD_NOT_BE_JUDGED, message, lacks=lacks)
    except TimedOut:
        waited = min(seconds, round(time.monotonic() - start, 1))
        message = f"no answer within {waited:g} s: is there a loop that does not end?"
        return Verdict(model.id, Status.TIMED_OUT, message)
    except Exception as error:  # ours: what a student's code raises has been named above
        message = (
            f"the check itself failed ({type(error).__name__}: {error}); tell the course staff"
        )
        return Verdict(model.id, Status.COULD_NOT_BE_JUDGED, message[:500])


def require_trained(model: Trained, build: Callable) -> Verdict:
    """judge_trained() for a test cell: publishes the verdict, raises NotRight unless it is right.

    Where somebody tries the notebook with the quick budget, the verdict is only shown: what was
    trained for seconds reaches no bar.
    """
    verdict = judge_trained(model, build)
    (current().publish or publish)(verdict)
    if not verdict.is_right and not _only_tried():
        raise NotRight(verdict)
    return verdict


def measured(model: Trained, build: Callable, files: Mapping[str, Path]) -> dict[str, float]:
    """{measure: value} of what was handed in, before any bar; raises what judge_trained() names."""
    tensors = weights.read(files, model.file)
    network = Network(build, model.arguments, f"{weights.FOLDER}/{model.file}.safetensors")
    return model.kind.measure(network, tensors, draws.generator(model.id), model.needed)


def _weigh(model, found, card):
    rows = [(name, found[name], bar) for name, bar in model.needed.items()]
    told = _told(model, found)
    details = tuple((name, name, f"{bar:g}", f"{value:.6g}") for name, value, bar in rows)
    if all(measures.is_met(*row) for row in rows):
        return Verdict.right(model.id, f"Measured: {told}. {card}".strip())
    short = "; ".join(measures.sentence(*row) for row in rows if not measures.is_met(*row))
    measured = f"Measured: {told}. It misses: {short}."
    sentence = " ".join(filter(None, (measured, card, weights.advice(card))))
    return Verdict.named(model.id, Status.WRONG, (BELOW, sentence), details=details)


def _told(model, found):
    rows = ((name, found[name], bar) for name, bar in model.needed.items())
    return "; ".join(measures.sentence(*row) for row in rows)


def _files():
    """Of the grading run; without one, of the folder in which a kernel runs the notebook."""
    if current().files is not None:
        return current().files
    folder = Path(weights.FOLDER)
    if folder.is_symlink():
        return {}
    return {f"{weights.FOLDER}/{path.name}": path for path in folder.glob("*")}


def _only_tried():
    graded = current().publish is not None or os.environ.get("NBGRADER_EXECUTION")
    return not graded and os.environ.get("COURSE_BUDGET") in ("quick", "short")
