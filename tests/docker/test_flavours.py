"""The image flavours that set-up builds: those that the labs of the courses name."""

import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from labs.engine.runtime import image
from labs.engine.runtime.flavours import tag_of


@pytest.fixture
def flavours():
    import flavours

    return flavours


@pytest.fixture
def courses(flavours, tmp_path, monkeypatch):
    """Courses whose labs need these flavours, and a build that prints what was asked of it, and ends with this status."""

    def made(*needed, status=0, read=0):
        for name in ("catalog/first", "catalog/second"):
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
            (tmp_path / name / "lab.yaml").write_text(f"id: x\nimage: {needed[0]}\n" if needed else "id: x\n")
        (tmp_path / "manage.py").write_text(f"echo {' '.join(needed)}; exit {read}\n")
        (tmp_path / "build").write_text(f'echo "asked for $*: built in 9 s"; exit {status}\n')
        monkeypatch.setattr(flavours, "CLONE", tmp_path)
        monkeypatch.setattr(flavours, "CATALOG", tmp_path / "catalog")
        monkeypatch.setattr(flavours, "BUILD", tmp_path / "build")
        (tmp_path / "old").write_text("")
        monkeypatch.setattr(flavours, "OLD", tmp_path / "old")

    return made


def test_set_up_builds_the_flavours_that_the_courses_need(flavours, steps, courses, capsys):
    courses("dns", "rpki")
    flavours.build("/bin/sh", False, steps.Teller(quiet=True))
    assert "asked for --flavour dns rpki" in capsys.readouterr().out


def test_where_root_starts_the_site_a_user_with_sudo_asks_for_them_as_root(
    flavours, steps, courses, with_sudo, monkeypatch, capsys, tmp_path
):
    courses("dns")
    monkeypatch.setenv("VAKA_STATE", str(tmp_path / "elsewhere"))
    # Only root may read what the site has written down; sudo passes no variable on that is not named
    (tmp_path / "manage.py").write_text('[ -z "$HOME" ] && [ -n "$VAKA_STATE" ] && echo dns\n')
    flavours.build("/bin/sh", True, steps.Teller(quiet=True))
    assert "asked for --flavour dns" in capsys.readouterr().out


def test_without_a_flavour_the_courses_are_not_read(flavours, steps, courses, capsys):
    courses(read=1)
    flavours.build("/bin/sh", False, steps.Teller(quiet=False))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("ends", "said"),
    [({"status": 1}, "labs whose image could not be built do not start"), ({"read": 1}, "could not be found out")],
)
def test_set_up_goes_on_when_a_flavour_cannot_be_built(ends, said, flavours, steps, courses, capsys):
    courses("dns", **ends)
    flavours.build("/bin/sh", False, steps.Teller(quiet=True))
    assert said in capsys.readouterr().out


# Docker's client: it prints the images that it has, and ends with status 1 if others were asked for
CLIENT = """
import json, sys
from pathlib import Path
assert sys.argv[1:3] == ["image", "inspect"]
images = json.loads(Path(__file__).with_name("images.json").read_text())
print(json.dumps([images[tag] for tag in sys.argv[3:] if tag in images]))
sys.exit(any(tag not in images for tag in sys.argv[3:]))
"""


def inspected(flavour, days):
    """Return what Docker's client prints of a flavour whose packages were fetched so many days ago. It was built today."""
    now = datetime.now(UTC)
    lists = {"supervisor": "sed 4.9-2\n", "nodes": "frr 10.3-3\n"}
    labels = image.labels(lists, now - timedelta(days=days, minutes=1), now, flavour=flavour)
    return {
        "Id": f"sha256:{flavour}",
        "RepoTags": [tag_of(flavour)],
        "Created": f"{now:%Y-%m-%dT%H:%M:%S}.123456789Z",
        "Config": {"Labels": labels},
    }


@pytest.fixture
def built(flavours, tmp_path, program, monkeypatch):
    """Builds flavours, by name, whose packages are so many days old. No course names one."""
    monkeypatch.setattr(flavours, "CATALOG", tmp_path)

    def made(**days):
        images = {tag_of(name): inspected(name, age) for name, age in days.items()}
        (tmp_path / "images.json").write_text(json.dumps(images))
        (tmp_path / "client.py").write_text(CLIENT)
        program("docker", f'exec "{sys.executable}" "{tmp_path}/client.py" "$@"')

    return made


def test_set_up_names_old_flavours_and_what_to_type_even_when_quiet(flavours, steps, built, capsys):
    built(dns=45, rpki=30, linux=29)
    flavours.build(sys.executable, False, steps.Teller(quiet=True))
    assert capsys.readouterr().out == (
        "set-up: These image flavours have old packages: dns (45 days), rpki (30 days). "
        "Security fixes since then are missing. Type: make image FRESH=1\n"
    )


def test_of_flavours_that_are_new_or_not_built_set_up_says_nothing(flavours, steps, built, capsys):
    built(dns=29)
    flavours.build(sys.executable, False, steps.Teller(quiet=False))
    assert capsys.readouterr().out == ""


def test_set_up_goes_on_when_the_age_of_flavours_cannot_be_read(
    flavours, steps, program, capsys, monkeypatch, tmp_path
):
    (tmp_path / "script").write_text("exit 1\n")
    monkeypatch.setattr(flavours, "OLD", tmp_path / "script")
    flavours.build("/bin/sh", False, steps.Teller(quiet=True))
    assert "the age of the image flavours could not be found out" in capsys.readouterr().out
