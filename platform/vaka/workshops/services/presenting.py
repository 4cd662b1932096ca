"""Slides that a member of the team presents to the room. Trainees who want to follow see the same slide."""

from datetime import timedelta

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils import timezone

from courses.content import Lesson
from courses.loader import catalogue
from vaka.accounts.models import User
from vaka.workshops import events
from vaka.workshops.models import Workshop

LASTS = timedelta(hours=2)  # after the last slide; a presentation that was not ended was forgotten
LONGEST = 300  # characters of an address, as the column has them


class NoSlides(ValueError):
    """The address is not that of slides."""


def present(workshop: Workshop, path: str, number: int, by: User) -> None:
    """Show this slide of the page PATH to the trainees who follow. From now on BY leads the room. Raises NoSlides."""
    if _lesson(path) is None or len(path) > LONGEST or not 1 <= number < 1000:
        raise NoSlides(path)
    begins = not is_on(workshop) or workshop.slides_path != path
    workshop.slides_path, workshop.slides_number, workshop.slides_at = path, number, timezone.now()
    workshop.slides_by = by
    workshop.save(update_fields=["slides_path", "slides_number", "slides_at", "slides_by"])
    if begins:
        events.publish(workshop, "presenting")  # the seat bar of all trainees shows the way to the slides
    events.publish(workshop, "slide", None, **_slide(workshop))


def shown_now(workshop: Workshop) -> dict[str, str | int] | None:
    """Return the slide that is presented, as the event ``slide`` has it; None if there is none.

    A page that follows asks whenever its stream begins: it may have lost the connection while the presenter went on.
    """
    return _slide(workshop) if is_on(workshop) else None


def _slide(workshop: Workshop) -> dict[str, str | int]:
    return {"path": workshop.slides_path, "number": workshop.slides_number}


def _lesson(path: str) -> Lesson | None:
    """Return the lesson whose slides a path is that of; None if this site has no such slides."""
    try:
        page = resolve(path)
    except Resolver404:
        return None
    if page.view_name != "courses:slides":
        return None
    course = catalogue(settings.COURSE_CONTENT).get(page.kwargs["course"])
    return course.lesson(page.kwargs["lesson"]) if course else None


def lab_of(path: str) -> str:
    """Return the lab to which the lesson of these slides leads; empty if there is none."""
    lesson = _lesson(path)
    return lesson.lab if lesson else ""


def stop(workshop: Workshop, by: User) -> None:
    """Stop what BY presents. A window that is behind does not stop a colleague who leads by now."""
    if workshop.slides_by_id not in (None, by.pk):
        return
    workshop.slides_at = workshop.slides_by = None
    workshop.save(update_fields=["slides_at", "slides_by"])
    events.publish(workshop, "presenting")


def is_on(workshop: Workshop) -> bool:
    at = workshop.slides_at
    return at is not None and timezone.now() - at < LASTS and not workshop.is_over


def is_led_by(workshop: Workshop, user: User, path: str) -> bool:
    """Whether this person leads the room with the slides of the page PATH now, in whichever window."""
    return is_on(workshop) and workshop.slides_by_id == user.pk and workshop.slides_path == path
