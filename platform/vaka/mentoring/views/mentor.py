"""A mentor's pages: his hour, a trainee, an attempt opened. The trainee has the last two of himself, too."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labs.models import Attempt
from labs.registry.versions import NoSuchLab
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import services
from vaka.mentoring.forms import AnswerForm, AwayForm, CommentForm, NoteForm, TaskForm
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note
from vaka.mentoring.pages import activity, attempt_review, timeline
from vaka.mentoring.pages.needs import hour as plan
from vaka.mentoring.pages.question_subject import About
from vaka.mentoring.permissions import attempt_of, for_members, for_mentors, mentorship_with, question_of, whose


@require_safe
@for_mentors
def hour(request: SignedInRequest) -> HttpResponse:
    """The hour, already planned: who needs the mentor, the oldest need first, and who can wait."""
    mine = list(Membership.objects.filter(mentor=request.user, ended_at=None).select_related("programme"))
    waiting = Mentorship.objects.waiting().filter(mentor=request.user).select_related("trainee", "programme")
    away = next((one for one in mine if one.is_away), None)
    form = AwayForm(initial={"until": away.away_until} if away else None)
    context = {"hour": plan(request.user), "memberships": mine, "waiting": waiting, "away": away, "form": form}
    return render(request, "mentoring/hour.html", context)


@require_POST
@for_mentors
def away(request: SignedInRequest) -> HttpResponse:
    form = AwayForm(request.POST)
    if form.is_valid():
        services.away(request.user, form.cleaned_data["until"])
        messages.success(request, _("Kept. Your trainees read it beside your name."))
    else:
        messages.error(request, _("Choose a day from today on."))
    return redirect("mentoring:hour")


@for_members
@require_safe
def trainee(request: SignedInRequest, trainee: int) -> HttpResponse:
    """All that his mentor sees of a trainee; he himself sees the same, but for notes that are not for him."""
    _person, mentorship = whose(request, trainee)
    if mentorship is None:
        return _trainee(request, trainee, None, None)
    line = {"reach": Note.Reach.SHARED} if "line" in request.GET else None  # from “Write to …”
    return _trainee(request, trainee, NoteForm(initial=line), TaskForm())


def _trainee(
    request: SignedInRequest, trainee: int, note: NoteForm | None, task: TaskForm | None, status: int = 200
) -> HttpResponse:
    person, mentorship = whose(request, trainee)
    line = timeline.of(person, mentorship, _moment(request.GET.get("before", "")))
    also = Mentorship.objects.open().between(request.user, person).select_related("programme")
    context = {
        "person": person,
        "mentorship": mentorship,
        "also": also if mentorship else (),
        "line": line,
        "labs": attempt_review.of_labs(person),
        "now": activity.now(person, whole=mentorship is not None),
        "due": [(task, activity.task_title(task)) for task in _due(mentorship)] if mentorship else (),
        "note_form": note,
        "task_form": task,
    }
    return render(request, "mentoring/trainee.html", context, status=status)


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _due(mentorship: Mentorship) -> list[Assignment]:
    return list(Assignment.objects.filter(programme=mentorship.programme, trainee=mentorship.trainee))


@require_POST
@for_mentors
def note(request: SignedInRequest, trainee: int) -> HttpResponse:
    """Keep a note, or send a line: a note that the trainee reads, too."""
    mentorship = mentorship_with(request, trainee)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _trainee(request, trainee, form, TaskForm(), 422)
    services.write(mentorship, request.user, form.cleaned_data["text"], Note.Reach(form.cleaned_data["reach"]))
    messages.success(request, _("Kept."))
    return _to_trainee(mentorship)


def _to_trainee(mentorship: Mentorship) -> HttpResponse:
    where = reverse("mentoring:trainee", args=(mentorship.trainee_id,))
    return redirect(f"{where}?programme={mentorship.programme_id}")


@require_POST
@for_mentors
def delete_note(request: SignedInRequest, note: int) -> HttpResponse:
    """Delete a note of one's own. What answered a question stays: the trainee goes by it."""
    mine = Note.objects.for_mentor(request.user).filter(author=request.user, question=None)
    found = get_object_or_404(mine.select_related("programme", "trainee"), pk=note)
    mentorship = mentorship_with(request, found.trainee_id)
    found.delete()
    messages.success(request, _("Deleted."))
    return _to_trainee(mentorship)


@require_POST
@for_mentors
def set_task(request: SignedInRequest, trainee: int) -> HttpResponse:
    """Say what is due of the trainee, and when."""
    mentorship = mentorship_with(request, trainee)
    form = TaskForm(request.POST)
    if not form.is_valid():
        return _trainee(request, trainee, NoteForm(), form, 422)
    services.assign(mentorship, request.user, form.cleaned_data["due_on"], **form.task())
    messages.success(request, _("Set. It stands on the start page of your trainee."))
    return _to_trainee(mentorship)


@require_POST
@for_mentors
def drop_task(request: SignedInRequest, task: int) -> HttpResponse:
    found = get_object_or_404(Assignment.objects.for_mentor(request.user), pk=task)
    mentorship = mentorship_with(request, found.trainee_id)
    found.delete()
    messages.success(request, _("It is not due any more."))
    return _to_trainee(mentorship)


@for_members
@require_safe
def attempt(request: SignedInRequest, attempt: int) -> HttpResponse:
    """An attempt with all that was seen and kept, and what mentors wrote to it."""
    return _attempt(request, *attempt_of(request, attempt), CommentForm())


@require_POST
@for_mentors
def comment(request: SignedInRequest, attempt: int) -> HttpResponse:
    """Write to an attempt; that reaches the trainee."""
    found, mentorship = attempt_of(request, attempt)
    if mentorship is None:
        raise Http404("Nobody is his own mentor.")
    form = CommentForm(request.POST)
    if not form.is_valid():
        return _attempt(request, found, mentorship, form, 422)
    services.write(mentorship, request.user, form.cleaned_data["text"], Note.Reach.SHARED, found)
    messages.success(request, _("Sent. It stands beside this attempt, and on the trainee's page."))
    return redirect("mentoring:attempt", found.pk)


def _attempt(
    request: SignedInRequest, found: Attempt, mentorship: Mentorship | None, form: CommentForm, status: int = 200
) -> HttpResponse:
    notes = Note.objects.for_mentor(request.user) if mentorship else Note.objects.for_trainee(request.user)
    if mentorship is None:
        services.mark_seen(request.user, attempt=found)
    context = {
        "review": attempt_review.Review(found, whole=mentorship is not None),
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
    """Guide and solution of a lab, with the trainee's numbers."""
    mentorship = mentorship_with(request, trainee)
    if mentorship.trainee is None:
        raise Http404
    try:
        at_hand = attempt_review.at_hand(mentorship.trainee, lab)
    except NoSuchLab as error:
        raise Http404(lab) from error
    return render(request, "mentoring/lab.html", {"at_hand": at_hand, "person": mentorship.trainee})


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: SignedInRequest, asked: int) -> HttpResponse:
    """A question with what it is about, and what was said to it. Trainee and mentors write here."""
    found = question_of(request, asked)
    is_mine = found.trainee_id == request.user.pk
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and "settled" in request.POST:
        if not is_mine:
            raise Http404
        services.settle(found)
        return redirect("mentoring:question", found.pk)
    if request.method == "POST" and form.is_valid():
        services.say(found, request.user, form.cleaned_data["text"])
        messages.success(request, _("Sent."))
        return redirect("mentoring:question", found.pk)
    context = {
        "question": found,
        "about": About(found.about),
        "notes": found.notes.select_related("author"),
        "is_mine": is_mine,
        "form": form,
    }
    if is_mine:
        services.mark_seen(request.user, question=found)
    return render(request, "mentoring/question.html", context, status=422 if request.method == "POST" else 200)
