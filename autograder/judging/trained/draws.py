"""Where the grader's own draws come from: nothing that a student could know beforehand."""

import hashlib
import secrets

import torch

from autograder.judging.setting import current


def generator(exercise_id: str) -> torch.Generator:
    """A torch.Generator for one judgement.

    In a grading run its seed follows from the hash of all that decides the result, so that the
    same submission gets the same verdict again; elsewhere it is drawn anew each time.
    """
    salt = current().salt
    if salt:
        seed = int.from_bytes(hashlib.sha256(f"{salt} {exercise_id}".encode()).digest()[:7])
    else:
        seed = secrets.randbits(56)
    return torch.Generator().manual_seed(seed)
