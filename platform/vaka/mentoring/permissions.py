"""The permissions in mentoring.

Each function checks the permission in the query that fetches the row. To everybody else the row does not exist (404).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from labs.models import Attempt, LabSession
from vaka.accounts.models import MENTORS, User
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring.models import Membership, Mentorship, Note, Programme, Question


def for_members(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Require a sign-in. The functions below decide which rows the person may see."""
    return login_required(never_cache(view))


def for_mentors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse everybody but mentors, before any query. Apply it below the decorators for the HTTP method."""

    @login_required
    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_mentor):
            raise PermissionDenied
        return view(request, *arguments, **named)

    return checked


def mentorship_with(request: SignedInRequest, trainee: int) -> Mentorship:
    """Return the mentor's open mentorship with a trainee. With several, the parameter ``programme`` selects one."""
    rows = Mentorship.objects.open().filter(mentor=request.user, trainee=trainee)
    rows = rows.select_related("trainee", "programme", "mentor")
    wanted = request.POST.get("programme") or request.GET.get("programme") or ""
    found = rows.filter(programme=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else rows.first()
    if found is None:
        raise Http404("You do not mentor this person.")
    return found


def visible_trainee(request: SignedInRequest, trainee: int) -> tuple[User, Mentorship | None]:
    """Return a trainee whose work the person who is signed in may see.

    It is that person (then without a mentorship), or a trainee whom they mentor (then with their mentorship).
    """
    if trainee == request.user.pk:
        return request.user, None
    if not request.user.is_mentor:
        raise Http404
    mentorship = mentorship_with(request, trainee)
    if mentorship.trainee is None:
        raise Http404
    return mentorship.trainee, mentorship


def lab_sessions_to_copy(mentor: User) -> QuerySet[LabSession]:
    """Return the lab sessions of trainees who have agreed that the mentor opens copies. ``labs`` calls it (LAB_MENTORING)."""
    agreed = Mentorship.objects.open().filter(mentor=mentor, may_copy=True)
    return LabSession.objects.filter(learner__in=agreed.values("trainee"))


def lab_to_copy(request: SignedInRequest, trainee: int, session: UUID) -> LabSession:
    """Return a trainee's lab session that the mentor may copy."""
    return get_object_or_404(lab_sessions_to_copy(request.user), learner=trainee, pk=session)


def attempt_of(request: SignedInRequest, attempt: int) -> tuple[Attempt, Mentorship | None]:
    """Return an attempt of the person's own (without a mentorship), or of a trainee whom they mentor."""
    found = get_object_or_404(Attempt.objects.select_related("learner", "session"), pk=attempt)
    return found, visible_trainee(request, found.learner_id)[1]


def attempt_to_comment(request: SignedInRequest, attempt: int) -> tuple[Attempt, Mentorship]:
    """Return an attempt of a trainee whom the person mentors. Mentors cannot be their own trainees."""
    found, mentorship = attempt_of(request, attempt)
    if mentorship is None:
        raise Http404("Mentors cannot be their own trainees.")
    return found, mentorship


def note_to_delete(request: SignedInRequest, note: int) -> Note:
    """Return a note of the mentor's own. Replies to questions cannot be deleted: the trainee relies on them."""
    own = Note.objects.for_mentor(request.user).filter(author=request.user, question=None)
    return get_object_or_404(own.select_related("programme", "trainee"), pk=note)


def question_of(request: SignedInRequest, question: int) -> Question:
    """Return a question of the person's own, or of a trainee whom they mentor in the question's programme."""
    rows = Question.objects.select_related("trainee", "programme", "attempt")
    own = rows.filter(trainee=request.user, pk=question).first()
    if own:
        return own
    if not request.user.is_mentor:
        raise Http404
    return get_object_or_404(rows.for_mentor(request.user), pk=question)


def programme_led(request: SignedInRequest, programme: int) -> Programme:
    """Return a programme that the person may manage."""
    return get_object_or_404(Programme.objects.led_by(request.user), pk=programme)


def programme_to_answer(request: SignedInRequest, programme: int) -> Programme:
    """Return a programme that the person was asked to coordinate, and has not answered."""
    return get_object_or_404(Programme.objects.filter(asked_coordinators=request.user), pk=programme)


def membership_to_end(request: SignedInRequest, membership: int) -> Membership:
    """Return the person's own membership as a mentor, or one in a programme that they manage."""
    return get_object_or_404(_memberships(request.user), pk=membership)


def membership_to_invite_for(request: SignedInRequest, membership: int) -> Membership:
    """Return the membership of a mentor for whom the person may invite: their own, or one in a programme they manage."""
    return get_object_or_404(_memberships(request.user).filter(mentor__groups__name=MENTORS), pk=membership)


def _memberships(user: User) -> QuerySet[Membership]:
    rows = Membership.objects.filter(ended_at=None).select_related("programme", "mentor")
    return rows.filter(Q(mentor=user) | Q(programme__in=Programme.objects.led_by(user)))


def mentorship_to_manage(request: SignedInRequest, mentorship: int) -> Mentorship:
    """Return a mentorship or invitation of the mentor, or of a programme the person manages, or their own invitation."""
    rows = Mentorship.objects.filter(ended_at=None).select_related("programme", "mentor", "trainee", "follows")
    led = Programme.objects.led_by(request.user)
    own = Q(mentor=request.user) | Q(programme__in=led) | Q(invited_by=request.user, consented_at=None)
    return get_object_or_404(rows.filter(own), pk=mentorship)


def mentorship_to_end(request: SignedInRequest, mentorship: int) -> Mentorship:
    """Return a mentorship or invitation of the trainee or the mentor, or of a programme the person manages."""
    led = Programme.objects.led_by(request.user)
    allowed = Q(trainee=request.user) | Q(mentor=request.user) | Q(programme__in=led)
    rows = Mentorship.objects.filter(allowed, ended_at=None).select_related("mentor", "trainee", "programme")
    return get_object_or_404(rows.distinct(), pk=mentorship)


def trainees_of(user: User) -> QuerySet[Mentorship, Any]:
    """Return the ids of the trainees whom the user mentors, or who are in a programme that the user coordinates.

    ``vaka.accounts.password_links`` calls this (settings.PEOPLE_TRAINEES).
    """
    own = Q(mentor=user) | Q(programme__in=Programme.objects.filter(coordinators=user))
    return Mentorship.objects.open().filter(own).values("trainee")


def mentors_and_coordinators() -> QuerySet[User, Any]:
    """Return the ids of the people who mentor in a programme or coordinate one.

    ``vaka.accounts.password_links`` calls this (settings.PEOPLE_WITH_A_PART).
    """
    mentors = Membership.objects.filter(ended_at=None).values("mentor")
    return User.objects.filter(Q(programmes_led__isnull=False) | Q(pk__in=mentors)).values("pk")
