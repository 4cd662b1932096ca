"""A page on which there is nothing yet says what leads out of that, with a link."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from tests.builders import signed_in
from vaka.workshops.models import Workshop
from vaka.workshops.services import workshop_changes

EMPTY = [  # the page, what it says, and where it leads
    ("/", "You are not enrolled in a course yet.", "/courses/"),
    ("/", "Your to-do list is empty.", "/courses/"),
    ("/progress/", "You have not finished one yet.", "/courses/"),
    ("/progress/", "You are not enrolled in a course yet.", "/courses/"),
    ("/progress/", "You have not checked a lab yet.", "/labs/"),
    ("/progress/", "You have not worked on a trouble ticket yet.", "/labs/"),
    ("/progress/questions/", "You have not finished one yet.", "/courses/"),
    ("/progress/questions/?of=wrong", "No question with a wrong answer is left.", "/courses/"),
    ("/certificates/", "You have no certificates yet.", "/courses/"),
    ("/search/?q=zzzz", "0 pages found.", "/glossary/"),
]
OF_ADMINISTRATORS = [
    ("/people/?q=nobody-of-this-name", "in their name or e-mail address.", "/people/"),
    ("/labs/sessions/?q=nobody", "No labs are running or waiting.", "/labs/sessions/"),
    ("/labs/staff/capacity/", "Nobody is waiting.", "/labs/sessions/"),
    ("/labs/sessions/end-of-day", "No labs are running or waiting.", "/labs/sessions/"),
]


def leads_out(client, page: str, words: str, goal: str) -> None:
    html = client.get(page).content.decode()
    assert words in " ".join(strip_tags(html).split())
    after = html[html.index(words) :]
    part = re.split(r"</section>|<h2|</main>", after)[0]
    assert f'href="{goal}' in part, part


@pytest.mark.parametrize(("page", "words", "goal"), EMPTY)
def test_a_new_learner_reads_where_to_begin(ada_client, page, words, goal):
    leads_out(ada_client, page, words, goal)


@pytest.mark.parametrize(("page", "words", "goal"), OF_ADMINISTRATORS)
def test_administrators_read_where_to_look_instead(olga, page, words, goal):
    leads_out(signed_in(olga), page, words, goal)


@pytest.mark.parametrize(
    ("page", "words", "goal"),
    [
        ("timetable", "The agenda is empty.", "plan"),
        ("sign_in_sheet", "The agenda is empty.", "plan"),
        ("room", "The agenda is empty.", "plan"),
        ("room", "Nobody has joined yet.", "slide"),
    ],
)
def test_the_team_of_a_new_workshop_reads_what_to_do_first(ngozi, page, words, goal):
    today = timezone.now().date()
    made = workshop_changes.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)
    here, there = (reverse(f"workshops:{name}", args=[made.pk]) for name in (page, goal))
    leads_out(signed_in(ngozi), here, words, there)


def test_a_trainee_whose_workshop_has_no_agenda_goes_back_to_the_seat(ngozi):
    today = timezone.now().date()
    made = workshop_changes.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)
    browser = Client()
    browser.post("/join/", {"code": made.join_code, "name": "Ana"})
    seat = reverse("workshops:my_seat", args=[made.pk])
    leads_out(browser, reverse("workshops:timetable", args=[made.pk]), "The agenda is empty.", seat)


def test_a_site_without_courses_says_so_to_everybody_and_tells_administrators_what_to_do(
    ada_client, olga, tmp_path, settings
):
    settings.COURSE_CONTENT = tmp_path
    for client, told in ((ada_client, False), (signed_in(olga), True)):
        page = client.get("/courses/").content.decode()
        assert "This site has no courses yet." in page
        assert ("A course is a folder in courses/content" in page) == told
    leads_out(ada_client, "/courses/", "This site has no courses yet.", "/labs/")
