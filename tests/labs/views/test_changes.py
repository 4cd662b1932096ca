"""The changes of Ada in her lab, her configurations as a zip, and the state of the links in the drawing."""

import io
import re
import zipfile

import pytest

from labs.engine.runtime.changes import NodeState
from labs.engine.state import reading
from labs.engine.state.facts import Section
from labs.lifecycle.services import request_check
from labs.models import LabSession
from labs.views import changes
from tests import builders
from tests.labs.views.helpers import url

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def relay(monkeypatch, engine, ready):
    """The way into Ada's lab; the lab itself."""
    inside = engine.client_of(ready)
    monkeypatch.setattr(changes, "LabClient", lambda relay, session: inside)
    return inside


def test_the_difference_is_in_words_and_escaped(ada_client, ready, relay):
    relay.running = "hostname r1\n!\nipv6 route 2001:db8::/32 blackhole\n"
    relay.files["/etc/light"] = "<script>alert(1)</script>\n"
    text = ada_client.get(url("changes", ready), headers={"X-Vaka": "part"}).text
    assert "<html" not in text
    assert "running configuration" in text
    assert re.search(r'<span class="vh">added: </span>.*ipv6 route 2001:db8::/32 blackhole</ins>', text)
    assert "&lt;script&gt;alert(1)" in text
    assert "<html" in ada_client.get(url("changes", ready)).text


def test_an_untouched_lab_has_no_differences(ada_client, ready, relay):
    assert "configured as at the start" in ada_client.get(url("changes", ready)).text


def test_an_interface_is_no_change_while_its_cable_is_unplugged_on_the_page(ada_client, ready, relay, monkeypatch):
    """Regression: “ip link set eth0 down” stood there, as if the learner had typed it."""

    def collect(*_args, **_how):
        return {node: NodeState(network="ip link set eth0 down\nip link set eth1 down\n") for node in ("r1", "h1")}

    monkeypatch.setattr(changes, "collect", collect)
    LabSession.objects.update(
        initial_state={node: {"running": None, "network": "", "files": {}} for node in ("r1", "h1")}
    )
    there = url("changes", ready)
    assert ada_client.get(there).text.count("ip link set eth0 down") == 2
    LabSession.objects.update(cables={"r1:eth0": {"up": False}})
    text = ada_client.get(there).text
    assert text.count("ip link set eth0 down") == 0  # at both ends
    assert text.count("ip link set eth1 down") == 2
    zipped = zipfile.ZipFile(io.BytesIO(ada_client.get(url("download", ready)).content))
    assert zipped.read("first-light/r1/network") == b"ip link set eth1 down\n"


def test_what_is_configured_and_not_in_the_kernel_is_named_with_what_to_do(ada_client, ready, relay, monkeypatch):
    facts = {Section.CONFIG: {"interface eth0": "ipv6 address 2001:db8::2/64", "": "ip route 192.0.2.0/24 <b>"}}
    facts |= {Section.INTERFACES: {"eth0 up": "yes", "eth0 addresses": ""}, Section.ROUTES: {}}
    monkeypatch.setattr(reading, "take", lambda lab, asker, only: dict.fromkeys(only, facts))
    text = ada_client.get(url("changes", ready), headers={"X-Vaka": "part"}).text
    assert "Configured, but not in the kernel" in text
    assert "<code>interface eth0: ipv6 address 2001:db8::2/64</code>. The interface does not have this address." in text
    assert "ip route 192.0.2.0/24 &lt;b&gt;" in text
    assert text.count("<b>r1</b>") == 2
    assert "<b>up</b>" not in text


def test_a_node_whose_kernel_agrees_has_no_such_list(ada_client, ready, relay):
    assert 'id="unapplied"' not in ada_client.get(url("changes", ready)).text


def test_ada_downloads_her_configurations(ada_client, ready, relay):
    relay.files["/etc/../../bad name"] = "mine\n"
    answer = ada_client.get(url("download", ready))
    assert answer["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert "first-light/r1/running-config" in names
    assert "first-light/h1/files/etc/bad_name" in names
    assert not any(".." in name or "/up/" in name for name in names)


def test_another_learner_gets_404(linus, ready, relay):
    stranger = builders.signed_in(linus)
    assert stranger.get(url("changes", ready)).status_code == 404
    assert stranger.get(url("download", ready)).status_code == 404
    assert stranger.post(url("extend", ready)).status_code == 404


def test_a_lab_that_does_not_answer_says_so(ada_client, engine, ready, relay):
    engine.loses(ready)
    answer = ada_client.get(url("download", ready))
    assert answer.status_code == 409
    assert "did not answer" in answer.text


def test_the_drawing_shows_which_link_is_down(ada_client, lab, ready, relay, queue):
    page = ada_client.get(f"/labs/{lab.id}/").text
    assert not re.search(r'<text class="t[pf]"', page)  # what is up is as it should be
    relay.link_state = "DOWN"
    request_check(ready)
    queue()
    page = ada_client.get(f"/labs/{lab.id}/").text
    assert re.search(r'<text class="tf"[^>]*>down</text>', page)
