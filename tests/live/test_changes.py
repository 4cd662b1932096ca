"""The changes of a learner on a node, found on a real one, whatever its names and kinds of files."""

import io
import zipfile

import pytest

from labs.engine.runtime import changes, link_state
from labs.engine.runtime.archive import archive, safe_path
from labs.engine.runtime.differences import differences
from labs.engine.runtime.runner import Shell
from labs.engine.state import reading
from labs.engine.state.unapplied import Lack, unapplied

pytestmark = pytest.mark.live

HOSTILE = (
    "ln -s /etc/shadow /root/secret; ln -s / /root/out; mkfifo /root/pipe; head -c 300000 /dev/zero > /root/huge; "
    'mkdir -p "/root/a b"; printf hi > "/root/a b/$(printf \'x\\377\\ny\')"; printf hi > "/root/..."; '
    "printf 'one more\\n' >> /etc/hosts; rm -f /etc/motd; printf quiet > /tmp/quiet; printf quiet > /run/quiet; "
    "for name in .bash_history .history_frr .lesshst .viminfo; do printf quiet > /root/$name; done; mkdir -p /root/.cache; "
    "printf quiet > /root/.cache/quiet"
)


@pytest.fixture(scope="module")
def before_and_after(runner, village):
    with runner.running(village) as session:
        before = changes.collect(village, session)
        with Shell(session, "r1") as shell:
            shell.type("vtysh -c 'configure terminal' -c 'ipv6 route 2001:db8:77::/48 blackhole'")
            own = "-c 'configure terminal' -c 'interface eth0' -c 'ipv6 address 2001:db8:78::2/64'"
            shell.type(f"vtysh {own}; sleep 1; ip -6 address del 2001:db8:78::2/64 dev eth0; sleep 1")
            shell.type(HOSTILE)
        with Shell(session, "h1") as shell:
            shell.type("ip -6 address add 2001:db8:79::1/64 dev eth0; ip -6 route add blackhole 2001:db8:7a::/48")
            shell.type("for i in $(seq 300); do head -c 20000 /dev/urandom > /root/$i; done", seconds=60)
        yield before, changes.collect(village, session), unapplied(reading.take(village, session, ["r1"]))


def kept(states):
    return {name: state.as_json() for name, state in states.items()}


def test_only_the_learners_nodes_are_read(before_and_after):
    before, *_ = before_and_after
    assert set(before) == {"h1", "r1", "h2"}
    assert "hostname r1" in before["r1"].running
    assert before["h1"].running is None


def test_links_pipes_and_temporary_files_are_ignored(before_and_after):
    _, after, _ = before_and_after
    found = set(after["r1"].files)
    assert {"root/huge", "root/...", "etc/hosts", "root/a b/x\udcff\ny"} <= found
    assert not found & {"root/secret", "root/out", "root/pipe", "tmp/quiet", "run/quiet"}
    assert after["r1"].files["root/huge"].content is None


def test_the_private_files_of_shells_and_editors_are_ignored(before_and_after):
    _, after, _ = before_and_after
    mine = {name for name in after["r1"].files if name.startswith("root/.")}
    assert mine == {"root/..."}


def test_the_size_of_many_files_is_bounded_and_the_state_is_incomplete(before_and_after):
    _, after, _ = before_and_after
    assert not after["h1"].complete
    assert sum(len(file.content or b"") for file in after["h1"].files.values()) < 2 * changes.LARGEST
    assert len(after["h1"].files) <= 200


def test_the_difference_has_the_route_and_the_line(before_and_after):
    before, after, _ = before_and_after
    found = {item.name: item for item in differences(kept(before), after) if item.node == "r1"}
    assert ("+", "ipv6 route 2001:db8:77::/48 blackhole") in found[""].lines
    assert ("+", "one more") in found["etc/hosts"].lines
    assert found["etc/hosts"].added == 1
    assert differences(kept(before), before) == []


def test_what_is_typed_into_the_network_of_a_node_is_a_difference(before_and_after):
    before, after, _ = before_and_after
    found = {item.node: item.lines for item in differences(kept(before), after) if item.is_network}
    assert ("+", "ip address add 2001:db8:79::1/64 dev eth0") in found["h1"]
    assert ("+", "ip -6 route add blackhole 2001:db8:7a::/48") in found["h1"]
    assert not any("2001:db8:77::" in line for _sign, line in found.get("r1", ()))  # FRR's route is in what runs


def test_what_was_taken_from_the_kernel_behind_the_daemon_s_back_is_named(before_and_after):
    *_, lines = before_and_after
    assert [(one.node, one.block, one.line, one.lack) for one in lines] == [
        ("r1", "interface eth0", "ipv6 address 2001:db8:78::2/64", Lack.ADDRESS)
    ]


def test_the_names_in_the_archive_are_safe(before_and_after):
    _, after, _ = before_and_after
    names = zipfile.ZipFile(io.BytesIO(archive("a-lab", after))).namelist()
    assert "a-lab/r1/running-config" in names
    assert "a-lab/r1/files/root/a_b/x__y" in names
    assert all(safe_path(name) == name for name in names)


def test_a_cable_that_is_down_is_down_at_both_ends(runner, village):
    with runner.running(village) as session:
        pulled = village.links[3]
        assert {link_state.state(link, link_state.read_link_states(village, session)) for link in village.links} == {
            "up"
        }
        session.do({"link": "r1:eth1", "up": False})
        ends = link_state.read_link_states(village, session)
        assert [link_state.state(link, ends) for link in village.links] == ["up", "up", "up", "down"]
        assert set(ends) >= {str(end) for end in pulled.ends}
