"""An administrator is asked for everything at once, in commands that can be typed."""

import pytest


def test_an_administrator_is_asked_for_everything_at_once(steps, new_needs, without_root):
    needed = new_needs()
    needed.package("the lab image is built with mmdebstrap", "mmdebstrap", "debian-archive-keyring")
    needed.package("Python's venv module is missing", "python3.13-venv")
    needed.command(["usermod", "-aG", "docker", "ada"])
    needed.signs_in_again = True
    with pytest.raises(steps.Stop) as stopped:
        needed.must_be_met()
    lines = str(stopped.value).splitlines()
    assert [line.strip() for line in lines if line.startswith("    ")] == [
        "sudo apt-get update -q",
        "sudo apt-get install -y -q --no-install-recommends mmdebstrap debian-archive-keyring python3.13-venv",
        "sudo usermod -aG docker ada",
    ]
    assert "  - Python's venv module is missing" in lines
    assert lines[-1] == "Then run this again after signing out and in again."


def test_nobody_is_asked_for_what_is_there(new_needs, without_root):
    new_needs().must_be_met()


def test_a_path_with_a_blank_can_be_typed_as_it_is_told(steps, new_needs, without_root):
    needed = new_needs()
    needed.command(["install", "/home/ada/my clone/vaka-lab", "/etc/apparmor.d/vaka-lab"])
    with pytest.raises(steps.Stop, match=r"sudo install '/home/ada/my clone/vaka-lab' /etc/apparmor\.d/vaka-lab"):
        needed.must_be_met()


def test_all_packages_come_with_one_run_of_apt_get(steps, new_needs, with_sudo, program, tmp_path):
    program("apt-get", f'echo "$@" >> {tmp_path}/typed')
    needed = new_needs()
    needed.package("one", "mmdebstrap")
    needed.package("two", "chromium", "postgresql")
    needed.install(steps.Teller(quiet=True))
    typed = (tmp_path / "typed").read_text().splitlines()
    assert typed == ["update -q", "install -y -q --no-install-recommends mmdebstrap chromium postgresql"]
    needed.install(steps.Teller(quiet=True))
    assert len((tmp_path / "typed").read_text().splitlines()) == 2


def test_nothing_is_asked_and_nothing_is_restarted(steps, new_needs, with_sudo, program, tmp_path):
    program("apt-get", f'echo "$DEBIAN_FRONTEND $NEEDRESTART_MODE" >> {tmp_path}/told')
    needed = new_needs()
    needed.package("one", "mmdebstrap")
    needed.install(steps.Teller(quiet=True))
    assert set((tmp_path / "told").read_text().splitlines()) == {"noninteractive l"}


LOCKED = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"


def test_another_program_that_installs_is_waited_for(new_needs, with_sudo, program, tmp_path, tell, said, monkeypatch):
    import needs

    monkeypatch.setattr(needs, "AGAIN", 0)
    program(
        "apt-get",
        f'echo x >> {tmp_path}/tries; [ $(wc -l < {tmp_path}/tries) -gt 2 ] || {{ echo "{LOCKED}"; exit 100; }}',
    )
    needed = new_needs()
    needed.package("one", "mmdebstrap")
    needed.install(tell)
    assert said[1:] == ["another program installs packages: waiting for it"]


def test_another_program_is_not_waited_for_without_end(steps, new_needs, with_sudo, program, tell, monkeypatch):
    import needs

    monkeypatch.setattr(needs, "LOCK_WITHIN", -1)
    program("apt-get", f'echo "{LOCKED}"; exit 100')
    needed = new_needs()
    needed.package("one", "mmdebstrap")
    with pytest.raises(steps.Stop, match="Could not get lock"):
        needed.install(tell)
