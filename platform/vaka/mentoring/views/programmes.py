"""Pages for coordinators: programmes and their people. Mentors also use those for inviting, transferring and leaving."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from vaka.accounts.models import MENTORS, User
from vaka.accounts.requests import SignedInRequest
from vaka.mentoring import services
from vaka.mentoring.forms import CoordinatorForm, InviteForm, MentorForm, ProgrammeForm
from vaka.mentoring.models import Mentorship, Note, Programme
from vaka.mentoring.permissions import (
    for_members,
    membership_to_end,
    membership_to_invite_for,
    mentorship_to_manage,
    programme_led,
    programme_to_answer,
)
from vaka.web.post_only import form_on


@for_members
@require_safe
def programmes(request: SignedInRequest) -> HttpResponse:
    """The programmes that the person may manage."""
    led = Programme.objects.led_by(request.user).prefetch_related("coordinators")
    if not (request.user.is_instructor or led):
        raise Http404
    return render(request, "mentoring/programmes.html", {"programmes": led})


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: SignedInRequest) -> HttpResponse:
    """Create a programme. Its creator becomes its first coordinator."""
    if not request.user.is_instructor:
        raise Http404
    form = ProgrammeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = form.save()
        made.coordinators.add(request.user)
        return redirect("mentoring:programme", made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "mentoring/create_programme.html", {"form": form}, status=status)


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def programme(request: SignedInRequest, programme: int) -> HttpResponse:
    """A programme with its mentors, mentorships and invitations. It shows no trainee's work."""
    found = programme_led(request, programme)
    form = ProgrammeForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The changes are saved."))
        return redirect("mentoring:programme", found.pk)
    if request.method == "POST":
        found.refresh_from_db()
    return _programme_page(request, found, form=form, status=422 if request.method == "POST" else 200)


def _programme_page(request: SignedInRequest, found: Programme, status: int = 200, **forms: object) -> HttpResponse:
    mentorships = found.mentorships.select_related("mentor", "trainee", "follows")
    current = [one for one in mentorships.filter(ended_at=None) if not one.is_expired]
    context = {
        "programme": found,
        "memberships": found.memberships.filter(ended_at=None).select_related("mentor"),
        "mentorships": [one for one in current if one.consented_at],
        "invitations": [one for one in current if not one.consented_at],
        "ended": mentorships.exclude(ended_at=None).exclude(consented_at=None).order_by("-ended_at")[:20],
        "notes": Note.objects.for_coordinator(request.user).filter(programme=found).select_related("author", "trainee"),
        "coordinators": found.coordinators.all(),
        "asked_coordinators": found.asked_coordinators.all(),
        "form": ProgrammeForm(instance=found),
        "mentor_form": MentorForm(by=request.user),
        "coordinator_form": CoordinatorForm(by=request.user),
        **forms,
    }
    return render(request, "mentoring/programme.html", context, status=status)


@for_members
@require_POST
def add_mentor(request: SignedInRequest, programme: int) -> HttpResponse:
    found = programme_led(request, programme)
    form = MentorForm(request.POST, by=request.user)
    if form.is_valid():
        try:
            services.add_mentor(found, form.cleaned_data["mentor"], request.user)
        except services.NotPossible as reason:
            form.add_error("mentor", str(reason))
        else:
            return redirect("mentoring:programme", found.pk)
    return _programme_page(request, found, mentor_form=form, status=422)


@for_members
@require_POST
def add_coordinator(request: SignedInRequest, programme: int) -> HttpResponse:
    found = programme_led(request, programme)
    form = CoordinatorForm(request.POST, by=request.user)
    if form.is_valid():
        services.add_coordinator(found, form.cleaned_data["coordinator"], request.user)
        return redirect("mentoring:programme", found.pk)
    return _programme_page(request, found, coordinator_form=form, status=422)


@require_POST
@form_on("home:home")
@for_members
def accept_coordination(request: SignedInRequest, programme: int) -> HttpResponse:
    """Accept to coordinate the programme, to which somebody else has added the user."""
    found = programme_to_answer(request, programme)
    services.answer_as_coordinator(found, request.user, accepts=True)
    messages.success(request, _("You coordinate %(title)s now.") % {"title": found.title})
    return redirect("mentoring:programme", found.pk)


@require_POST
@form_on("home:home")
@for_members
def decline_coordination(request: SignedInRequest, programme: int) -> HttpResponse:
    found = programme_to_answer(request, programme)
    services.answer_as_coordinator(found, request.user, accepts=False)
    messages.success(request, _("You do not coordinate %(title)s.") % {"title": found.title})
    return redirect("home:home")


@for_members
@require_POST
def remove_coordinator(request: SignedInRequest, programme: int, person: int) -> HttpResponse:
    """Remove a coordinator, but not the last one: every programme needs one. One who has not accepted can always be removed."""
    found = programme_led(request, programme)
    if found.asked_coordinators.filter(pk=person).exists():
        found.asked_coordinators.remove(person)
        messages.success(request, _("The coordinator is removed."))
    elif found.coordinators.exclude(pk=person).exists():
        found.coordinators.remove(person)
        messages.success(request, _("The coordinator is removed."))
    else:
        messages.warning(request, _("A programme needs at least one coordinator. Add another one first."))
    may_manage = Programme.objects.led_by(request.user).filter(pk=found.pk).exists()
    return redirect("mentoring:programme", found.pk) if may_manage else redirect("home:home")


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def remove_mentor(request: SignedInRequest, membership: int) -> HttpResponse:
    """Remove a mentor from the programme, after a confirmation. A coordinator may do this, and the mentor."""
    found = membership_to_end(request, membership)
    if request.method == "POST":
        services.remove_mentor(found, request.user)
        messages.success(request, _("The mentor is no longer in the programme."))
        return redirect("mentoring:hour" if found.mentor_id == request.user.pk else "home:home")
    mentorships = Mentorship.objects.filter(programme=found.programme, mentor=found.mentor, ended_at=None)
    context = {"membership": found, "count": mentorships.exclude(consented_at=None).count()}
    return render(request, "mentoring/remove_mentor.html", context)


# Mentorships


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SignedInRequest, membership: int) -> HttpResponse:
    """Invite a trainee for this mentor, by username or by a link."""
    found = membership_to_invite_for(request, membership)
    form = InviteForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.invite(found.programme, found.mentor, request.user, form.cleaned_data["trainee"])
        except services.NotPossible as reason:
            form.add_error("trainee", str(reason))
        else:
            return redirect("mentoring:invitation", made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "mentoring/invite.html", {"membership": found, "form": form}, status=status)


@for_members
@require_safe
def invitation(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """An invitation that waits for an answer: its link, and how long it is valid."""
    found = mentorship_to_manage(request, mentorship)
    if found.consented_at:
        raise Http404
    return render(request, "mentoring/invitation.html", {"invitation": found})


@for_members
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: SignedInRequest, mentorship: int) -> HttpResponse:
    """Propose another mentor of the programme to the trainee, who decides."""
    found = mentorship_to_manage(request, mentorship)
    if not found.consented_at:
        raise Http404
    others = User.objects.filter(
        mentor_in__programme=found.programme,
        mentor_in__ended_at=None,
        is_active=True,
        groups__name=MENTORS,
    ).exclude(pk__in=[found.mentor_id, found.trainee_id or 0])
    error = ""
    if request.method == "POST":
        to = request.POST.get("mentor", "")
        wanted = others.filter(pk=int(to)).first() if to.isdecimal() and len(to) < 10 else None
        try:
            if wanted is None:
                raise services.NotPossible(_("Choose a mentor from the list."))
            services.transfer(found, wanted, request.user)
        except services.NotPossible as reason:
            error = str(reason)
        else:
            messages.success(request, _("The transfer is proposed. Nothing changes until the trainee agrees."))
            return redirect("mentoring:hour" if found.mentor_id == request.user.pk else "mentoring:programmes")
    context = {"mentorship": found, "others": others, "error": error}
    return render(request, "mentoring/transfer.html", context, status=422 if error else 200)
