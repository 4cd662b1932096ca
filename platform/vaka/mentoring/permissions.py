"""Who may see what: asked where a row is fetched. To everybody else the row does not exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from labs.models import Attempt
from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring.models import Membership, Mentorship, Programme, Question


def for_members(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For whoever has signed in; what he may see is asked where it is fetched."""
    return login_required(never_cache(view))


def for_mentors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only mentors get in; for others nothing is looked up. Stands below what says how an address is asked."""

    @login_required
    @never_cache
    @wraps(view)
    def checked(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
        if not (request.user.is_authenticated and request.user.is_mentor):
            raise PermissionDenied
        return view(request, *arguments, **named)

    return checked


def mentorship_with(request: SignedInRequest, trainee: int) -> Mentorship:
    """The visitor's open mentorship with a trainee; in two programmes, that of the one asked for, else the first."""
    held = Mentorship.objects.open().filter(mentor=request.user, trainee=trainee)
    held = held.select_related("trainee", "programme", "mentor")
    wanted = request.POST.get("programme") or request.GET.get("programme") or ""
    found = held.filter(programme=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else held.first()
    if found is None:
        raise Http404("You do not follow this person.")
    return found


def whose(request: SignedInRequest, trainee: int) -> tuple[User, Mentorship | None]:
    """The trainee whose work the visitor may see: himself, or one whom he follows; and in the second case their mentorship."""
    if trainee == request.user.pk:
        return request.user, None
    if not request.user.is_mentor:
        raise Http404
    mentorship = mentorship_with(request, trainee)
    if mentorship.trainee is None:
        raise Http404
    return mentorship.trainee, mentorship


def attempt_of(request: SignedInRequest, attempt: int) -> tuple[Attempt, Mentorship | None]:
    """An attempt of the visitor's own, or of somebody whom he follows."""
    found = get_object_or_404(Attempt.objects.select_related("learner", "session"), pk=attempt)
    return found, whose(request, found.learner_id)[1]


def question_of(request: SignedInRequest, question: int) -> Question:
    """A question of the visitor's own, or of somebody whom he follows in its programme."""
    rows = Question.objects.select_related("trainee", "programme", "attempt")
    own = rows.filter(trainee=request.user, pk=question).first()
    if own:
        return own
    if not request.user.is_mentor:
        raise Http404
    return get_object_or_404(rows.for_mentor(request.user), pk=question)


def programme_led(request: SignedInRequest, programme: int) -> Programme:
    """A programme that the visitor may change."""
    return get_object_or_404(Programme.objects.led_by(request.user), pk=programme)


def trainees_of(user: User) -> QuerySet[Mentorship, Any]:
    """Whom the user follows, or who is followed in a programme that the user coordinates. ``accounts`` asks (PEOPLE_TRAINEES)."""
    mine = Q(mentor=user) | Q(programme__in=Programme.objects.filter(coordinators=user))
    return Mentorship.objects.open().filter(mine).values("trainee")


def who_run_something() -> QuerySet[User, Any]:
    """Coordinators, and who mentors in a programme."""
    mentors = Membership.objects.filter(ended_at=None).values("mentor")
    return User.objects.filter(Q(programmes_led__isnull=False) | Q(pk__in=mentors)).values("pk")
