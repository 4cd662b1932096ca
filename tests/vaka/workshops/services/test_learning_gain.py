"""The report of a workshop on tests and surveys: sums, no names, and nothing about a few people."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from courses.loader import catalogue
from courses.models import SurveyReply, TestPaper
from tests.builders import make_person, signed_in
from vaka.accounts.models import GUEST_PREFIX
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services import guest_expiry, learning_gain, workshop_changes

pytestmark = pytest.mark.django_db
COURSE = "first-steps"


@pytest.fixture
def lead():
    return make_person("lead")


@pytest.fixture
def workshop(lead):
    today = timezone.now().date()
    made = workshop_changes.make(Workshop(title="NOG", first_day=today, last_day=today), lead)
    made.agenda.create(title="BGP", from_at=made.begins, to_at=made.ends, courses=[COURSE])
    return made


def paper(learner, part: str, *, right: bool, at=None) -> None:
    answers = {"q": {"objective": "rpki", "given": ["x"], "right": right}}
    TestPaper.objects.create(learner=learner, course=COURSE, part=part, answers=answers, at=at or timezone.now())


def seated(workshop, number: int, *, before: bool, after: bool):
    learner = make_person(f"learner-{number}", name=f"Secret Name{number}")
    Seat.objects.create(workshop=workshop, number=number, name=f"Secret Name{number}", user=learner)
    paper(learner, "before", right=before, at=timezone.now() - timedelta(days=7))
    paper(learner, "after", right=after)
    SurveyReply.objects.create(learner=learner, course=COURSE, answers={"pace": 3 + number % 2, "change": "More tea."})
    return learner


def learned(page: str) -> str:
    """The section of the report about what people learned."""
    return page[page.index('id="h-learned-first-steps"') : page.index('id="h-hard"')]


def test_the_report_shows_gain_and_survey_without_names(workshop, lead):
    for number, before in enumerate((True, False, False, False), 1):
        seated(workshop, number, before=before, after=number != 2)
    section = learned(signed_in(lead).get(f"/workshops/{workshop.pk}/report").text)
    assert "4 seats took both tests" in section
    assert "Right before: 25 %, after: 75 %" in section
    assert "Normalised gain: 0.67" in section
    assert "3.5" in section
    assert "More tea." in section
    assert "Secret" not in section


def test_a_plan_by_lessons_has_the_tests_of_their_course(workshop):
    lessons = [f"{COURSE}/{lesson.id}" for lesson in catalogue(settings.COURSE_CONTENT)[COURSE].lessons()][:2]
    workshop.agenda.update(courses=[], lessons=lessons[:1], opened_at=timezone.now())
    times = {"from_at": workshop.begins, "to_at": workshop.ends, "opened_at": timezone.now()}
    workshop.agenda.create(title="More", lessons=lessons[1:], **times)
    learner, *_others = [seated(workshop, number, before=False, after=True) for number in (1, 2, 3)]
    [result] = learning_gain.results(workshop)
    assert (result.course.id, result.sums.people, result.replies) == (COURSE, 3, 3)
    page = signed_in(learner).get(f"/workshops/{workshop.pk}/mine").text
    addresses = [reverse("courses:test", args=[COURSE, part]) for part in ("before", "after")]
    for address in (*addresses, reverse("courses:survey", args=[COURSE])):
        assert page.count(f'href="{address}"') == 1, "once, although two items have lessons of the course"


def test_of_two_people_the_report_says_nothing(workshop, lead):
    for number in (1, 2):
        seated(workshop, number, before=False, after=True)
    section = learned(signed_in(lead).get(f"/workshops/{workshop.pk}/report").text)
    assert "2 seats took both tests" in section
    assert "Normalised gain" not in section
    assert "More tea." not in section


def test_who_took_one_test_or_took_both_before_the_workshop_does_not_count(workshop):
    only_after, long_ago = make_person("late"), make_person("early")
    for number, learner in enumerate((only_after, long_ago), 1):
        Seat.objects.create(workshop=workshop, number=number, name="X", user=learner)
    paper(only_after, "after", right=True)
    paper(long_ago, "before", right=False, at=timezone.now() - timedelta(days=9))
    paper(long_ago, "after", right=True, at=timezone.now() - timedelta(days=8))
    [result] = learning_gain.results(workshop)
    assert result.sums.people == 0


def test_the_sums_of_guests_outlive_them(workshop):
    for number in (1, 2, 3):
        learner = seated(workshop, number, before=False, after=number != 3)
        learner.username = f"{GUEST_PREFIX}{number}"
        learner.set_unusable_password()
        learner.save()
    [before] = learning_gain.results(workshop)
    workshop.closed_at = timezone.now() - timedelta(days=settings.GUEST_DAYS + 1)
    workshop.save()
    for leftover in list(guest_expiry.leftovers()):
        leftover.remove()
    workshop.refresh_from_db()
    assert not TestPaper.objects.exists()
    [after] = learning_gain.results(workshop)
    assert (after.sums, after.replies) == (before.sums, 3)
    assert [one.counts for one in after.rated] == [one.counts for one in before.rated]
    assert after.total.gain == pytest.approx(2 / 3)
