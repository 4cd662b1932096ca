"""A rehearsal in one class lab: people sit down, work, leave, and come back while others work. Bots play for those who are away."""

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import connection

from labs.engine.definition.seats import seen_from
from labs.engine.definition.solution import typed
from labs.engine.definition.spec import Lab
from labs.models import ClassSeat
from rigs.rehearsal.figures import Memory, figures, slow_parts
from rigs.rehearsal.people import LONGEST, Status, Trainee
from rigs.rehearsal.workshop_play import SOLVED_PASSES, WorkshopPlay, is_ready
from vaka.ops.site_client import Unexpected
from vaka.workshops.models import Workshop

AGAIN = 0.5  # seconds between two requests for a node that is not open yet


class ClassPlay(WorkshopPlay):
    """All trainees share the instructor's lab. A third leaves in the middle, each of them comes back to their work."""

    def run(self) -> dict[str, Any]:
        with Memory() as memory:
            try:
                workshop = self.plan()
                self.come_in(workshop)
                self.start_together(workshop)
                self.measure_one()
                self.leave_and_come_back()
                self.solve()
                self.read_the_map(workshop)
                self.stop_together()
            finally:
                for person in (*self.trainees, *self.mentors, self.instructor):
                    person.leaves()
        for said in slow_parts(self.notes):
            self.say(said)
        return figures(self.ready_s, self.notes, memory.peak_mb)

    # The acts

    def start_together(self, workshop: Workshop) -> None:
        """The instructor starts the class lab, and all sit down in the same second. Ready is: everybody can type."""
        begun, client = time.monotonic(), self.instructor.client
        form = client.read(f"/labs/sessions/class?lab={self.lab.id}").form(with_field="lab")
        if form is None:
            raise Unexpected("The page for a class lab has no form.")
        self.session = client.send(form).address.rstrip("/").split("/")[-2]
        _until(lambda: is_ready(self._status()), "The class lab was not ready.")
        self.all_do("took a seat in the class lab", self._sit_down)
        self.ready_s = time.monotonic() - begun
        for trainee in self.trainees:
            seat = ClassSeat.objects.get(session=UUID(self.session), user__workshop_seats__number=trainee.number)
            trainee.nodes = list(seat.nodes)
        connection.close()
        self.all_do("can type on their nodes", self._until_open)
        self.notes.times.pop("page", None)
        self.compare("after they sat down")

    def measure_one(self) -> None:
        """One person solves alone: how long a check takes while nobody else asks for one."""
        first = self.trainees[0]
        self._type_solution(first)
        self.solved_s = max(first.checks() for _pass in range(SOLVED_PASSES))
        self.notes.times.pop("verdict", None)
        self.say(f"alone a check takes {self.solved_s:.1f} s")

    def leave_and_come_back(self) -> None:
        """A third solves, leaves and is played by bots, while the others type. Then they come back, and find their work."""
        away = self.trainees[1::3]
        self.all_do("typed the solution", self._type_solution, away)
        self.all_do("checked", self._check, away)
        self.all_do("left", lambda trainee: self._press(trainee, "leave"), away)
        self._let_bots_play(len(away))
        self.all_do("typed keys meanwhile", self._type_keys, [one for one in self.trainees if one not in away])
        self.all_do("came back", self._sit_down, away)
        self.all_do("can type again", self._until_open, away)
        self.all_do("checked what they had done before", self._check, away)
        self.expect_all_points(away)
        self.compare("after they came back")

    def _type_keys(self, trainee: Trainee) -> None:
        trainee.presses_keys(trainee.nodes[0], self.keys, 0.2)

    def _let_bots_play(self, expected: int) -> None:
        page = self.instructor.client.read(f"/labs/sessions/{self.session}/seats")
        forms = [form for form in page.forms if form.action.endswith("/bot")]
        if len(forms) != expected:
            self.notes.error("the instructor", f"{len(forms)} seats are away, and {expected} people left.")
        for form in forms:
            self.instructor.client.send(form)
        self.say(f"bots play {len(forms)} seats")

    def read_the_map(self, workshop: Workshop) -> None:
        """After all have solved, everybody reaches everybody, and all are at the route server."""
        for part in ("", "?show=peers"):
            text = self.instructor.reads(f"/workshops/{workshop.pk}/map/{part}", **{"X-Vaka": "part"}).text
            said = text.partition('class="sum"><b>')[2].partition("</b>")[0]
            self.say(f"the live map says: {said or 'nothing'}")
            if not said:
                self.notes.error("the instructor", "The live map shows nothing.")

    def stop_together(self) -> None:
        self.instructor.client.send_for_json(f"/labs/sessions/{self.session}/stop")
        _until(lambda: bool(self._status()["state"] == "stopped"), "The class lab did not stop.")
        self.say("the class lab is stopped")

    # The actions of one person

    def _status(self) -> Status:
        return self.instructor.client.read_json(f"/labs/sessions/{self.session}/status")

    def _press(self, trainee: Trainee, button: str) -> None:
        trainee.presses(f"/labs/sessions/{self.session}/{button}")

    def _sit_down(self, trainee: Trainee) -> None:
        self._press(trainee, "sit-down")
        trainee.watches(self.session)

    def _until_open(self, trainee: Trainee) -> None:
        """Wait until the nodes of the seat are reset, and a shell is there."""

        def is_open() -> bool:
            try:
                trainee.types(trainee.nodes[0], ())
            except Unexpected:
                return False
            return True

        _until(is_open, f"{trainee.name} could not type.")

    def _type_solution(self, trainee: Trainee) -> None:
        for node, lines in typed(self.lab).items():
            if node in trainee.nodes:
                trainee.types(node, lines)

    def allowed_s(self) -> float:
        """One check after the other runs in a class lab: who asks while one runs gets the next, together with all who ask."""
        return 2 * self.solved_s

    def lab_of(self, trainee: Trainee) -> Lab:
        return seen_from(self.lab, trainee.nodes)


def _until(is_true: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + LONGEST
    while not is_true():
        if time.monotonic() > end:
            raise Unexpected(otherwise)
        time.sleep(AGAIN)
