"""The Python environment of docker/setup: a Python that is new enough, uv, and what uv.lock says, in .venv."""

import hashlib
import os
import re
import shutil
import subprocess

from steps import CLONE, HOST, Stop, run

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
# The uv that we bring along, with its hashes; and those that read uv.lock as it is written
PINNED = CLONE / "docker/uv.txt"
FIRST_UV, BEFORE_UV = (0, 8), (1, 0)
OWN_UV = HOST / "uv/bin/uv"


def find_python(tell):
    """A Python of 3.12 or newer, the distribution's own first: other accounts can use that one too."""
    for name in filter(None, (os.environ.get("VAKA_PYTHON"), *PYTHONS)):
        path = shutil.which(name)
        if not path:
            continue
        asked = subprocess.run(
            [path, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        version = asked.stdout.strip()
        if asked.returncode == 0 and tuple(map(int, version.split("."))) >= (3, 12):
            tell.fine(f"Python {version} is {path}")
            return path, version
    raise Stop(
        "No Python of 3.12 or newer was found. Debian 13 and Ubuntu 24.04 have one: type `apt-get install python3`.\n"
        "If yours lies somewhere unusual, type `VAKA_PYTHON=/path/to/python3 make run`."
    )


def version_of(uv):
    """The version of a uv as numbers; none if it does not run."""
    try:
        said = subprocess.run(
            [str(uv), "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout
    except OSError:
        return ()
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else ()


def pinned_version():
    return tuple(map(int, re.search(r"^uv==(\d+)\.(\d+)\.(\d+) ", PINNED.read_text(), re.MULTILINE).groups()))


def fitting_uv():
    """A uv that is there and reads our lock: the one on PATH, else our own in the version that we bring along."""
    found = shutil.which("uv")
    if found and FIRST_UV <= version_of(found) < BEFORE_UV:
        return found
    return str(OWN_UV) if OWN_UV.exists() and version_of(OWN_UV) == pinned_version() else None


def has_venv(python):
    """Whether this Python can make a virtual environment; Debian packs what it needs apart."""
    return subprocess.run([python, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL).returncode == 0


def find_uv(python, tell):
    """A uv that fits, else one of our own in the state folder, which pip verifies."""
    found = fitting_uv()
    if found:
        return found
    tell.did("no uv that reads our lock is on this machine: putting one into the state folder (pip, from PyPI)")
    shutil.rmtree(HOST / "uv", ignore_errors=True)
    run([python, "-m", "venv", str(HOST / "uv")], "Making a virtual environment for uv")
    pip = [str(HOST / "uv/bin/pip"), "install", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    run([*pip, "--require-hashes", "-r", str(PINNED)], "Installing uv")
    return str(OWN_UV)


def told_uv(environment, python):
    """What uv is told. It believes the machine's own certificates, as pip does: a proxy that inspects TLS has one there.

    SSL_CERT_FILE, and what the user says of certificates, go before that.
    """
    told = {name: value for name, value in environment.items() if name != "VIRTUAL_ENV"}
    told.update(UV_PYTHON=python, UV_PYTHON_DOWNLOADS="never", UV_PROJECT_ENVIRONMENT=str(VENV))
    certificates = ("UV_SYSTEM_CERTS", "UV_NATIVE_TLS")  # its name since 0.11, and before
    if not any(name in told for name in certificates):
        told.update(dict.fromkeys(certificates, "true"))
    return told


def link_uv(uv):
    """Let developers and tests find the uv of set-up beside their other tools."""
    link = VENV / "bin/uv"
    if link.is_symlink() and os.readlink(link) == uv:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(uv)


def sync_environment(python, uv, tests, tell):
    """The locked environment in .venv. Skipped when neither the lock nor the Python has changed."""
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
        tell.fine("the Python environment is as locked")
        if os.access(VENV / "bin", os.W_OK):
            link_uv(uv)
        return
    tell.did("making the Python environment as locked (uv sync; the first time it fetches from PyPI)")
    # --inexact: `make run` after `make test` must not take the test tools away again.
    extra = [] if tests else ["--no-dev", "--inexact"]
    run([uv, "sync", "--locked", "--quiet", *extra], "uv sync", cwd=str(CLONE), env=told_uv(os.environ, python))
    link_uv(uv)
    stamp.write_text(f"{mark.hexdigest()} {'tests' if tests or 'tests' in have else ''}\n")
