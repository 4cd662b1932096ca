"""The change of an installed site to another release: labs saved and resumed, a backup, and the way back if it does not start.

It uses Python 3.8 and the standard library only, because nothing else is installed yet.
"""

import subprocess
import time

import environment_file
import installed_site
import postgresql
import releases
from installed_site import UNIT, as_site, last_line, manage, unit_of
from steps import WITHIN, Stop, finish, run
from system_files import put, says_yes, systemctl

STARTS_WITHIN = COPIES_WITHIN = 3600  # seconds; the unit has limits of its own, and data may be many GB


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
    backup = installed_site.BACKUPS / time.strftime("before-upgrade-%Y%m%d-%H%M%S.tar.gz")
    installed_site.BACKUPS.mkdir(mode=0o700, parents=True, exist_ok=True)
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
    put(installed_site.UNIT_FILE, unit_of(release), tell)
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
