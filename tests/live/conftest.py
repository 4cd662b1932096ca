"""A real engine, a real relay, real labs."""

from contextlib import ExitStack

import pytest

from labs.engine.definition.ad_hoc import ad_hoc_lab, link
from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.runtime.runner import Shell, runner
from tests.live.whole_site import Up
from tests.told_at_once import OF_A_SITE

__all__ = ["link", "make_lab"]

BIRD = b"""router id 192.0.2.9;
protocol device {}
protocol static { ipv6; route 2001:db8:b::/48 blackhole; }
"""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Show with a test that fails what the sites logged that run."""
    report = yield
    if report.failed:
        report.sections += [(f"{OF_A_SITE} {site.port}", site.last_lines()) for site in Up.running]
    return report


def make_lab(nodes, links, **more):
    return ad_hoc_lab(more.pop("id", "a-lab"), nodes, links, **more)


@pytest.fixture(scope="session", name="runner")
def opened_runner():
    """An engine and relay of its own, for all labs of a test run."""
    with runner() as opened:
        opened.engine.check()
        yield opened


@pytest.fixture(scope="session")
def village():
    """One of each kind: a host and a FRR router on a switch, a BIRD router behind."""
    nodes = [
        Node(name="h1", kind=Kind.HOST, start=("ip -6 route add default via 2001:db8:1::1",)),
        Node(
            name="r1",
            kind=Kind.FRR,
            daemons=("ospf6d", "bgpd"),
            loopback=("2001:db8:ff::1/128",),
            files=(
                StartFile(
                    path="/etc/frr/frr.conf", content=b"hostname r1\nip forwarding\nipv6 forwarding\n", executable=False
                ),
            ),
        ),
        Node(
            name="b1",
            kind=Kind.BIRD,
            learner=False,
            files=(StartFile(path="/etc/bird/bird.conf", content=BIRD, executable=False),),
        ),
        Node(name="s1", kind=Kind.SWITCH),
        Node(name="h2", kind=Kind.HOST),
    ]
    links = [
        link("h1:eth0", "s1:p1", ["2001:db8:1::10/64"]),
        link("r1:eth0", "s1:p2", ["2001:db8:1::1/64"]),
        link("h2:eth0", "s1:p3", ["2001:db8:1::20/64"]),
        link("r1:eth1", "b1:eth0", ["2001:db8:2::1/64"], ["2001:db8:2::2/64"]),
    ]
    return make_lab(nodes, links)


@pytest.fixture(scope="module")
def lab(runner, village):
    with runner.running(village) as session:
        yield session


@pytest.fixture
def window(lab):
    """Opens windows on terminals of the lab; closes them in the end."""
    with ExitStack() as stack:

        def open_window(node, terminal="1", **more):
            return stack.enter_context(lab.open_terminal(node, terminal, **more))

        yield open_window


@pytest.fixture
def shell_on():
    """Opens shells on nodes of any session; closes them in the end."""
    with ExitStack() as stack:

        def open_shell(session, node, terminal="1"):
            return stack.enter_context(Shell(session, node, terminal))

        yield open_shell
