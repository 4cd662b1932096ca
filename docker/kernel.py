"""Prepares the kernel for labs: its modules, /dev/net/tun, the AppArmor profile of labs, and a program that refuses VNI filters.

Only root can load these. Each step first finds out, from files that every user may read, whether it is done already.
"""

import os
import subprocess
import sys
from pathlib import Path

import vni_requests
from steps import CLONE, HOST, WITHIN, can_be_root, root_command, run, which

sys.path.append(str(CLONE))
from labs.engine.shared.features import FEATURES

# Modules that every lab needs. FEATURES has those that only some labs need
MODULES = ("bridge", "veth", "nf_tables", "nft_ct", "overlay", "sch_tbf")
OF_KERNELS = Path("/lib/modules")
SYSTEMD = Path("/run/systemd/system")  # exists if systemd runs
AT_BOOT = Path("/etc/modules-load.d/vaka.conf")
TUN = Path("/dev/net/tun")

PROFILE = CLONE / "docker/lab/apparmor/vaka-lab"
INSTALLED = Path("/etc/apparmor.d/vaka-lab")  # AppArmor loads it from here at each boot
APPARMOR = Path("/sys/kernel/security/apparmor")


# Modules


def all_modules():
    """Return all modules that labs can need, each once."""
    return list(dict.fromkeys([*MODULES, *(name for one in FEATURES.values() for name in one.modules)]))


def unloaded(names):
    """Return the modules that are neither loaded nor visibly built in."""
    listed = Path("/proc/modules")
    loaded = {line.split()[0] for line in listed.read_text().splitlines()} if listed.exists() else set()
    return [name for name in names if name not in loaded and not Path("/sys/module", name).exists()]


def exists(name):
    """Return whether the kernel has the module, as a file or built in. That needs no root."""
    return (
        subprocess.run([which("modprobe"), "-n", "-q", name], stderr=subprocess.DEVNULL, timeout=WITHIN).returncode == 0
    )


def ensure_modules(tell):
    """Load the modules that labs may need, now and at each boot. A lab that needs a missing one reports it itself."""
    if not which("modprobe") or not (OF_KERNELS / os.uname().release).is_dir():
        return  # a kernel without module files has everything built in
    there = [name for name in all_modules() if exists(name)]
    lacking = [name for name in unloaded(all_modules()) if name not in there]
    if lacking:
        tell.fine(f"this kernel has no {', '.join(lacking)}; labs that need one will report it")
    loading = unloaded(there)
    if not can_be_root():
        if loading:
            tell.fine(
                f"not loaded: {', '.join(loading)}. The kernel loads most of them when a lab needs them. "
                f"An administrator can load all: sudo modprobe -a {' '.join(loading)}"
            )
        return
    if loading:
        # Some may be built in without a folder in /sys/module: for these, modprobe does nothing
        run(root_command([which("modprobe"), "-a", *loading], "Loading kernel modules"), "modprobe")
    load_at_boot(there, tell)


def load_at_boot(names, tell):
    """Let systemd load the modules at boot. Without systemd, the next set-up loads them."""
    text = "".join(f"{line}\n" for line in ("# Written by Vaka's docker/setup: what labs may need.", *names))
    if not SYSTEMD.is_dir() or (AT_BOOT.exists() and AT_BOOT.read_text() == text):
        return
    put(text, AT_BOOT, "Loading kernel modules at boot")
    tell.did(f"{len(names)} kernel modules for labs are loaded at each boot from now on ({AT_BOOT})")


def put(text, target, why):
    """Write a file as root that everybody may read."""
    draft = HOST / target.name
    draft.write_text(text)
    run(root_command(["install", "-D", "-m", "644", str(draft), str(target)], why), "install")
    draft.unlink()


def ensure_tun(tell):
    """Let everybody open /dev/net/tun, as udev does, for labs that require tun. Without udev only root could."""
    if not TUN.exists() or TUN.stat().st_mode & 0o666 == 0o666:
        return
    if os.geteuid() == 0:
        TUN.chmod(0o666)
    else:
        tell.fine(f"only root may open {TUN}; labs that need it will report it")


# AppArmor: Docker's own profile forbids what labs need to do, so labs use a profile of ours


def apparmor_is_on():
    switch = Path("/sys/module/apparmor/parameters/enabled")
    return switch.exists() and switch.read_text().strip() == "Y"


def profile_is_loaded(root=APPARMOR, profile=PROFILE):
    """Return whether our profile is loaded. Only root may read the list of profiles; everybody may read each one's folder."""
    return any(name_in(file) == profile.name for file in root.glob(f"policy/profiles/{profile.name}.*/name"))


def name_in(file):
    try:
        return file.read_text().strip()
    except OSError:
        return ""  # it is being replaced at this moment


def profile_is_ours(profile=PROFILE, installed=INSTALLED):
    """Return whether the installed profile is the one of this version."""
    return installed.exists() and installed.read_bytes() == profile.read_bytes()


def profile_commands():
    """Return the commands that install and load the profile; none if both are done."""
    commands = []
    if not profile_is_ours():
        commands.append(["install", "-D", "-m", "644", str(PROFILE), str(INSTALLED)])
    if commands or not profile_is_loaded():
        commands.append([which("apparmor_parser") or "/usr/sbin/apparmor_parser", "-r", "-W", str(INSTALLED)])
    return commands


def ensure_apparmor(tell):
    if not apparmor_is_on():
        return
    for command in profile_commands():
        run(root_command(command, "Loading the AppArmor profile vaka-lab"), command[0])
    tell.fine("the AppArmor profile vaka-lab is loaded")


# A wall against requests that no other one sees


def ensure_vni_requests(tell):
    """Have the kernel refuse requests for VNI filters, until the machine's next start. Report where it cannot."""
    said = vni_requests.state()
    if said is None and can_be_root():
        why = "Having the kernel refuse VNI filters of labs"
        said = run(root_command([sys.executable, "-I", vni_requests.__file__], why), why).strip()
        if said == vni_requests.REFUSED:
            tell.did("the kernel refuses VNI filters of VXLAN interfaces in labs, until the server is started again")
    if said is None:
        tell.fine("only root can have the kernel refuse VNI filters of labs, which can take memory that nobody bounds")
    elif said != vni_requests.REFUSED:
        tell.fine(f"VNI filters of labs, which can take memory that nobody bounds, are {said}")
