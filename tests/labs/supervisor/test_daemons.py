"""The start script and the start files of a node."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from labs.supervisor import daemons
from labs.supervisor.daemons import put_files, start_log, start_script


def spec(kind, **more):
    return {"kind": kind, "daemons": [], "files": [], "start": [], **more}


@pytest.mark.parametrize(
    "described",
    [
        spec("host", start=["ip -6 route add default via 2001:db8::1"]),
        spec("bird"),
        spec("frr", daemons=["ospf6d", "bgpd", "zebra"]),
        spec(
            "frr",
            files=[{"path": daemons.FRR_CONFIGURATION}],
            running="/run/vaka-running.conf",
            again=True,
            start=["false"],
        ),
    ],
)
def test_the_start_script_is_valid_shell(described):
    script = start_script(described)
    assert subprocess.run(["sh", "-n"], input=script, text=True, capture_output=True, check=True).stderr == ""


def test_a_router_starts_zebra_first_and_each_daemon_once():
    script = start_script(spec("frr", daemons=["ospf6d", "bgpd", "zebra"]))
    assert script.count("/usr/lib/frr/zebra ") == 1
    assert (
        script.index("/usr/lib/frr/mgmtd ") < script.index("/usr/lib/frr/zebra ") < script.index("/usr/lib/frr/ospf6d ")
    )
    assert "/usr/lib/frr/bgpd -d -A 127.0.0.1 -P 0 -M rpki -M bmp " in script
    for name in ("staticd", "ospf6d", "bgpd"):
        assert f"wait $p_{name}" in script
    assert "ospf6d=yes\\nbgpd=yes\\nvtysh_enable=yes" in script


def test_a_configuration_is_loaded_only_if_there_is_one():
    given = [{"path": daemons.FRR_CONFIGURATION}]
    assert "vtysh -b" not in start_script(spec("frr"))
    assert "vtysh -b" in start_script(spec("frr", files=given))
    again = start_script(spec("frr", files=given, running="/run/vaka-running.conf", again=True))
    assert "vtysh -b" not in again
    assert "vtysh -f /run/vaka-running.conf || :" in again


@pytest.mark.parametrize(("again", "status"), [(False, 7), (True, 0)])
def test_a_failing_start_command_fails_a_new_node_but_not_one_with_saved_work(again, status):
    script = start_script(spec("host", start=["(exit 7)"], again=again)).replace("mkdir -p /run/lock", ":")
    assert subprocess.run(["sh"], input=script, text=True, check=False).returncode == status


def file(path, content=b"given", *, executable=False):
    return {"path": path, "content": content.hex(), "executable": executable}


def test_start_files_are_written_with_their_parent_folders(node):
    put_files(node, [file("/etc/deep/er/a"), file("/srv/run.sh", executable=True), file("/etc/deep/er/a", b"again")])
    assert (node.path / "etc/deep/er/a").read_bytes() == b"again"
    assert (node.path / "srv/run.sh").stat().st_mode & 0o111
    assert not (node.path / "etc/deep/er/a").stat().st_mode & 0o111


@pytest.mark.parametrize("path", ["/out/bad", "/link"])
def test_start_files_are_not_written_through_a_link(node, tmp_path, path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (node.path / "out").symlink_to(outside)
    (node.path / "link").symlink_to(outside / "bad")
    with pytest.raises(OSError):
        put_files(node, [file(path)])
    assert list(outside.iterdir()) == []


def test_the_last_lines_of_the_start_log_become_one_line(node):
    assert start_log(node) == ""
    (node.path / "run").mkdir()
    (node.path / "run/vaka-start.log").write_bytes(b"one\ntwo\nRTNETLINK answers: File exists\n\xff\n")
    assert start_log(node) == "two 'RTNETLINK answers: File exists' '\ufffd'"


def test_a_folder_in_place_of_the_start_log_is_an_empty_log(node):
    (node.path / "run/vaka-start.log").mkdir(parents=True)
    assert start_log(node) == ""


@pytest.fixture
def spawned(node, monkeypatch):
    """The pid and the shell of each script that the node was given. Instead, this runs a short command, which sees no node."""
    for name in ("dev", "run"):
        (node.path / name).mkdir(exist_ok=True)
    (node.path / "dev/null").touch()

    def instead(short):
        found = []

        def spawn(self, command, *streams):
            found.append((os.posix_spawn(command[0], [command[0], "-c", f"exec {short}"], os.environ), command[0]))
            return found[-1][0]

        monkeypatch.setattr(type(node), "spawn", spawn, raising=False)
        return found

    return instead


@pytest.mark.parametrize(("start", "shell"), [([], "/bin/sh"), (["[[ -n $BASH ]]"], "/bin/bash")])
def test_authors_have_bash_for_their_start_commands(node, spawned, start, shell):
    scripts = spawned("true")
    asyncio.run(daemons.start(node, spec("host", start=start)))
    assert [used for _pid, used in scripts] == [shell]


def test_the_status_of_the_start_script_is_returned(node, spawned):
    spawned("sh -c 'exit 7'")
    assert asyncio.run(daemons.start(node, spec("host"))) == 7


def test_a_node_that_does_not_start_in_time_is_ended_and_named(node, spawned):
    scripts = spawned("sleep 60")
    with pytest.raises(daemons.NotStarted, match=r"^h1 did not start within 0 seconds\.$"):
        asyncio.run(daemons.start(node, spec("host"), seconds=0.2))
    assert not Path(f"/proc/{scripts[0][0]}").exists()


def test_daemons_load_snmp_where_the_image_has_it(tmp_path, monkeypatch):
    (tmp_path / "usr/lib/x/frr/modules").mkdir(parents=True)
    for name in ("bgpd_snmp", "ospf6d_snmp", "bgpd_rpki"):
        (tmp_path / f"usr/lib/x/frr/modules/{name}.so").touch()
    monkeypatch.setattr(daemons, "IMAGE", str(tmp_path))
    daemons.modules.cache_clear()
    try:
        script = start_script(spec("frr", daemons=["ospf6d", "bgpd", "ospfd"]))
    finally:
        daemons.modules.cache_clear()
    assert "/usr/lib/frr/bgpd -d -A 127.0.0.1 -P 0 -M rpki -M bmp -M snmp " in script
    assert "/usr/lib/frr/ospf6d -d -A 127.0.0.1 -P 0 -M snmp " in script
    assert "/usr/lib/frr/ospfd -d -A 127.0.0.1 -P 0  " in script
