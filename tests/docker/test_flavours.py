"""The image flavours that set-up builds: those that the labs of the courses name."""

import pytest


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
