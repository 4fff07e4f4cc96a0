#!/usr/bin/env bash
# What `make install` does. First it looks for what may be missing, so that nobody waits for an installation
# that cannot work. Then it says what it does, and for how long.
set -euo pipefail

python=${PYTHON:-python3}
venv=.venv
log=$(mktemp)
running=

end() {
  [ -z "$running" ] || kill "$running" 2>/dev/null || true
  rm -f "$log"
}
trap end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

refuse() {
  printf '%s\n' "$*" >&2
  exit 1
}

# step WHAT COMMAND…: a terminal shows the seconds and the command's last line, a log gets two lines.
step() {
  local what=$1 began=$SECONDS
  shift
  "$@" >"$log" 2>&1 &
  running=$!
  [ -t 2 ] || printf '  %s ...\n' "$what" >&2
  while kill -0 "$running" 2>/dev/null; do
    [ ! -t 2 ] || printf '\r  %s ... %d s  %s\033[K' "$what" $((SECONDS - began)) "$(last_line)" >&2
    sleep 0.5
  done
  local code=0
  wait "$running" || code=$?
  running=
  [ ! -t 2 ] || printf '\r\033[K' >&2
  if [ "$code" -ne 0 ]; then
    printf '  %s: failed after %d s\n' "$what" $((SECONDS - began)) >&2
    tail -n 40 "$log" >&2
    refuse "Nothing else was tried. Run make install again when that is fixed."
  fi
  printf '  %s: %d s\n' "$what" $((SECONDS - began)) >&2
}

last_line() {
  tail -n 1 "$log" | tr -cd '[:print:]' | cut -c 1-36
}

command -v "$python" >/dev/null ||
  refuse "Rootguard needs Python 3.11 or newer, and there is no $python. Name another: make PYTHON=python3.12 install"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  refuse "Rootguard needs Python 3.11 or newer; $python is $("$python" --version 2>&1). Name another: make PYTHON=python3.12 install"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
  refuse "$python has no venv or no ensurepip. On Debian and Ubuntu: apt install python3-venv"
command -v node >/dev/null ||
  refuse "Rootguard needs Node 20 or newer, for the AWS CDK, and there is no node. See https://nodejs.org"
node -e 'process.exit(+process.versions.node.split(".")[0] < 20 ? 1 : 0)' ||
  refuse "Rootguard needs Node 20 or newer, for the AWS CDK; node is $(node --version 2>&1). See https://nodejs.org"
command -v npm >/dev/null ||
  refuse "Rootguard needs npm, for the AWS CDK, and there is no npm. It comes with Node; on Debian and Ubuntu: apt install npm"

echo "Installing into $venv and node_modules, once: one to three minutes, and 800 MB" >&2
# Without pip it was not made to its end.
"$venv/bin/python" -c 'import pip' 2>/dev/null ||
  step "a virtual environment" "$python" -m venv --clear "$venv"
packages=(-r requirements-dev.txt -c constraints.txt -e .)
if command -v uv >/dev/null; then
  step "Python packages" uv pip install --python "$venv/bin/python" "${packages[@]}"
else
  step "Python packages" "$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off "${packages[@]}"
fi
step "the functions' own packages, kept for later" "$venv/bin/python" -m stacks.bundling
step "the AWS CDK" npm install --no-package-lock --no-audit --no-fund --no-update-notifier --loglevel=error
# The Makefile compares it: a virtual environment names its own place, and works nowhere else.
pwd -P >"$venv/.installed"
