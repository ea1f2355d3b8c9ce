#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image (Ubuntu 22.04 or newer).
set -euo pipefail
root="${AUTOGRADER_ROOT:-/autograder}"
export DEBIAN_FRONTEND=noninteractive

new_enough() {
  command -v "$1" >/dev/null && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))'
}

apt-get update
apt-get install -y --no-install-recommends python3 python3-venv
# Submissions run in a sandbox if the container allows it.
apt-get install -y --no-install-recommends bubblewrap || echo "no bubblewrap: limits only"

python=""
for name in python3 python3.13 python3.12 python3.11; do
  if new_enough "$name"; then python="$name"; break; fi
done
if [ -z "$python" ]; then
  apt-get install -y --no-install-recommends python3.11 python3.11-venv
  python=python3.11
fi

"$python" -m venv "$root/venv"
"$root/venv/bin/python" -m pip install --no-cache-dir @INDEX@ -r "$root/source/requirements.txt"
PYTHONPATH="$root/source/kit" "$root/venv/bin/python" -c "import autograder.reports.gradescope.container"
