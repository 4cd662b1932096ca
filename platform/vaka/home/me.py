"""A person's own account: name, time zone, language, where he is signed in, and all that we hold about him."""

from typing import Any
from zoneinfo import available_timezones

from allauth.account.decorators import reauthentication_required
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.models import Session
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import mine
from labs import tickets
from labs.leaving import sign_ins
from vaka.accounts.models import User
from vaka.credentials.models import Credential
from vaka.home import leaving
from vaka.mentoring.data import as_data as mentoring_data
from vaka.web.http import SignedInRequest
from vaka.workshops import seating

LINKS = 20  # to a new password that were made for the account, on its page


class MeForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    time_zone = forms.ChoiceField(
        choices=[(name, name) for name in sorted(available_timezones() - {"localtime"})],
        label=gettext_lazy("Time zone"),
    )
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=gettext_lazy("Language"))

    class Meta:
        model = User
        fields = ["first_name", "last_name", "time_zone"]
        labels = {
            "first_name": gettext_lazy("First name"),
            "last_name": gettext_lazy("Last name"),
        }
        widgets = {
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
            "last_name": forms.TextInput(attrs={"autocomplete": "family-name"}),
        }


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def account(request: SignedInRequest) -> HttpResponse:
    form = MeForm(request.POST or None, instance=request.user, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Kept."))
        answer = redirect("home:account")
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax", max_age=31536000
        )
        return answer
    if request.method == "POST":
        request.user.refresh_from_db()  # the page's head must not show what was not accepted
    others = len(other_sessions(request))
    links = request.user.links_made.select_related("by")[:LINKS]
    return render(request, "home/account.html", {"form": form, "others": others, "links": links})


@login_required
@require_POST
def sign_out_elsewhere(request: SignedInRequest) -> HttpResponse:
    Session.objects.filter(pk__in=other_sessions(request)).delete()
    tickets.close_all(request.user.pk)
    messages.success(request, _("You are signed in here only."))
    return redirect("home:account")


@login_required
@require_safe
@never_cache
def export(request: SignedInRequest) -> HttpResponse:
    """All that we hold about a person, but for his password."""
    me = request.user
    person = {"username": me.username, "name": me.get_full_name(), "email": me.email, "joined": me.date_joined}
    held = {
        "workshops": seating.as_data(me),
        "certificates": certificates(me),
        "mentoring": mentoring_data(me),
    }
    answer = JsonResponse({"person": person, **mine.as_data(me), **held}, json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="vaka.json"'
    return answer


def certificates(me: User) -> list[dict[str, Any]]:
    fields = (
        "number",
        "achievement",
        "facts",
        "name",
        "earned_at",
        "issued_at",
        "signed",
        "revoked_at",
        "why",
        "reason",
    )
    return list(Credential.objects.of(me).values(*fields))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator]  # a window left open on a shared computer must not do it
def delete(request: SignedInRequest) -> HttpResponse:
    """Delete the account, when its owner has written its name."""
    error, reason = "", leaving.why_not(request.user)
    if request.method == "POST" and not reason:
        if request.POST.get("username", "").strip() == request.user.username:
            person = User.objects.get(pk=request.user.pk)  # of our own: signing out needs the row's number still
            logout(request)
            return redirect("home:deleted", key=leaving.delete_account(person))
        error = _("This is not your username. Nothing was deleted.")
    context = {"error": error, "reason": reason}
    return render(request, "home/delete.html", context, status=422 if error or (reason and request.POST) else 200)


@require_safe
@never_cache
def deleted(request: HttpRequest, key: str) -> HttpResponse:
    """How far it has come, for who has the address of the page: the one who has just deleted the account."""
    try:
        erasure = leaving.under_way(key)
    except BadSignature as error:
        raise Http404 from error
    return render(request, "home/deleted.html", {"erasure": erasure})


def other_sessions(request: SignedInRequest) -> list[str]:
    """Return the keys of the person's other sessions."""
    return [key for key in sign_ins(request.user) if key != request.session.session_key]
