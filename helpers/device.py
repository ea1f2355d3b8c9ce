"""The fastest device that really works, or the one that ``COURSE_DEVICE`` names."""

import os
import warnings

import torch

from helpers.errors import CourseError

# The last PyTorch with code for GPUs older than sm_75, such as the V100 (sm_70).
LAST_FOR_OLD_GPUS = "built for CUDA 12.6, 2.14 at the latest"
_said: set[str] = set()


def best_device() -> torch.device:
    """Return CUDA if it works, else Apple's MPS, else the CPU.

    A GPU that is present but does not work is explained, once, in one printed sentence.

    Raises:
        CourseError: ``COURSE_DEVICE`` is set and names no device that works here.
    """
    if chosen := os.environ.get("COURSE_DEVICE"):
        return named(chosen)
    for name, module in (("cuda", torch.cuda), ("mps", torch.backends.mps)):
        if _is_available(module):
            if _works(name):
                return torch.device(name)
            _say_once(why_not(name))
    return torch.device("cpu")


def named(name: str) -> torch.device:
    """Return the device that a person has chosen.

    Args:
        name: such as ``"cpu"``, ``"cuda:1"`` or ``"mps"``.

    Raises:
        CourseError: it does not work here.
    """
    if name.partition(":")[0] not in ("cpu", "cuda", "mps") or not _works(name):
        raise CourseError(
            f"COURSE_DEVICE is {name!r} in the environment, and no such device works here: set it "
            "to cpu, cuda or mps, or unset it."
        )
    return torch.device(name)


def why_not(name: str) -> str:
    """Return one sentence: why a GPU that is listed cannot be used, and what to do.

    Args:
        name: ``"cuda"`` or ``"mps"``.
    """
    if name == "cuda":
        try:
            card, built = torch.cuda.get_device_name(), torch.cuda.get_arch_list()
            capability = torch.cuda.get_device_capability()
        except (RuntimeError, AssertionError):
            card, built, capability = "", [], (0, 0)
        has_code = [_capability(each) for each in built if each.startswith("sm_")]
        if has_code and capability < min(has_code):
            major, minor = min(has_code)
            return (
                f"This GPU, {card} (sm_{capability[0]}{capability[1]}), is older than what this "
                f"PyTorch was built for ({torch.__version__}: sm_{major}{minor} and newer): "
                f"install one {LAST_FOR_OLD_GPUS}, or ask for a newer GPU; the CPU is used."
            )
        if has_code and capability[0] > max(has_code)[0]:
            return (
                f"This GPU, {card} (sm_{capability[0]}{capability[1]}), is newer than what this "
                f"PyTorch ({torch.__version__}) was built for: install a newer PyTorch; the CPU "
                "is used."
            )
    return (
        f"There is a GPU ({name}) that cannot be used now; it may be full or its driver too old. "
        "The CPU is used."
    )


def _capability(architecture: str) -> tuple[int, int]:
    """sm_75 as (7, 5), sm_120a as (12, 0)."""
    digits = "".join(letter for letter in architecture if letter.isdigit())
    return int(digits[:-1]), int(digits[-1])


def _say_once(sentence: str) -> None:
    if sentence not in _said:
        _said.add(sentence)
        print(sentence)


def describe(device: torch.device | str) -> str:
    """Return one line for a person, such as ``"cuda (NVIDIA H200, 140 GiB)"``."""
    device = torch.device(device)
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{device} ({properties.name}, {properties.total_memory / 2**30:.0f} GiB)"
    if device.type == "cpu":
        threads = torch.get_num_threads()
        return f"cpu ({threads} thread{'s' if threads > 1 else ''})"
    return str(device)


def _is_available(module) -> bool:
    with warnings.catch_warnings():
        # An old driver makes torch warn, and the answer is simply no.
        warnings.simplefilter("ignore")
        return module.is_available()


def _works(name: str) -> bool:
    """Compute something: a GPU can be listed and yet be full, or too old for this torch."""
    try:
        with warnings.catch_warnings():
            # torch warns at length about a GPU that it has no code for; why_not says it briefly.
            warnings.simplefilter("ignore")
            return (torch.ones(2, device=name) @ torch.ones(2, device=name)).item() == 2
    except (RuntimeError, AssertionError):  # the second: torch without CUDA
        return False
