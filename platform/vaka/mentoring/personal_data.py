"""The part of a person's data export that mentoring holds: ``vaka.home.account_export`` writes the file."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q

from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note, Question
from vaka.mentoring.questions import lab_of

ASSIGNMENT = ("course", "lesson", "lab", "due_on", "set_at", "set_by__username")


def as_data(person: User, closed: Collection[str] = ()) -> dict[str, Any]:
    """Return what the person took part in, asked and wrote, and the notes for them, as plain data.

    Notes that others wrote about the person, but not for them, are not included. Nor are questions and comments about the labs
    CLOSED, which an exam closes to the person.
    """
    dates = ("invited_at", "consented_at", "ended_at", "may_copy")
    as_trainee = Mentorship.objects.filter(trainee=person)
    as_mentor = Mentorship.objects.filter(mentor=person).exclude(consented_at=None)
    about_closed = (
        [one.pk for one in Question.objects.filter(trainee=person) if lab_of(one.about) in closed] if closed else []
    )
    questions = Question.objects.filter(trainee=person).exclude(pk__in=about_closed).order_by("pk")
    there = Q(attempt__lab__in=closed) | Q(question__in=about_closed)
    received = Note.objects.for_trainee(person).exclude(there)
    written = Note.objects.filter(author=person).exclude(there)
    columns = ("programme__title", "text", "written_at", "question", "attempt")
    return {
        "mentors": list(as_trainee.values("programme__title", "mentor__username", *dates)),
        "mentors_in": list(
            Membership.objects.filter(mentor=person).values("programme__title", "added_at", "ended_at", "away_until")
        ),
        "trainees": [
            {"programme": one.programme.title, **{name: getattr(one, name) for name in dates}}
            for one in as_mentor.select_related("programme")
        ],  # without names: these belong to the trainees
        "coordinates": list(person.programmes_led.values_list("title", flat=True)),
        "asked_to_coordinate": list(person.programmes_asked_to_lead.values_list("title", flat=True)),
        "questions": list(
            questions.values("id", "programme__title", "text", "about", "attempt", "asked_at", "waits_since")
        ),
        "written_to_me": list(received.exclude(author=person).values("author__username", "seen_at", *columns)),
        "written_by_me": list(written.values("reach", *columns)),
        "due": list(Assignment.objects.filter(trainee=person).values("programme__title", *ASSIGNMENT)),
    }
