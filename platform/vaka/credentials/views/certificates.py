"""The pages of a person's own certificates, and the pages on which anybody can verify a certificate."""

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

from courses.views.content_or_404 import course_or_404
from vaka.accounts.requests import SignedInRequest
from vaka.credentials import course_certificate, fonts, issuing, revocation
from vaka.credentials.certificate_content import CertificateContent
from vaka.credentials.forms import PublishForm, RenameForm
from vaka.credentials.models import LENGTH, Credential, RevocationKind, read_number
from vaka.web.post_only import form_on

FRESH = 60  # seconds for which caches may keep a page: for so long a revoked certificate may still look valid
PDF_CACHED_FOR = 600  # seconds: however often a PDF is requested, it is drawn once in this time


@login_required
@require_safe
@never_cache
def my_certificates(request: SignedInRequest) -> HttpResponse:
    found = Credential.objects.of(request.user).select_related("revoked_by")
    context = {"certificates": [(one, content_of(one)) for one in found]}
    return render(request, "credentials/my_certificates.html", context)


@login_required
@require_POST
def course(request: SignedInRequest, course: str) -> HttpResponse:
    """Issue the certificate of a course to a learner who has earned it. The next page asks for the name."""
    found = course_or_404(course)
    try:
        credential = issuing.issue(request.user, course_certificate.certificate_content(request.user, found))
    except course_certificate.NotEarned:
        messages.error(
            request, _("You do not meet all requirements yet. They are listed under “Certificate” on this page.")
        )
        return redirect("courses:course", found.id)
    except issuing.Barred:
        messages.error(
            request,
            _(
                "You cannot get this certificate, because an administrator of this site revoked your earlier one. Ask them "
                "about it."
            ),
        )
        return redirect("credentials:my_certificates")
    return redirect("credentials:edit", credential.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def edit(request: SignedInRequest, certificate: str) -> HttpResponse:
    """Show a certificate to its holder, who chooses the name on it and publishes it, or changes the name."""
    credential = own_or_404(request, certificate)
    kind = RenameForm if credential.is_published else PublishForm
    form = kind(request.POST or None, initial={"name": credential.name or request.user.get_full_name()})
    if request.method == "POST" and form.is_valid():
        action = issuing.rename if credential.is_published else issuing.publish
        try:
            published = action(credential, form.cleaned_data["name"])
        except issuing.TooOften:
            form.add_error("name", _("You have changed the name too often in the last 24 hours. Try again tomorrow."))
        except revocation.Gone:
            messages.error(
                request,
                _("Nothing was changed: the certificate was revoked or replaced in the meantime. Read its page again."),
            )
            return redirect("credentials:my_certificates")
        else:
            messages.success(request, _("Your certificate is published. Anyone who has its address can verify it."))
            return redirect("credentials:edit", published.pk)
    name = form["name"].value() or ""
    context = certificate_context(credential, form=form, missing=fonts.cannot_show(name))
    return render(request, "credentials/edit.html", context)


@login_required
@require_POST
@form_on("credentials:my_certificates")
def withdraw(request: SignedInRequest, certificate: str) -> HttpResponse:
    found = get_object_or_404(Credential.objects.of(request.user), pk=certificate)
    with suppress(revocation.Gone):  # the form was submitted twice
        revocation.revoke(found, RevocationKind.WITHDRAWN, by=request.user)
    messages.success(request, _("Your certificate is withdrawn. Its page says that it is not valid any more."))
    return redirect("credentials:my_certificates")


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Redirect to the certificate with the number that the user typed."""
    number = read_number(request.GET.get("number", ""))[: 2 * LENGTH]
    found = Credential.objects.published().filter(number=number).first() if number else None
    if found:
        return redirect("credentials:public", found.shown_number)
    return render(
        request, "credentials/check.html", {"number": number}, status=HTTPStatus.NOT_FOUND if number else HTTPStatus.OK
    )


def of_number(answer: Callable[[HttpRequest, Credential], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """Find a published certificate by its number, in any notation. Keep its address out of search engines and referrers."""

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
        if not request.user.is_authenticated:  # the head of the page has the name of a person who is signed in
            patch_cache_control(response, public=True, max_age=FRESH)
        else:
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return view


@of_number
def public(request: HttpRequest, credential: Credential) -> HttpResponse:
    context = certificate_context(credential, is_own=credential.learner == request.user)
    return render(request, "credentials/public.html", context)


@of_number
def as_jwt(request: HttpRequest, credential: Credential) -> HttpResponse:
    if not credential.is_good:
        return revoked(request, credential)
    return attachment(credential.signed.encode(), "application/jwt", f"{credential.shown_number}.jwt")


@of_number
def as_pdf(request: HttpRequest, credential: Credential) -> HttpResponse:
    if not credential.is_good:
        return revoked(request, credential)
    key = f"certificate-pdf:{credential.pk}:{get_language()}"
    drawn = cache.get(key)
    if drawn is None:
        from vaka.credentials import certificate_pdf  # imported here: it is large, and few requests need it

        drawn = certificate_pdf.draw(credential, content_of(credential))
        cache.set(key, drawn, timeout=PDF_CACHED_FOR)
    return attachment(drawn, "application/pdf", f"{credential.shown_number}.pdf")


def revoked(request: HttpRequest, credential: Credential) -> HttpResponse:
    """Answer a request for a file of a revoked certificate."""
    return render(request, "credentials/public.html", certificate_context(credential), status=HTTPStatus.GONE)


def attachment(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def certificate_context(credential: Credential, **more: Any) -> dict[str, Any]:
    """Return the context of every page of a certificate: the certificate, its content, and its issuer."""
    context = {
        "certificate": credential,
        "content": content_of(credential),
        "issuer": settings.ISSUER,
        "site_url": settings.PUBLIC_URL,
        "site": settings.PUBLIC_URL.partition("://")[2],
    }
    return context | more


def content_of(credential: Credential) -> CertificateContent:
    return CertificateContent.from_json(credential.content)


def own_or_404(request: SignedInRequest, certificate: str) -> Credential:
    """Return the person's own certificate. A revoked or replaced one cannot be edited."""
    found: Credential = get_object_or_404(Credential.objects.of(request.user), pk=certificate)
    if found.revoked_at:
        raise Http404(_("This certificate was revoked or replaced."))
    return found
