"""A person's own certificates, and the pages on which anybody checks one."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.views import course_or_404
from vaka.accounts.requests import SignedInRequest
from vaka.credentials import course_certificate, fonts, services
from vaka.credentials.certificate import Facts
from vaka.credentials.forms import PublishForm, RenameForm
from vaka.credentials.models import LENGTH, Credential, Why, read_number

FRESH = 60  # seconds for which a visitor may see an older copy: so long a revoked one may still look good
DRAWN_AGAIN = 600  # seconds: however often a PDF is asked for, it is drawn once in these


@login_required
@require_safe
@never_cache
def mine(request: SignedInRequest) -> HttpResponse:
    found = Credential.objects.of(request.user).select_related("revoked_by")
    return render(request, "credentials/mine.html", {"certificates": [(one, facts_of(one)) for one in found]})


@login_required
@require_POST
def course(request: SignedInRequest, course: str) -> HttpResponse:
    """Ask for the certificate of a course: who has earned it goes on to choose the name."""
    found = course_or_404(course)
    try:
        credential = services.issue(request.user, course_certificate.facts(request.user, found))
    except course_certificate.NotEarned:
        messages.error(request, _("The course still asks for something. What it is stands under “Certificate”."))
        return redirect("courses:course", found.id)
    except services.Barred:
        messages.error(
            request,
            _("Your certificate for this was revoked by the people of this site. Ask them before you take another."),
        )
        return redirect("credentials:mine")
    return redirect("credentials:own", credential.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def own(request: SignedInRequest, certificate: str) -> HttpResponse:
    """Look at one's own before others can; choose the name on it, or another one."""
    credential = own_or_404(request, certificate)
    kind = RenameForm if credential.is_published else PublishForm
    form = kind(request.POST or None, initial={"name": credential.name or request.user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        act = services.rename if credential.is_published else services.publish
        try:
            done = act(credential, form.cleaned_data["name"])
        except services.TooOften:
            form.add_error("name", _("The name was changed too often today. Change it tomorrow."))
        except services.Gone:
            messages.error(request, _("This certificate was revoked or replaced meanwhile."))
            return redirect("credentials:mine")
        else:
            messages.success(request, _("It is published. Anyone who has its address can check it."))
            return redirect("credentials:own", done.pk)
    name = form["name"].value() or ""
    return render(request, "credentials/own.html", about(credential, form=form, missing=fonts.cannot_show(name)))


@login_required
@require_POST
def withdraw(request: SignedInRequest, certificate: str) -> HttpResponse:
    found = get_object_or_404(Credential.objects.of(request.user), pk=certificate)
    with suppress(services.Gone):  # pressed twice
        services.revoke(found, Why.WITHDRAWN, by=request.user)
    messages.success(request, _("It is taken down. Its page says that it is not good any more."))
    return redirect("credentials:mine")


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Go to the certificate whose number somebody has typed from paper."""
    number = read_number(request.GET.get("number", ""))[: 2 * LENGTH]
    found = Credential.objects.published().filter(number=number).first() if number else None
    if found:
        return redirect("credentials:public", found.shown_number)
    return render(
        request, "credentials/check.html", {"number": number}, status=HTTPStatus.NOT_FOUND if number else HTTPStatus.OK
    )


def of_number(answer: Callable[[HttpRequest, Credential], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find a published certificate by its number, however it is typed; leave search engines and referrers out of it."""

    @require_safe
    def view(request: HttpRequest, shown_number: str) -> HttpResponse:
        found = (
            Credential.objects.published().select_related("learner").filter(number=read_number(shown_number)).first()
        )
        if found is None:
            return render(request, "credentials/check.html", {"number": shown_number[:40]}, status=HTTPStatus.NOT_FOUND)
        if shown_number != found.shown_number:
            response: HttpResponse = redirect(request.path.replace(shown_number, found.shown_number))
        else:
            response = answer(request, found)
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        if not request.user.is_authenticated:  # a page for one who is signed in has his name at its head
            patch_cache_control(response, public=True, max_age=FRESH)
        else:
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return view


@of_number
def public(request: HttpRequest, credential: Credential) -> HttpResponse:
    context = about(credential, is_mine=credential.learner == request.user)
    return render(request, "credentials/public.html", context)


@of_number
def signed(request: HttpRequest, credential: Credential) -> HttpResponse:
    if not credential.is_good:
        return public_gone(request, credential)
    return attachment(credential.signed.encode(), "application/jwt", f"{credential.shown_number}.jwt")


@of_number
def printed(request: HttpRequest, credential: Credential) -> HttpResponse:
    if not credential.is_good:
        return public_gone(request, credential)
    kept = f"certificate-pdf:{credential.pk}:{get_language()}"
    drawn = cache.get(kept)
    if drawn is None:
        from vaka.credentials import pdf  # now: it is large, and seldom asked for

        drawn = pdf.draw(credential, facts_of(credential))
        cache.set(kept, drawn, timeout=DRAWN_AGAIN)
    return attachment(drawn, "application/pdf", f"{credential.shown_number}.pdf")


def public_gone(request: HttpRequest, credential: Credential) -> HttpResponse:
    """Say that a revoked one is revoked, where its file was."""
    return render(request, "credentials/public.html", about(credential), status=HTTPStatus.GONE)


def attachment(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def about(credential: Credential, **more: Any) -> dict[str, Any]:
    """Return what each page of a certificate shows: it, what it says, and who issued it."""
    said = {"certificate": credential, "facts": facts_of(credential)}
    where = {
        "issuer": settings.ISSUER,
        "site_url": settings.PUBLIC_URL,
        "site": settings.PUBLIC_URL.partition("://")[2],
    }
    return said | where | more


def facts_of(credential: Credential) -> Facts:
    return Facts.from_json(credential.facts)


def own_or_404(request: SignedInRequest, certificate: str) -> Credential:
    """Return the person's own; one that was revoked or replaced has nothing to change any more."""
    found: Credential = get_object_or_404(Credential.objects.of(request.user), pk=certificate)
    if found.revoked_at:
        raise Http404(_("This certificate was revoked or replaced."))
    return found
