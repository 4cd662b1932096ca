"""A mentor's pages: the hour, a trainee, an attempt. Trainees also see the last two about themselves."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labs import hooks
from labs.models import Attempt
from labs.registry.versions import NoSuchLab
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import services
from vaka.mentoring.forms import TOO_EARLY, AssignmentForm, AwayForm, CommentForm, NoteForm
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note
from vaka.mentoring.pages import activity, attempt_review, copies, timeline
from vaka.mentoring.pages.mentors_hour import plan_hour
from vaka.mentoring.permissions import (
    attempt_of,
    attempt_to_comment,
    for_members,
    for_mentors,
    mentorship_with,
    note_to_delete,
    visible_trainee,
)


@require_safe
@for_mentors
def hour(request: SignedInRequest) -> HttpResponse:
    """The planned hour: which trainees need the mentor, the most urgent first, and which do not."""
    memberships = list(Membership.objects.filter(mentor=request.user, ended_at=None).select_related("programme"))
    waiting = Mentorship.objects.waiting().filter(mentor=request.user).select_related("trainee", "programme")
    away = next((one for one in memberships if one.is_away), None)
    form = AwayForm(initial={"until": away.away_until} if away else None)
    context = {
        "hour": plan_hour(request.user),
        "memberships": memberships,
        "waiting": waiting,
        "away": away,
        "form": form,
    }
    return render(request, "mentoring/hour.html", context)


@require_POST
@for_mentors
def away(request: SignedInRequest) -> HttpResponse:
    form = AwayForm(request.POST)
    if form.is_valid():
        services.set_away(request.user, form.cleaned_data["until"])
        messages.success(request, _("Saved. Your trainees see it next to your name."))
    else:
        messages.error(request, str(TOO_EARLY))
    return redirect("mentoring:hour")


@for_members
@require_safe
def trainee(request: SignedInRequest, trainee: int) -> HttpResponse:
    """The page about a trainee. Trainees see the same page about themselves, without notes that are not for them."""
    _person, mentorship = visible_trainee(request, trainee)
    if mentorship is None:
        return _trainee_page(request, trainee, None, None)
    initial = {"reach": Note.Reach.SHARED} if "message" in request.GET else None  # the button “Write to …”
    return _trainee_page(request, trainee, NoteForm(initial=initial), AssignmentForm())


def _trainee_page(
    request: SignedInRequest,
    trainee: int,
    note_form: NoteForm | None,
    assignment_form: AssignmentForm | None,
    status: int = 200,
) -> HttpResponse:
    person, mentorship = visible_trainee(request, trainee)
    mentorships = Mentorship.objects.open().between(request.user, person).select_related("programme")
    assignments = _assignments(mentorship) if mentorship else ()
    context = {
        "person": person,
        "mentorship": mentorship,
        "mentorships": mentorships if mentorship else (),
        "timeline": timeline.timeline_of(
            person, mentorship, _moment(request.GET.get("before", "")), hooks.closed_labs(request)
        ),
        "labs": attempt_review.best_attempts(person),
        "copyable": copies.labs_to_copy(person) if mentorship and mentorship.may_copy else (),
        "current_lab": activity.current_lab(person, for_mentor=mentorship is not None),
        "assignments": [(one, activity.assignment_title(one)) for one in assignments],
        "note_form": note_form,
        "assignment_form": assignment_form,
    }
    return render(request, "mentoring/trainee.html", context, status=status)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
        return found.astimezone(UTC) if found and found.tzinfo else None
    except (ValueError, OverflowError):  # before the year 1 or after 9999 in UTC
        return None


def _assignments(mentorship: Mentorship) -> list[Assignment]:
    return list(Assignment.objects.filter(programme=mentorship.programme, trainee=mentorship.trainee))


@require_POST
@for_mentors
def note(request: SignedInRequest, trainee: int) -> HttpResponse:
    """Store a note about the trainee. Its reach decides who reads it."""
    mentorship = mentorship_with(request, trainee)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _trainee_page(request, trainee, form, AssignmentForm(), 422)
    services.write_note(mentorship, request.user, form.cleaned_data["text"], Note.Reach(form.cleaned_data["reach"]))
    messages.success(request, _("The note is saved."))
    return _redirect_to_trainee(mentorship)


def _redirect_to_trainee(mentorship: Mentorship) -> HttpResponse:
    url = reverse("mentoring:trainee", args=(mentorship.trainee_id,))
    return redirect(f"{url}?programme={mentorship.programme_id}")


@require_POST
@for_mentors
def delete_note(request: SignedInRequest, note: int) -> HttpResponse:
    """Delete a note of the mentor's own."""
    found = note_to_delete(request, note)
    mentorship = mentorship_with(request, found.trainee_id)
    found.delete()
    messages.success(request, _("The note is deleted."))
    return _redirect_to_trainee(mentorship)


@require_POST
@for_mentors
def assign(request: SignedInRequest, trainee: int) -> HttpResponse:
    """Set a lesson or a lab for the trainee, with a due date."""
    mentorship = mentorship_with(request, trainee)
    form = AssignmentForm(request.POST)
    if not form.is_valid():
        return _trainee_page(request, trainee, NoteForm(), form, 422)
    services.assign(mentorship, request.user, form.cleaned_data["due_on"], **form.subject())
    messages.success(request, _("The assignment is set. Your trainee sees it on their start page."))
    return _redirect_to_trainee(mentorship)


@require_POST
@for_mentors
def delete_assignment(request: SignedInRequest, assignment: int) -> HttpResponse:
    found = get_object_or_404(Assignment.objects.for_mentor(request.user), pk=assignment)
    mentorship = mentorship_with(request, found.trainee_id)
    found.delete()
    messages.success(request, _("The assignment is removed."))
    return _redirect_to_trainee(mentorship)


@for_members
@require_safe
def attempt(request: SignedInRequest, attempt: int) -> HttpResponse:
    """An attempt with its verdicts, the configuration of the nodes, and the mentors' comments."""
    return _attempt_page(request, *attempt_of(request, attempt), CommentForm())


@require_POST
@for_mentors
def comment(request: SignedInRequest, attempt: int) -> HttpResponse:
    """Comment on an attempt. The trainee reads the comment."""
    found, mentorship = attempt_to_comment(request, attempt)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _attempt_page(request, found, mentorship, form, 422)
    services.write_note(mentorship, request.user, form.cleaned_data["text"], Note.Reach.SHARED, found)
    messages.success(request, _("The comment is sent. It appears with this attempt and on the trainee's page."))
    return redirect("mentoring:attempt", found.pk)


def _attempt_page(
    request: SignedInRequest, found: Attempt, mentorship: Mentorship | None, form: CommentForm, status: int = 200
) -> HttpResponse:
    notes = Note.objects.for_mentor(request.user) if mentorship else Note.objects.for_trainee(request.user)
    if mentorship is None:
        services.mark_seen(request.user, attempt=found)
    context = {
        "review": attempt_review.Review(found, for_mentor=mentorship is not None),
        "shape": timeline.shape_of(found),
        "person": found.learner,
        "mentorship": mentorship,
        "comments": notes.filter(attempt=found).select_related("author"),
        "form": form,
    }
    return render(request, "mentoring/attempt.html", context, status=status)


@require_safe
@for_mentors
def lab(request: SignedInRequest, trainee: int, lab: str) -> HttpResponse:
    """The guide and the solution of a lab, with the trainee's parameters."""
    mentorship = mentorship_with(request, trainee)
    if mentorship.trainee is None:
        raise Http404
    try:
        solution = attempt_review.lab_solution(mentorship.trainee, lab)
    except NoSuchLab as error:
        raise Http404(lab) from error
    return render(request, "mentoring/lab.html", {"solution": solution, "person": mentorship.trainee})
