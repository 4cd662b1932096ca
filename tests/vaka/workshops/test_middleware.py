"""The ways around an exam, one by one, as docs/threat-model.md lists them. Each is closed while the exam runs."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from allauth.account.views import BaseReauthenticateView
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from courses import recall
from courses.loader import catalogue
from courses.models import RecallCard
from labs.lifecycle import personal_data
from labs.models import Capture, Configuration, LabSession, Save, State
from labs.terminals import closing_terminals, permissions, tokens
from tests import earned
from tests.builders import PASSWORD, Taken, make_person, signed_in
from tests.vaka.test_permissions import addresses
from tests.vaka.workshops.conftest import adds_item, sits, works
from vaka.accounts.models import BrowserSession, User
from vaka.mentoring.models import Note, Programme, Question
from vaka.workshops import middleware
from vaka.workshops.models import Sitting
from vaka.workshops.services import exams, observing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana(workshop):
    return sits(workshop, "Ana")


@pytest.fixture
def practised(ana, lab):
    """Ana has worked on the lab before, and has that work saved."""
    session = works(ana, lab, ["on"], state=State.STOPPED)
    Save.objects.create(session=session, learner=ana.user, lab=lab.id, lab_version=lab.version, reason="asked", size=1)
    return session


@pytest.fixture
def exam(workshop, lab, ana):
    return adds_item(workshop, "Final", kind="exam", labs=[lab.id], opened_at=timezone.now())


@pytest.fixture
def sitting(exam, ana, practised, engine, queue):
    exams.begin(exam, ana)
    queue()
    return Sitting.objects.select_related("session").get()


@pytest.fixture
def page(workshop, exam):
    return f"/workshops/{workshop.pk}/exams/{exam.pk}/"


def all_patterns(resolver):
    """Yield the pattern of each address."""
    for entry in resolver.url_patterns:
        if hasattr(entry, "url_patterns"):
            yield from all_patterns(entry)
        else:
            yield entry


def pages_and_programs(client, path):
    """Return the responses to a page and to a program."""
    return client.get(path, headers={"Accept": "text/html"}), client.get(path, headers={"Accept": "application/json"})


WAYS = {
    "other tabs": "/",
    "lessons": "/courses/first-steps/first-ebgp/",
    "slides": "/courses/first-steps/first-ebgp/slides/",
    "search": "/search/?q=forwarding",
    "glossary": "/glossary/",
    "the catalogue": "/labs/",
    "another lab": "/labs/second-wind/",
    "the handout": "/labs/first-light/handout/",
    "the trainers' page": "/labs/first-light/trainer/",
    "skipping to a stage": "/labs/first-light/skip",
    "progress": "/progress/",
    "mentors' notes": "/mentoring/",
    "certificates": "/certificates/",
    "the export of one's data": "/me/export",
    "the seat's page": "/workshops/{workshop}/mine",
    "the timetable": "/workshops/{workshop}/timetable/",
    "the old lab's panel": "/labs/sessions/{old}/panel",
    "the old lab in JSON": "/labs/sessions/{old}/status",
    "the old lab's events": "/labs/sessions/{old}/events",
    "the old lab's changes": "/labs/sessions/{old}/changes",
    "the old lab's configurations": "/labs/sessions/{old}/configurations.zip",
}


def test_whoever_sits_reads_nothing_but_the_exam(sitting, ana, workshop, practised, page):
    closed = (302, page, 403)
    browsers, found = (signed_in(ana.user), signed_in(ana.user)), {}
    for way, pattern in WAYS.items():
        path = pattern.format(workshop=workshop.pk, old=practised.pk)
        get_resolver().resolve(path.partition("?")[0])  # else the way is closed because it does not exist
        for client in browsers:
            shown, read = pages_and_programs(client, path)
            found[way] = (shown.status_code, shown.headers.get("Location"), read.status_code)
            if found[way] != closed:
                break
    assert found == dict.fromkeys(WAYS, closed)


ASKS_AGAIN = {"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"}


@pytest.mark.parametrize("page_that_asks", sorted(ASKS_AGAIN))
def test_a_form_that_waits_for_the_password_is_not_taken_up_again_in_the_exam(exam, ana, engine, queue, page_that_asks):
    """allauth calls its view without the middleware, so the pages that ask for the password must be closed."""
    ana.user.set_password(PASSWORD)
    ana.user.save()
    client, there = signed_in(ana.user), "/me/delete"
    assert client.post(there, {"username": ana.user.username}).status_code == 302
    assert there in client.session["account_reauthentication_state"]["request"]
    exams.begin(exam, ana)
    queue()
    answer = client.post(reverse(page_that_asks), {"password": PASSWORD, "next": there})
    assert answer.status_code == 403
    assert there in client.session["account_reauthentication_state"]["request"]
    assert User.objects.filter(pk=ana.user_id).exists()


def test_only_these_pages_take_a_waiting_form_up_again():
    views = {one.name: getattr(one.callback, "view_class", object) for one in all_patterns(get_resolver())}
    assert {name for name, view in views.items() if issubclass(view, BaseReauthenticateView)} == ASKS_AGAIN


BUTTONS = (
    "/labs/first-light/start",
    "/labs/first-light/trouble-ticket",
    "/labs/second-wind/start",
    "/labs/sessions/{exam}/check",
    "/labs/sessions/{exam}/extend",
    "/labs/sessions/{exam}/stop",
    "/labs/sessions/{exam}/skip",
    "/labs/sessions/{exam}/hint",
    "/labs/sessions/{old}/reset",
)


def test_no_button_but_those_of_the_exam_works(sitting, ana, practised, lab):
    client, work = signed_in(ana.user), Save.objects.get().pk
    body = {"resume": str(work), "stage": lab.stages[-1].id, "kind": "ungraded"}
    found = {
        one: client.post(one.format(exam=sitting.session.pk, old=practised.pk), body).status_code for one in BUTTONS
    }
    assert found == dict.fromkeys(BUTTONS, 403)


def test_the_lab_of_the_exam_works(sitting, ana, lab, queue):
    client, session = signed_in(ana.user), sitting.session.pk
    html = client.get(f"/labs/{lab.id}/").content.decode()
    for hidden in (
        'id="check"',
        "Check without a grade",
        "r1 forwards",
        'class="hint"',
        "Skip to this stage",
        "Stop …",
        "Check my work",
    ):
        assert hidden not in html, hidden
    assert "Hand in …" in html
    assert re.findall(r'class="btn( go)?"[^>]*>Hand in …', html) == [" go", ""], "one primary action is in view"
    assert client.get(f"/labs/sessions/{session}/panel", headers={"X-Vaka": "panel"}).status_code == 200
    assert client.post(f"/labs/sessions/{session}/terminal-token", {"node": "r1"}).status_code == 200
    assert client.post(f"/labs/sessions/{session}/save").status_code == 302
    assert client.post(f"/labs/sessions/{session}/reset", {"node": "r1"}).status_code == 302
    status = client.get(f"/labs/sessions/{session}/status").json()
    assert status["attempt"] is None


@pytest.mark.parametrize("path", ["/labs/{lab}/", "/labs/sessions/{session}/panel"])
def test_after_the_time_is_over_the_page_of_the_lab_leads_to_that_of_the_exam(sitting, ana, lab, page, path):
    """Regression: it stayed at “0 sec left … It is handed in by itself then”, because its panel was refused."""
    exams.hand_in(sitting)
    answer = signed_in(ana.user).get(path.format(lab=lab.id, session=sitting.session_id))
    assert (answer.status_code, answer.headers.get("Location")) == (302, page)


def test_when_the_time_has_just_run_out_the_page_of_the_lab_leads_to_that_of_the_exam(sitting, ana, page):
    LabSession.objects.filter(pk=sitting.session_id).update(ends_at=timezone.now())
    client = signed_in(ana.user)
    panel = client.get(f"/labs/sessions/{sitting.session_id}/panel", headers={"X-Vaka": "panel"}).text
    assert f'data-goes-on-at="{page}"' in panel
    said = client.get(page).text
    assert "Your time is over. Your work is being checked." in said
    assert "Hand in …" not in said


def test_after_the_time_is_over_no_terminal_opens(sitting, ana, page):
    client = signed_in(ana.user)
    exams.hand_in(sitting)
    assert client.post(f"/labs/sessions/{sitting.session.pk}/terminal-token", {"node": "r1"}).status_code == 403


AFTER_THE_END = {
    "reset": {},
    "save": {},
    "go-back": {"save": "{save}"},
    "skip": {"stage": "file"},
    "cable": {"cable": 0, "up": ""},
    "captures": {"interface": "r1:eth0", "seconds": "3", "filter": ""},
}


@pytest.mark.parametrize("button", AFTER_THE_END)
def test_after_the_end_no_button_changes_what_is_to_be_graded(sitting, exam, ana, lab, engine, button):
    """The pages are open again, and the lab runs until it is graded."""
    client, session = signed_in(ana.user), sitting.session
    mine = {"session": session, "learner": ana.user, "lab": lab.id, "lab_version": lab.version, "seed": session.seed}
    form = {
        name: str(value).format(save=Save.objects.create(**mine, reason="asked", size=1).pk)
        for name, value in AFTER_THE_END[button].items()
    }
    exams.end(exam, None)
    there = f"/labs/sessions/{session.pk}/{button}"
    said = client.post(there, form, headers={"X-Vaka": "panel"}).text
    assert "The time of the exam is over" in said
    assert not session.jobs.exists()
    assert not session.captures.exists()
    assert engine.client_of(session).cables() == {}


def test_after_the_end_no_terminal_token_is_issued(sitting, exam, ana):
    client = signed_in(ana.user)
    exams.end(exam, None)
    refused = client.post(f"/labs/sessions/{sitting.session.pk}/terminal-token", {"node": "r1"})
    assert (refused.status_code, refused.json()["error"][:29]) == (409, "The time of the exam is over,")


def test_after_the_end_an_observer_who_may_type_types_no_more(sitting, exam, ana, workshop, hedy):
    observer = observing.begin(ana, sitting.session, hedy)
    observing.ask_to_type(ana, observer)
    observing.allow(ana, observer)
    token = tokens.read(tokens.issue(hedy.pk, sitting.session.pk, "r1", "1", tokens.Mode.CONTROL))
    assert not permissions.refusals([token])
    exams.end(exam, None)
    assert "The time of the exam is over" in str(permissions.refusals([token])[token.id])


def test_all_others_with_a_seat_find_the_lab_closed_and_the_team_does_not(exam, practised, ana, clients, lab, workshop):
    """A neighbour who has not begun could show an old session, or solve the lab meanwhile."""
    for one in (signed_in(ana.user), signed_in(sits(workshop, "Ben").user)):
        for path in (f"/labs/{lab.id}/", f"/labs/{lab.id}/handout/", f"/labs/sessions/{practised.pk}/status"):
            answer = one.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 403, path
            assert "This lab is used in an exam now" in answer.content.decode()
        assert one.post(f"/labs/{lab.id}/start").status_code == 403
    for team in ("lead", "helper"):
        assert clients[team].get(f"/labs/{lab.id}/").status_code == 200
    exams.end(exam, None)
    assert signed_in(ana.user).get(f"/labs/{lab.id}/").status_code == 200


def test_an_exam_closes_nothing_to_people_without_a_seat(exam, linus, lab, engine, queue):
    """Else any instructor could close a lab of the whole site."""
    assert signed_in(linus).get(f"/labs/{lab.id}/").status_code == 200
    assert signed_in(linus).post(f"/labs/{lab.id}/start").url == f"/labs/{lab.id}/"


@pytest.fixture
def exam_of_a_course(workshop, ana, catalog):
    """An exam with a lab to which a lesson leads."""
    return adds_item(workshop, "Final", kind="exam", labs=["first-ebgp"], opened_at=timezone.now())


def test_the_lesson_that_leads_to_the_lab_is_closed_too(exam_of_a_course, ana):
    client = signed_in(ana.user)
    assert client.get("/courses/first-steps/first-ebgp/").status_code == 403
    assert client.get("/courses/first-steps/first-ebgp/slides/").status_code == 403
    assert client.get("/kept/courses/first-steps/first-ebgp/").status_code == 403
    assert client.get("/courses/first-steps/leaks-and-hijacks/").status_code == 200


NO_LAB = {
    "a person, and who leads and follows whom": "person trainee programme membership mentorship member",
    "a workshop and its seats; the pages of its team stay open to the team": "workshop item number reserved observer exam",
    "a course, whose pages name its labs, and its tests": "course part",
    "part of an address that has a lab": "capture check question seat",
    "what is only deleted there": "note assignment",
    "certificates, which name labs with their points": "certificate shown_number thumbprint achievement",
    "signing in and joining": "code key uidb36 pk",
}
KEYWORD = re.compile(r"<(?:\w+:)?(\w+)>")


def test_of_each_keyword_of_an_address_it_is_decided_whether_it_leads_to_a_lab():
    """An address that is added with another keyword could show the lab of an exam."""
    of_people = [path for name, path in addresses() if not name.startswith("admin:")]  # the exam closes nothing to them
    decided = set(" ".join(NO_LAB.values()).split())
    assert {found for path in of_people for found in KEYWORD.findall(path)} == decided | set(middleware.LABS_OF)
    assert not decided & set(middleware.LABS_OF)


@pytest.fixture
def rows_of_ana(exam_of_a_course, ana):
    """Older work of Ana on the exam's lab, by the keyword of its address."""
    made = earned.attempt(ana.user, lab="first-ebgp", version="1")
    Configuration.objects.create(attempt=made, nodes={"r1": {"running": "the solution", "files": {}}})
    whose = {"programme": Programme.objects.create(title="Moana"), "trainee": ana.user}
    lesson = {"course": "first-steps", "lesson": "first-ebgp"}
    asked = Question.objects.create(**whose, text="Why?", about={"kind": "check", "lab": "first-ebgp", "check": "up"})
    Question.objects.create(**whose, text="What?", about={"kind": "lesson", **lesson})
    note = {**whose, "author": make_person("mira"), "reach": "shared"}
    Note.objects.create(**note, text="the solution", attempt=made)
    Note.objects.create(**note, text="the solution", question=asked)
    Note.objects.create(**note, text="Good luck!")
    quiz = catalogue(settings.COURSE_CONTENT)["first-steps"].lesson("first-ebgp").quiz.id
    rows = {"session": made.session_id, "attempt": made.pk, "asked": asked.pk}
    return {**rows, **lesson, "lab": "first-ebgp", "quiz": quiz}


def test_each_address_that_leads_to_the_lab_is_closed(rows_of_ana, ana, workshop):
    client, found = signed_in(ana.user), {}
    for name, path in addresses():
        keywords = set(KEYWORD.findall(path))
        if name.startswith("admin:") or not keywords & set(middleware.LABS_OF):
            continue
        uuids = dict.fromkeys(re.findall(r"<uuid:(\w+)>", path), uuid4())
        numbers = dict.fromkeys(re.findall(r"<int:(\w+)>", path), 1)
        rest = dict.fromkeys(keywords - set(uuids) - set(numbers), "x")
        values = {**uuids, **numbers, **rest, "workshop": workshop.pk, **rows_of_ana}
        there = reverse(name, kwargs={keyword: values[keyword] for keyword in keywords})
        found[name] = (client.get(there).status_code, client.post(there).status_code)
    assert len(found) > 50
    assert found == dict.fromkeys(found, (403, 403))


def test_another_question_and_another_attempt_stay_open(rows_of_ana, ana, lab):
    other = earned.attempt(ana.user)
    client = signed_in(ana.user)
    assert client.get(f"/mentoring/attempts/{other.pk}/").status_code == 200
    Question.objects.update(about={"kind": "lesson", "course": "first-steps", "lesson": "leaks-and-hijacks"})
    assert client.get(f"/mentoring/questions/{rows_of_ana['asked']}/").status_code == 200


def test_a_question_about_the_lesson_that_leads_to_the_lab_is_closed(rows_of_ana, ana):
    asked = Question.objects.exclude(pk=rows_of_ana["asked"]).get()
    assert signed_in(ana.user).get(f"/mentoring/questions/{asked.pk}/").status_code == 403


def test_comments_of_mentors_on_attempts_at_the_lab_are_left_out(rows_of_ana, exam_of_a_course, ana):
    client, pages = signed_in(ana.user), ("/mentoring/mine/", f"/mentoring/trainees/{ana.user_id}/")
    for page in pages:
        assert "Good luck!" in client.get(page).text
        assert "the solution" not in client.get(page).text
    exams.end(exam_of_a_course, None)
    for page in pages:
        assert "the solution" in client.get(page).text


def test_questions_of_that_lesson_do_not_come_back_while_the_exam_runs(rows_of_ana, exam_of_a_course, ana):
    lesson = catalogue(settings.COURSE_CONTENT)["first-steps"].lesson("first-ebgp")
    recall.remember(ana.user, lesson.quiz.id, lesson.quiz.questions[0].id, right=False)
    RecallCard.objects.update(due=timezone.now())
    there, client = f"/progress/questions/{lesson.quiz.id}/", signed_in(ana.user)
    assert there not in client.get("/progress/questions/").text
    exams.end(exam_of_a_course, None)
    assert there in client.get("/progress/questions/").text


def test_the_export_leaves_out_the_lab_and_says_so(rows_of_ana, exam_of_a_course, ana, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    other = earned.attempt(ana.user)
    mine = {"learner": ana.user, "lab": "first-ebgp", "lab_version": "1", "reason": "asked", "size": 1}
    Save.objects.create(session_id=rows_of_ana["session"], **mine)
    Capture.objects.create(session_id=rows_of_ana["session"], taker=ana.user, interface="r1:eth0", number=1, seconds=1)
    taken = Taken(signed_in(ana.user))
    assert "the solution" not in taken.text()
    assert "Good luck!" in taken.text()
    assert [one["id"] for one in taken.json("attempts")] == [other.pk]
    assert {one["lab"] for one in taken.json("sessions")} == {other.lab}
    assert (taken.json("saves"), taken.json("captures"), taken.json("mentoring")["questions"]) == ([], [], [])
    said = taken.zip.read("not-included.txt").decode()
    assert "An exam is held in your workshop" in said
    assert "first-ebgp" in said
    exams.end(exam_of_a_course, None)
    Save.objects.all().delete()
    assert "the solution" in Taken(signed_in(ana.user)).text()


def test_the_opening_closes_the_terminals_of_the_lab_at_the_seats(
    workshop, lab, other_lab, ana, clients, ngozi, monkeypatch
):
    ben, cai = sits(workshop, "Ben"), sits(workshop, "Cai")
    works(ana, lab)
    works(ben, other_lab)
    shared = LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version="1", is_class=True, state=State.READY)
    shared.seats.create(user=cai.user, nodes=["r1"])
    closed = []
    monkeypatch.setattr(closing_terminals, "close_all", closed.append)
    item = adds_item(workshop, "Final", kind="exam", labs=[lab.id])
    clients["lead"].post(f"/workshops/{workshop.pk}/room/open/{item.pk}")
    assert sorted(closed) == sorted([ana.user_id, cai.user_id])


def test_the_search_shows_nothing_of_what_the_exam_closes(exam_of_a_course, ana, client):
    lesson, words = "/courses/first-steps/first-ebgp/", "/search/?q=first+eBGP+session"
    assert lesson in client.get(words).content.decode()
    found = signed_in(ana.user).get(words).content.decode()
    assert lesson not in found
    assert "/labs/first-ebgp/" not in found
    assert "/courses/first-steps/" in found, "other lessons are found"


def test_after_handing_in_the_site_is_open_again_and_the_result_is_not(sitting, exam, ana, queue, page, ngozi):
    client = signed_in(ana.user)
    assert client.post(f"{page}hand-in").url == page
    for _time in range(3):
        queue()
        exams.step()
    assert client.get("/").status_code == 200
    assert "The result is sealed" in client.get(page).content.decode()
    assert [one["kind"] for one in personal_data.attempts(ana.user)] == []
    exams.end(exam, None)
    assert exams.open_results(exam, ngozi)
    assert [one["kind"] for one in personal_data.attempts(ana.user)] == ["exam"]
    assert "Your result" in client.get(page).content.decode()


def test_nobody_else_reads_an_exam(sitting, page, linus, clients):
    assert signed_in(linus).get(page).status_code == 404
    assert clients["helper"].get(f"{page}overview/").status_code == 200
    assert signed_in(linus).get(f"{page}overview/").status_code == 404


def test_to_begin_signs_out_everywhere_else(exam, ana, page, engine, queue, monkeypatch):
    closed = []
    monkeypatch.setattr(closing_terminals, "close_all", closed.append)
    other, here = signed_in(ana.user), signed_in(ana.user)
    assert other.get("/progress/").status_code == 200
    assert here.post(f"{page}begin").url == "/labs/first-light/"
    assert other.get("/progress/").url.startswith("/accounts/login/")
    assert here.get("/progress/").url == page
    assert closed == [ana.user_id] * 2, "before the exam begins, and what was opened meanwhile"


def test_to_begin_reads_no_session_of_other_people(exam, ana, page, engine, queue, linus, monkeypatch):
    """A site has thousands of them, and thirty people begin in the same minute."""
    signed_in(linus)
    here, decoded = signed_in(ana.user), []
    decode = SessionStore.decode
    monkeypatch.setattr(SessionStore, "decode", lambda store, text: decoded.append(text) or decode(store, text))
    mine = BrowserSession.objects.get(pk=here.session.session_key).session_data
    decoded.clear()
    assert here.post(f"{page}begin").url == "/labs/first-light/"
    assert set(decoded) <= {mine}


def test_a_browser_forgets_the_lessons_that_it_keeps_when_the_exam_begins(exam, ana, page, engine, queue):
    """The service worker deletes them when a page names another reader (web/service-worker.js), and gets no list any more."""
    client = signed_in(ana.user)
    before = client.get(page)["Vaka-Reader"]
    client.post(f"{page}begin")
    assert client.get(page)["Vaka-Reader"] not in (before, "nobody")
    assert client.get("/kept/", headers={"Accept": "*/*", "X-Vaka": "kept"}).status_code == 403


def test_a_program_reads_why_a_page_is_closed_and_until_when(sitting, ana):
    answer = signed_in(ana.user).get("/courses/", headers={"X-Vaka": "part"})
    assert answer.status_code == 403
    assert answer.text == "You are taking an exam. Other pages are closed until you hand it in."


def test_whoever_sits_can_raise_a_hand_and_sign_out(sitting, ana, workshop):
    client = signed_in(ana.user)
    assert client.post(f"/workshops/{workshop.pk}/mine/hand", headers={"X-Vaka": "part"}).status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert Client().get("/").status_code == 200


def test_what_is_open_to_sitters_exists():
    """A renamed address would close its page silently."""
    known = {name for name, _path in addresses()}
    assert known >= middleware.OPEN_TO_SITTERS | middleware.OPEN_OF_SESSION


def test_while_no_exam_runs_the_rules_cost_one_query(linus, django_assert_num_queries, rf):
    request = rf.get("/progress/")
    request.user, request.resolver_match = linus, get_resolver().resolve("/progress/")
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    with django_assert_num_queries(1):
        assert middleware.ExamRules(lambda _request: None).process_view(request, None, (), {}) is None


def test_each_way_in_the_documentation_has_a_test():
    text = (Path(__file__).parents[3] / "docs/threat-model.md").read_text()
    named = re.findall(r"`(test_\w+)`", text.partition("\n## Exams: ways around them\n")[2].partition("\n## ")[0])
    files = [
        Path(__file__),
        *(Path(__file__).parent / f"services/test_{name}.py" for name in ("exams", "seat_changes")),
    ]
    here = "".join(file.read_text() for file in files)
    assert len(named) > 5
    assert [one for one in named if f"def {one}(" not in here] == []
