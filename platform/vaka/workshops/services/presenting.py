"""Slides that a member of the team presents to the room. Trainees who want to follow see the same slide."""

from datetime import timedelta

from django.urls import Resolver404, resolve
from django.utils import timezone

from vaka.workshops import events
from vaka.workshops.models import Workshop

LASTS = timedelta(hours=2)  # after the last slide; a presentation that was not ended was forgotten
LONGEST = 300  # characters of an address, as the column has them


class NoSlides(ValueError):
    """The address is not that of slides."""


def present(workshop: Workshop, path: str, number: int) -> None:
    """Show this slide of the page PATH to the trainees who follow. Raises NoSlides."""
    try:
        is_slides = resolve(path).view_name == "courses:slides"
    except Resolver404:
        is_slides = False
    if not is_slides or len(path) > LONGEST or not 1 <= number < 1000:
        raise NoSlides(path)
    begins = not is_on(workshop) or workshop.slides_path != path
    workshop.slides_path, workshop.slides_number, workshop.slides_at = path, number, timezone.now()
    workshop.save(update_fields=["slides_path", "slides_number", "slides_at"])
    if begins:
        events.publish(workshop, "presenting")  # the seat bar of all trainees shows the way to the slides
    events.publish(workshop, "slide", path=path, number=number)


def stop(workshop: Workshop) -> None:
    workshop.slides_at = None
    workshop.save(update_fields=["slides_at"])
    events.publish(workshop, "presenting")


def is_on(workshop: Workshop) -> bool:
    at = workshop.slides_at
    return at is not None and timezone.now() - at < LASTS and not workshop.is_over
