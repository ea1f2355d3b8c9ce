"""Run a notebook unattended: ``python -m helpers.batch NOTEBOOK [--out PATH]``.

Meant for a Slurm job (docs/slurm/notebook.sbatch). What the cells show is written after each of
them, so a run that is stopped loses at most what its last cell had not shown yet. A signal USR1,
which Slurm can send before the time limit, stops the run with exit code 75: start it again. It
then begins at the top, and loops with a ``helpers.checkpoint`` continue where they were.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path

from helpers.errors import CourseError
from helpers.files import whole
from helpers.notebook_file import read

AGAIN = 75  # EX_TEMPFAIL of sysexits.h: a failure that may not happen again


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code: 0, 1 where a cell failed, 2 for a mistake, 75 when stopped."""
    parser = argparse.ArgumentParser(prog="python -m helpers.batch", description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--out", type=Path, help="by default NAME-run.ipynb beside the notebook")
    chosen = parser.parse_args(arguments)
    out = chosen.out or chosen.notebook.with_name(f"{chosen.notebook.stem}-run.ipynb")
    try:
        return asyncio.run(_run(chosen.notebook, out))
    except CourseError as error:
        print(f"batch: {error}", file=sys.stderr)
        return 2


async def _run(path, out):
    if not path.is_file():
        raise CourseError(f"There is no notebook {path}.")
    content = read(path).content
    try:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, DeadKernelError
    except ImportError as error:
        raise CourseError(f"{error.name} is missing: use the conda environment.") from None
    notebook = nbformat.from_dict(content)
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    start, done, told_to_stop = time.monotonic(), 0, False

    def save():
        try:
            with whole(out) as file:
                file.write(nbformat.writes(notebook).encode("utf-8", "replace"))
        except OSError as error:
            raise CourseError(f"{out} could not be written: {error}.") from None

    def executed(cell, cell_index, execute_reply):
        nonlocal done
        done += 1
        save()
        print(f"[{time.monotonic() - start:6.0f} s] {done} of {len(code)} cells", flush=True)

    client = NotebookClient(
        notebook,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_executed=executed,
    )
    task = asyncio.current_task()

    def stop():
        nonlocal told_to_stop
        told_to_stop = True
        task.cancel()

    # On Windows there is neither this signal nor a way to wait for it.
    with contextlib.suppress(NotImplementedError, AttributeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stop)
    try:
        await client.async_execute()
    except (asyncio.CancelledError, DeadKernelError, CellExecutionError) as error:
        save()
        if told_to_stop:
            print(f"stopped before the end; what was shown is in {out}", flush=True)
            return AGAIN
        what = f"{getattr(error, 'ename', 'its kernel ended')}: {getattr(error, 'evalue', error)}"
        print(f"a cell failed ({what[:300]}); the rest was not run. See {out}", file=sys.stderr)
        return 1
    save()
    print(f"done: {out}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
