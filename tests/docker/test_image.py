"""The needs of docker/setup for the lab image: as little as can be, and for a user without root all of it in one sentence."""

import os
import pwd

import pytest

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def image():
    import image

    return image


@pytest.fixture
def machine(image, monkeypatch):
    """A machine with these programs, this state of the image, and a user who can become root or not."""

    def made(programs, lacking, *, root, ids=True):
        monkeypatch.setattr(image.shutil, "which", lambda name: f"/usr/bin/{name}" if name in programs else None)
        monkeypatch.setattr(image, "has_buildx", lambda: "buildx" in programs)
        monkeypatch.setattr(image, "lacks", lambda python: lacking)
        monkeypatch.setattr(image, "can_be_root", lambda: root)
        monkeypatch.setattr(image, "is_debian", lambda: True)
        monkeypatch.setattr(image, "has_subordinate_ids", lambda who, file: ids)

    return made


def needs(image, new_needs, *, fresh=False):
    needed = new_needs()
    image.needs("python3", fresh, needed)
    return needed


def test_where_the_image_is_there_nothing_is_needed_to_build_it(image, new_needs, machine):
    machine({"docker", "buildx"}, [], root=False, ids=False)
    assert (needs(image, new_needs).packages, needs(image, new_needs).commands) == ({}, [])


def test_an_image_on_a_base_that_is_there_needs_no_mmdebstrap(image, new_needs, machine):
    machine({"docker", "buildx"}, ["image"], root=False, ids=False)
    assert needs(image, new_needs).packages == {}


def test_a_fresh_image_needs_a_base_whatever_is_there(image, new_needs, machine):
    machine({"docker", "buildx"}, [], root=True)
    assert list(needs(image, new_needs, fresh=True).packages) == ["mmdebstrap", "debian-archive-keyring"]


def test_a_user_without_root_builds_it_in_a_namespace_and_reads_at_once_what_that_needs(image, new_needs, machine):
    machine({"docker"}, ["base", "image"], root=False, ids=False)
    needed = needs(image, new_needs)
    assert list(needed.packages) == ["docker-buildx", "mmdebstrap", "debian-archive-keyring", "uidmap"]
    assert needed.commands == [["usermod", "--add-subuids", image.SUBORDINATE, "--add-subgids", image.SUBORDINATE, ME]]


def test_who_has_subordinate_ids_is_found_by_name_and_by_number(image, tmp_path):
    file = tmp_path / "subuid"
    assert not image.has_subordinate_ids("ada", file)
    file.write_text("linus:100000:65536\n")
    assert not image.has_subordinate_ids("ada", file)
    file.write_text("linus:100000:65536\nada:165536:65536\n")
    assert image.has_subordinate_ids("ada", file)
    file.write_text(f"{os.getuid()}:165536:65536\n")
    assert image.has_subordinate_ids("ada", file)


@pytest.mark.parametrize(
    ("said", "is_told"),
    [
        ("Lab image vaka-lab:1: exists.", False),
        ("Lab image vaka-lab:1: exists. Its packages are 45 days old: … Type: make image FRESH=1", True),
    ],
)
def test_that_packages_are_old_is_said_even_when_quiet(said, is_told, image, steps, tmp_path, monkeypatch, capsys):
    (tmp_path / "build").write_text(f"echo '{said}'\n")
    monkeypatch.setattr(image, "BUILD", tmp_path / "build")
    image.build("/bin/sh", False, False, steps.Teller(quiet=True))
    assert (said in capsys.readouterr().out) is is_told


def test_the_set_up_of_a_release_names_no_make(image, steps, tmp_path, monkeypatch, capsys):
    (tmp_path / "build").write_text("echo 'Its packages are 45 days old. Type: make image FRESH=1'\n")
    monkeypatch.setattr(image, "BUILD", tmp_path / "build")
    monkeypatch.setattr(image.releases, "RELEASES", tmp_path)
    image.build("/bin/sh", False, False, steps.Teller(quiet=True))
    assert "Type: sudo /opt/vaka/current/docker/lab/build --fresh\n" in capsys.readouterr().out


def test_a_fresh_image_is_asked_for_as_such(image, steps, tmp_path, monkeypatch, capsys):
    (tmp_path / "build").write_text('echo "asked for $1"\n')
    monkeypatch.setattr(image, "BUILD", tmp_path / "build")
    image.build("/bin/sh", True, False, steps.Teller(quiet=False))
    assert "asked for --fresh" in capsys.readouterr().out
