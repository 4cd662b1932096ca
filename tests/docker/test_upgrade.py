"""Another release takes over: labs, backup and data, whatever fails on the way."""

import pytest

from tests.docker.conftest import NAME


def test_an_upgrade_saves_the_labs_backs_up_and_resumes(installed, tell, monkeypatch):
    monkeypatch.setattr(installed.install, "which", lambda name: f"/usr/bin/{name}")
    installed.release("1.1-two")
    log = installed.typed("install", tell)
    backup = next(line for line in log if " backup " in line)
    assert backup.startswith(f"1.1-two backup {installed.folder}/backups/before-upgrade-")
    assert [line.split(" --hours")[0] for line in log] == [
        "1.1-two set-up /var/lib/vaka",
        f"1.1-two can_upgrade --backups {installed.folder}/backups",
        "1.0-one end_day",
        "systemctl stop vaka",
        backup,
        "systemctl daemon-reload",
        "systemctl enable vaka",
        "systemctl restart vaka",
        "1.1-two resume_all",
    ]
    assert 0 < float(log[-1].split()[-1]) < 1
    assert installed.releases.current().name == "1.1-two"


def test_the_release_of_before_stays_and_older_ones_go(installed, tell):
    for name in ("1.1-two", "1.2-three"):
        installed.release(name)
        installed.typed("install", tell)
    assert sorted(one.name for one in installed.releases.RELEASES.iterdir()) == ["1.1-two", "1.2-three"]


@pytest.mark.parametrize("refuses", ["can_upgrade", "end_day"])
def test_an_upgrade_that_is_refused_leaves_the_site_running(installed, steps, tell, refuses):
    if refuses == "end_day":  # of the version that runs
        installed.release("1.0-one", refuses)
    installed.release("1.1-two", refuses)
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    assert not any("stop vaka" in line or "restart" in line for line in installed.log())
    assert installed.releases.current().name == "1.0-one"


def test_a_backup_that_fails_leaves_the_site_and_its_labs_as_they_were(installed, steps, tell):
    installed.release("1.1-two", refuses="backup")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    log = installed.log()
    assert log[log.index("systemctl stop vaka") + 2 : -1] == [
        "systemctl daemon-reload",
        "systemctl enable vaka",
        "systemctl restart vaka",
    ]
    assert log[-1].startswith("1.0-one resume_all --hours 0.")
    assert installed.releases.current().name == "1.0-one"


def test_labs_that_were_stopped_before_one_that_does_not_stop_are_resumed(installed, steps, tell):
    installed.release("1.0-one", refuses="end_day")
    installed.release("1.1-two")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    assert "systemctl stop vaka" not in installed.log()
    assert installed.log()[-1].startswith("1.0-one resume_all --hours 0.")


def test_a_version_that_does_not_start_gives_way_to_the_one_before_with_its_data(installed, steps, tell):
    installed.release("1.1-two")
    installed.systemctl(start=f"case $(readlink {installed.releases.CURRENT}) in *two) exit 1;; esac")
    with pytest.raises(steps.Stop, match=r"(?s)Port 8000 is taken.*previous version serves again"):
        installed.typed("install", tell)
    log = installed.log()
    backup = next(line for line in log if " backup " in line).split()[-1]
    assert log[log.index("systemctl restart vaka") + 1 :] == [
        "systemctl disable --now vaka",
        "systemctl daemon-reload",
        f"1.0-one restore {backup}",
        "systemctl daemon-reload",
        "systemctl enable vaka",
        "systemctl restart vaka",
        log[-1],
    ]
    assert log[-1].startswith("1.0-one resume_all --hours 0.")
    assert installed.releases.current().name == "1.0-one"


def test_with_postgresql_the_release_of_before_is_ready_and_the_way_back_is_told(installed, steps, tell):
    with (installed.etc / "vaka.env").open("a") as settings:
        settings.write("DATABASE_URL=postgres://vaka@127.0.0.1/vaka\n")
    installed.release("1.1-two")
    installed.systemctl(start="exit 1")
    with pytest.raises(steps.Stop, match=r"(?s)The site did not start.*one after the other") as told:
        installed.typed("install", tell)
    log = installed.log()
    backup = next(line for line in log if " backup " in line).split()[-1]
    typed = [line.strip() for line in str(told.value).rpartition("one after the other:")[2].strip().splitlines()]
    assert [line.split(" -u")[0] for line in typed] == [
        "systemctl stop vaka",
        "runuser",
        "runuser",
        f"vaka restore {backup}",
        "systemctl enable --now vaka",
        "vaka resume_all",
    ]
    assert installed.releases.current().name == "1.0-one"
    assert not any(" restore " in line for line in log), "an operator must make room for the data first"


def test_a_way_back_that_fails_loses_no_reason_and_says_what_to_type(installed, steps, tell):
    installed.release("1.0-one", refuses="restore")
    installed.release("1.1-two")
    installed.systemctl(start="exit 1")
    with pytest.raises(steps.Stop) as told:
        installed.typed("install", tell)
    said = str(told.value)
    assert "Port 8000 is taken by nginx." in said
    assert "because of the weather" in said
    assert f"\n    vaka restore {installed.folder}/backups/before-upgrade-" in said
    assert installed.releases.current().name == "1.0-one", "its command reads the backup"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=["Ctrl-C", "disk full"]
)
def test_a_site_does_not_stay_stopped_whatever_ends_the_backup(installed, tell, monkeypatch, error):
    def fails(release, tell):
        raise error

    monkeypatch.setattr(installed.upgrade, "back_up", fails)
    installed.release("1.1-two")
    with pytest.raises(type(error)):
        installed.typed("install", tell)
    log = installed.log()
    assert log.index("systemctl stop vaka") < log.index("systemctl restart vaka")
    assert log[-1].startswith("1.0-one resume_all")


def test_a_site_that_cannot_be_started_again_does_not_hide_why_it_was_stopped(installed, steps, tell, said):
    installed.release("1.1-two", refuses="backup")
    installed.systemctl(start="exit 1")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install", tell)
    assert "Port 8000 is taken by nginx." in said[-1]
    assert "systemctl start vaka && vaka resume_all" in said[-1]


def test_labs_that_are_not_resumed_do_not_make_the_upgrade_fail(installed, tell, said):
    installed.release("1.1-two", refuses="resume_all")
    installed.typed("install", tell)
    assert installed.releases.current().name == "1.1-two"
    (resumed,) = (line for line in said if "the labs wait" in line)
    assert "because of the weather" in resumed
    assert resumed.endswith("sudo vaka resume_all")


def test_a_first_start_that_fails_says_why(server, steps, tell):
    server.systemctl(start="exit 1")
    with pytest.raises(steps.Stop, match=r"(?s)The site did not start.*Port 8000 is taken by nginx"):
        server.typed(f"install --name {NAME}", tell)


def test_another_name_that_comes_to_nothing_leaves_the_settings_of_the_site_that_goes_on(installed, steps, tell):
    before = [(installed.etc / name).read_text() for name in ("vaka.env", "choices.json")]
    installed.release("1.0-one", refuses="end_day")
    with pytest.raises(steps.Stop, match="because of the weather"):
        installed.typed("install --name lab.example.org", tell)
    assert [(installed.etc / name).read_text() for name in ("vaka.env", "choices.json")] == before
