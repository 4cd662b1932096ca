"""A lab with an image flavour: its image is one layer on the lab image, and its programs run behind the same walls."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from labs.engine.definition.spec import Kind, Node, StartFile
from labs.engine.runtime import flavour_build, flavours, image
from labs.engine.runtime.flavours import Flavour
from labs.engine.runtime.runner import Shell
from tests.live.conftest import link, make_lab

pytestmark = pytest.mark.live

ZONE = """$ORIGIN example.
$TTL 60
@ SOA ns hostmaster 1 3600 900 86400 60
@ NS ns
ns AAAA 2001:db8:1::53
www AAAA 2001:db8:1::80
"""
NSD = """server:
  ip-address: 2001:db8:1::53
  username: nsd
  pidfile: /run/nsd.pid
remote-control:
  control-enable: no
zone:
  name: example
  zonefile: /etc/nsd/example.zone
"""
KNOT = """server:
  listen: 2001:db8:1::54@53
  user: knot:knot
zone:
  - domain: example
    file: /etc/nsd/example.zone
    storage: /var/lib/knot
    zonefile-sync: -1
    journal-content: none
"""
UNBOUND = """server:
  interface: 2001:db8:1::55
  access-control: ::/0 allow
  username: unbound
  chroot: ""
  do-not-query-localhost: no
  module-config: "iterator"
stub-zone:
  name: example
  stub-addr: 2001:db8:1::53
"""
FILES = {
    "/etc/nsd/example.zone": ZONE,
    "/etc/nsd/nsd.conf": NSD,
    "/etc/knot/knot.conf": KNOT,
    "/etc/unbound/unbound.conf": UNBOUND,
}


@pytest.fixture(scope="module")
def dns(bench):
    """The image of the flavour dns, built from scratch if the engine does not have it."""
    flavour_build.build("dns")
    return bench.engine.image("dns")


@pytest.fixture(scope="module")
def servers(bench, dns):
    """A lab with one host that has three addresses, and one that asks."""
    files = tuple(StartFile(path=path, content=text.encode(), executable=False) for path, text in FILES.items())
    nodes = [Node(name="h1", kind=Kind.HOST, files=files), Node(name="h2", kind=Kind.HOST)]
    addresses = ["2001:db8:1::53/64", "2001:db8:1::54/64", "2001:db8:1::55/64"]
    with bench.running(
        make_lab(nodes, [link("h1:eth0", "h2:eth0", addresses, ["2001:db8:1::2/64"])], image="dns")
    ) as lab:
        yield lab


def test_an_image_flavour_is_one_layer_on_the_lab_image(bench, dns):
    base, made = (
        bench.engine.client.api.inspect_image(tag)["RootFS"]["Layers"] for tag in (image.image_tag(), dns.tag)
    )
    assert made[:-1] == base
    assert 0 < dns.size - bench.engine.image().size < 40_000_000


def test_it_says_what_it_is_and_is_as_old_as_the_lab_image(bench, dns):
    base = bench.engine.image()
    assert (dns.flavour, dns.packages_at, dns.base_at) == ("dns", base.packages_at, base.base_at)
    assert {"nsd", "knot", "frr"} <= set(dns.versions)
    assert dns.packages != base.packages
    assert "nsd" in bench.engine.packages("dns")["nodes"]
    assert "nsd" not in bench.engine.packages()["nodes"]


def answers(shell, line):
    """Type a line, and return what it printed."""
    lines = [text.strip() for text in shell.type(line).replace("\r", "\n").splitlines()]
    return [text for text in lines if text and line not in text and not text.startswith("root@")]


@pytest.mark.parametrize(
    ("start", "name", "address"),
    [
        ("nsd -c /etc/nsd/nsd.conf", "nsd", "2001:db8:1::53"),
        ("install -d -o knot -g knot /run/knot; knotd -d", "knotd", "2001:db8:1::54"),
        ("unbound", "unbound", "2001:db8:1::55"),
    ],
)
def test_each_name_server_answers_as_a_program_without_root(start, name, address, servers):
    """nsd is the first: unbound asks it."""
    with Shell(servers, "h1") as h1, Shell(servers, "h2") as h2:
        h1.type(start)
        until, said = time.monotonic() + 20, list[str]()
        while said != ["2001:db8:1::80"]:
            assert time.monotonic() < until, said
            said = answers(h2, f"dig +short +tries=1 +time=2 @{address} www.example AAAA")
        processes = [text.split() for text in answers(h1, "ps -eo user=,args=")]
        users = {user for user, *words in processes if any(name in word for word in words)}
        assert users == {{"knotd": "knot"}.get(name, name)}


def test_no_program_of_a_package_runs_by_itself_and_no_file_gives_rights(servers):
    with Shell(servers, "h2") as h2:
        assert answers(h2, "pgrep -c 'nsd|knotd|unbound|named'") == ["0"]
        assert answers(h2, "find / -xdev -type f -perm /6000 | wc -l") == ["0"]
        assert answers(h2, "find / -xdev ! -path /proc ! -path /sys '(' -uid 65534 -o -gid 65534 ')'") == []


def test_the_running_lab_says_of_which_flavour_it_is(bench, dns, servers):
    assert bench.engine.look(servers.session).flavour == "dns"
    assert bench.engine.sessions()[servers.session].flavour == "dns"


def test_cleaning_leaves_the_images_of_today(bench, dns):
    old = {one.tag for one in bench.engine.old_images(datetime.now(UTC) + timedelta(hours=1))}
    assert dns.tag not in old


def test_a_flavour_that_debian_does_not_have_is_not_built_and_apt_says_why(tmp_path):
    """As the worker builds: the end of the output names the package."""
    script = f"import runpy, sys; sys.argv = ['build', '--flavour', 'none']; from labs.engine.runtime import flavours as f\n{NONE}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=image.REPO, check=False)
    assert done.returncode == 1
    assert "Unable to locate package no-such-package" in done.stderr
    assert Flavour("none", "", ("no-such-package",)).tag not in [one.tag for one in flavours.known().values()]


NONE = """
made = f.Flavour("none", "None", ("no-such-package",))
f.known = lambda: {"none": made}
runpy.run_path("docker/lab/build", run_name="__main__")
"""
