"""A class lab of ten nodes on a real engine: Ada and Grace at routers of their own, by the site's tokens and the real gateway."""

import asyncio
import json
import re
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.utils import timezone

from labs.engine.adapters.daemons import daemon_of
from labs.engine.authoring import parse
from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Check, Kind, Node, SeatPlan, Stage
from labs.engine.grading.grading import grade
from labs.engine.runtime.shell import type_lines
from labs.engine.shared import pace
from labs.lifecycle import (
    cables,
    captures,
    check_work,
    class_labs,
    lab_access,
    seat_attempts,
    seat_handover,
    services,
    starts,
    stops,
)
from labs.models import LabSession, State
from labs.pages import peerings
from labs.registry import versions
from labs.terminals import gateway, permissions
from tests import builders, servers
from tests.live.conftest import link, make_lab
from vaka.accounts.models import INSTRUCTORS

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]
ROUTERS, HOSTS = [f"r{n}" for n in range(1, 5)], [f"h{n}" for n in range(1, 5)]


@pytest.fixture
def class_lab(tmp_path):
    """Four routers on a switch, a host behind each, and a route server that is the instructor's."""
    (tmp_path / "guide.md").write_text("# A class\n")
    nodes = [
        *(Node(name=name, kind=Kind.BIRD) for name in ROUTERS),
        *(Node(name=name, kind=Kind.HOST) for name in HOSTS),
        Node(name="rs", kind=Kind.BIRD, learner=False),
        Node(name="ix", kind=Kind.SWITCH),
    ]
    links = [link(f"{name}:eth0", f"ix:p{n}") for n, name in enumerate([*ROUTERS, "rs"], 1)]
    links += [link(f"{router}:eth1", f"{host}:eth0") for router, host in zip(ROUTERS, HOSTS, strict=True)]
    checks = tuple(
        Check(id=name, type="file.content", title=name, on=(name,), expect={"path": "/etc/mine", "contains": ["yes"]})
        for name in ROUTERS
    )
    seats = tuple(SeatPlan(id=r, nodes=(r, h)) for r, h in zip(ROUTERS, HOSTS, strict=True))
    stages = (Stage(id="mine", title="Mine", checks=checks),)
    return make_lab(nodes, links, id="a-class", stages=stages, seats=seats, folder=tmp_path)


@pytest.fixture
def shared(runner, class_lab, monkeypatch, settings, tmp_path):
    """The class, running; the broker is a real one too."""

    @contextmanager
    def engine():
        yield runner.engine

    monkeypatch.setattr(lab_access, "engine", engine)
    monkeypatch.setattr(versions, "newest", lambda lab, seed=0: class_lab)
    monkeypatch.setattr(versions, "version", lambda *_: class_lab)
    monkeypatch.setattr(versions, "keep", lambda lab: None)
    monkeypatch.setattr(permissions, "EVERY", 60.0)  # what closes here closes because somebody said so
    settings.RELAY_SOCKET = runner.relay
    people = {name: builders.make_person(name) for name in ("ada", "grace")}
    ngozi = builders.make_person("ngozi", group=INSTRUCTORS)
    with servers.broker(tmp_path) as url:
        settings.REDIS_URL = url
        session = LabSession.objects.create(learner=ngozi, lab="a-class", lab_version="0", admitted_at=timezone.now())
        class_labs.put(session, people["ada"], ["r1", "h1"])
        class_labs.put(session, people["grace"], ["r2", "h2"])
        session.seats.update(opened_at=timezone.now())
        try:
            starts.start(session.pk, 1)
            session.refresh_from_db()
            assert session.state == State.READY, session.detail
            yield session, people
        finally:
            runner.engine.remove(str(session.pk))


class Terminal:
    """One open terminal, at the gateway, as a page has it."""

    def __init__(self, application):
        headers = [(b"host", b"localhost:8001"), (b"origin", b"http://localhost:8000")]
        scope = {"type": "websocket", "path": "/terminal", "headers": headers}
        self.socket = ApplicationCommunicator(application, scope)

    async def opens(self, token):
        await self.socket.send_input({"type": "websocket.connect"})
        await self.socket.receive_output(5)
        await self.says(json.dumps({"token": token, "rows": 24, "cols": 80}))
        return self

    async def says(self, value):
        await self.socket.send_input(
            {"type": "websocket.receive", "bytes" if isinstance(value, bytes) else "text": value}
        )

    async def reads(self, until):
        seen = b""
        while until not in seen:
            seen += (await self.socket.receive_output(20)).get("bytes") or b""
        return seen

    async def closed(self, seconds=20):
        while (event := await self.socket.receive_output(seconds))["type"] != "websocket.close":
            pass
        return event["code"]


def test_two_people_of_a_class_type_on_their_own_nodes_only(shared):
    session, people = shared
    clients = {name: builders.signed_in(person) for name, person in people.items()}

    def ask(name, node, **more):
        return clients[name].post(f"/labs/sessions/{session.pk}/terminal-token", {"node": node, **more})

    async def play():
        application = gateway.Gateway()
        await application.start()
        try:
            terminals = {}
            for name, node in (("ada", "r1"), ("grace", "r2")):
                token = (await sync_to_async(ask)(name, node)).json()["token"]
                terminals[name] = await Terminal(application).opens(token)
                await terminals[name].says(f"echo yes > /etc/mine; echo of-$((40+2))-{name}\r".encode())
                await terminals[name].reads(f"of-42-{name}".encode())
            for node in ("r2", "h2", "r3", "rs"):
                for mode in ("control", "view"):
                    assert (await sync_to_async(ask)("ada", node, mode=mode)).status_code == 404
            # Even a token that the site should never have given opens nothing
            forged = gateway.tokens.issue(people["ada"].pk, session.pk, "r2", "1", "view")
            assert await (await Terminal(application).opens(forged)).closed() == 4403
            await sync_to_async(class_labs.remove)(session, people["ada"])
            assert await terminals["ada"].closed(10) == 4404
            await terminals["grace"].says(b"echo still-$((6*7))\r")
            await terminals["grace"].reads(b"still-42")
            await terminals["grace"].socket.send_input({"type": "websocket.disconnect", "code": 1001})
            await asyncio.wait_for(terminals["grace"].socket.future, 5)
        finally:
            await application.stop()

    async_to_sync(play)()


def test_one_pass_of_the_grader_keeps_for_each_learner_what_is_theirs(shared):
    session, people = shared
    with lab_access.client_of(session).open_terminal("r1", "t", rows=24, cols=80) as talk:
        talk.send(b"echo yes > /etc/mine; echo don$((0))e\r")
        seen = b""
        while b"don0e" not in seen:
            seen += talk.receive(20).payload
    check_work.check(session.jobs.create(kind="attempt").pk)
    found = {attempt.learner: (attempt.score, attempt.out_of) for attempt in session.attempts.all()}
    # r3 and r4 are nobody's yet, so their checks count for both
    assert found == {people["ada"]: (1, 3), people["grace"]: (0, 3)}
    kept = {attempt.learner: attempt.configuration.nodes for attempt in session.attempts.all()}
    assert kept[people["ada"]]["r1"]["files"]["etc/mine"] == "yes\n"
    assert not set(kept[people["ada"]]) & set(kept[people["grace"]]), "each seat keeps its own nodes"


def test_grace_makes_her_cable_lossy_and_listens_there_and_tomorrow_the_class_goes_on(shared, settings, tmp_path):
    session, people = shared
    settings.STATE_DIR = tmp_path
    wire = next(number for number, link in enumerate(versions.newest("a-class").links) if str(link.a) == "r2:eth1")
    lossy = {"cable": wire, "up": True, "rate": None, "delay": None, "loss": 50.0}
    with pytest.raises(cables.NotDone):
        cables.change(session, people["ada"], lossy)
    cables.change(session, people["grace"], lossy)
    with pytest.raises(captures.NotCaptured):
        captures.begin(session, people["ada"], "r2:eth1", "", 5)
    taken = captures.begin(session, people["grace"], "h2:eth0", "icmp6", 60)  # it is stopped below
    with lab_access.client_of(session).open_terminal("h2", "t", rows=24, cols=80) as talk:
        # A young address of the link is tentative for a moment, and a ping from it is refused
        talk.send(
            b"until ping -c 9 -i 0.05 ff02::1%eth0; do sleep 0.2; done; echo kept > /root/mine; sync; echo don$((0))e\r"
        )
        seen = b""
        while b"don0e" not in seen:
            seen += talk.receive(20).payload
    captures.stop(taken)
    while not taken.ended_at:
        captures.refresh(session)
        taken.refresh_from_db()
    assert taken.packets > 0
    assert captures.pcap(taken).read_bytes()
    session.touch()
    services.stop_session(session)
    stops.stop(session.pk)
    again = services.request_session(session.learner, "a-class", session.saves.get())
    assert again.seats.count() == 2
    LabSession.objects.filter(pk=again.pk).update(state=State.REQUESTED, admitted_at=timezone.now(), error="")
    try:
        starts.start(again.pk, again.generation)
        again.refresh_from_db()
        assert again.state == State.READY, again.detail
        assert again.cables == {"r2:eth1": {"up": True, "rate": 0, "delay": 0, "loss": 50.0}}
        token = gateway.tokens.issue(people["grace"].pk, again.pk, "h2", "1", "control")
        assert not permissions.refusals([gateway.tokens.read(token)])
        with lab_access.client_of(again).open_terminal("h2", "t", rows=24, cols=80) as talk:
            talk.send(b"cat /root/mine\r")
            seen = b""
            while b"kept" not in seen:
                seen += talk.receive(20).payload
    finally:
        lab_access.remove_container(again)


LEAVES = (
    b"export TRACE=left-in-the-environment; echo trace-$((40+2)) > /root/trace; echo 'echo trace-profile' >> /root/.bashrc;"
    b" history -a; (exec -a trace-program sleep 600 &); cd /etc; echo left-$((40+2))-here\r"
)
LOOKS = (
    b"echo env:$TRACE; pwd; history | cat; cat /root/.bash_history /root/trace; cat /proc/[0-9]*/cmdline | tr '\\0' ' ';"
    b" echo looked-$((40+2))\r"
)


def test_a_seat_that_changes_hands_has_nothing_of_who_sat_there(shared):
    """By the gateway, as pages do it: neither shell nor scrollback, history, environment, file or program stays."""
    session, people = shared
    clients = {name: builders.signed_in(person) for name, person in people.items()}
    clients["ngozi"] = builders.signed_in(session.learner)

    def ask(name, node="r3"):
        return clients[name].post(f"/labs/sessions/{session.pk}/terminal-token", {"node": node, "terminal": "1"})

    def make_new():
        for job in [*session.jobs.open(), *seat_handover.due()]:  # no worker runs here
            seat_handover.hand_over(job.pk)
        session.refresh_from_db()
        assert session.nodes_to_reset == []

    def sit_down(name):
        class_labs.put(session, people[name], ["r3", "h3"])

    async def types(application, name, keys, until):
        """Open the same terminal, type, and return all that it has shown, scrollback included."""
        answer = await sync_to_async(ask)(name)
        terminal = await Terminal(application).opens(answer.json()["token"])
        await terminal.says(keys)
        return terminal, await terminal.reads(until)

    async def play():
        application = gateway.Gateway()
        await application.start()
        try:
            await sync_to_async(sit_down)("ada")
            await sync_to_async(make_new)()
            terminal, _shown = await types(application, "ada", LEAVES, b"left-42-here")
            await sync_to_async(class_labs.remove)(session, people["ada"])
            assert await terminal.closed(10) == 4404, "whose seat it was is out before the node is reset"
            assert (await sync_to_async(ask)("ngozi")).status_code == 503, "and nobody is in meanwhile"
            await sync_to_async(make_new)()
            terminal, shown = await types(application, "ngozi", LOOKS, b"looked-42")
            assert clean(shown), shown
            await terminal.says(LEAVES)
            await terminal.reads(b"left-42-here")
            await sync_to_async(sit_down)("grace")
            assert await terminal.closed(10) == 4404, "the instructor's shell ends when somebody takes the seat"
            forged = gateway.tokens.issue(people["grace"].pk, session.pk, "r3", "1", "control")
            assert await (await Terminal(application).opens(forged)).closed() == 4403, "not even by the gateway"
            await sync_to_async(make_new)()
            terminal, shown = await types(application, "grace", LOOKS, b"looked-42")
            assert clean(shown), shown
        finally:
            await application.stop()

    async_to_sync(play)()


def clean(shown):
    """Tell whether a screen shows nothing of what was left; what was typed to look for it is no trace."""
    return not any(
        trace in shown for trace in (b"left-", b"trace-42", b"trace-profile\r\n", b"trace-program", b"/etc\r\n")
    )


# A class lab with bots


@contextmanager
def running_class(name, runner, monkeypatch, settings, tmp_path):
    """A class lab of the catalogue, running, with a bot at each seat."""

    @contextmanager
    def engine():
        yield runner.engine

    lab = load_lab(Path(parse.__file__).parents[2] / "catalog" / name)
    monkeypatch.setattr(lab_access, "engine", engine)
    monkeypatch.setattr(versions, "newest", lambda lab_id, seed=0: lab)
    monkeypatch.setattr(versions, "version", lambda *_: lab)
    monkeypatch.setattr(versions, "keep", lambda _lab: None)
    settings.RELAY_SOCKET = runner.relay
    with servers.broker(tmp_path) as url:
        settings.REDIS_URL = url
        ngozi = builders.make_person("ngozi", group=INSTRUCTORS)
        session = LabSession.objects.create(
            learner=ngozi, lab=lab.id, lab_version=lab.version, admitted_at=timezone.now(), is_class=True
        )
        try:
            starts.start(session.pk, 1)
            prepare(session)
            yield session, lab
        finally:
            runner.engine.remove(str(session.pk))


@pytest.fixture
def exchange(runner, monkeypatch, settings, tmp_path):
    """The exchange of 24."""
    with running_class("exchange-day", runner, monkeypatch, settings, tmp_path) as running:
        yield running


@pytest.fixture
def incident_day(runner, monkeypatch, settings, tmp_path):
    """The eight networks of the incident day."""
    with running_class("incident-day", runner, monkeypatch, settings, tmp_path) as running:
        yield running


def prepare(session):
    """Prepare the nodes that wait for their players, as a worker does: one job after another."""
    session.refresh_from_db()
    assert session.state == State.READY, session.detail
    while jobs := [*session.jobs.open(), *seat_handover.due()]:
        for job in jobs:
            assert seat_handover.hand_over(job.pk)
            job.refresh_from_db()
            assert not job.error, (job.error, job.detail)
    session.refresh_from_db()
    assert session.nodes_to_reset == []


def failing(session, lab):
    """The seats with a check that does not pass; empty for a shared one."""
    of_seat = {check.id: check.seat for check in lab.checks()}
    verdicts = grade(lab, lab_access.client_of(session), attempt=True)
    return {of_seat[verdict.check] for verdict in verdicts if verdict.outcome != "passed"}


def test_people_come_to_an_exchange_of_bots_go_and_come_back(exchange):
    session, lab = exchange
    ada = builders.make_person("ada")
    assert failing(session, lab) == set(), "24 bots are a full exchange"
    class_labs.sit_down(session, ada, "as64498")
    prepare(session)
    assert failing(session, lab) == {"as64498"}, "nobody else notices that a person begins"
    client = lab_access.client_of(session)
    type_lines(client, {"r3": lab.solution["port"]["r3"]})
    session.seats.update(check_asked_at=timezone.now(), opened_at=timezone.now())
    [job] = seat_attempts.due()
    check_work.check(job.pk)
    attempt = session.attempts.get()
    assert (attempt.learner, attempt.out_of) == (ada, 100)
    assert attempt.verdicts.get(check_id="port-3").outcome == "passed"
    class_labs.stand_up(session, ada)
    assert class_labs.let_bot_play(session, session.seats.get())
    prepare(session)
    assert failing(session, lab) == set(), "the bot has taken over"
    class_labs.sit_down(session, ada)
    prepare(session)
    assert failing(session, lab) == {"as64498"}
    assert grade(lab, client, attempt=True, checks={"port-3"})[0].outcome == "passed", "she has what she had typed"


# Nobody else has a policy like this one: r5 peers with AS 64509 and believes everything
BELIEVES = [
    "vtysh",
    "configure terminal",
    "route-map ALL permit 10",
    "exit",
    "router bgp 64500",
    "neighbor 2001:db8:ee::f4 remote-as 64509",
    "address-family ipv6 unicast",
    "neighbor 2001:db8:ee::f4 activate",
    "neighbor 2001:db8:ee::f4 route-map ALL in",
    "neighbor 2001:db8:ee::f4 route-map RS-OUT out",
    "end",
    "exit",
]
# What each scene announces beside other routes
SCENES = {
    "leak": "3fff:510::/32",
    "hijack 3": "3fff:3:bad::/48",
    "forge 20": "3fff:20::/32",
    "flood": "3fff:509:12c::/48",
}


def answer_of(client, question):
    return question.read(client.ask([question.ask], seconds=10)[0])


def until(true, seconds=20):
    end = time.monotonic() + pace.seconds(seconds)
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_no_scene_of_the_member_that_misbehaves_passes_the_route_server_or_costs_a_seat_a_point(exchange):
    session, lab = exchange
    client = lab_access.client_of(session)
    drops = daemon_of(lab.nodes["rs"]).bgp_received("2001:db8:ee::f4", "ipv6", dropped=True)

    def from_64509(node):
        rows = answer_of(client, daemon_of(lab.nodes[node]).bgp_table("ipv6"))
        return {str(row["prefix"]) for row in rows if row["as_path"].split()[:1] == ["64509"]}

    type_lines(client, {"r5": BELIEVES})
    until(lambda: "3fff:510:bad::/48" in from_64509("r5"))

    def r5():
        return next(member for member in peerings.of(session).members if member.node == "r5")

    until(lambda: (r5().received, r5().accepted) == (25, 1))
    found, member = peerings.of(session), r5()
    assert (found.at_server, found.bilateral) == (26, 1)
    assert [(pair.asn, pair.routes) for pair in member.direct] == [(64509, 2)]
    times = [member.since for member in found.members] + [pair.since for pair in member.direct]
    assert all(timezone.now() - timedelta(minutes=5) < at <= timezone.now() for at in times), (
        "FRR and BIRD say since when"
    )
    for scene, announced in SCENES.items():
        type_lines(client, {"lurker": [f"misbehave {scene}"]})
        until(lambda: announced in {str(row["prefix"]) for row in answer_of(client, drops)})  # noqa: B023 - called here
        until(lambda: announced in from_64509("r5"))  # noqa: B023
        assert from_64509("r6") == from_64509("member") == {"3fff:509::/32"}
        assert failing(session, lab) == set(), scene
    type_lines(client, {"lurker": ["misbehave off"]})
    until(lambda: from_64509("r5") == {"3fff:509::/32", "3fff:510:bad::/48"})
    assert {str(row["prefix"]) for row in answer_of(client, drops)} == {"3fff:510:bad::/48"}


# The incident day


def type_solution(session, lab, node):
    for lines in lab.solution.values():
        type_lines(lab_access.client_of(session), {node: lines[node]})


def timeline(session, seat):
    """The incidents of a seat, as the desk shows them to the instructor."""
    [answer] = lab_access.client_of(session).ask(
        [{"ask": "file", "node": "desk", "path": "/run/desk/timeline"}], seconds=10
    )
    return [part for part in re.split(r"\n(?=\S)", answer["text"]) if f", seat {seat}, " in part]


def test_four_people_and_four_bots_have_an_incident_day_and_nobody_needs_another(incident_day):
    session, lab = incident_day
    people = {number: builders.make_person(f"person{number}") for number in (2, 4, 6, 8)}
    seats = {number: lab.seats[number - 1].id for number in people}
    assert failing(session, lab) == set(), "eight bots have had all three incidents"
    for number, person in people.items():
        class_labs.sit_down(session, person, seats[number])
    prepare(session)
    client = lab_access.client_of(session)
    checks = {"watch6-2", "asked6-2", "asked4-2", "stopped6-2", "told-2", "asked3-2", "report-2"}

    def passed():
        return [
            verdict.check for verdict in grade(lab, client, attempt=True, checks=checks) if verdict.outcome == "passed"
        ]

    # A router that was reset has said to the desk who it is before anybody types: what the bot has done is not theirs
    until(lambda: not passed(), seconds=2)
    assert failing(session, lab) == set(seats.values())
    for number in people:
        type_solution(session, lab, f"r{number}")
    assert failing(session, lab) == set()
    assert any("mended after" in one and "those who can mend it are called" in one for one in timeline(session, 2))


# r1 passes the leak on, announces networks of r3 (behind the same transit) and r4 as if it were behind them, calls for others
# and for what is true, and calls often.
HARM = [
    "vtysh",
    "configure terminal",
    "route-map CUSTOMER6-IN permit 10",
    "no match ipv6 address prefix-list CUSTOMER6",
    "exit",
    "ipv6 prefix-list HARM permit 3fff:3::/32 le 48",
    "ipv6 prefix-list HARM permit 3fff:4::/32 le 48",
    "ip prefix-list HARM permit 198.51.100.0/24 le 32",
    "route-map TRANSIT-OUT permit 4",
    "match ipv6 address prefix-list HARM",
    "set as-path prepend 64498",
    "exit",
    "route-map TRANSIT-OUT permit 5",
    "match ip address prefix-list HARM",
    "exit",
    "router bgp 64496",
    "address-family ipv6 unicast",
    "network 3fff:3::/32",
    "network 3fff:4::/32",
    "network 3fff:3:1400::/41",
    "exit",
    "address-family ipv4 unicast",
    "network 198.51.100.64/27",
    "network 198.51.100.80/28",
    "end",
    "exit",
    'noc call AS64505 "hijack of 3fff:3::/32 and 198.51.100.64/27, please filter"',
    'noc call AS64504 "forged origin of 3fff:4::/32 and 198.51.100.96/27, please filter"',
    'for n in $(seq 30); do noc call AS64498 "hello $n" >/dev/null; done',
    "noc watch 3fff:3::/32 1 2",
]


def test_a_seat_that_does_harm_on_the_incident_day_loses_its_own_checks_only(incident_day):
    session, lab = incident_day
    type_lines(lab_access.client_of(session), {"r1": HARM})
    assert failing(session, lab) == {"as64496"}
    # The instructor begins incidents at the seats that it harms, and they are mended all the same.
    type_lines(lab_access.client_of(session), {"desk": ["incident begin 3 hijack", "incident begin 4 forge"]})
    for number, stage in ((3, "first"), (4, "third")):
        until(lambda: ": open" in timeline(session, number)[-1])  # noqa: B023 - called here
        lines = [line for line in lab.solution[stage][f"r{number}"] if not line.startswith("noc duty")]
        type_lines(lab_access.client_of(session), {f"r{number}": lines})
        until(lambda: "mended after" in timeline(session, number)[-1])  # noqa: B023
    assert failing(session, lab) == {"as64496"}
