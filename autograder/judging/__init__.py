"""How one function of a student's is compared with the truth."""

import lazy_loader

# Modules of an assignment's checks are imported under names that begin so.
CHECKS_PACKAGE = "assignment_checks_"

# On demand: whoever only reads verdicts need not wait for torch.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "exercise": [
            *("Alias", "Exercise", "Misconception", "Part", "Probe", "Remark", "Tolerance"),
        ],
        "calls": ["NotAsAsked"],
        "in_test_cell": ["require_right"],
        "judgement": ["NotRight", "judge"],
        "verdict": ["Status", "Verdict"],
    },
)
