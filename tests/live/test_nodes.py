"""A node is like a real box, and no more than a node."""

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from labs.engine.errors import LabFailed, LabGone
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def shells(lab):
    opened = {node: Shell(lab, node) for node in ("h1", "r1", "b1", "h2")}
    yield opened
    for shell in opened.values():
        shell.close()


@pytest.mark.parametrize(
    ("node", "line", "expected"),
    [
        ("h1", "hostname", "h1"),
        ("r1", "hostname", "r1"),
        ("h1", "ps ax | head -3", "init"),
        ("r1", "ps ax", "/usr/lib/frr/zebra"),
        ("r1", "vtysh -c 'show version'", "FRRouting"),
        ("b1", "birdc show status", "Daemon is up and running"),
        ("h1", "sysctl -w net.ipv6.conf.all.accept_ra=2", "net.ipv6.conf.all.accept_ra = 2"),
        ("h1", "nft add table inet mine && nft list ruleset", "table inet mine"),
        ("h1", "timeout 5 tcpdump -c 1 -i lo icmp6 & sleep 1; ping -c1 ::1 >/dev/null; wait", "1 packet captured"),
        ("h1", "ping -c 1 2001:db8:1::1", "1 received"),
        ("h1", "ping -c 1 2001:db8:2::1", "1 received"),
        ("h1", "tty", "/dev/pts/"),
        ("h1", "tmux -V && tmux new-session -d 'sleep 1' && echo tmux runs", "tmux runs"),
        ("h1", "ulimit -u", "200"),
        ("h1", "cat /etc/hostname 2>/dev/null; uname -n", "h1"),
        ("h1", "ip -br link", "eth0"),
        ("h1", "mkdir -p /run/x && echo kept > /etc/mine && cat /etc/mine", "kept"),
        ("h1", "cat /proc/sys/kernel/hostname", "h1"),
    ],
)
def test_what_a_learner_types_works_as_on_a_real_box(shells, node, line, expected):
    assert expected in shells[node].type(line)


def test_a_switch_carries_frames_between_its_ports(shells):
    assert "1 received" in shells["h1"].type("ping -c 1 2001:db8:1::20")


def test_start_commands_and_files_are_there(shells):
    assert "via 2001:db8:1::1" in shells["h1"].type("ip -6 route show default")
    assert "2001:db8:ff::1" in shells["r1"].type("ip -6 addr show lo")
    assert "2001:db8:b::/48" in shells["b1"].type("birdc show route")


def test_a_node_lists_only_what_is_its_own(shells):
    processes = shells["h1"].type("ps ax")
    assert "zebra" not in processes
    assert "supervisor" not in processes
    assert "VAKA" not in shells["h1"].type("cat /proc/*/environ | tr '\\0' '\\n'")


def test_the_supervisor_says_what_it_sees(lab):
    seen = lab.status()
    assert seen["state"] == "ready"
    assert all(node["up"] for node in seen["nodes"].values())


def test_asks_are_answered_in_their_order_and_each_for_itself(lab):
    answers = lab.ask(
        [
            {"ask": "sysctl", "node": "r1", "key": "net.ipv6.conf.all.forwarding"},
            {"ask": "ip", "node": "r1", "args": ["-6", "addr", "show", "dev", "lo"]},
            {"ask": "vty", "node": "r1", "daemon": "zebra", "commands": ["show version", "show ipv6 route json"]},
            {"ask": "vty", "node": "r1", "daemon": "isisd", "commands": ["show version"]},
            {"ask": "bird", "node": "b1", "command": "show protocols"},
            {"ask": "file", "node": "h1", "path": "/etc/nothing-here"},
            {"ask": "ping", "node": "h1", "dst": "2001:db8:1::1", "count": 1},
            {"ask": "flow", "node": "h1", "to": "h2", "dst": "2001:db8:1::20", "protocol": "tcp", "port": 8080},
            {"ask": "flow", "node": "h1", "to": "h2", "dst": "2001:db8:1::20", "protocol": "udp", "port": 8080},
            {"ask": "trace", "node": "h1", "dst": "2001:db8:2::1"},
            {"ask": "processes", "node": "r1"},
            {"ask": "nonsense", "node": "r1"},
            {"ask": "ip", "node": "r9", "args": ["addr"]},
        ]
    )
    assert answers[0] == {"ok": True, "value": "1"}
    assert any(entry["local"] == "2001:db8:ff::1" for entry in answers[1]["json"][0]["addr_info"])
    assert "FRRouting" in answers[2]["outputs"][0]
    assert (answers[3]["ok"], answers[3]["kind"]) == (False, "refused")
    assert "static1" in answers[4]["output"]
    assert answers[5]["exists"] is False
    assert answers[6]["received"] == 1
    assert answers[7]["arrived"] is True
    assert answers[8]["arrived"] is True
    assert answers[9]["hops"] == ["2001:db8:2::1"]
    assert {"zebra", "ospf6d", "bgpd", "mgmtd", "staticd"} <= set(answers[10]["names"])
    assert [answer["kind"] for answer in answers[11:]] == ["unreachable", "unreachable"]


def test_a_flow_that_a_firewall_stops_does_not_arrive(lab, shells):
    shells["h2"].type(
        "nft 'add table inet f; add chain inet f i { type filter hook input priority 0; }; "
        "add rule inet f i tcp dport 8081 drop'"
    )
    question = {
        "ask": "flow",
        "node": "h1",
        "to": "h2",
        "dst": "2001:db8:1::20",
        "protocol": "tcp",
        "port": 8081,
        "seconds": 0.5,
    }
    assert lab.ask([question])[0]["arrived"] is False


def test_router_advertisements_are_read_as_they_are_on_the_link(lab, shells):
    settings = (
        "conf t",
        "int eth0",
        "no ipv6 nd suppress-ra",
        "ipv6 nd ra-interval 3",
        "ipv6 nd prefix 2001:db8:1::/64",
        "ipv6 nd router-preference high",
        "ipv6 nd rdnss 2001:db8::53",
    )
    shells["r1"].type("vtysh " + " ".join(f"-c '{line}'" for line in settings))
    heard = lab.ask([{"ask": "ra", "node": "h2", "interface": "eth0", "seconds": 4}], seconds=8)[0]["advertisements"]
    assert len(heard) == 1
    assert heard[0]["preference"] == "high"
    assert heard[0]["prefixes"][0]["prefix"] == "2001:db8:1::"
    assert heard[0]["prefixes"][0]["autonomous"] is True
    assert heard[0]["rdnss"] == ["2001:db8::53"]


def test_a_pulled_cable_gives_back_what_its_ends_had(lab, shells):
    shells["r1"].type(
        "ip addr add 2001:db8:77::1/64 dev eth1 nodad; ip -6 route add 2001:db8:78::/64 via 2001:db8:2::2"
    )
    lab.do({"link": "r1:eth1", "up": False})
    assert "1 received" not in shells["b1"].type("ping -c 1 -W 1 2001:db8:2::1")
    lab.do({"link": "r1:eth1", "up": True})
    assert "2001:db8:77::1" in shells["r1"].type("ip -6 addr show eth1")
    assert "2001:db8:2::2" in shells["r1"].type("ip -6 route show 2001:db8:78::/64")
    assert "1 received" in shells["b1"].type("ping -c 1 -W 1 2001:db8:2::1")


def test_a_cable_that_is_not_there_cannot_be_pulled(lab):
    with pytest.raises(LabFailed, match="no interface r1:eth9"):
        lab.do({"link": "r1:eth9", "up": False})


def test_reset_of_one_node_brings_both_ends_of_its_links_back(runner, village, shell_on):
    with runner.running(village) as session:
        shell = shell_on(session, "r1")
        shell.type("ip link del eth0; rm -rf /etc/frr; ip addr flush dev eth1")
        steps = []
        session.reset("r1", seconds=pace.seconds(20), on_step=lambda step, seconds: steps.append(step))
        assert steps[-1] == "ready"
        again = shell_on(session, "r1")
        assert "forwarding" in again.type("cat /etc/frr/frr.conf")
        assert "1 received" in again.type("ping -c 1 -W 2 2001:db8:2::2")
        assert "1 received" in shell_on(session, "h1").type("ping -c 1 -W 2 2001:db8:1::1")


def end_first_process(runner, session, node):
    """As the kernel does for want of memory."""
    container = runner.engine.container_of(session.session).container
    for pid in subprocess.run(["pgrep", "-f", "^init -P"], capture_output=True, text=True, check=True).stdout.split():
        name = subprocess.run(["nsenter", "-t", pid, "--uts", "hostname"], capture_output=True, text=True, check=False)
        if container in Path(f"/proc/{pid}/cgroup").read_text() and name.stdout.strip() == node:
            os.kill(int(pid), signal.SIGKILL)
            until = time.monotonic() + pace.seconds(5)
            while "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():  # it dies a moment after the signal
                assert time.monotonic() < until
                time.sleep(0.02)
            return
    raise AssertionError(f"{node} has no first process.")


def test_a_node_whose_first_process_was_ended_is_named_and_a_reset_brings_it_back(runner, village, shell_on):
    with runner.running(village) as session:
        end_first_process(runner, session, "h1")
        said = "h1 has stopped: its init process was ended. Reset it."
        ping = {"ask": "ping", "node": "h1", "dst": "2001:db8:1::1", "count": 1, "seconds": 2}
        answers = session.ask([ping, {"ask": "ip", "node": "h1", "args": ["link"]}, {"ask": "up", "node": "h1"}])
        assert [answer.get("error") for answer in answers] == [said, said, None]
        with pytest.raises(LabFailed, match="h1 has stopped"):
            session.do({"link": "h1:eth0", "up": False})
        session.reset("h1", seconds=pace.seconds(20), on_step=lambda step, seconds: None)
        assert "1 received" in shell_on(session, "h1").type("ping -c 1 -W 2 2001:db8:1::1")


def test_reset_of_all_makes_the_lab_as_it_was(runner, village, shell_on):
    with runner.running(village) as session:
        for node in ("r1", "h1"):
            shell_on(session, node).type("touch /mine; ip addr flush dev eth0")
        session.reset(None, seconds=pace.seconds(30), on_step=lambda step, seconds: None)
        shell = shell_on(session, "h1")
        assert "No such file" in shell.type("ls /mine")
        assert "1 received" in shell.type("ping -c 1 -W 2 2001:db8:1::1")


def test_a_start_command_that_fails_names_its_node_and_its_words(runner, village):
    broken = replace(village.nodes["h1"], start=("echo the cat is on the cable; false",))
    lab = replace(village, nodes={**village.nodes, "h1": broken})
    with (
        pytest.raises(LabFailed, match=r"h1 did not start \(status 1\).*cat is on the cable"),
        runner.running(lab),
    ):
        pass


def test_a_lab_that_is_removed_says_so_to_everyone(runner, village):
    with runner.running(village) as session:
        window = session.open_terminal("h1")
        assert window.receive().json()["opened"]
        runner.engine.remove(session.session)
        with window, pytest.raises(LabGone):
            list(iter(window.receive, None))
        with pytest.raises(LabGone):
            session.status()


def test_a_session_that_never_was_is_gone(runner):
    with pytest.raises(LabGone):
        LabClient(runner.relay, "00000000-0000-4000-8000-000000000000").status()


def test_nothing_is_left_after_the_end(runner, village):
    with runner.running(village) as session:
        assert session.session in runner.engine.sessions()
    assert session.session not in runner.engine.sessions()
    assert runner.engine.remove(session.session) is False


def test_a_node_that_takes_the_far_address_is_found_out(runner, village, shell_on):
    with runner.running(village) as session:
        shell_on(session, "h1").type("ip addr add 2001:db8:99::1/128 dev lo")
        answer = session.ask([{"ask": "ping", "node": "h1", "dst": "2001:db8:99::1", "count": 1}])[0]
        assert (answer["received"], answer["local"]) == (1, True)
        assert session.ask([{"ask": "ping", "node": "h1", "dst": "2001:db8:1::1", "count": 1}])[0]["local"] is False


def test_who_answers_on_the_way_in_place_of_the_far_node_is_found_out(runner, village, shell_on):
    question = {"ask": "ping", "node": "h1", "dst": "2001:db8:2::2", "count": 2, "at": "b1"}
    with runner.running(village) as session:
        for _ in range(20):  # a cable is up a moment after its lab
            if (arrived := session.ask([question])[0]["arrived"]) == 2:
                break
        assert arrived == 2
        shell_on(session, "r1").type("ip addr add 2001:db8:2::2/128 dev lo")
        answer = session.ask([question])[0]
        assert (answer["received"], answer["arrived"], answer["local"]) == (2, 0, False)


def test_a_lab_that_asks_for_what_the_kernel_lacks_says_what_to_load(runner, village):
    lab = replace(village, requires=("vxlan", "no-such-feature"))
    with (
        pytest.raises(LabFailed, match=r"lacks features that the lab requires: no-such-feature \("),
        runner.running(lab),
    ):
        pass


def test_a_router_without_a_configuration_starts_with_none_and_can_save_one(runner, village, shell_on):
    bare = replace(village.nodes["r1"], files=())
    with runner.running(replace(village, nodes={**village.nodes, "r1": bare})) as session:
        shell = shell_on(session, "r1")
        assert "router" not in shell.type("vtysh -c 'show running-config'")
        shell.type(
            "vtysh -c 'configure terminal' -c 'router ospf6' -c 'ospf6 router-id 192.0.2.1' -c 'end' -c 'write memory'"
        )
        assert "ospf6 router-id 192.0.2.1" in shell.type("cat /etc/frr/frr.conf")


def test_a_login_shell_reads_what_stands_in_profile_d(lab, shell_on):
    first = shell_on(lab, "h1", "profile")
    first.type("echo 'export GREETING=talofa' >/etc/profile.d/greeting.sh")
    second = shell_on(lab, "h1", "greeted")
    assert "talofa" in second.type("printenv GREETING")
    assert "/usr/local/sbin:" in second.type("echo $PATH")
    first.type("rm /etc/profile.d/greeting.sh")
    for shell in (first, second):
        shell.leave()
