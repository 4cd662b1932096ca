"""A trainee's page about their mentors: messages, questions and invitations, and who can see what."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labs import hooks
from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import services
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note, Programme, Question
from vaka.mentoring.pages import activity
from vaka.mentoring.pages.question_subject import QuestionSubject
from vaka.mentoring.permissions import for_members


@for_members
@require_safe
def my_mentors(request: SignedInRequest) -> HttpResponse:
    """The trainee's mentors and their messages, the trainee's questions, and exactly who can see what."""
    trainee = request.user
    mentorships = list(Mentorship.objects.open().filter(trainee=trainee).select_related("mentor", "programme"))
    away = {
        (one.programme_id, one.mentor_id): one.away_until
        for one in Membership.objects.filter(mentor__in=[one.mentor for one in mentorships], ended_at=None)
        if one.is_away
    }
    assignments = Assignment.objects.for_trainee(trainee).select_related("set_by")
    notes = Note.objects.for_trainee(trainee).filter(question=None).select_related("author", "attempt").order_by("-pk")
    shown_notes = list(notes.exclude(attempt__lab__in=hooks.closed_labs(request))[:50])
    context = {
        "mentorships": [(one, away.get((one.programme_id, one.mentor_id))) for one in mentorships],
        "invitations": _invitations(trainee),
        "ended": Mentorship.objects.filter(trainee=trainee).exclude(consented_at=None).exclude(ended_at=None),
        "coordinators": Programme.objects.filter(mentorships__in=mentorships)
        .prefetch_related("coordinators")
        .distinct(),
        "assignments": [(one, activity.assignment_title(one)) for one in assignments],
        "notes": shown_notes,
        "questions": [(one, QuestionSubject(one.about)) for one in Question.objects.filter(trainee=trainee)[:50]],
    }
    response = render(request, "mentoring/my_mentors.html", context)
    services.mark_seen(trainee, pk__in=[note.pk for note in shown_notes])  # after rendering, which marks new notes
    return response


def _invitations(trainee: User) -> list[Mentorship]:
    waiting = Mentorship.objects.waiting().filter(trainee=trainee)
    return list(waiting.select_related("mentor", "programme", "follows__mentor"))
