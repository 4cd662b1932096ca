"""The course of a rehearsal: thirty people join, read, start at once, type, fail, ask for help, lose the network, and solve."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab
from labs.registry import versions
from rigs.rehearsal.figures import Memory, figures, slow_parts
from rigs.rehearsal.notes import Notes
from rigs.rehearsal.people import Instructor, Person, Status, Trainee
from rigs.rehearsal.room_view import RoomView, wrong
from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.mentoring import services as mentoring
from vaka.mentoring.models import Programme
from vaka.ops import programs
from vaka.workshops.models import AgendaItem, Workshop
from vaka.workshops.services import workshop_changes

PASSWORD = "for-the-rehearsal-only"  # noqa: S105 — of temporary accounts on a site that nobody else reaches
PILOT = "first-through"
COURSE, LESSON = "first-steps", "/courses/first-steps/ospfv3-in-one-area/"
MENTORS_WHO_COME, FOLLOWED = 2, 5
REST = 0.2  # seconds between two keys
PASSES, SOLVED_PASSES = 2, 6  # checks of one person alone, untouched and solved
APART, BETWEEN_PAGES = 0.5, 5.0  # seconds between two people who do the same, and between two pages of one
SETTLES = 5.0  # seconds after which the room must show a change, or it is wrong; ``room_p95_s`` measures how fast it is

Tell = Callable[[str], None]


class WorkshopPlay:
    """One workshop on a serving site. ``keys``: how many keys each trainee presses."""

    def __init__(self, seats: int, lab: str, keys: int, tell: Tell) -> None:
        self.seats, self.keys, self.tell, self.notes = seats, keys, tell, Notes()
        self.lab = versions.newest(lab)
        self.node = next(name for name in self.lab.nodes if self.lab.nodes[name].learner)
        self.site = programs.address()
        self.began = time.monotonic()
        self.instructor = Instructor("ngozi", self.site, self.notes)
        self.mentors = [Person(f"mentor{number}", self.site, self.notes) for number in range(MENTORS_WHO_COME)]
        self.trainees = [Trainee(f"Seat Holder {number:02}", self.site, self.notes) for number in range(1, seats + 1)]
        self.ready_s = 0.0
        self.untouched_s = self.solved_s = 0.0  # seconds of a check while nobody else is there

    def run(self) -> dict[str, Any]:
        """Play the workshop and return the figures."""
        with Memory() as memory:
            try:
                workshop = self.plan()
                self.go_through_it_alone()
                self.come_in(workshop)
                self.start()
                with self.mentors_look():
                    self.work()
                    self.solve()
                self.leave_labs()
            finally:
                for person in (*self.trainees, *self.mentors, self.instructor):
                    person.leaves()
        for said in slow_parts(self.notes):
            self.say(said)
        return figures(self.ready_s, self.notes, memory.peak_mb)

    def say(self, text: str) -> None:
        self.tell(f"{time.monotonic() - self.began:6.1f} s  {text}")

    def all_do(self, what: str, do: Callable[[Trainee], object], who: Sequence[Trainee] = ()) -> None:
        """Call a function for all at the same time. An error is noted, and the others continue."""
        people = who or self.trainees

        def one(trainee: Trainee) -> None:
            try:
                do(trainee)
            except Exception as reason:  # noqa: BLE001 — any error counts
                self.notes.error(f"{trainee.name}, {what}", reason)

        with ThreadPoolExecutor(len(people)) as hands:
            list(hands.map(one, people))
        self.say(f"{len(people)}: {what}")

    # The acts

    def plan(self) -> Workshop:
        now, hashed = timezone.now(), make_password(PASSWORD)
        lead = _person(self.instructor.name, INSTRUCTORS, hashed)
        for mentor in self.mentors:
            _person(mentor.name, MENTORS, hashed)
        today = now.date()
        facts = {
            "title": "Rehearsal",
            "first_day": today,
            "last_day": today + timedelta(days=1),
            "seat_count": self.seats,
        }
        workshop = workshop_changes.make(Workshop(**facts), lead)
        hours = {"from_at": now, "to_at": now + timedelta(hours=3), "built_ahead": False}
        AgendaItem.objects.create(workshop=workshop, title="Routing", courses=[COURSE], labs=[self.lab.id], **hours)
        connection.close()
        for person in (self.instructor, *self.mentors):
            person.signs_in(PASSWORD)
        self.instructor.opens_the_room(workshop.pk)
        self.say(f"the instructor has the room view open; the code is {workshop.code_shown}")
        return workshop

    def go_through_it_alone(self) -> None:
        """One person does the lab first, to measure how long the checks take by themselves, with their hold and wait times.

        Timers of routing protocols make checks of a solved lab differ by seconds, so the longest of several counts.
        """
        _person(PILOT, "", make_password(PASSWORD))
        connection.close()
        pilot = Trainee(PILOT, self.site, Notes())
        try:
            pilot.signs_in(PASSWORD)
            pilot.starts(self.lab.id)
            pilot.waits(is_ready, "ready")
            self.untouched_s = max(pilot.checks() for _pass in range(PASSES))
            self._type_solution(pilot)
            self.solved_s = max(pilot.checks() for _pass in range(SOLVED_PASSES))
            self._stop(pilot)
        finally:
            pilot.leaves()
        self.say(f"alone the checks take {self.untouched_s:.1f} s untouched, {self.solved_s:.1f} s solved")

    def come_in(self, workshop: Workshop) -> None:
        self.all_do("joined by code", lambda trainee: trainee.joins(workshop.join_code))
        self.all_do("read a lesson", lambda trainee: trainee.client.read(LESSON))
        self._follow(workshop)

    def _follow(self, workshop: Workshop) -> None:
        """Each mentor follows some of the trainees."""
        programme = Programme.objects.create(title="Rehearsal")
        mentors = [User.objects.get(username=mentor.name) for mentor in self.mentors]
        for mentor in mentors:
            mentoring.add_mentor(programme, mentor, workshop.team.get().user)
        for number, seat in enumerate(workshop.seats.select_related("user")[: FOLLOWED * len(mentors)]):
            mentor = mentors[number % len(mentors)]
            if seat.user is not None:
                mentoring.accept_invitation(mentoring.invite(programme, mentor, mentor, seat.user), seat.user)
        connection.close()

    def start(self) -> None:
        together, begun = threading.Barrier(len(self.trainees)), time.monotonic()

        def press(trainee: Trainee) -> None:
            together.wait(30)
            trainee.starts(self.lab.id)
            trainee.waits(is_ready, "ready")

        self.all_do("started in the same second, and all labs are ready", press)
        self.ready_s = time.monotonic() - begun
        self.notes.times.pop("page", None)  # pages were read while labs started; the limit is for pages while all work
        self.compare("after the start")

    def work(self) -> None:
        """All type and read. A third fails and raises a hand; a third loses the network."""
        self.all_do("typed, five keys a second, and read their pages", self._type_and_read)
        stuck, dropped = self.trainees[::3], self.trainees[1::3]
        self.all_do("checked an untouched lab, twice", self._fail, stuck)
        self.all_do("raised a hand", self._ask, stuck)
        self.all_do("lost their links and came back to the same shell", lambda t: t.drops_links(self.node), dropped)
        self.compare("with hands raised")
        for trainee in stuck[::2]:
            try:
                self.instructor.helps(trainee)
            except Exception as reason:  # noqa: BLE001 — any error counts
                self.notes.error("the instructor", reason)
        self.say(f"the instructor has helped {len(stuck[::2])}")
        self.compare("after help")

    def _hesitates(self, trainee: Trainee) -> None:
        """Spread the calls: only starts come in the same second; other clicks come within some seconds."""
        time.sleep(APART * self.trainees.index(trainee))

    def _type_and_read(self, trainee: Trainee) -> None:
        """Do both at the same time, as a trainee with the guide beside the terminal."""
        with ThreadPoolExecutor(1) as hands:
            typing = hands.submit(trainee.presses_keys, self.node, self.keys, REST)
            self._hesitates(trainee)
            self._read_pages(trainee)
            typing.result()

    def _fail(self, trainee: Trainee) -> None:
        self._hesitates(trainee)
        for _time in range(2):
            trainee.checks(self.untouched_s)

    def _ask(self, trainee: Trainee) -> None:
        pressed = time.monotonic()
        trainee.raises_hand("Why does it fail?")
        self.instructor.changes.expect(trainee.number, lambda seen: seen.hand, pressed)

    def _read_pages(self, trainee: Trainee) -> None:
        pages = (
            f"/labs/{self.lab.id}/",
            LESSON,
            f"/workshops/{trainee.workshop}/mine",
            f"/labs/sessions/{trainee.session}/panel",
        )
        for page in pages:
            trainee.reads(page, **{"X-Vaka": "panel"} if page.endswith("/panel") else {})
            time.sleep(min(BETWEEN_PAGES, self.keys * REST / len(pages)))

    def solve(self) -> None:
        self.all_do("typed the solution", self._type_solution)
        self.all_do("checked", self._check)
        self.expect_all_points(self.trainees)
        self.compare("in the end")

    def expect_all_points(self, people: Sequence[Trainee]) -> None:
        """Note an error for each of these people whose last check did not give all points."""
        for trainee in people:
            if trainee.attempt and trainee.attempt["score"] < trainee.attempt["out_of"]:
                missing = [check for check, came in trainee.attempt["verdicts"].items() if came != "passed"]
                refused = "".join(f" A node refused a line: {line}" for line in trainee.refused)
                self.notes.error(trainee.name, f"The solution has not all points: {', '.join(missing)}.{refused}")

    def _check(self, trainee: Trainee) -> None:
        self._hesitates(trainee)
        trainee.checks(self.allowed_s())
        passed = trainee.knows(self.lab_of(trainee)).passed
        self.instructor.changes.expect(trainee.number, lambda seen: seen.passed == passed, time.monotonic())

    def allowed_s(self) -> float:
        """The seconds of a check of the solution that are not the site's: what it takes for one client alone."""
        return self.solved_s

    def _type_solution(self, trainee: Trainee) -> None:
        own = versions.newest(self.lab.id, int(trainee.status()["seed"]))
        for node, lines in typed(own).items():
            trainee.types(node, lines)

    def lab_of(self, trainee: Trainee) -> Lab:
        """The lab with the stages and checks that count for a trainee."""
        return self.lab

    def leave_labs(self) -> None:
        self.all_do("stopped their labs", self._stop, [trainee for trainee in self.trainees if trainee.session])

    def _stop(self, trainee: Trainee) -> None:
        trainee.client.send_for_json(f"/labs/sessions/{trainee.session}/stop")
        trainee.waits(lambda status: bool(status["state"] == "stopped"), "stopped")

    @contextmanager
    def mentors_look(self) -> Iterator[None]:
        """Let two mentors work through their hour meanwhile."""
        over = threading.Event()

        def hour(mentor: Person) -> None:
            while not over.wait(3):
                try:
                    mentor.reads("/mentoring/")
                except Exception as reason:  # noqa: BLE001 — any error counts
                    self.notes.error(mentor.name, reason)

        reading = [threading.Thread(target=hour, args=(mentor,), daemon=True) for mentor in self.mentors]
        for one in reading:
            one.start()
        try:
            yield
        finally:
            over.set()
            for one in reading:
                one.join(30)

    def compare(self, when: str) -> None:
        """Compare the room with what each trainee knows; the room has SETTLES seconds to show it.

        The time of each change is not measured here, but where the instructor's open page reloads after an event.
        """
        known = {trainee.number: trainee.knows(self.lab_of(trainee)) for trainee in self.trainees}
        begun = time.monotonic()
        while (differs := self._differs(known)) or self.instructor.changes:
            if time.monotonic() - begun > SETTLES:
                self.notes.wrong += [f"{when}: {one}" for one in differs]
                break
            time.sleep(0.2)
        self.instructor.changes.give_up(time.monotonic())
        self.say(f"the room view {when}: {len(differs) or 'nothing'} wrong")

    def _differs(self, known: dict[int, Any]) -> list[str]:
        try:
            view: RoomView = self.instructor.view()
        except Exception as reason:  # noqa: BLE001 — any error counts
            return [str(reason)]
        return wrong(view.seats, known)


def is_ready(status: Status) -> bool:
    return bool(status["state"] == "ready")


def _person(name: str, group: str, password: str) -> User:
    made = User.objects.create(username=name, password=password)
    if group:
        made.groups.add(Group.objects.get_or_create(name=group)[0])
    return made
