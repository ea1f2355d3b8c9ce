"""The least that grading can cost: students' own cells and the calls of their tests, nothing else.

python -m benchmarks.floor COURSE ASSIGNMENT [all]

Prints the seconds from "all is imported" to the end. Without "all", cells that the kit does not run
again (tagged as-handed-in) are left out here as well.

One process has everything imported. For each submission it forks, as many at a time as there are
cores; the fork runs every cell, tests included, in a bare IPython shell. No isolation, no limits,
no notebook written, no gradebook.
"""

import gc
import os
import sys
import time

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
os.environ["NBGRADER_EXECUTION"] = "autograde"
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"


def main(root: str, assignment: str, which: str = "graded") -> None:
    import torch
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.pylabtools import select_figure_formats
    from matplotlib_inline.backend_inline import flush_figures

    import autograder.checks  # noqa: F401 (imported once for all)
    import helpers.plotting  # noqa: F401 (imported once for all)
    import helpers.quality  # noqa: F401 (imported once for all)
    from autograder.course.course import Course
    from autograder.grading.preparing import jobs
    from autograder.notebooks.kept_outputs import is_shown_only
    from autograder.sandbox.inside.first_step import take
    from autograder.sandbox.kernel_limits import Limits
    from helpers import data

    torch.set_num_threads(1)
    take()
    for split in ("train", "test"):
        data.load("mnist", split)
    course = Course.at(root)
    blueprint = jobs.blueprint(course, assignment)
    sources = []
    for student in course.students(assignment):
        job, _ = jobs.job_of(blueprint, course.submitted(student, assignment), Limits())
        cells = [cell for cell in job.notebook.cells if cell.cell_type == "code"]
        left_out = () if which == "all" else filter(is_shown_only, cells)
        ids = {cell.id for cell in left_out}
        sources.append([cell.source for cell in cells if cell.id not in ids])
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    # Figures are drawn as in a notebook, in a shell that has no notebook.
    shell.display_formatter.active_types = ["text/plain", "image/png"]
    select_figure_formats(shell, {"png"})
    shell.events.register("post_execute", flush_figures)
    gc.collect()
    gc.freeze()  # forks share what lives now; the collector must not walk through it in each
    cores, running = len(os.sched_getaffinity(0)), set()
    start = time.perf_counter()
    for cells in sources:
        if len(running) == cores:
            running.discard(os.wait()[0])
        running.add(_fork(shell, cells))
    while running:
        running.discard(os.wait()[0])
    print(time.perf_counter() - start)


def _fork(shell, cells):
    child = os.fork()
    if child == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        for source in cells:
            shell.run_cell(source)
        os._exit(0)
    return child


if __name__ == "__main__":
    main(*sys.argv[1:])
