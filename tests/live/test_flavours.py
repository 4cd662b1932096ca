"""A lab with an image flavour: its image is one layer on the lab image, and its programs run behind the same walls."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from labs.engine.runtime import flavour_build, flavours, image
from labs.engine.runtime.flavours import Flavour
from tests.judged_names import NAMES
from tests.live.name_servers import STARTS, name_servers, start

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def dns(runner):
    """The image of the flavour dns, built from scratch if the engine does not have it."""
    flavour_build.build("dns")
    return runner.engine.image("dns")


@pytest.fixture(scope="module")
def servers(runner):
    with name_servers(runner) as lab:
        yield lab


def test_an_image_flavour_is_one_layer_on_the_lab_image(runner, dns):
    base, made = (
        runner.engine.client.api.inspect_image(tag)["RootFS"]["Layers"] for tag in (image.image_tag(), dns.tag)
    )
    assert made[:-1] == base
    assert 0 < dns.size - runner.engine.image().size < 40_000_000


def test_it_says_what_it_is_and_is_as_old_as_the_lab_image(runner, dns):
    base = runner.engine.image()
    assert (dns.flavour, dns.packages_at, dns.base_at) == ("dns", base.packages_at, base.base_at)
    assert {"nsd", "knot", "frr"} <= set(dns.versions)
    assert dns.packages != base.packages
    assert "nsd" in runner.engine.packages("dns")["nodes"]
    assert "nsd" not in runner.engine.packages()["nodes"]


def test_no_program_of_a_package_runs_by_itself_and_no_file_gives_rights(servers):
    assert servers.type("h2", "pgrep -c 'nsd|knotd|unbound|named'") == "0"
    assert servers.type("h2", "find / -xdev -type f -perm /6000 | wc -l") == "0"
    assert servers.type("h2", "find / -xdev ! -path /proc ! -path /sys '(' -uid 65534 -o -gid 65534 ')'") == ""


def test_the_folders_of_services_are_there_as_systemd_would_make_them(servers):
    assert servers.type("h2", "stat -c '%n %U %G %a' /run/knot /run/nsd /var/lib/knot").split("\n") == [
        "/run/knot knot knot 755",
        "/run/nsd nsd nsd 755",
        "/var/lib/knot root knot 770",
    ]


def test_each_name_server_starts_as_a_program_without_root_and_does_its_work(servers):
    """A signed zone, a zone transferred with a key, a reverse zone, and a resolver that validates."""
    start(servers)
    assert servers.unpassed(*((kind, on, true) for kind, on, true, _false in NAMES)) == []
    processes = [line.split() for line in servers.type("h1", "ps -eo user=,comm=").splitlines()]
    users = {program.rstrip(":"): user for user, program, *_more in processes}
    assert {program: users[program] for program in STARTS} == {"nsd": "nsd", "knotd": "knot", "unbound": "unbound"}
    never = [(kind, on, false) for kind, on, _true, false in NAMES]
    assert len(servers.unpassed(*never, within=0)) == len(never)


def test_the_running_lab_says_of_which_flavour_it_is(runner, dns, servers):
    name = servers.session.session
    assert runner.engine.container_of(name).flavour == "dns"
    assert runner.engine.sessions()[name].flavour == "dns"


def test_cleaning_leaves_the_images_of_today(runner, dns):
    old = {one.tag for one in runner.engine.old_images(datetime.now(UTC) + timedelta(hours=1))}
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
