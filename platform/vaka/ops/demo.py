"""Does the main job as a client does: over HTTP and WebSocket, against a running site.

A client signs in, enrols, reads the lesson, starts its lab and waits until it is ready. The client checks the untouched
lab, types the reference solution into the nodes' terminals, checks again, and stops the lab. At the end the demo asks the
engine whether a container is left.
"""

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from courses.loader import catalogue
from labs.engine.definition.solution import typed
from labs.engine.shared import pace
from labs.registry import versions
from vaka.ops import tls_certificate
from vaka.ops.site_client import SiteClient, Unexpected
from vaka.ops.terminal_client import TerminalClient

LAB = "ospfv3-one-area"
AT_MOST_BEFORE, ALL = 40, 100
READY_SECONDS, GRADE_SECONDS, STOP_SECONDS = map(pace.seconds, (180.0, 240.0, 30.0))


def course_of(lab: str) -> str:
    """Return the first course with a lesson that leads to the lab. Raises Unexpected."""
    for course in catalogue(settings.COURSE_CONTENT).values():
        if any(lesson.lab == lab for lesson in course.lessons()):
            return course.id
    raise Unexpected(f"No lesson leads to the lab {lab}.")


class Demo:
    """One run of the main job. ``found`` holds what it measured."""

    def __init__(
        self, site: str, state: Path, who: tuple[str, str], tell: Callable[[str], None], lab: str = LAB
    ) -> None:
        self.site, self.state, self.who, self.tell, self.lab = site, state, who, tell, lab
        is_behind_proxy = settings.BEHIND_PROXY and site.startswith("https:")
        self.tls = (
            tls_certificate.trusting_the_machine() if is_behind_proxy else tls_certificate.trusting_our_certificate()
        )
        self.began = self.last = time.monotonic()
        self.found: dict[str, Any] = {"lab": self.lab, **self.set_up_times()}

    def set_up_times(self) -> dict[str, Any]:
        """Return how many seconds the set-up before this run took; zeros if there was none."""
        try:
            times: Any = json.loads((self.state / "host" / "setup.json").read_text())
        except FileNotFoundError:
            times = {}
        return {name: times.get(name, 0.0) for name in ("image_build_s", "setup_s")}

    def step(self, text: str) -> float:
        """Report that a step is done, and return how many seconds it took."""
        now = time.monotonic()
        took, self.last = now - self.last, now
        self.tell(f"{took:6.2f} s  {text}")
        return took

    def run(self) -> dict[str, Any]:
        with SiteClient(self.site, self.tls) as client:
            self.sign_in(client)
            self.learn(client)
            session = self.start(client)
            try:
                self.work(client, session)
            except BaseException:
                client.send_for_json(f"/labs/sessions/{session}/stop")
                raise
            self.stop(client, session)
        self.look_for_leftovers(session)
        return self.found

    def sign_in(self, client: SiteClient) -> None:
        name, password = self.who
        if not password:
            raise Unexpected("There are no demo people. Type: manage.py people")
        page = client.read("/accounts/login/")
        form = page.form(with_field="password")
        if form is None:
            raise Unexpected("The page /accounts/login/ has no sign-in form.")
        after = client.send(form, login=name, password=password)
        if after.form(with_field="password") or "sessionid" not in client.http.cookies:
            raise Unexpected(f"The site did not let {name} in.")
        self.step(f"signed in as {name}")

    def learn(self, client: SiteClient) -> None:
        """Enrol in the course of the lab and read the lesson that leads to it."""
        name = course_of(self.lab)
        here = f"/courses/{name}/"
        course = client.read(here)
        if enrol := course.form(ending="/enrol"):
            course = client.send(enrol)
            self.step(f"enrolled in {name}")
        else:
            self.step(f"enrolled in {name} before")
        if course.form(ending="/enrol"):
            raise Unexpected(f"The site did not enrol {self.who[0]} in {name}.")
        lessons = [
            link for link in dict.fromkeys(course.links) if link.startswith(f"{self.site}{here}") and "#" not in link
        ]
        for lesson in lessons:
            page = client.read(lesson)
            addresses = [*page.links, *(form.action for form in page.forms)]
            if lesson != f"{self.site}{here}" and any(f"/labs/{self.lab}/" in address for address in addresses):
                self.step(f"read {lesson.removeprefix(self.site)}")
                return
        raise Unexpected(f"No lesson of {name} leads to the lab {self.lab}.")

    def start(self, client: SiteClient) -> str:
        """Start the lab and follow it until it is ready."""
        page = client.read(f"/labs/{self.lab}/")
        if page.form(ending="/start") is None:  # an earlier demo was interrupted
            self.stop_earlier_lab(client, page.forms)
        begun = time.monotonic()
        session = str(client.send_for_json(f"/labs/{self.lab}/start")["session"])
        self.step(f"asked for the lab {self.lab}")
        told = 0

        def ready(status: dict[str, Any]) -> bool:
            nonlocal told
            for step in status["progress"][told:]:
                self.tell(f"          {step['step']} ({step['seconds']:.2f} s)")
            told = len(status["progress"])
            if status["state"] in ("failed", "stopped"):
                raise Unexpected(f"The lab did not start: {status['error']} {status['detail']}".strip())
            return bool(status["state"] == "ready")

        self.follow(client, session, ready, READY_SECONDS, "ready")
        self.found["ready_s"] = round(time.monotonic() - begun, 2)
        self.step("the lab is ready")
        return session

    def stop_earlier_lab(self, client: SiteClient, forms: list[Any]) -> None:
        stop = next((form.action for form in forms if form.action.rstrip("/").endswith("/stop")), None)
        if stop is None:
            raise Unexpected(f"The page of {self.lab} has neither a start button nor a stop button.")
        session = stop.rstrip("/").split("/")[-2]
        client.send_for_json(f"/labs/sessions/{session}/stop")
        self.follow(client, session, lambda status: status["state"] in ("stopped", "failed"), STOP_SECONDS, "stopped")
        self.step("stopped a lab that an earlier demo left running")

    def follow(
        self, client: SiteClient, session: str, there: Callable[[dict[str, Any]], bool], seconds: float, what: str
    ) -> dict[str, Any]:
        """Read the session's status until ``there`` accepts it. Raises Unexpected after ``seconds``."""
        end = time.monotonic() + seconds
        while not there(status := client.read_json(f"/labs/sessions/{session}/status")):
            if time.monotonic() > end:
                raise Unexpected(
                    f"After {seconds:.0f} s the lab is {status['state']}, not {what}. Its job: {status['job']}."
                )
            time.sleep(0.1)
        return status

    def work(self, client: SiteClient, session: str) -> None:
        seed = int(client.read_json(f"/labs/sessions/{session}/status")["seed"])
        before, _, _ = self.grade(client, session)
        self.found["score_before"] = before
        if before > AT_MOST_BEFORE:
            raise Unexpected(f"The untouched lab has {before} points; at most {AT_MOST_BEFORE} were expected.")
        for node, lines in typed(versions.newest(self.lab, seed)).items():
            self.type_solution(client, session, node, lines)
        after, seconds, verdicts = self.grade(client, session)
        self.found["score_after"], self.found["grade_s"] = after, seconds
        if after != ALL:
            missing = ", ".join(f"{check} {outcome}" for check, outcome in verdicts.items() if outcome != "passed")
            raise Unexpected(f"The reference solution scored {after} points instead of {ALL}: {missing}.")

    def grade(self, client: SiteClient, session: str) -> tuple[int, float, dict[str, str]]:
        """Request a check. Returns the points (of 100), the seconds until the result, and the verdicts by check."""
        begun = time.monotonic()
        job = client.send_for_json(f"/labs/sessions/{session}/check")["job"]["id"]

        def graded(status: dict[str, Any]) -> bool:
            now, attempt = status["job"], status["attempt"]
            if now and now["id"] == job and now["error"]:
                raise Unexpected(f"The lab was not graded: {now['error']} {now['detail']}".strip())
            return bool(attempt and attempt["job"] == job)

        attempt = self.follow(client, session, graded, GRADE_SECONDS, "graded")["attempt"]
        points = round(100 * attempt["score"] / attempt["out_of"])
        passed = sum(outcome == "passed" for outcome in attempt["verdicts"].values())
        self.step(f"graded: {points} of 100 ({passed} of {len(attempt['verdicts'])} checks passed)")
        return points, round(time.monotonic() - begun, 2), attempt["verdicts"]

    def type_solution(self, client: SiteClient, session: str, node: str, lines: Sequence[str]) -> None:
        """Open a terminal on the node and type its part of the solution."""
        opened = client.send_for_json(f"/labs/sessions/{session}/terminal-token", node=node)
        with TerminalClient(opened["url"], opened["token"], self.site, self.tls) as terminal:
            terminal.wait_for_prompt()
            for line in lines:
                terminal.type(line)
        self.step(f"typed {len(lines)} lines into {node}")

    def stop(self, client: SiteClient, session: str) -> None:
        begun = time.monotonic()
        client.send_for_json(f"/labs/sessions/{session}/stop")
        self.follow(client, session, lambda status: status["state"] == "stopped", STOP_SECONDS, "stopped")
        self.found["stop_s"] = round(time.monotonic() - begun, 2)
        self.step("the lab is stopped")

    def look_for_leftovers(self, session: str) -> None:
        # Imported here: it loads docker, and the site imports our commands
        from labs.engine.runtime.driver import Engine

        left = [name for name in Engine(settings.SITE_ID_TEXT).sessions() if name == session]
        self.found["left_behind"] = len(left)
        if left:
            raise Unexpected("The lab was stopped, but its container is still on the engine.")
        self.step("nothing is left on the engine")
