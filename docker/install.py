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
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import environment_file
import front
import postgresql
import releases
from needs import Needs, run_apt
from proxy import told_by_sudo
from steps import DOWNLOADS_WITHIN, WITHIN, Stop, finish, installed, run, which
from sysctls import CGROUP2, SYSTEMD
from system_files import UNITS, delete_folder, link, put, remove, says_yes, systemctl, the_only_one

UNIT = "vaka"
UNIT_FILE = UNITS / f"{UNIT}.service"
COMMAND = Path("/usr/local/bin/vaka")
SETTINGS = environment_file.FILE
CHOICES = SETTINGS.parent / "choices.json"
STATE = Path(environment_file.FIXED["VAKA_STATE"])
BACKUPS = Path("/var/backups/vaka")
LOCK = Path("/run/vaka-install.lock")
NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?")
UNKNOWN_OPTION = 2  # the status of a command of an older version
STARTS_WITHIN = COPIES_WITHIN = 3600  # seconds; the unit has limits of its own, and data may be many GB


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


def chosen(options):
    """Return the choices of this run: the previous ones, and over them what was typed. Raises Stop if they do not fit together."""
    before = json.loads(CHOICES.read_text(encoding="utf-8")) if CHOICES.exists() else {}
    typed = {name: value for name, value in vars(options).items() if value}
    if before and typed.get("database", before["database"]) != before["database"]:
        raise Stop(
            f"The data of this site are in {before['database']}, and install moves no data. Leave --database out, or uninstall "
            "with --data to begin with an empty site."
        )
    for name in ("cert", "key"):
        if name in typed:
            # Its links stay: certbot leads them elsewhere at a renewal
            typed[name] = os.path.abspath(typed[name])
    if typed.get("front") == "caddy" and before.get("front") == "nginx" and "cert" not in typed:
        before = {**before, "cert": "", "key": ""}  # Caddy gets one by itself
    choices = {"front": "caddy", "database": "sqlite", "cert": "", "key": "", **before, **typed}
    if not choices.get("name"):
        raise Stop("Which name do visitors type? For example: docker/setup install --name learn.example.org")
    if not NAME.fullmatch(choices["name"]):
        raise Stop(
            f"{choices['name']!r} is no name of a server. Write one such as learn.example.org, in small letters."
        )
    if bool(choices["cert"]) != bool(choices["key"]):
        raise Stop("Give both the certificate and its key: --cert fullchain.pem --key privkey.pem")
    if choices["front"] == "nginx" and not choices["cert"]:
        raise Stop("nginx gets no certificate by itself. Give one (--cert, --key), or choose --front caddy.")
    for path in filter(None, (choices["cert"], choices["key"])):
        if not Path(path).is_file():
            raise Stop(f"{path} does not exist. Write the path of the certificate or its key.")
    return choices


def install(options, tell):
    """Carry out all steps in order. Each looks first whether it is done."""
    choices = chosen(options)
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
    changed = not SETTINGS.exists() or SETTINGS.read_text(encoding="utf-8") != settings
    is_new = release != releases.current() or not UNIT_FILE.exists() or UNIT_FILE.read_text() != unit_of(release)
    write = partial(write_settings, settings, choices, tell)
    runs = says_yes("is-active", UNIT)
    if runs and (changed or is_new) and release == releases.current():
        must_have_no_open_exam(release)
    if changed or is_new or not runs:
        change_over(release, data, write, tell)
    else:
        write()
    link(COMMAND, releases.CURRENT / "docker/service/vaka", tell)
    front.ensure(choices["front"], choices["name"], certificate, environment_file.of_the_site(), tell)
    tell.fine(f"the site serves at https://{choices['name']}. For an administrator, type: sudo vaka people staff NAME")


def must_be_ours(what):
    """Raise Stop if an operator has made a unit or a command of this name by hand. ``what``: install or uninstall."""
    if UNIT_FILE.exists() and not CHOICES.exists():
        raise Stop(
            f"{UNIT_FILE} is there already, and install has not written it. To move its site: make a backup (manage.py backup), "
            f"stop it (systemctl disable --now {UNIT}), remove that file, install, and restore the backup (vaka restore), "
            "as docs/operating.md says."
            if what == "install"
            else f"{UNIT_FILE} belongs to no installed site, as {CHOICES} is missing. Nothing was removed. "
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
    told = environment_file.of_the_site() if SETTINGS.exists() else environment_file.FIXED
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


def must_take_over(release):
    """Raise Stop if this release cannot take over the data of the site. The site goes on as it is."""
    asked = manage(release, "can_upgrade", "--backups", str(BACKUPS))
    status, said = finish(asked, "Looking at the data", WITHIN, stderr=subprocess.STDOUT, **as_site())
    if status:
        raise Stop(f"The upgrade was refused, and the site goes on as before.\n    {said.strip()}")


def must_have_no_open_exam(release):
    """Raise Stop if the release that runs has an open exam, whose labs would end with it, or cannot say."""
    asked = manage(release, "can_upgrade", "--exams")
    status, said = finish(asked, "Looking for an open exam", WITHIN, stderr=subprocess.STDOUT, **as_site())
    if status == UNKNOWN_OPTION:
        said = "Its version cannot be asked whether an exam is open. The rooms of the workshops show it."
    if status:
        raise Stop(
            f"The site goes on as before: stopping it ends the labs of an exam.\n    {said.strip()}\n"
            f"If no exam may keep you from it, stop the site yourself (systemctl stop {UNIT}), and run this again."
        )


def settings_of(choices, named, tell):
    """Return the settings with what the choices say. What an operator has changed stays. ``named``: they typed a name."""
    new = not SETTINGS.exists()
    source = releases.CLONE / "docker/service/vaka.env" if new else SETTINGS
    text = source.read_text(encoding="utf-8")
    before, values, name = environment_file.read(text), {}, choices["name"]
    if new or (named and re.split("[, ]+", before.get("VAKA_HOSTS", ""))[0] != name):
        values = {"VAKA_HOSTS": name, "VAKA_HTTPS": "yes", "VAKA_GATEWAY_URL": f"wss://{name}/terminal"}
    if choices["database"] == "postgresql" and "DATABASE_URL" not in before:
        values["DATABASE_URL"] = postgresql.ensure(tell)
    return environment_file.with_values(text, values)


def write_settings(settings, choices, tell):
    put(SETTINGS, settings, tell, mode=0o600)
    put(CHOICES, json.dumps(choices, indent=1, sort_keys=True) + "\n", tell)


def has_data():
    """Return whether there is a site already, perhaps one that was uninstalled."""
    database = STATE / "database/db.sqlite3"
    return SETTINGS.exists() and (database.exists() or "DATABASE_URL" in environment_file.of_the_site())


def change_over(release, data, write, tell):
    """Start the site with a release. One that runs has its labs saved before and resumed afterwards.

    ``data``: there are data, and a new release backs them up first. If it does not start, the previous one serves again with them.
    ``write`` writes the new settings: a site that could not be stopped keeps the previous ones.
    """
    before, began = releases.current(), time.time()
    ran = before is not None and says_yes("is-active", UNIT)
    try:
        if ran:
            tell.did("saving and stopping the labs")
            tell.fine(last_line(run(manage(before, "end_day"), "Saving the labs", **as_site())))
            tell.did("stopping the site")
            systemctl("stop", UNIT)
        backup = back_up(release, tell) if data and release != before else None
    except BaseException:
        # Also after Ctrl-C, or with a full disk, the site must not stay stopped
        if ran:
            go_on(before, began, tell)
        raise
    try:
        write()
        start(release, tell)
    except (Stop, OSError) as failed:
        if backup is None:
            raise
        back = go_back(before, backup, tell) if before else f"The earlier data are in {backup}."
        why = f"{failed}\n{back}"
        if ran and says_yes("is-active", UNIT):
            resume(before, began, tell)
        raise Stop(why) from None
    if ran:
        resume(release, began, tell)
    releases.remove_all_but({release, before}, tell)


def go_on(release, began, tell):
    """Have a release that ran go on with its labs: its data have not changed. Raises nothing: the reason for it comes first."""
    if not says_yes("is-active", UNIT):
        try:
            start(release, tell)
        except (Stop, OSError) as failed:
            tell.did(
                f"the site could not be started again. {failed}\nThen type: systemctl start {UNIT} && vaka resume_all"
            )
            return
    resume(release, began, tell)


def resume(release, began, tell):
    """Resume the labs that were saved since ``began``, seconds since the epoch. The site serves, whether that succeeds or not."""
    tell.did("resuming the labs")
    hours = f"{(time.time() - began) / 3600 + 0.05:.2f}"
    try:
        tell.fine(last_line(run(manage(release, "resume_all", "--hours", hours), "Resuming the labs", **as_site())))
    except Stop as failed:
        tell.did(f"the site serves, and the labs wait. {failed}\nThen type: sudo vaka resume_all")


def back_up(release, tell):
    """Write a backup of the data of a site that is stopped, and return its path."""
    backup = BACKUPS / time.strftime("before-upgrade-%Y%m%d-%H%M%S.tar.gz")
    BACKUPS.mkdir(mode=0o700, parents=True, exist_ok=True)
    tell.did(f"writing the backup {backup}")
    run(manage(release, "backup", str(backup)), "The backup", within=COPIES_WITHIN, **as_site())
    return backup


def start(release, tell):
    """Have the service run a release, now and at each boot. Raises Stop with the end of its messages if it does not start."""
    lead_to(release, tell)
    systemctl("enable", UNIT)
    tell.did(f"starting the site ({release.name})")
    try:
        systemctl("restart", UNIT, within=STARTS_WITHIN)
    except Stop:
        asked = ["journalctl", "-u", UNIT, "-n", "12", "-o", "cat", "--no-pager"]
        said = finish(asked, "Reading the journal", WITHIN, stderr=subprocess.STDOUT)[1].strip()
        raise Stop("The site did not start. Its last messages:\n    " + said.replace("\n", "\n    ")) from None


def lead_to(release, tell):
    """Have the unit, and the command ``vaka``, use a release from their next start on."""
    put(UNIT_FILE, unit_of(release), tell)
    releases.use(release)
    systemctl("daemon-reload")


def go_back(before, backup, tell):
    """Have the previous release serve again, with its data from the backup. Return what was done or is to do, for the operator."""
    address = environment_file.of_the_site().get("DATABASE_URL", "")
    empty = postgresql.commands_for_an_empty_one(address) if address.startswith("postgres") else []
    try:
        systemctl("disable", "--now", UNIT)  # a boot meanwhile must not start this release with the data of the other
        lead_to(before, tell)
        if empty:
            return way_back(backup, empty)
        run(manage(before, "restore", str(backup)), "The restore", within=COPIES_WITHIN, **as_site())
        start(before, tell)
    except (Stop, OSError) as failed:
        return f"Going back to the previous version did not succeed, either: {failed}\n{way_back(backup, empty)}"
    return "The previous version serves again, with its data."


def way_back(backup, empty):
    """Return what an operator types to have the data of the backup served. ``empty``: the commands that make room for them."""
    typed = [
        f"systemctl stop {UNIT}",
        *empty,
        f"vaka restore {backup}",
        f"systemctl enable --now {UNIT}",
        "vaka resume_all",
    ]
    lines = "".join(f"\n    {command}" for command in typed)
    return f"The earlier data are in {backup}. To go back to them, type as root, one after the other:{lines}"


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
    if UNIT_FILE.exists():
        tell.did("stopping the site")
        systemctl("disable", "--now", UNIT)
        remove(UNIT_FILE, tell)
        systemctl("daemon-reload")
    for one in front.FILES:
        front.leave(one, tell)
    remove(COMMAND, tell)
    if releases.FOLDER.exists():
        delete_folder(releases.FOLDER, tell)
    if data:
        delete_data(tell)
    left = [str(path) for path in (SETTINGS.parent, STATE, BACKUPS) if path.exists()]
    if left:
        tell.did(f"left, with the site's settings, data and backups: {', '.join(left)}")
    tell.did(
        "left, as other programs may use them: packages, the accounts vaka and vaka-engine, lab images, kernel settings"
    )


def delete_data(tell):
    with suppress(FileNotFoundError):
        if json.loads(CHOICES.read_text(encoding="utf-8"))["database"] == "postgresql":
            postgresql.drop(tell)
    for folder in (SETTINGS.parent, STATE):
        if folder.exists():
            delete_folder(folder, tell)


def unit_of(release):
    return (release / "docker/service/vaka.service").read_text(encoding="utf-8")


def last_line(said):
    return said.strip().rpartition("\n")[2]


def manage(release, *words):
    return [str(release / ".venv/bin/python"), str(release / "manage.py"), *words]


def as_site():
    return {"env": {**os.environ, **environment_file.of_the_site()}, "cwd": "/"}
