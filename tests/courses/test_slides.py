"""The slides of a lesson: made from the lesson, and shown to whom they are for."""

import re
from http import HTTPStatus

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from courses import class_material
from courses.loader import catalogue, clear_cache, load
from courses.own_numbers import numbers_for
from courses.pages.slides import parts_of, slides_of
from courses.slides import SlideKind
from tests.builders import make_person, signed_in
from tests.courses.test_loader import LESSON, told
from vaka.accounts.models import MENTORS
from vaka.workshops.models import Role, Workshop
from vaka.workshops.services import workshop_changes

WITH_SLIDES = (
    LESSON
    + """
::: notes
Begin with a *question*.
:::

## The idea: look

::: figure wave.svg
A wave.
:::

::: slide Two things
- Wind
- Swell
:::

::: notes
Ask the room.
:::

::: worked In the shell
```config
root@h1:~# ip -6 route
```
What to see in it.
:::

::: summary
- It comes from far.
:::
"""
)


@pytest.fixture
def swell(waves):
    """The lesson, with slides, in the content of the site."""
    (waves / "wave.svg").write_text("<svg><title>Wave</title></svg>")
    (waves / "010-swell.md").write_text(WITH_SLIDES)
    clear_cache()
    return load(waves.parent)["waves"].lesson("swell")


def test_the_slides_are_in_the_order_of_the_lesson(swell):
    found = [(slide.kind, slide.title) for slide in swell.slides]
    assert found == [
        (SlideKind.TITLE, ""),
        (SlideKind.FIGURE, "The idea: look"),
        (SlideKind.TEXT, "Two things"),
        (SlideKind.SCREEN, "In the shell"),
        (SlideKind.SUMMARY, ""),
    ]


def test_notes_belong_to_the_slide_above_and_the_text_below_an_example_is_one(swell):
    notes = ["".join(slide.notes) for slide in swell.slides]
    assert ["Begin with" in notes[0], "Ask the room" in notes[2], "What to see" in notes[3]] == [True] * 3
    assert notes[1] == notes[4] == ""
    assert [slide.written_notes for slide in swell.slides] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("lines", "prompts", "last"),
    [
        (18, (), [18]),
        (19, (), [10, 19]),
        (30, (1, 13), [12, 30]),
        (30, (1, 4), [15, 30]),  # the second prompt is too far from the middle
        (40, (), [13, 27, 40]),
    ],
)
def test_a_long_screen_is_cut_into_parts_that_begin_at_a_prompt(lines, prompts, last):
    screen = "\n".join(f"<b>h1# </b>{n}" if n in prompts else f"  line {n}" for n in range(1, lines + 1))
    parts = parts_of(SafeString(screen))
    assert [int(part.split()[-1].removeprefix("</b>")) for part in parts] == last
    assert "\n".join(parts) == screen


def test_the_slides_of_a_long_example_are_numbered(waves):
    text = "\n".join(f"line {n}" for n in range(1, 31))
    (waves / "010-swell.md").write_text(LESSON + f"\n::: worked A file\n```config\n{text}\n```\nWhat to see.\n:::\n")
    clear_cache()
    lesson = load(waves.parent)["waves"].lesson("swell")
    slides = [one for one in slides_of(lesson, numbers_for(AnonymousUser(), lesson)) if one.kind == SlideKind.SCREEN]
    assert [str(one.title) for one in slides] == ["A file (1 of 2)", "A file (2 of 2)"]
    assert all("What to see." in one.notes[0] for one in slides)


def test_a_lesson_shows_its_summary_and_neither_slides_nor_notes(swell):
    assert "It comes from far" in swell.html
    assert "Ask the room" not in swell.html
    assert "Two things" not in swell.html


def test_the_search_finds_nothing_in_slides_and_notes(swell):
    assert "It comes from far" in swell.text
    assert not re.search("question|Ask the room|Two things|Wind", swell.text)


def test_what_follows_a_slide_keeps_its_line_for_messages(swell, waves):
    (waves / "010-swell.md").write_text(WITH_SLIDES + "\n[tide]{term}\n")
    line = WITH_SLIDES.count("\n") + 2
    assert told(waves.parent) == [
        f'010-swell.md:{line}: There is no term "tide" in glossary.yaml. Add it, or correct the name.'
    ]


def test_a_mistake_on_a_slide_is_reported_with_its_line(waves):
    (waves / "010-swell.md").write_text(LESSON + "::: slide Words\n\n[tide]{term} [a]{b}\n:::\n")
    assert told(waves.parent) == [
        '010-swell.md:10: There is no mark "b" for [a]; use one of term, command.',
        '010-swell.md:10: There is no term "tide" in glossary.yaml. Add it, or correct the name.',
    ]


def test_an_output_on_a_slide_must_be_a_worked_example(waves):
    (waves / "010-swell.md").write_text(LESSON + "::: slide X\n```output a-lab untouched\nr1# show\n```\n:::\n")
    assert any("010-swell.md:9: An output belongs into a directive" in line for line in told(waves.parent))


SLIDES = "/courses/waves/swell/slides/"
PRESENTER = "/courses/waves/swell/slides/presenter"


@pytest.mark.django_db
def test_everybody_reads_the_slides_without_the_notes(client, swell):
    page = client.get(SLIDES)
    assert page.status_code == HTTPStatus.OK
    assert "Two things" in page.text
    assert "Ask the room" not in page.text
    assert "presenter" not in page.text
    assert reverse("courses:slides", args=["waves", "swell"]) in client.get("/courses/waves/swell/").text


@pytest.mark.django_db
def test_a_mentor_reads_the_notes_and_a_trainee_does_not(swell):
    page = signed_in(make_person("mele", group=MENTORS)).get(PRESENTER)
    assert "Ask the room" in page.text
    assert PRESENTER in signed_in(make_person("sione", group=MENTORS)).get(SLIDES).text
    assert signed_in(make_person("ada")).get(PRESENTER).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.django_db
def test_who_helps_in_a_workshop_reads_the_notes(swell):
    helper = make_person("helper")
    day = timezone.now().date()
    made = workshop_changes.make(Workshop(title="NOG", first_day=day, last_day=day), make_person("lead"))
    added = made.team.create(user=helper, role=Role.HELPER)
    assert signed_in(helper).get(PRESENTER).status_code == HTTPStatus.FORBIDDEN, "they were only asked"
    added.accepted_at = timezone.now()
    added.save()
    assert signed_in(helper).get(PRESENTER).status_code == HTTPStatus.OK


def test_the_outputs_of_routing_security_can_be_read_on_their_slides():
    """Regression: a packet in the lesson on sessions had 121 columns."""
    found = class_material.missing(catalogue(settings.COURSE_CONTENT)["routing-security"])
    assert not [str(one) for one in found if "On its slide" in str(one)]
