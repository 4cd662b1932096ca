"""The way in: a code and a name, from any device, with no mail, no password and no passkey."""

import secrets
from http import HTTPStatus

from asgiref.sync import sync_to_async
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.signals import user_logged_in
from django.core.signing import BadSignature, TimestampSigner
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from vaka.accounts import codes
from vaka.accounts.models import User
from vaka.web.http import is_local
from vaka.web.views import too_many
from vaka.workshops.models import Workshop
from vaka.workshops.models.seat import Seat
from vaka.workshops.services import code_guesses, joining
from vaka.workshops.services.code_guesses import Code
from vaka.workshops.services.presence import place_of

COOKIE, SALT = "vaka_device", "vaka.workshops.device"
COOKIE_LASTS = 365 * 24 * 3600
PRESS = TimestampSigner(salt="vaka.workshops.press")
PRESS_LASTS = 3600  # seconds in which a form that is sent twice takes one seat
SEAT = "workshop_seat"  # in the session: the seat of who joined, so that each page knows without asking


@receiver(user_logged_in, dispatch_uid="vaka.workshops.knows_its_seat")
def knows_its_seat(*, request: HttpRequest, user: User, **_signal: object) -> None:
    """Who signs in on another device has the strip there too: it says who looks on."""
    if seat := Seat.objects.now_of(user.pk):
        request.session[SEAT] = seat.pk


class JoinForm(forms.Form):
    code = forms.CharField(
        max_length=20,
        label=_("Code"),
        widget=forms.TextInput(attrs={"class": "code-in", "autocapitalize": "characters", "autocomplete": "off"}),
    )
    name = forms.CharField(
        max_length=100,
        label=_("Your name"),
        help_text=_("As your instructor calls you. It is seen in the room."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    partner = forms.CharField(
        max_length=100,
        required=False,
        label=_("Who sits beside you"),
        help_text=_("If two of you share this computer."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    press = forms.CharField(required=False, widget=forms.HiddenInput)  # the token that a new device will keep


class SeatCodeForm(forms.Form):
    seat_code = forms.CharField(
        max_length=20,
        label=_("Seat code"),
        help_text=_("From your instructor, to get your seat back on this device."),
        widget=forms.TextInput(attrs={"class": "code-in", "autocapitalize": "characters", "autocomplete": "off"}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
async def join(request: HttpRequest, code: str = "") -> HttpResponse:
    """Let somebody in. While many guess, each answer to a code waits."""
    answer, typed = await sync_to_async(_join)(request, code)
    try:
        await code_guesses.wait(await sync_to_async(code_guesses.seconds)(typed))
    except code_guesses.TooMany:
        return answer if typed is Code.RIGHT else await sync_to_async(too_many)(request)
    return answer


def _join(request: HttpRequest, code: str) -> tuple[HttpResponse, Code]:
    """The answer, and what kind of code was typed."""
    if request.method != "POST":
        code = code or request.GET.get("code", "")
        typed = Code.NONE if not code else Code.RIGHT if joining.workshop_of(code) else Code.WRONG
        return _page(request, code), typed
    if "seat_code" in request.POST:
        return _by_seat_code(request)
    code = request.POST.get("code", "")
    if (
        "again" in request.POST
        and (named := joining.named_by(code))
        and (kept := joining.kept_by(device(request), named))
    ):
        return let_in(request, kept), Code.NONE  # his device has said who he is
    workshop = joining.workshop_of(code)
    if workshop is None:
        return _refused(request, "code", gettext("This code lets nobody in: it is mistyped, or the workshop is over."))
    form = JoinForm(request.POST)
    if not form.is_valid() and not (_is_member(request) and set(form.errors) == {"name"}):
        return _page(request, workshop.join_code, form, HTTPStatus.UNPROCESSABLE_ENTITY), Code.RIGHT
    return _sit_down(request, workshop, form), Code.RIGHT


def _sit_down(request: HttpRequest, workshop: Workshop, form: JoinForm) -> HttpResponse:
    own = request.user if request.user.is_authenticated and not joining.is_guest(request.user) else None
    name = form.cleaned_data.get("name") or (own.shown_name[:100] if own else "")
    user = request.user if request.user.is_authenticated and (own or joining.comes_again(request.user, name)) else None
    token = device(request) or _of_press(form.cleaned_data.get("press", ""))
    try:
        seat = joining.take(workshop, name, form.cleaned_data.get("partner", ""), user, token, place_of(request))
    except joining.NoSeatLeft:
        form.add_error(None, gettext("All seats are taken. Ask your instructor for one more."))
        return _page(request, workshop.join_code, form, HTTPStatus.CONFLICT)
    return let_in(request, seat, token)


def _of_press(signed: str) -> str:
    """The token of a form of ours; empty if it is none, or was open for long."""
    try:
        return PRESS.unsign(signed, max_age=PRESS_LASTS)
    except BadSignature:
        return ""


def _is_member(request: HttpRequest) -> bool:
    """Somebody with an account of his own; who joined before without one may be somebody else on the same device."""
    return request.user.is_authenticated and not joining.is_guest(request.user)


def _by_seat_code(request: HttpRequest) -> tuple[HttpResponse, Code]:
    seat = joining.redeem(request.POST["seat_code"])
    if seat is None:
        return _refused(request, "seat_code", gettext("This seat code does not work: each works once, for 15 minutes."))
    return let_in(request, seat), Code.RIGHT


def _refused(request: HttpRequest, field: str, sentence: str) -> tuple[HttpResponse, Code]:
    form = JoinForm(request.POST) if field == "code" else SeatCodeForm(request.POST)
    form.is_valid()
    form.add_error(field, sentence)
    join_form, seat_form = (form, None) if field == "code" else (None, form)
    return _page(request, "", join_form, HTTPStatus.UNPROCESSABLE_ENTITY, seat_form), Code.WRONG


def _page(
    request: HttpRequest,
    code: str,
    form: forms.Form | None = None,
    status: int = 200,
    seat_form: forms.Form | None = None,
) -> HttpResponse:
    workshop = joining.workshop_of(code) if code else None
    named = joining.named_by(code) if code else None
    known = {"press": PRESS.sign(secrets.token_urlsafe(32))}
    known |= {"code": codes.shown(workshop.join_code)} if workshop else {}
    url = settings.LAN_URL or f"{request.scheme}://{request.get_host()}"
    context = {
        "workshop": workshop,
        "form": form or JoinForm(initial=known),
        "seat_form": seat_form or SeatCodeForm(),
        "seat_form_open": seat_form is not None,
        "wrong_code": bool(code) and workshop is None,
        "mine": joining.kept_by(device(request), named) if named else None,
        "is_member": _is_member(request),
        "url": url,
        "only_here": not settings.LAN and is_local(request),
    }
    return render(request, "workshops/join.html", context, status=status)


def device(request: HttpRequest) -> str:
    """The token of this browser; empty if it has none yet."""
    try:
        return request.get_signed_cookie(COOKIE, default="", salt=SALT) or ""
    except BadSignature:
        return ""


def let_in(request: HttpRequest, seat: Seat, token: str = "") -> HttpResponse:
    """Open the seat in this browser; a guest's is kept by it from now on, under the TOKEN if there is one."""
    answer = redirect("workshops:seat", workshop=seat.workshop_id)
    if seat.is_guest and seat.user:
        login(request, seat.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        token = token or device(request) or secrets.token_urlsafe(32)
        joining.keep_on(token, seat)
        how = {"httponly": True, "secure": settings.HTTPS, "samesite": "Lax"}
        answer.set_signed_cookie(COOKIE, token, salt=SALT, max_age=COOKIE_LASTS, **how)
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, seat.workshop.language, samesite="Lax", max_age=COOKIE_LASTS)
    request.session[SEAT] = seat.pk
    return answer
