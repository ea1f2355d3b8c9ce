# Each target sets itself up: the environment is created in .venv if it does not exist yet.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready
PY := $(VENV)/bin/python

PIP = $(PY) -m pip install --disable-pip-version-check --no-compile -c constraints.txt
# uv unpacks on all cores. It does not read pip's settings: further sources are passed on, and who
# has told pip of another index, or of none, gets what pip finds there.
PIP_SAYS = $(PY) -m pip config list 2>/dev/null
setting = $$($(PIP_SAYS) | sed -n "s/^[^=]*\.$(1)='\(.*\)'$$/\1/p" | tail -1)
UV = ! $(PIP_SAYS) | grep -qE '\.(index-url|no-index)=' && \
  UV_INDEX="$(call setting,extra-index-url)" UV_FIND_LINKS="$(call setting,find-links)" \
  $(VENV)/bin/uv pip install --python $(PY) -c constraints.txt --system-certs \
  --index-strategy unsafe-best-match
KIT = ".[grader,cluster,dev]"
# Without what nothing here imports; some packages bring templates that do not compile.
COMPILE = $(PY) -m compileall -q -j 0 \
  -x '/(tests?|testing|_inductor|debugpy|fontTools|libcst|mypyc?|networkx|pip|textual)/' \
  $(VENV)/lib >/dev/null 2>&1

.PHONY: setup demo test test-slow test-all test-busy test-deep test-gpu test-browser pictures \
  test-colab test-cluster mutants bench bench-training bench-gpu gallery release lint clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@echo "== Setting up $(VENV): PyTorch, Jupyter, nbgrader (about 6 GB, takes a few minutes)"
	$(PYTHON) -m venv $(VENV)
	@# The one that comes with Python may be years old: it takes twice the processor's time.
	$(PIP) -q --upgrade pip uv || echo "== Going on with the pip that is there"
	@$(UV) -e $(KIT) || { echo "== Going on with pip"; $(PIP) -e $(KIT); }
	@$(COMPILE) || true
	@touch $@

demo: $(READY)
	@echo "== Grading a sample class of 12 on every assignment, in build/demo"
	$(PY) -m autograder demo build/demo

# Tests without a marker are quick and run by `make test`; pyproject.toml says what each marker
# means. pytest also collects solutions/*/checks/tests (testpaths there), and with nbval the solution
# notebooks, which run with the quick budget. Three workers on two cores, since many tests wait for
# a process to end, and four where browsers and clusters wait as well: more only get into each
# other's way. Each of them collects all tests, so that test-all takes one pool for all kinds.
# tests/order.py says which tests stay together.
# Without compiled files, each of the many processes that the tests start would compile the kit.
TESTS_OF_ANY_KIND = test test-slow test-all test-busy test-deep test-browser test-cluster
$(TESTS_OF_ANY_KIND): export PYTHONDONTWRITEBYTECODE =
# Otherwise glibc returns each large tensor to Linux and takes it anew, page by page: up to two
# fifths of the processor's time. Other systems ignore these.
$(TESTS_OF_ANY_KIND): export MALLOC_MMAP_THRESHOLD_ = 1073741824
$(TESTS_OF_ANY_KIND): export MALLOC_TRIM_THRESHOLD_ = 536870912
WORKERS = 3
test-all: WORKERS = 4
POOL = OMP_NUM_THREADS=1 $(PY) -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder \
  --nbval-lax --nbval-cell-timeout=600 --durations=25
test: $(READY)
	@echo "== The quick tests: of the kit, of every assignment's checks, and the solution notebooks"
	$(POOL)

test-slow: $(READY)
	@echo "== The tests that make test leaves out because they take long"
	$(POOL) -m "slow and not (deep or gpu or browser or colab or slurm or postgres)"

test-all: $(READY)
	@echo "== All tests: the quick, the slow, in a browser, on a cluster"
	$(POOL) -m "not (deep or gpu or colab)"

# No test depends on a clock: TESTS=PATH tries a part of them.
test-busy: $(READY)
	@echo "== The quick tests beside two processes that keep two cores busy"
	@for one in 1 2; do $(PY) -c 'while True: sum(range(10**6))' & busy="$$busy $$!"; done; \
	  trap 'kill $$busy' EXIT; $(POOL) $(TESTS)

test-deep: $(READY)
	@echo "== What the quicker tests show, at greater length"
	OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 -m "deep and not slurm and not postgres" --durations=10

test-gpu: $(READY)
	@if $(PY) -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then \
	  echo "== The solution notebooks on a CUDA kernel, with the full budget"; \
	  COURSE_BUDGET=full $(PY) -m pytest --nbval-lax --nbval-cell-timeout=7200 -v solutions/*/*.ipynb && \
	  $(PY) -m pytest -m gpu -v tests/gpu; \
	else echo "== SKIPPED: this machine has no CUDA device; nothing was run on a GPU"; fi

test-browser: $(READY)
	@if command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null || [ -n "$$CHROMIUM" ]; then \
	  echo "== A student and an instructor in JupyterLab, in a headless Chromium"; \
	  $(PY) -m pytest -m "browser and not deep" -v tests/browser; \
	else echo "== SKIPPED: this machine has no chromium (Debian: apt-get install chromium)"; fi

pictures: $(READY)
	@echo "== New pictures for docs/formgrader.md and docs/marking.md, taken by the browser tests"
	SCREENSHOTS=docs/pictures $(PY) -m pytest -m browser -v tests/browser -k "not wrong_then_right"

test-colab: $(READY)
	@echo "== The released notebooks with Colab's versions, in build/colab (about 6 GB)"
	$(PYTHON) -m venv build/colab
	build/colab/bin/python -m pip install --disable-pip-version-check -r tests/colab/requirements.txt
	$(PY) -m autograder kit build/kit.zip
	build/colab/bin/python -m pip install --no-deps --force-reinstall build/kit.zip
	COLAB_PYTHON=build/colab/bin/python $(PY) -m pytest -m colab -v tests/colab

test-cluster: $(READY)
	@echo "== A class on a one-node Slurm and in PostgreSQL, a notebook on Slurm; the tests start both"
	OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile -m "slurm or postgres" -v \
	  tests/autograder/cluster tests/slurm

# Changes the kit in one place at a time; MUTANTS="--seed 7 --size 700" draws others.
mutants: $(READY)
	@echo "== Which changes of the kit the quick tests do not notice; survivors in build/mutants"
	OMP_NUM_THREADS=1 $(PY) -m tests.mutants $(MUTANTS)

bench: $(READY)
	@echo "== Grading compared with stock nbgrader and with the floor (about 20 minutes)"
	$(PY) -m benchmarks.grading --out docs/grading-speed.md

bench-training: $(READY)
	@echo "== The kit's training loops compared with the usual ones and the floor, on this CPU (5 minutes)"
	$(PY) -m benchmarks.training --device cpu --out docs/training-speed.md
	OMP_NUM_THREADS=1 $(PY) -m benchmarks.training_options --device cpu --out docs/training-speed.md

bench-gpu: $(READY)
	@if $(PY) -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then \
	  echo "== The kit's training loops compared with the usual ones and the floor, on the GPU"; \
	  $(PY) -m benchmarks.training --device cuda --rounds 3 --out docs/training-speed.md && \
	  $(PY) -m benchmarks.training_options --device cuda --out docs/training-speed.md; \
	else echo "== SKIPPED: this machine has no CUDA device; nothing was measured"; fi

gallery: $(READY)
	@echo "== Every training run of the course from seed 0, and the page of docs/gallery (takes hours)"
	$(PY) -m benchmarks.recipes $$($(PY) -m benchmarks.recipes) --out build/runs
	$(PY) -m benchmarks.records build/runs
	$(PY) -m benchmarks.gallery build/runs

release: $(READY)
	@for folder in solutions/*/; do $(PY) -m autograder release $$(basename $$folder) || exit $$?; done

lint: $(READY)
	$(PY) -m ruff check . && $(PY) -m ruff format --check .
	$(PY) -m mypy autograder

clean:
	rm -rf $(VENV) build
