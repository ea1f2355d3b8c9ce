#!/usr/bin/env bash
# Once for a class, on a login node:
#     docs/slurm/stage_data.sh FOLDER
# downloads MNIST and Fashion-MNIST into a folder that everybody may read.
set -euo pipefail

if [[ $# -ne 1 ]]; then
  echo "Name one folder: docs/slurm/stage_data.sh FOLDER" >&2
  exit 2
fi
environment=${COURSE_ENV:-${SCRATCH:-$HOME/scratch}/dgm}
if [[ ! -x $environment/bin/python ]]; then
  echo "There is no environment $environment; run docs/slurm/setup.sh first." >&2
  exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)

# As if it were a user's cache: the kit downloads there, and compares checksums.
env -u COURSE_DATA COURSE_CACHE="$folder" "$environment/bin/python" - <<'PYTHON'
import sys

from helpers import data

for name in ("mnist", "fashion-mnist"):
    for split in ("train", "test"):
        images = data.load(name, split=split)
        if images.name != name:
            sys.exit(f"{name} could not be downloaded; try again where there is internet.")
        print(f"{name}, {split}: {len(images):,} images")
PYTHON
chmod -R a+rX "$folder"
echo "Everybody: export COURSE_DATA=$folder"
