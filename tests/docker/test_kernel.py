"""The needs of docker/setup in the kernel: an ordinary user is stopped only by what is really not there."""

import ast
import os
from pathlib import Path

import pytest

from labs.engine.runtime.driver import APPARMOR
from labs.engine.shared import features
from labs.engine.shared.features import FEATURES


@pytest.fixture
def kernel():
    import kernel

    return kernel


# AppArmor


@pytest.fixture
def machine(tmp_path, monkeypatch, kernel):
    """A machine with AppArmor, as an ordinary user sees it: the list of profiles cannot be read, their folders can."""
    root = tmp_path / "apparmor"
    (root / "policy/profiles").mkdir(parents=True)
    monkeypatch.setattr(kernel, "apparmor_is_on", lambda: True)
    monkeypatch.setattr(kernel, "INSTALLED", tmp_path / "etc/vaka-lab")
    monkeypatch.setattr(kernel.profile_is_loaded, "__defaults__", (root, kernel.PROFILE))
    monkeypatch.setattr(kernel.profile_is_ours, "__defaults__", (kernel.PROFILE, kernel.INSTALLED))

    class Machine:
        def loads(self, name, number):
            folder = root / f"policy/profiles/{name}.{number}"
            folder.mkdir()
            (folder / "name").write_text(f"{name}\n")

        def installs(self, text):
            kernel.INSTALLED.parent.mkdir()
            kernel.INSTALLED.write_text(text)

    return Machine()


def test_a_profile_that_is_loaded_and_ours_needs_no_root(machine, kernel, without_root, tell, said):
    machine.loads("vaka-lab", 42)
    machine.installs(kernel.PROFILE.read_text())
    kernel.ensure_apparmor(tell)
    assert said == ["the AppArmor profile vaka-lab is loaded"]


def test_a_profile_that_is_not_loaded_is_named_with_what_root_types(machine, kernel):
    machine.loads("vaka-lab-of-somebody-else", 41)
    machine.loads("docker-default", 40)
    install, load = kernel.profile_commands()
    assert install == ["install", "-D", "-m", "644", str(kernel.PROFILE), str(kernel.INSTALLED)]
    assert load[1:] == ["-r", "-W", str(kernel.INSTALLED)]


def test_a_profile_of_another_version_is_loaded_again(machine, kernel):
    machine.loads("vaka-lab", 42)
    machine.installs("profile vaka-lab {}\n")
    assert len(kernel.profile_commands()) == 2


def test_a_profile_that_is_installed_and_was_unloaded_is_only_loaded(machine, kernel):
    machine.installs(kernel.PROFILE.read_text())
    [load] = kernel.profile_commands()
    assert load[0].endswith("apparmor_parser")


def test_who_cannot_load_it_is_stopped_before_a_lab_is(machine, kernel, without_root, steps, tell):
    with pytest.raises(steps.Stop, match="Loading the AppArmor profile vaka-lab needs root"):
        kernel.ensure_apparmor(tell)


def test_the_profile_is_the_one_that_the_driver_names(kernel):
    assert kernel.PROFILE.name == kernel.INSTALLED.name == APPARMOR
    assert f"profile {APPARMOR} " in kernel.PROFILE.read_text()


# Modules


def test_the_modules_of_each_feature_are_loaded(kernel):
    for name, feature in FEATURES.items():
        assert set(feature.modules) <= set(kernel.all_modules()), name
        assert feature.modules or feature.cure, f"{name}: what helps?"
    assert {"8021q", "vrf", "mpls_router", "mpls_iptunnel", "wireguard", "sch_netem", "tun"} <= set(
        kernel.all_modules()
    )
    assert len(set(kernel.all_modules())) == len(kernel.all_modules())


@pytest.fixture
def modular(monkeypatch, kernel, program, tmp_path):
    """A kernel with modules: vrf is loaded, wireguard is not, and the others it does not have."""
    program(
        "modprobe",
        f"""printf '%s\\n' "$*" >> {tmp_path}/typed
[ "$1" = -n ] || exit 0
case "$3" in vrf|wireguard|8021q) exit 0;; *) exit 1;; esac""",
    )
    monkeypatch.setattr(kernel, "unloaded", lambda names: [name for name in names if name != "vrf"])
    for name in ("OF_KERNELS", "SYSTEMD"):
        monkeypatch.setattr(kernel, name, tmp_path / name)
        (tmp_path / name / os.uname().release).mkdir(parents=True)
    monkeypatch.setattr(kernel, "AT_BOOT", tmp_path / "modules-load.d/vaka.conf")
    monkeypatch.setattr(kernel, "HOST", tmp_path)

    def typed():
        return [line for line in (tmp_path / "typed").read_text().splitlines() if not line.startswith("-n")]

    return typed


def test_who_cannot_load_modules_reads_which_are_missing_and_goes_on(
    modular, kernel, without_root, tell, said, monkeypatch
):
    monkeypatch.setattr(kernel, "can_be_root", lambda: False)
    kernel.ensure_modules(tell)
    lacking, unloaded = said
    assert "this kernel has no bridge" in lacking
    assert "wireguard" not in lacking
    assert "not loaded: 8021q, wireguard." in unloaded
    assert "sudo modprobe -a 8021q wireguard" in unloaded
    assert modular() == []
    assert not kernel.AT_BOOT.exists()


def test_root_loads_them_now_and_at_each_boot(modular, kernel, tell, said, monkeypatch):
    monkeypatch.setattr(kernel, "can_be_root", lambda: True)
    monkeypatch.setattr(kernel, "root_command", lambda command, why: command)
    kernel.ensure_modules(tell)
    assert modular() == ["-a 8021q wireguard"]
    assert kernel.AT_BOOT.read_text().splitlines()[1:] == ["8021q", "vrf", "wireguard"]
    assert said[-1] == f"3 kernel modules for labs are loaded at each boot from now on ({kernel.AT_BOOT})"
    kernel.ensure_modules(tell)
    assert sum("at each boot" in line for line in said) == 1


def test_the_list_of_features_is_read_by_python_3_8():
    """docker/setup runs with the system's Python, whatever the site needs."""
    text = Path(features.__file__).read_text()
    tree = ast.parse(text, feature_version=(3, 8))
    assert tree.body[1].module == "__future__", "annotations such as tuple[str, ...] are for newer Pythons"
