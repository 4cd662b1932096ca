"""Every address of the site, asked for as everybody who could come, against the table in docs/permissions.md."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from http import HTTPStatus
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.core.cache import cache as limits
from django.db import transaction
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from courses import recall
from labs.lifecycle import captures
from labs.models import Capture, ClassSeat, Erasure, LabSession, Observer, State
from labs.registry import versions
from labs.terminals import permissions, tokens
from tests import builders
from tests.vaka.mentoring import objects as mentoring
from tests.vaka.mentoring.conftest import fails_now, first_check
from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.credentials import issuing
from vaka.credentials.certificate_content import CertificateContent
from vaka.home import account_deletion
from vaka.workshops.models import Role, Seat, Workshop
from vaka.workshops.services import guest_accounts, workshop_changes

TABLE = Path(__file__).parents[2] / "docs/permissions.md"
ROLES = ("visitor", "trainee", "mentor", "instructor", "administrator")
HOW = {"GET", "POST", "WebSocket"}
# What is told to who owns the thing, and to a stranger, where the table has the word
OWNER = {"yes": ("yes",), "own": ("yes",), "no": ("no",), "sign in": ("sign in",), "asked": ()}
STRANGER = {**OWNER, "own": ("no",)}
LAB, NODE = "ospfv3-one-area", "r1"
OR = " or "  # the last column: "learner or lead"; the second word holds for those who teach
TEACH = ("instructor", "administrator")
# What a person must have before they own an address that names nothing
NAMELESS = {"workshops:workshops": "workshop"}
COURSE, LESSON, QUIZ, QUESTION = "first-steps", "first-ebgp", "first-ebgp-quiz", "silent"


# The table


@dataclass(frozen=True)
class Row:
    address: str
    how: tuple[str, ...]  # GET, POST, WebSocket
    who: Mapping[str, str]
    whose: str

    def is_of(self, address: str) -> bool:
        return fnmatchcase(address, self.address)


def rows() -> list[Row]:
    found = []
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 3 + len(ROLES) and set(cells[1].split()) <= HOW:
            found.append(Row(cells[0], tuple(cells[1].split()), dict(zip(ROLES, cells[2:-1], strict=True)), cells[-1]))
    return found


def addresses() -> Iterator[tuple[str, str]]:
    """Yield the name of each address that the site has, with its path as Django writes it."""
    yield "ws:terminal", ""
    yield from _addresses(get_resolver(), "", "")


def _addresses(resolver, namespace: str, path: str) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        whole = path + str(entry.pattern)
        if hasattr(entry, "url_patterns"):
            yield from _addresses(entry, namespace + (f"{entry.namespace}:" if entry.namespace else ""), whole)
        else:
            yield namespace + (entry.name or entry.callback.__name__), whole


# The people, and what is theirs


def person(role: str, name: str) -> User | None:
    if role == "visitor":
        return None
    group = {"mentor": MENTORS, "instructor": INSTRUCTORS}.get(role, "")
    made = builders.make_person(f"{name}-{role}", group=group, is_staff=role == "administrator")
    if role == "administrator":
        User.objects.filter(pk=made.pk).update(is_superuser=True)
    return made


class Theirs:
    """Things of a person, as the words of the last column say; each is made when an address names one."""

    def __init__(self, whose: str, owner: User) -> None:
        self.whose, self.owner = whose.partition(OR)[0], owner
        self.made: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self.made:
            getattr(self, f"_{name}", lambda: None)()
        return self.made.get(name) or PLAIN[name]

    def _session(self) -> None:
        if self.whose == "lead":
            self._workshop()
            LabSession.objects.update(ready_at=timezone.now(), ends_at=timezone.now())
            self.made["session"] = str(LabSession.objects.get().pk)
            return
        if self.whose == "mentor":
            self._of_mentoring()
            return
        if self.whose == "class lead":
            self._class_lab()
            return
        sits = self.whose in ("seat", "taker")
        learner = builders.make_person("somebody-else") if sits else self.owner
        facts = {"lab": LAB, "lab_version": versions.newest(LAB).version, "state": State.READY}
        session = LabSession.objects.create(learner=learner, ready_at=timezone.now(), ends_at=timezone.now(), **facts)
        neighbour = self.owner if sits else builders.make_person("neighbour")
        seat = ClassSeat.objects.create(session=session, user=neighbour, nodes=[NODE, "h1"])
        self.made |= {"session": str(session.pk), "seat": str(seat.pk)}

    def _class_lab(self) -> None:
        """The owner leads the workshop, and its co-instructor has started the class lab."""
        self._workshop()
        facts = {"lab": LAB, "lab_version": versions.newest(LAB).version, "state": State.READY, "is_class": True}
        session = LabSession.objects.create(learner=User.objects.get(username="co"), ready_at=timezone.now(), **facts)
        seat = ClassSeat.objects.create(session=session, user=Seat.objects.get(number=1).user, nodes=[NODE, "h1"])
        self.made |= {"session": str(session.pk), "seat": str(seat.pk)}

    def _capture(self) -> None:
        session = LabSession.objects.get(pk=self["session"])
        capture = Capture.objects.create(
            session=session, taker=self.owner, interface=f"{NODE}:eth0", number=1, seconds=9
        )
        captures.pcap(capture).parent.mkdir(parents=True, exist_ok=True)
        captures.pcap(capture).write_bytes(b"")
        capture.end("time")
        self.made["capture"] = str(capture.pk)

    def _person(self) -> None:
        if self.whose == "lead":
            self._workshop()
            self.made["person"] = str(Seat.objects.get(number=1).user_id)
            return
        self.made["person"] = str(builders.make_person("who-forgot").pk)

    def _check(self) -> None:
        session = LabSession.objects.get(pk=self["session"])
        self.made["check"] = fails_now(session, first_check(LAB)).check_id

    def _of_mentoring(self) -> None:
        if self.whose == "erased":
            self.made["key"] = account_deletion.erasure_key(Erasure.objects.create(person=0))
        if self.whose in WHOSE_OF_MENTORING:
            self.made |= mentoring.create(self.whose, self.owner)

    _trainee = _attempt = _asked = _note = _assignment = _programme = _membership = _mentorship = _key = _of_mentoring

    def _workshop(self) -> None:
        """The owner leads it, or helps; somebody else is its co-instructor."""
        today = timezone.now().date()
        lead = self.owner if self.whose in ("planner", "lead", "class lead") else builders.make_person("lead")
        made = workshop_changes.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), lead)
        if self.whose in ("team", "observer"):
            made.team.create(user=self.owner, role=Role.HELPER, accepted_at=timezone.now())
        co = made.team.create(user=builders.make_person("co"), role=Role.CO_INSTRUCTOR, accepted_at=timezone.now())
        begins = made.begins
        item = made.agenda.create(title="BGP", from_at=begins, to_at=begins + timedelta(hours=3), labs=[LAB])
        sits = self.owner if self.whose == "guest" else guest_accounts.make_guest(made, "Ada")
        seat = Seat.objects.create(workshop=made, number=1, name="Ada", user=sits, joined_at=timezone.now())
        Seat.objects.create(workshop=made, number=2, name="Linus")
        self.made |= {"number": str(seat.number), "reserved": "2"}
        facts = {"lab": LAB, "lab_version": versions.newest(LAB).version, "state": State.READY}
        runs = LabSession.objects.create(learner=sits, ready_at=timezone.now(), **facts)
        observer = Observer.objects.create(session=runs, user=self.owner if self.whose == "observer" else lead)
        self.made["observer"] = str(observer.pk)
        self.made |= {"workshop": str(made.pk), "member": str(co.pk), "item": str(item.pk)}

    def _quiz(self) -> None:
        """The owner has answered the question in its lesson."""
        recall.remember(self.owner, QUIZ, QUESTION, right=True)
        self.made["quiz"] = QUIZ

    def _exam(self) -> None:
        """An exam of the workshop, open, which the guest has begun."""
        workshop = Workshop.objects.get(pk=self["workshop"])
        times = {"from_at": workshop.begins, "to_at": workshop.begins + timedelta(hours=3), "opened_at": timezone.now()}
        item = workshop.agenda.create(title="Final", kind="exam", labs=[LAB], **times)
        item.sittings.create(seat=workshop.seats.get(number=1), began_at=timezone.now())
        self.made["exam"] = str(item.pk)

    def _certificate(self) -> None:
        facts = CertificateContent(achievement=f"course/{COURSE}", title="Waves", summary="", criteria="All of it.")
        made = issuing.issue(self.owner, facts, "Ada")
        self.made |= {"certificate": str(made.pk), "shown_number": made.shown_number, "achievement": made.achievement}
        self.made["thumbprint"] = made.key_id or ""

    _shown_number = _achievement = _thumbprint = _certificate


WHOSE_OF_MENTORING = ("mentor", "trainee", "coordinator", "asked", "inviter", "invited", "link")
PLAIN = {
    "lab": LAB,
    "course": COURSE,
    "lesson": LESSON,
    "part": "before",
    "question": QUESTION,
    "key": "x",
    "uidb36": "1",
    "pk": "1",
    "id": "1",
    "object_id": "1",
    "content_type_id": "1",
    "app_label": "labs",
    "url": "nowhere",
    "seat": "0",
    "code": "ABCD-EFGH",
}
BODY = {
    "labs:terminal_token": {"node": NODE},
    "labs:reset": {"node": NODE},
    "labs:captures": {"interface": f"{NODE}:eth0", "seconds": "5"},
    "workshops:resolve": {"seat": "1"},
    "workshops:seat_action": {"action": "message", "all": "1", "text": "Hello"},
    "workshops:terminal_token": {"node": NODE},
    "labs:staff_extend": {"minutes": "30"},
}


def url(path: str, things: Mapping[str, str]) -> str:
    """Fill in a path: <uuid:session>, <id>, and of a regular expression (?P<key>…)."""
    plain = re.sub(r"\(\?P<(\w+)>(?:\[[^]]*\]|[^()])*\)", r"<\1>", path).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: things[found[1]], plain)


# The walk


def asks(how: str, address: str, path: str, who: User | None, things: Mapping[str, str]) -> str:
    """Ask, and say in the table's words what came."""
    if how == "WebSocket":
        return opens_a_terminal(who, things)
    limits.clear()
    client = Client(headers={"X-Vaka": "panel"})
    client.cookies.update(signed_in(who))
    there = url(path, things)
    with transaction.atomic():
        response = client.get(there) if how == "GET" else client.post(there, BODY.get(address, {}))
        if response.streaming and not response.is_async:
            list(response.streaming_content)  # a file is closed at its end
        transaction.set_rollback(True)
    assert response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (address, response.status_code)
    if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return "not so"
    if response.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        return "no"
    if response.headers.get("Location", "").startswith(("/accounts/login/?", "/admin/login/?")):
        return "no" if who else "sign in"
    return "yes"


@cache
def signed_in(who: User | None) -> SimpleCookie:
    """Sign in once; what a page does to the session is rolled back with the rest."""
    return builders.signed_in(who).cookies if who else SimpleCookie()


def opens_a_terminal(who: User | None, things: Mapping[str, str]) -> str:
    held = tokens.read(tokens.issue(who.pk if who else 0, things["session"], NODE, "1", tokens.Mode.CONTROL))
    return "no" if permissions.refusals([held]) else "yes"


def walked(row: Row, how: str, address: str, path: str, role: str, me, stranger, somebody) -> list[str]:
    """Return what is not as the table says."""
    should, wrong = row.who[role], []
    if should == "asked":  # whatever it answers, it is not our code that says it
        return []
    for whose in row.whose.split(OR) if role in TEACH else [row.whose]:
        with transaction.atomic():
            things = Theirs(whose, me or somebody)
            if address in NAMELESS:
                things[NAMELESS[address]]
            if (came := asks(how, address, path, me, things)) not in OWNER[should]:
                wrong.append(f"{how} {address}: {role} ({whose}) is told {came}, the table says {should}")
            if row.whose and (came := asks(how, address, path, stranger, things)) not in STRANGER[should]:
                wrong.append(f"{how} {address}: a stranger who is {role} is told {came}, the table says {should}")
            transaction.set_rollback(True)
    return wrong


@pytest.fixture
def table() -> list[Row]:
    return rows()


def test_the_table_speaks_in_its_four_words(table):
    assert table
    for row in table:
        assert set(row.who.values()) <= set(OWNER), row
        assert ("own" in row.who.values()) <= bool(row.whose), f"Whose is what {row.address} names?"


def test_no_address_is_named_twice_and_no_row_is_left_over(table):
    known = {address for address, _path in addresses()}
    assert [row.address for row in table if not any(row.is_of(address) for address in known)] == []
    assert len({row.address for row in table}) == len(table)


def row_of(address: str, table: Iterable[Row]) -> Row:
    """Return the row of an address. Fails with the name of the address if the table lacks it."""
    found = next((row for row in table if row.is_of(address)), None)
    assert found, f"{address} is not in docs/permissions.md"
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_address_lets_in_whom_the_table_names(role, table, record_property):
    """Twice for each address: as who owns what it names, and as a stranger of the same role."""
    signed_in.cache_clear()
    me, stranger = person(role, "me"), person(role, "stranger")
    somebody = builders.make_person("somebody")
    for who in (me, stranger):
        signed_in(who)
    wrong, unnamed, known = [], [], list(addresses())
    for address, path in known:
        row = next((row for row in table if row.is_of(address)), None)
        if row is None:
            unnamed.append(f"{address} is not in docs/permissions.md")
            continue
        for how in row.how:
            wrong += walked(row, how, address, path, role, me, stranger, somebody)
    record_property("walked", [role, len(known), len(unnamed)])  # tests/conftest.py says it once, for all roles
    assert not unnamed + wrong, "\n".join(unnamed + wrong)


@pytest.mark.django_db
def test_an_address_answers_in_no_other_way_than_the_table_says(table):
    me = person("administrator", "me")
    signed_in.cache_clear()
    signed_in(me)
    more = []
    for address, path in addresses():
        row = row_of(address, table)
        for how in sorted({"GET", "POST"} - set(row.how)) if path and "*" not in row.address else ():
            with transaction.atomic():
                if asks(how, address, path, me, Theirs(row.whose, me)) != "not so":
                    more.append(f"{address} answers to {how} too")
                transaction.set_rollback(True)
    assert not more, "\n".join(more)


def lands(address: str, path: str, who: User, things: Mapping[str, str], *, sent: bool) -> str:
    """Open an address that only takes forms as a browser does after a sign-in, and say what is wrong with where it leads.

    ``sent``: whether the form was sent before, as it was when the address comes from the history of the browser.
    """
    limits.clear()
    client = Client(headers={"Accept": "text/html,application/xhtml+xml"})
    client.cookies.update(signed_in(who))
    there = url(path, things)
    if sent:
        client.post(there)
    response = client.get(there, follow=True)
    if response.status_code == HTTPStatus.OK and response.redirect_chain:
        return ""
    return f"{address}: {there} led {response.redirect_chain} and ended with {response.status_code}"


@pytest.mark.parametrize("sent", [False, True])
@pytest.mark.django_db
def test_every_address_that_only_takes_forms_leads_to_a_page(table, sent):
    """As the first role of the table that may send the form; of the administration, as an administrator."""
    signed_in.cache_clear()
    people = {role: person(role, "me") for role in ROLES if role != "visitor"}
    for who in people.values():
        signed_in(who)
    wrong = []
    for address, path in addresses():
        row = row_of(address, table)
        roles = reversed(people) if address.startswith("admin:") else people
        role = next((role for role in roles if row.who[role] in ("yes", "own")), None)
        if row.how != ("POST",) or role is None:
            continue
        with transaction.atomic():
            wrong.append(lands(address, path, people[role], Theirs(row.whose, people[role]), sent=sent))
            transaction.set_rollback(True)
    assert wrong, "no address only takes forms?"
    assert [one for one in wrong if one] == []
