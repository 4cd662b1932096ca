"""Installs the Python packages that uv.lock lists into .venv; finds Python and uv for it."""

import hashlib
import os
import re
import shutil
import subprocess

from proxy import uv_trusting_the_machine
from steps import CLONE, DOWNLOADS_WITHIN, HOST, WITHIN, Stop, run

VENV = CLONE / ".venv"
PYTHONS = (
    "/usr/bin/python3.13",
    "/usr/bin/python3.12",
    "/usr/bin/python3.14",
    "/usr/bin/python3",
    "python3",
    "python3.13",
    "python3.12",
)
# Version and hashes of the uv that set-up installs, and the range of versions that read our uv.lock
PINNED = CLONE / "docker/uv.txt"
FIRST_UV, BEFORE_UV = (0, 8), (1, 0)
OWN_UV = HOST / "uv/bin/uv"


def find_python(tell):
    """Return path and version of a Python 3.12 or newer. The distribution's comes first: all accounts can use it."""
    for name in filter(None, (os.environ.get("VAKA_PYTHON"), *PYTHONS)):
        path = shutil.which(name)
        if not path:
            continue
        asked = subprocess.run(
            [path, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=WITHIN,
        )
        version = asked.stdout.strip()
        if asked.returncode == 0 and tuple(map(int, version.split("."))) >= (3, 12):
            tell.fine(f"Python {version} is {path}")
            return path, version
    raise Stop(
        "No Python 3.12 or newer was found. On Debian 13 or Ubuntu 24.04, type `apt-get install python3`.\n"
        "If it is in an unusual place, type `VAKA_PYTHON=/path/to/python3 make run`."
    )


def version_of(uv):
    """Return the version of a uv as a tuple of numbers; empty if it does not run."""
    try:
        said = subprocess.run(
            [str(uv), "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=WITHIN
        ).stdout
    except OSError:
        return ()
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else ()


def pinned_version():
    return tuple(map(int, re.search(r"^uv==(\d+)\.(\d+)\.(\d+) ", PINNED.read_text(), re.MULTILINE).groups()))


def fitting_uv():
    """Return a uv that reads our lock: the one on PATH, else the pinned one in the state folder; None if there is none."""
    found = shutil.which("uv")
    if found and FIRST_UV <= version_of(found) < BEFORE_UV:
        return found
    return str(OWN_UV) if OWN_UV.exists() and version_of(OWN_UV) == pinned_version() else None


def has_venv(python):
    """Return whether this Python can make a virtual environment. Debian has that in a package of its own."""
    return (
        subprocess.run([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL, timeout=WITHIN).returncode
        == 0
    )


def find_uv(python, tell):
    """Return a fitting uv. Without one, pip installs the pinned version into the state folder and verifies its hash."""
    found = fitting_uv()
    if found:
        return found
    tell.did("this server has no fitting uv: installing one into the state folder (pip, from PyPI)")
    shutil.rmtree(HOST / "uv", ignore_errors=True)
    run([python, "-m", "venv", str(HOST / "uv")], "Creating a virtual environment for uv")
    pip = [str(HOST / "uv/bin/pip"), "install", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    run([*pip, "--require-hashes", "-r", str(PINNED)], "Installing uv", within=DOWNLOADS_WITHIN)
    return str(OWN_UV)


def told_uv(environment, python):
    """Return uv's environment: this Python, our folder, and the machine's certificates."""
    told = {name: value for name, value in environment.items() if name != "VIRTUAL_ENV"}
    told.update(UV_PYTHON=python, UV_PYTHON_DOWNLOADS="never", UV_PROJECT_ENVIRONMENT=str(VENV))
    return uv_trusting_the_machine(told)


def link_uv(uv):
    """Link uv into .venv, so that developers and tests find it."""
    link = VENV / "bin/uv"
    if link.is_symlink() and os.readlink(link) == uv:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(uv)


def sync_environment(python, uv, tests, tell):
    """Install the locked packages into .venv, unless neither the lock nor Python has changed."""
    mark = hashlib.sha256()
    for part in (
        (CLONE / "uv.lock").read_bytes(),
        (CLONE / "pyproject.toml").read_bytes(),
        python.encode(),
        str(CLONE).encode(),
    ):
        mark.update(part)
    stamp, works = VENV / "vaka-stamp", VENV / "bin/python"
    have = stamp.read_text().split() if stamp.exists() and works.exists() else []
    if have[:1] == [mark.hexdigest()] and ("tests" in have or not tests):
        tell.fine("the Python environment matches uv.lock")
        if os.access(VENV / "bin", os.W_OK):
            link_uv(uv)
        return
    tell.did("installing the locked Python packages (uv sync; the first time from PyPI)")
    # `make run` after `make test` keeps the test tools, and brings them up to date too
    tests = tests or "tests" in have
    extra = [] if tests else ["--no-dev"]
    run(
        [uv, "sync", "--locked", "--quiet", *extra],
        "uv sync",
        within=DOWNLOADS_WITHIN,
        cwd=str(CLONE),
        env=told_uv(os.environ, python),
    )
    link_uv(uv)
    stamp.write_text(f"{mark.hexdigest()} {'tests' if tests else ''}\n")
