"""The template process: import what a notebook needs once, then fork a keeper for each kernel.

It never runs student code. It stays single-threaded: a fork copies only one thread, and locks
that other threads held would stay locked in the child for ever.
"""

import gc
import importlib
import json
import os
import select
import socket
import sys
import traceback
from collections.abc import Callable, Iterable

from . import confine, cuda, first_step

# Imported by ipykernel and IPython only when a kernel starts or a cell needs them.
LATER_IMPORTS = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.magics",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "PIL.PngImagePlugin",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib_inline.backend_inline",
    "matplotlib_inline.config",
    "pexpect",
    "safetensors.torch",
    "scipy.linalg",
    "tarfile",
    "torch.utils.data",
    "torchvision.transforms",
    "torchvision.utils",
    "tqdm.auto",
    "helpers.budget",
    "helpers.data",
    "helpers.expect",
    "helpers.plotting",
    "helpers.toys",
    "helpers.training",
)


def main() -> None:
    """Serve until the owner closes its end of the socket; never returns.

    sys.argv[1] is a JSON object: kind (nested, single, limits), uid, apart (each kernel is a user
    of its own), preload (names of data sets), owner (a file descriptor), and either listener
    (another one, for many kernels) or connection (for one kernel, with its scratch in bytes).

    Raises:
        OSError: this process could not be confined.
        RuntimeError: an import started a thread.
    """
    options = json.loads(sys.argv[1])
    kind, close_folder = options["kind"], confine.close_own_folder
    if kind == "single":
        close_folder = confine.prepare_alone(options["scratch"])
    if kind == "limits":

        def close_folder() -> None:
            """Nothing is mounted without a sandbox."""
    else:
        confine.become(None if options["apart"] else options["uid"])
    # All that is imported stays: to look through it again and again would take a third of the time.
    gc.disable()
    # Before any operation of torch can start threads.
    import torch

    torch.set_num_threads(1)
    from . import agent, kernel_parent, originals  # noqa: F401 (the kernels use the agent)

    _warm(options["preload"])
    originals.remember()
    owner = socket.socket(fileno=options["owner"])
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("an import started a thread: this process must not be forked")
    # These objects live for ever: the collector must not write to pages that forks share. To look
    # for garbage first would take a third of a second and return no page.
    gc.freeze()
    gc.enable()
    owner.send(b"ready")

    def keep(connection: socket.socket) -> None:
        kernel_parent.keep(connection, kind, [owner], close_folder)

    if "connection" in options:
        keep(socket.socket(fileno=options["connection"]))
    else:
        _serve(socket.socket(fileno=options["listener"]), owner, keep)
    sys.stderr.flush()
    os._exit(0)


def _serve(
    listener: socket.socket, owner: socket.socket, keep: Callable[[socket.socket], None]
) -> None:
    while True:
        readable, _, _ = select.select([listener, owner], [], [], 1.0)
        _reap()
        if owner in readable:
            return
        if listener not in readable:
            continue
        connection, _ = listener.accept()
        if os.fork() == 0:
            try:
                listener.close()
                keep(connection)
            except BaseException:
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                os._exit(0)
        connection.close()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _warm(preload: Iterable[str]) -> None:
    """Do once what the first cells of every notebook would otherwise repeat."""
    import matplotlib.pyplot  # noqa: F401

    for name in LATER_IMPORTS:
        try:
            importlib.import_module(name)
        except ImportError as error:
            # Few notebooks need it: a cell that imports it will report the error.
            print(f"not warmed: {name} ({error})", file=sys.stderr)
    first_step.take()
    cuda.fall_back()
    if os.environ.get("COURSE_DATA"):
        _preload(preload)


def _preload(names: Iterable[str]) -> None:
    from helpers import data

    for name in names:
        for split in data.SPLITS:
            try:
                data.load(name, split)
            except data.CourseError as error:
                print(f"not preloaded: {error}", file=sys.stderr)
