"""What mentoring holds about one person, as plain data for the file that he may take with him."""

from typing import Any

from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note, Question


def as_data(person: User) -> dict[str, Any]:
    """What he took part in, asked and wrote, and what was written to him. Others' notes that are not for him are not here."""
    dates = ("invited_at", "consented_at", "ended_at")
    followed = Mentorship.objects.filter(trainee=person)
    follows = Mentorship.objects.filter(mentor=person).exclude(consented_at=None)
    questions = Question.objects.filter(trainee=person).order_by("pk")
    to_him = Note.objects.for_trainee(person)
    by_him = Note.objects.filter(author=person)
    words = ("text", "written_at", "question", "attempt")
    return {
        "mentors": list(followed.values("programme__title", "mentor__username", *dates)),
        "mentors_in": list(Membership.objects.filter(mentor=person).values("programme__title", "added_at", "ended_at")),
        "trainees": [
            {"programme": one.programme.title, **{name: getattr(one, name) for name in dates}}
            for one in follows.select_related("programme")
        ],  # when, not whom: that is theirs to tell
        "coordinates": list(person.programmes_led.values_list("title", flat=True)),
        "questions": list(questions.values("id", "text", "about", "attempt", "asked_at", "waits_since")),
        "written_to_me": list(to_him.exclude(author=person).values("author__username", *words)),
        "written_by_me": list(by_him.values("reach", *words)),
        "due": [task.facts() for task in Assignment.objects.filter(trainee=person)],
    }
