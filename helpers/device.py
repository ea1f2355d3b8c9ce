"""Where tensors live: the fastest device that really works."""

import warnings

import torch


def best_device() -> torch.device:
    """Return CUDA where it works, else Apple's MPS, else the CPU."""
    for name, module in (("cuda", torch.cuda), ("mps", torch.backends.mps)):
        if _is_available(module) and _works(name):
            return torch.device(name)
    return torch.device("cpu")


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
        return (torch.ones(2, device=name) @ torch.ones(2, device=name)).item() == 2
    except RuntimeError:
        return False
