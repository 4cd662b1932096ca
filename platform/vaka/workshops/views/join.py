"""Joining a workshop with a join code and a name, or opening a seat on another device with a seat code."""

import secrets
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.signals import user_logged_in
from django.core.signing import BadSignature, TimestampSigner
from django.dispatch import receiver
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from vaka import host_names
from vaka.accounts import readable_codes
from vaka.accounts.models import User
from vaka.web import site_address
from vaka.web.request_origin import networks_of
from vaka.web.views import too_many
from vaka.workshops.forms import JoinForm, SeatCodeForm
from vaka.workshops.models import Seat, Workshop
from vaka.workshops.services import devices, guest_accounts, joining, seat_sign_in_delay, wrong_join_codes
from vaka.workshops.services.room_presence import network_of_request

COOKIE, COOKIE_SALT = "vaka_device", "vaka.workshops.device"
COOKIE_LASTS = 365 * 24 * 3600
FORM_TOKENS = TimestampSigner(salt="vaka.workshops.form_token")
FORM_TOKEN_LASTS = 3600  # seconds in which a form that is sent twice takes one seat
SEAT_KEY = "workshop_seat"  # in the session: the user's seat, so that pages need no query to know that there is none


@receiver(user_logged_in, dispatch_uid="vaka.workshops.remember_seat")
def remember_seat(*, request: HttpRequest, user: User, **_signal: object) -> None:
    """Show the seat bar to a trainee who signs in on another device too: it names observers."""
    if seat := Seat.objects.current_of(user.pk):
        request.session[SEAT_KEY] = seat.pk


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str = "") -> HttpResponse:
    """Take a seat. While there are many wrong codes, each code waits before it is checked."""
    posted = request.method == "POST"
    code = request.POST.get("code", "") if posted else code or request.GET.get("code", "")
    if not posted and not code:
        return _page(request, "")
    if seat := _seat_of_device(request, code):
        return open_seat(request, seat)
    has_place = wrong_join_codes.wait(networks_of(request))
    answer, is_right = _by_code(request, code) if posted else _shown(request, code)
    if not is_right:
        wrong_join_codes.count()
        if not has_place:
            return too_many(request)
    return answer


def _seat_of_device(request: HttpRequest, code: str) -> Seat | None:
    """Return the seat to which somebody comes back on their device. Its token stands for the person, so they do not wait."""
    if "return" not in request.POST or "seat_code" in request.POST or not (token := device_token(request)):
        return None
    named = joining.workshop_of(code)
    return devices.seat_of(token, named) if named else None


def _shown(request: HttpRequest, code: str) -> tuple[HttpResponse, bool]:
    return _page(request, code), joining.open_workshop_of(code) is not None


def _by_code(request: HttpRequest, code: str) -> tuple[HttpResponse, bool]:
    """The answer, and whether the code is right."""
    if "seat_code" in request.POST:
        return _by_seat_code(request)
    workshop = joining.open_workshop_of(code)
    if workshop is None:
        return _refused(
            request,
            "code",
            gettext("This code does not work. It is mistyped, or the workshop is over. Check it with your instructor."),
        )
    form = JoinForm(request.POST)
    if not form.is_valid() and not (_has_account(request) and set(form.errors) == {"name"}):
        return _page(request, workshop.join_code, form, HTTPStatus.UNPROCESSABLE_ENTITY), True
    return _take_seat(request, workshop, form), True


def _take_seat(request: HttpRequest, workshop: Workshop, form: JoinForm) -> HttpResponse:
    signed_in = request.user if request.user.is_authenticated else None
    own = signed_in if signed_in and not signed_in.is_guest else None
    name = form.cleaned_data.get("name") or (own.shown_name[:100] if own else "")
    returns = signed_in is not None and guest_accounts.is_returning_guest(signed_in, name)
    user = signed_in if own or returns else None
    token = device_token(request) or _unsigned(form.cleaned_data.get("form_token", ""))
    partner = form.cleaned_data.get("partner", "")
    try:
        seat = joining.take_seat(workshop, name, partner, user, token, network_of_request(request))
    except joining.NoSeatLeft:
        form.add_error(None, gettext("All seats are taken. Ask your instructor to add one."))
        return _page(request, workshop.join_code, form, HTTPStatus.CONFLICT)
    if partner and partner.casefold() != seat.partner.casefold():
        text = gettext("The partner at this seat is %(partner)s. Ask your instructor to change the name.")
        messages.warning(request, text % {"partner": seat.partner})
    return open_seat(request, seat, token)


def _unsigned(form_token: str) -> str:
    """The token of a form that we made; empty if we did not make it, or it is too old."""
    try:
        return FORM_TOKENS.unsign(form_token, max_age=FORM_TOKEN_LASTS)
    except BadSignature:
        return ""


def _has_account(request: HttpRequest) -> bool:
    """Whether the user has an account of their own. A guest may be another person on the same device."""
    return request.user.is_authenticated and not request.user.is_guest


def _by_seat_code(request: HttpRequest) -> tuple[HttpResponse, bool]:
    code = request.POST["seat_code"]
    seat = devices.redeem_seat_code(code) or joining.take_seat_by_card(code, network_of_request(request))
    if seat is None:
        text = gettext(
            "This seat code does not work. A code works once, and one that you were told works for 15 minutes. Ask your "
            "instructor for a new one."
        )
        return _refused(request, "seat_code", text)
    return open_seat(request, seat), True


def _refused(request: HttpRequest, field: str, error: str) -> tuple[HttpResponse, bool]:
    form = JoinForm(request.POST) if field == "code" else SeatCodeForm(request.POST)
    form.is_valid()
    form.add_error(field, error)
    join_form, seat_form = (form, None) if field == "code" else (None, form)
    return _page(request, "", join_form, HTTPStatus.UNPROCESSABLE_ENTITY, seat_form), False


def _page(
    request: HttpRequest,
    code: str,
    form: Form | None = None,
    status: int = 200,
    seat_form: Form | None = None,
) -> HttpResponse:
    workshop = joining.open_workshop_of(code) if code else None
    named = joining.workshop_of(code) if code else None
    initial = {"form_token": FORM_TOKENS.sign(secrets.token_urlsafe(32))}
    initial |= {"code": readable_codes.shown(workshop.join_code) if workshop else code[:20]}
    url = site_address.for_page(request)
    context = {
        "workshop": workshop,
        "form": form or JoinForm(initial=initial),
        "seat_form": seat_form or SeatCodeForm(),
        "seat_form_open": seat_form is not None or "card" in request.GET,
        "wrong_code": bool(code) and workshop is None,
        "device_seat": devices.seat_of(device_token(request), named) if named else None,
        "has_account": _has_account(request),
        "url": url,
        "only_local": host_names.is_loopback(urlsplit(url).hostname or ""),
    }
    return render(request, "workshops/join.html", context, status=status)


def device_token(request: HttpRequest) -> str:
    """The token of this browser; empty if it has none yet."""
    try:
        return request.get_signed_cookie(COOKIE, default="", salt=COOKIE_SALT) or ""
    except BadSignature:
        return ""


def open_seat(request: HttpRequest, seat: Seat, token: str = "") -> HttpResponse:
    """Open the seat in this browser. For a guest, sign in and remember the device, under TOKEN if there is one."""
    answer = redirect("workshops:my_seat", workshop=seat.workshop_id)
    if seat.is_guest and seat.user:
        if not seat_sign_in_delay.wait(seat):
            return too_many(request)
        login(request, seat.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        token = token or device_token(request) or secrets.token_urlsafe(32)
        devices.remember(token, seat)
        flags = {"httponly": True, "secure": settings.HTTPS, "samesite": "Lax"}
        answer.set_signed_cookie(COOKIE, token, salt=COOKIE_SALT, max_age=COOKIE_LASTS, **flags)
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, seat.workshop.language, samesite="Lax", max_age=COOKIE_LASTS)
    request.session[SEAT_KEY] = seat.pk
    return answer
