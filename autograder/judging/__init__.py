"""How one function of a student's is compared with the truth."""

from autograder.judging.exercise import Exercise, Misconception, Probe
from autograder.judging.judge import NotRight, judge, require_right
from autograder.judging.verdict import Status, Verdict

__all__ = [
    "Exercise",
    "Misconception",
    "NotRight",
    "Probe",
    "Status",
    "Verdict",
    "judge",
    "require_right",
]
