"""The page "Your account": name, time zone and language, active sign-ins, the data export, and deletion."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from labs.terminals import closing_terminals
from vaka.accounts.models import User
from vaka.accounts.requests import SignedInRequest
from vaka.accounts.sign_ins import other_sign_ins
from vaka.home import account_deletion, open_exports
from vaka.home.forms import AccountForm, TimeZoneForm
from vaka.web.post_only import form_on
from vaka.web.way_back import redirect_back

LINKS = 20  # password reset links that the page lists


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def account(request: SignedInRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=request.user, initial={"language": request.LANGUAGE_CODE})
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your changes are saved."))
        response = redirect("home:account")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], samesite="Lax", max_age=31536000
        )
        return response
    if request.method == "POST":
        request.user.refresh_from_db()  # so that the head of the page does not show values that were not accepted
    others = other_sign_ins(request).count()
    links = request.user.password_links.select_related("by")[:LINKS]
    return render(request, "home/account.html", {"form": form, "others": others, "links": links})


@login_required
@require_POST
@form_on("home:account")
def take_time_zone(request: SignedInRequest) -> HttpResponse:
    """Take the time zone of the browser, which a page has offered, or keep the present one, and go back to that page."""
    form = TimeZoneForm(request.POST, instance=request.user)
    if "keep" in request.POST:
        User.objects.filter(pk=request.user.pk).update(is_time_zone_chosen=True)
    elif form.is_valid():
        form.save()
        messages.success(request, _("Times are now shown in %(zone)s.") % {"zone": request.user.time_zone})
    else:
        messages.warning(request, _("This time zone is not known here. Choose another one on this page."))
        return redirect("home:account")
    return redirect_back(request, "home:account")


@login_required
@require_POST
def sign_out_elsewhere(request: SignedInRequest) -> HttpResponse:
    other_sign_ins(request).delete()
    closing_terminals.close_all(request.user.pk)
    messages.success(request, _("You are now signed in only in this browser."))
    return redirect("home:account")


@login_required
@require_GET
@never_cache
def export(request: SignedInRequest) -> HttpResponseBase:
    """Send the data export. Each person has one open at a time, because an export reads and holds a lot."""
    if open_exports.is_open(request.user):
        warning = _("Another download of your data is open. Wait until it has ended, or cancel it and try again.")
        messages.warning(request, warning)
        return redirect("home:account")
    response = StreamingHttpResponse(open_exports.OpenExport(request.user), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="vaka.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@reauthentication_required  # type: ignore[untyped-decorator]  # protects an open page on a shared computer
def delete(request: SignedInRequest) -> HttpResponse:
    """Delete the account, after its owner has typed the username to confirm."""
    error, reason = "", account_deletion.reason_against(request.user)
    if request.method == "POST" and not reason:
        if request.POST.get("username", "").strip() == request.user.username:
            # A second instance: logout() still needs the pk of request.user
            person = User.objects.get(pk=request.user.pk)
            logout(request)
            return redirect("home:deleted", key=account_deletion.delete_account(person))
        error = _("This is not your username, so nothing was deleted. Check the spelling.")
    context = {"error": error, "reason": reason}
    return render(request, "home/delete.html", context, status=422 if error or (reason and request.POST) else 200)


@require_safe
@never_cache
def deleted(request: HttpRequest, key: str) -> HttpResponse:
    """Show how far the deletion is. Only the person who deleted the account knows the URL of this page."""
    try:
        erasure = account_deletion.erasure_under_way(key)
    except BadSignature as error:
        raise Http404 from error
    return render(request, "home/deleted.html", {"erasure": erasure})
