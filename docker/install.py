"""`docker/setup install` and `uninstall`: a site as a service of this server, which systemd starts at each boot.

    docker/setup install --name learn.example.org       Caddy in front, which gets a certificate by itself
    docker/setup install --name learn.example.org --front nginx --cert fullchain.pem --key privkey.pem
    docker/setup install --name learn.example.org --front none        a web server of your own is in front
    docker/setup install --database postgresql …        the data in Debian's PostgreSQL instead of SQLite
    docker/setup install                                again, from this clone and with the same choices: an upgrade
    docker/setup uninstall                              remove the service, and leave settings and data
    docker/setup uninstall --data                       delete those, too

A second run changes nothing. Python 3.8 and the standard library only, because nothing else is installed yet.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import environment_file
import front
import installed_site
import postgresql
import releases
import site_choices
import upgrade
from installed_site import UNIT, as_site, has_data, last_line, manage, must_have_no_open_exam, must_take_over, unit_of
from needs import Needs, run_apt
from proxy import told_by_sudo
from steps import DOWNLOADS_WITHIN, WITHIN, Stop, finish, installed, run, which
from sysctls import CGROUP2, SYSTEMD
from system_files import delete_folder, link, put, remove, says_yes, systemctl, the_only_one

COMMAND = Path("/usr/local/bin/vaka")
LOCK = Path("/run/vaka-install.lock")


def main(what, words, tell):
    """Install or uninstall, as the words of the command line say. Raises Stop."""
    parser = argparse.ArgumentParser(
        prog=f"docker/setup {what}", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if what == "install":
        parser.add_argument("--name", help="the name that visitors type, such as learn.example.org")
        parser.add_argument(
            "--front", choices=("caddy", "nginx", "none"), help="the web server in front (default: caddy)"
        )
        parser.add_argument("--cert", help="the certificate of the name with its chain, if you have one")
        parser.add_argument("--key", help="the key of the certificate")
        parser.add_argument("--database", choices=("sqlite", "postgresql"), help="default: sqlite")
    else:
        parser.add_argument("--data", action="store_true", help="also delete the settings and all data of the site")
    options = parser.parse_args(words)
    must_be_a_server(what)
    outlive_the_terminal()
    os.umask(0o022)  # the site's accounts must be able to read the code
    with the_only_one(LOCK):
        if what == "install":
            install(options, tell)
        else:
            uninstall(options.data, tell)


def outlive_the_terminal():
    """Go on if the connection is lost on which this was typed: a site that was stopped for an upgrade must start again."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def must_be_a_server(what):
    if os.geteuid() != 0:
        # sudo drops the variables of a proxy
        told = told_by_sudo(os.environ)
        kept = f"--preserve-env={','.join(told)} " if told else ""
        raise Stop(f"Only root can {what} a service. Type: sudo {kept}docker/setup {what} …")
    if not SYSTEMD.is_dir() or not shutil.which("apt-get"):
        raise Stop("A service can be installed on Debian and Ubuntu with systemd only. Elsewhere, type: make run")
    if not CGROUP2.exists():
        raise Stop(
            "This server has cgroup v1, and the service may not change what bounds the memory of labs there. "
            "Start the kernel with systemd.unified_cgroup_hierarchy=1, or use `make run`."
        )


def install(options, tell):
    """Carry out all steps in order. Each looks first whether it is done."""
    choices = site_choices.chosen(options)
    must_be_ours("install")
    certificate = (choices["cert"], choices["key"]) if choices["cert"] else None
    install_packages(choices, tell)
    front.must_read(choices["front"], certificate)
    release = releases.copy(tell)
    set_up(release, tell)
    data = has_data()
    if data and release != releases.current():
        must_take_over(release)
    settings = settings_of(choices, named=bool(options.name), tell=tell)
    changed = not environment_file.FILE.exists() or environment_file.FILE.read_text(encoding="utf-8") != settings
    unit_file = installed_site.UNIT_FILE
    is_new = release != releases.current() or not unit_file.exists() or unit_file.read_text() != unit_of(release)
    write = partial(write_settings, settings, choices, tell)
    runs = says_yes("is-active", UNIT)
    if runs and (changed or is_new) and release == releases.current():
        must_have_no_open_exam(release)
    if changed or is_new or not runs:
        upgrade.change_over(release, data, write, tell)
    else:
        write()
    link(COMMAND, releases.CURRENT / "docker/service/vaka", tell)
    front.ensure(choices["front"], choices["name"], certificate, environment_file.of_the_site(), tell)
    tell.fine(f"the site serves at https://{choices['name']}. For an administrator, type: sudo vaka people staff NAME")


def must_be_ours(what):
    """Raise Stop if an operator has made a unit or a command of this name by hand. ``what``: install or uninstall."""
    unit_file = installed_site.UNIT_FILE
    if unit_file.exists() and not site_choices.FILE.exists():
        raise Stop(
            f"{unit_file} is there already, and install has not written it. To move its site: make a backup (manage.py backup), "
            f"stop it (systemctl disable --now {UNIT}), remove that file, install, and restore the backup (vaka restore), "
            "as docs/operating.md says."
            if what == "install"
            else f"{unit_file} belongs to no installed site, as {site_choices.FILE} is missing. Nothing was removed. "
            f"If the unit is not needed: systemctl disable --now {UNIT}, and remove that file."
        )
    if COMMAND.exists() and not COMMAND.is_symlink():
        raise Stop(f"{COMMAND} is there already, and install has not made it. Remove it or give it another name.")


def install_packages(choices, tell):
    needed = Needs()
    front.needs(choices["front"], needed)
    if choices["database"] == "postgresql" and not installed("postgresql"):
        needed.package("the data shall be in PostgreSQL", "postgresql")
    brings_broker = not which("valkey-server") and not which("redis-server") and apt_has("valkey-server", tell)
    if brings_broker:
        needed.package("the site needs a broker, which Debian keeps up to date", "valkey-server")
    needed.install(tell)
    if brings_broker:
        # The site runs one of its own, without a port
        systemctl("disable", "--now", "valkey-server")


def apt_has(package, tell):
    """Return whether this version of Debian or Ubuntu has a package. Without one, the site uses the broker that it brings along."""
    asked, why = ["apt-cache", "show", package], f"Looking for the package {package}"
    if finish(asked, why, WITHIN, stderr=subprocess.STDOUT)[0] == 0:
        return True
    run_apt(["apt-get", "update", "-q"], why, tell)  # a new server has no lists yet
    return finish(asked, why, WITHIN, stderr=subprocess.STDOUT)[0] == 0


def set_up(release, tell):
    """Run the release's own set-up: Python environment, engine, kernel, accounts and lab image. The previous site goes on."""
    told = environment_file.of_the_site() if environment_file.FILE.exists() else environment_file.FIXED
    command = [sys.executable, str(release / "docker/setup"), *(["--quiet"] if tell.quiet else [])]
    compiling = {**os.environ, **told, "UV_COMPILE_BYTECODE": "1"}
    again = "A site that runs goes on as before. Run this again when the cause is mended: it continues with what is missing."
    try:
        status = subprocess.run(command, env=compiling, timeout=DOWNLOADS_WITHIN).returncode
    except subprocess.TimeoutExpired:
        raise Stop(
            f"The set-up of the new version did not end within {DOWNLOADS_WITHIN // 3600} hours. {again}"
        ) from None
    if status:
        raise Stop(f"The set-up of the new version did not succeed; the reason is above. {again}")
    compiled = release / ".compiled"
    if not compiled.exists():  # the service cannot write there
        ours = [str(release / name) for name in ("courses", "labs", "platform")]
        run([str(release / ".venv/bin/python"), "-m", "compileall", "-q", "-j", "0", *ours], "Compiling the modules")
        compiled.touch()


def settings_of(choices, named, tell):
    """Return the settings with what the choices say. What an operator has changed stays. ``named``: they typed a name."""
    new = not environment_file.FILE.exists()
    source = releases.CLONE / "docker/service/vaka.env" if new else environment_file.FILE
    text = source.read_text(encoding="utf-8")
    before, values, name = environment_file.read(text), {}, choices["name"]
    if new or (named and re.split("[, ]+", before.get("VAKA_HOSTS", ""))[0] != name):
        values = {"VAKA_HOSTS": name, "VAKA_HTTPS": "yes", "VAKA_GATEWAY_URL": f"wss://{name}/terminal"}
    if choices["database"] == "postgresql" and "DATABASE_URL" not in before:
        values["DATABASE_URL"] = postgresql.ensure(tell)
    return environment_file.with_values(text, values)


def write_settings(settings, choices, tell):
    put(environment_file.FILE, settings, tell, mode=0o600)
    put(site_choices.FILE, json.dumps(choices, indent=1, sort_keys=True) + "\n", tell)


def uninstall(data, tell):
    """Remove the service. Settings and data stay unless they are to be deleted, too."""
    must_be_ours("uninstall")
    release = releases.current()
    if release and says_yes("is-active", UNIT):
        must_have_no_open_exam(release)
        tell.did("saving and stopping the labs")
        try:
            tell.fine(last_line(run(manage(release, "end_day"), "Saving the labs", **as_site())))
        except Stop as failed:
            raise Stop(f"{failed}\nTo uninstall all the same, stop the site before: systemctl stop {UNIT}") from None
    if installed_site.UNIT_FILE.exists():
        tell.did("stopping the site")
        systemctl("disable", "--now", UNIT)
        remove(installed_site.UNIT_FILE, tell)
        systemctl("daemon-reload")
    for one in front.FILES:
        front.leave(one, tell)
    remove(COMMAND, tell)
    if releases.FOLDER.exists():
        delete_folder(releases.FOLDER, tell)
    if data:
        delete_data(tell)
    left = [
        str(path)
        for path in (environment_file.FILE.parent, installed_site.STATE, installed_site.BACKUPS)
        if path.exists()
    ]
    if left:
        tell.did(f"left, with the site's settings, data and backups: {', '.join(left)}")
    tell.did(
        "left, as other programs may use them: packages, the accounts vaka and vaka-engine, lab images, kernel settings"
    )


def delete_data(tell):
    with suppress(FileNotFoundError):
        if json.loads(site_choices.FILE.read_text(encoding="utf-8"))["database"] == "postgresql":
            postgresql.drop(tell)
    for folder in (environment_file.FILE.parent, installed_site.STATE):
        if folder.exists():
            delete_folder(folder, tell)
