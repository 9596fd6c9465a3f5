#!/usr/bin/env bash
# venv.sh DIR GROUP: makes the virtual environment DIR hold requirements/GROUP.txt.
# Does nothing when that is so already: a stamp in DIR keeps the checksum of the requirements.
source "$(dirname "$0")/env.sh"

dir=$1 group=$2
stamp=$dir/installed-$group
wanted=$(cat requirements/*.txt | cksum)

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10 python}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  die "${PYTHON:-what PATH offers} is not Python 3.10 or newer; name one with PYTHON=/path/to/python"
}

if [[ $(cat "$stamp" 2>/dev/null) == "$wanted" ]] && "$dir/bin/python" -c '' 2>/dev/null; then
  exit 0
fi

if ! "$dir/bin/python" -m pip --version >/dev/null 2>&1; then
  python=$(find_python)
  step "virtual environment $dir with $("$python" --version)"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    die "$python has no venv module (on Debian and Ubuntu: apt-get install python3-venv)"
  "$python" -m venv --clear "$dir"
fi

step "install requirements/$group.txt"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check -r "requirements/$group.txt"

# A group holds those that it names with -r.
while [[ -n $group ]]; do
  printf '%s\n' "$wanted" >"$dir/installed-$group"
  group=$(sed -n 's/^-r \(.*\)\.txt$/\1/p' "requirements/$group.txt")
done
