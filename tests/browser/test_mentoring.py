"""A mentor's hour in Chromium, from end to end, and the trainee's side of it. Each page is usable at both widths."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from courses.models import LessonDone, QuizAnswer
from labs.models import Configuration, State
from tests.browser.test_pages import SIZES, open_sound
from tests.builders import PASSWORD, make_person
from tests.vaka.mentoring.conftest import LAB, ago, attempt_of, fails_now, first_check, session_of
from vaka.accounts.models import INSTRUCTORS, MENTORS
from vaka.mentoring import questions, services
from vaka.mentoring.models import Membership, Note, Programme

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page, site, name):
    page.goto(f"{site}/accounts/login/")
    page.get_by_label("Username or e-mail").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture
def people(transactional_db):
    return {
        "grace": make_person("grace", name="Grace Hopper", group=MENTORS),
        "sina": make_person("sina", name="Sina Faleolo", group=MENTORS),
        "ngozi": make_person("ngozi", name="Ngozi Eze", group=INSTRUCTORS),
        "ada": make_person("ada", name="Ada Lovelace"),
        "rosa": make_person("rosa", name="Rosalinda-Maria-Esperança Amaral-de-Albuquerque"),
        "karma": make_person("karma", name="Karma Tenzin"),
    }


@pytest.fixture
def programme(people):
    made = Programme.objects.create(title="Reef mentors", language="English", description="Ten weeks.")
    made.coordinators.add(people["ngozi"])
    for name in ("grace", "sina"):
        services.add_mentor(made, people[name], people["ngozi"])
    return made


def mentor_of(programme, people, name):
    mentorship = services.invite(programme, people["grace"], people["grace"], people[name])
    services.accept_invitation(mentorship, people[name])
    return mentorship


@pytest.fixture
def stuck(programme, people):
    """Ada is stuck in a running lab, Rosa has passed it, Karma does well. Returns Ada's last attempt."""
    ada, rosa, karma = (mentor_of(programme, people, name) for name in ("ada", "rosa", "karma"))
    session = session_of(ada.trainee, state=State.READY, active_at=timezone.now())
    tried = [
        attempt_of(ada.trainee, fails=[first_check()], session=session, at=ago(hours=50 - hours)) for hours in range(3)
    ]
    fails_now(session, first_check(), since=ago(minutes=20))
    for number, attempt in enumerate(tried):
        running = "frr version 10.3\nhostname r1\n" + "router ospf6\n ospf6 router-id 10.0.0.1\n" * (number > 0)
        Configuration.objects.create(attempt=attempt, nodes={"r1": {"running": running, "files": {"etc/motd": "hi\n"}}})
    attempt_of(rosa.trainee, at=ago(days=1))
    LessonDone.objects.create(learner=karma.trainee, course="first-steps", lesson="first-ebgp")
    QuizAnswer.objects.create(learner=ada.trainee, quiz="first-ebgp", question="silent", right=True, at=ago(days=9))
    services.write_note(ada, people["grace"], "Strong in addressing. Ask about the cable date.", Note.Reach.PRIVATE)
    services.assign(karma, people["grace"], timezone.localdate() + timedelta(days=3), lab=LAB)
    return tried[-1]


@pytest.mark.parametrize("size", SIZES)
def test_each_page_is_usable(window, live_server, programme, people, stuck, size):
    asked = questions.ask(programme.mentorships.get(trainee=people["ada"]), "Why?", {"kind": "lesson", "title": "x"})
    asked.about = {**asked.about, "course": "first-steps", "lesson": "first-ebgp", "course_title": "First steps"}
    asked.save()
    waiting = services.invite(programme, people["sina"], people["sina"])
    hers = programme.mentorships.get(trainee=people["ada"])
    membership = Membership.objects.get(mentor=people["grace"])
    ada = people["ada"].pk
    pages = {
        "grace": [
            reverse("mentoring:hour"),
            reverse("mentoring:trainee", args=[ada]),
            reverse("mentoring:attempt", args=[stuck.pk]),
            reverse("mentoring:question", args=[asked.pk]),
            reverse("mentoring:lab", args=[ada, LAB]),
            reverse("mentoring:invite", args=[membership.pk]),
            reverse("mentoring:transfer", args=[hers.pk]),
            reverse("mentoring:end_mentorship", args=[hers.pk]),
        ],
        "ngozi": [
            reverse("mentoring:programmes"),
            reverse("mentoring:create_programme"),
            reverse("mentoring:programme", args=[programme.pk]),
            reverse("mentoring:invitation", args=[waiting.pk]),
        ],
        "ada": [
            "/",
            reverse("mentoring:my_mentors"),
            reverse("mentoring:trainee", args=[ada]),
            reverse("mentoring:by_link", args=[waiting.key]),
            reverse("mentoring:ask_check", args=[stuck.session.pk, first_check()]),
        ],
    }
    for name, addresses in pages.items():
        page = window(viewport=SIZES[size], expected=("autocomplete", "Password forms"))
        sign_in(page, live_server.url, name)
        for address in addresses:
            open_sound(page, live_server.url + address)


def test_from_the_invitation_to_the_answer_and_the_end_of_the_mentorship(window, live_server, programme, people):
    site, quiet = live_server.url, {"expected": ("autocomplete", "Password forms")}
    grace = window(viewport=SIZES["wide"], **quiet)
    sign_in(grace, site, "grace")
    grace.get_by_role("link", name="Mentoring").click()
    grace.get_by_role("link", name="Invite a trainee").click()
    grace.get_by_label("Username").fill("ada")
    grace.get_by_role("button", name="Invite").click()
    expect(grace.get_by_text("sees it on their start page")).to_be_visible()

    ada = window(viewport=SIZES["phone"], java_script_enabled=False, **quiet)  # forms work without it
    sign_in(ada, site, "ada")
    ada.get_by_role("link", name="Read and answer").click()
    ada.get_by_role("button", name="Accept: Grace Hopper may see my work").click()
    expect(ada.get_by_text("is your mentor now")).to_be_visible()
    ends_at = timezone.now() + timedelta(hours=1)
    session = session_of(people["ada"], state=State.READY, ends_at=ends_at, active_node="r1")
    attempt_of(people["ada"], fails=[first_check()], session=session)
    fails_now(session, first_check())
    ada.goto(f"{site}/labs/{LAB}/")
    ada.get_by_role("link", name="Ask your mentor").first.click()
    ada.get_by_label("Your question").fill("Is the lab broken?")
    ada.get_by_role("button", name="Send the question").click()
    expect(ada.get_by_text("Waiting for an answer")).to_be_visible()

    grace.goto(f"{site}/mentoring/")
    expect(grace.get_by_role("heading", name="Ada Lovelace waits for an answer")).to_be_visible()
    grace.get_by_role("link", name="Answer").click()
    expect(grace.get_by_text("No area yet.")).to_be_visible()
    grace.get_by_role("link", name="Open the attempt").click()
    expect(grace.get_by_text("<script>alert(1)</script>").first).to_be_visible()  # as text
    grace.get_by_label("Your comment").fill("Look at the area.")
    grace.get_by_role("button", name="Send to Ada Lovelace").click()
    expect(grace.get_by_text("It appears with this attempt")).to_be_visible()
    grace.go_back()
    grace.goto(f"{site}/mentoring/")
    grace.get_by_role("link", name="Answer").click()
    grace.get_by_label("Your reply").fill("No: its interface is in no area.")
    grace.get_by_role("button", name="Send the reply").click()
    grace.goto(f"{site}/mentoring/")
    expect(grace.get_by_role("heading", name="Not this week")).to_be_visible()

    ada.goto(site)
    ada.get_by_role("link", name="Read the message: Your mentor wrote to you").click()
    expect(ada.get_by_text("Look at the area.")).to_be_visible()
    ada.get_by_role("link", name="Is the lab broken?").click()
    expect(ada.get_by_text("its interface is in no area.")).to_be_visible()
    ada.goto(f"{site}/mentoring/mine/")
    ada.get_by_role("link", name="End the mentorship").click()
    ada.get_by_role("button", name="End the mentorship").click()
    expect(ada.get_by_text("No mentor can see your work.")).to_be_visible()
    grace.goto(f"{site}/mentoring/")
    expect(grace.get_by_text("Ada Lovelace")).to_have_count(0)
