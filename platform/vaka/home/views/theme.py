"""The choice of the theme: light, dark or as the system has it. It is at the foot of every page, also without an account."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from vaka.accounts.context_processors import THEME_COOKIE
from vaka.accounts.models import Theme, User
from vaka.web.post_only import form_on
from vaka.web.way_back import redirect_back


@require_POST
@form_on("home:home")
def take_theme(request: HttpRequest) -> HttpResponse:
    """Take the colours that the reader has chosen, and go back to the page. Without an account, this browser remembers them."""
    theme, response = request.POST.get("theme", ""), redirect_back(request, "home:home")
    if theme not in Theme.values:
        return response
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(theme=theme)
    else:
        response.set_cookie(THEME_COOKIE, theme, samesite="Lax", max_age=31536000, secure=settings.HTTPS)
    return response
