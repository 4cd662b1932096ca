"""A learner puts a false program in the place of a routing daemon, on a whole real site. The verdicts of others come as before."""

import json
import os
import sqlite3
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.runner import Shell
from tests.live.test_live_checks import OpenPage, until
from tests.live.whole_site import Up
from vaka.ops.site_client import SiteClient

pytestmark = pytest.mark.live
LAB = "ospfv3-one-area"
STIRS = 40.0  # seconds for which the liar's lab never converges
MOST = 0.35  # of a core: what the watcher may use meanwhile, for both labs

# It speaks as FRR does on its socket. To each question it says one key, over and over: two routes to one prefix are one key twice.
LIAR = r"""
use strict; use IO::Socket::UNIX;
my $path = "/run/frr/ospf6d.vty"; unlink $path;
my $listening = IO::Socket::UNIX->new(Local => $path, Listen => 64) or die; chmod 0777, $path;
my $says = '{"neighbors": [' . join(",", ('{"neighborId":"1.1.1.1"}') x 6000) . '], "routes": {'
  . join(",", map { sprintf '"2001:db8:%x::/64":[{"flags":"B"}]', $_ } 0 .. 3999) . "}" . ', "x":0' x 30000 . "}";
$SIG{CHLD} = 'IGNORE'; $SIG{PIPE} = 'IGNORE';
while (my $from = $listening->accept) {
  next if fork; $/ = "\0";
  while (my $asked = <$from>) { $from->print($asked =~ /^enable/ ? "" : $says, "\0\0\0\0"); $from->flush }
  exit;
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("liars")
    up = Up(folder / "state", folder / "up.log")
    try:
        yield up.until_it_serves(240)  # this server may be busy
    finally:
        up.end()


class Learner:
    """Somebody with a lab that runs, and its page."""

    def __init__(self, site, visitor, who):
        self.site, self.visitor = site, visitor
        visitor.send_for_json(f"/labs/{LAB}/start")
        mine = f"JOIN accounts_user AS user ON user.id = learner_id WHERE username = '{who}'"
        [[raw]] = self.query(f"SELECT labs_labsession.id FROM labs_labsession {mine}")
        self.row = raw
        name = f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"
        self.session = LabClient(site.state / "run/engine/relay.sock", name)
        until(lambda: self.state() == "ready", 300)

    def state(self):
        return self.query(f"SELECT state FROM labs_labsession WHERE id = '{self.row}'")[0][0]

    def query(self, sql):
        with closing(sqlite3.connect(f"file:{self.site.state}/database/db.sqlite3?mode=ro", uri=True)) as database:
            return database.execute(sql).fetchall()

    def outcome(self, check):
        found = self.query(
            f"SELECT outcome FROM labs_checkstatus WHERE session_id = '{self.row}' AND check_id = '{check}'"
        )
        return found[0][0] if found else ""

    def exhausted_resources(self):
        [[found]] = self.query(f"SELECT exhausted_resources FROM labs_labsession WHERE id = '{self.row}'")
        return json.loads(found)

    def address(self):
        """Return the address that r1's loopback should have: the numbers are the learner's own."""
        [[seed]] = self.query(f"SELECT seed FROM labs_labsession WHERE id = '{self.row}'")
        lab = load_lab(Path("labs/catalog") / LAB, seed)
        return next(check for check in lab.checks() if check.id == "loopback-r1").expect["addresses"][0]


@contextmanager
def learner(site, who):
    with SiteClient(f"http://localhost:{site.port}") as visitor:
        form = visitor.read("/accounts/login/").form(with_field="password")
        people = json.loads((site.state / "credentials/demo_people.json").read_text())
        visitor.send(form, login=who, password=people[who])
        found = Learner(site, visitor, who)
        page = OpenPage(found)
        page.until("watch", on=True)
        yield found
        page.shut.set()


def cpu(site):
    """Seconds of CPU that the watcher has used."""
    fields = Path(f"/proc/{site.processes()['watcher']}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


QUESTION = {"ask": "vty", "node": "r1", "daemon": "ospf6d", "commands": ["show ipv6 ospf6 neighbor json"]}
NO_REST = "while :; do ip addr add 2001:db8:9::9/128 dev lo; ip addr del 2001:db8:9::9/128 dev lo; sleep 0.3; done"


def test_a_false_daemon_costs_no_other_lab_its_verdict(site):
    with learner(site, "trainee") as ada, learner(site, "mentor") as liar, Shell(liar.session, "r1") as false:
        false.type("killall ospf6d; sleep 0.5")
        false.type(f"cat > /tmp/liar <<'END'\r{LIAR.strip().replace(chr(10), chr(13))}\rEND")
        false.type("perl /tmp/liar > /dev/null 2>&1 &")
        until(lambda: len(said(liar)) > 500_000, 10)
        false.send(f"{NO_REST}\r".encode())
        began, used, turns = time.monotonic(), cpu(site), 0
        with Shell(ada.session, "r1") as shell:
            while time.monotonic() - began < STIRS:  # each turn is a verdict that came, and one that went
                for act, outcome in (("add", "passed"), ("del", "failed")):
                    shell.type(f"ip addr {act} {ada.address()} dev lo")
                    until(lambda outcome=outcome: ada.outcome("loopback-r1") == outcome, 10)
                turns += 1
        share = (cpu(site) - used) / (time.monotonic() - began)
        print(f"watcher_cores {share:.2f}, verdicts {2 * turns}")
        assert turns >= STIRS / 20
        assert share < MOST
        until(lambda: "Reading the answers of" in str(liar.exhausted_resources()), 30)
        assert liar.exhausted_resources()[0]["params"]["node"] == "r1"
        assert "Reading the answers of r1 took more than" in liar.visitor.read(f"/labs/{LAB}/").text
        assert not ada.exhausted_resources()
        missed = f"SELECT COUNT(*) FROM labs_checkstatus WHERE missed AND session_id = '{liar.row}'"
        until(lambda: liar.query(missed)[0][0], 30)  # a live check that was whole has just removed the mark


def said(learner):
    [answer] = learner.session.ask([QUESTION])
    return str(answer.get("outputs", ""))
