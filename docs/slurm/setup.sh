#!/usr/bin/env bash
# Once, on a login node, in the course folder:
#     docs/slurm/setup.sh [DATA_FOLDER]
# makes the environment under scratch from environment.yml and a kernel for the launcher of Jupyter.
# DATA_FOLDER: where the data sets lie (docs/slurm/stage_data.sh); the kernel then knows it.
set -euo pipefail
cd "$(dirname "$0")/../.."

scratch=${SCRATCH:-$HOME/scratch}
environment=${COURSE_ENV:-$scratch/dgm}
data=${1:-${COURSE_DATA:-}}
if [[ ! -d $scratch ]]; then
  echo "There is no folder $scratch; set SCRATCH to where large files may lie." >&2
  exit 2
fi
if [[ -n $data && ! -d $data ]]; then
  echo "There is no folder $data; stage the data first with docs/slurm/stage_data.sh." >&2
  exit 2
fi

# Where there are no modules, conda has to be there by itself.
if command -v module >/dev/null; then
  module load anaconda3
fi
if ! command -v conda >/dev/null; then
  echo "conda was not found; find its module with: module spider anaconda" >&2
  exit 2
fi

# Downloads go to scratch as well: a home is small.
export CONDA_PKGS_DIRS=$scratch/.conda-packages PIP_CACHE_DIR=$scratch/.pip-cache
if [[ -x $environment/bin/python ]]; then
  conda env update --prefix "$environment" --file environment.yml
else
  conda env create --prefix "$environment" --file environment.yml
fi

kernel=(--user --name dgm --display-name "Deep generative models")
if [[ -n $data ]]; then
  kernel+=(--env COURSE_DATA "$(cd "$data" && pwd)")
fi
"$environment/bin/python" -m ipykernel install "${kernel[@]}"
echo "The environment is $environment; choose the kernel 'Deep generative models' in Jupyter."
