"""Rules for every page: its policy, nothing inline, nothing from elsewhere, and error pages that help."""

import re
from html.parser import HTMLParser
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import path

from vaka.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401  # of this URLconf too

OPEN = [
    "/",
    "/courses/",
    "/courses/first-steps/",
    "/courses/first-steps/ospfv3-in-one-area/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
]
OWN = ["/accounts/2fa/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/"]


class Parts(HTMLParser):
    """The files, scripts and styles of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.langs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.inline += [f"{tag} {name}" for name in found if name == "style" or name.startswith("on")]
        if tag == "style" and "nonce" not in found:
            self.inline.append("style")
        kind = found.get("type")
        is_data = kind == "application/json" or (kind == "importmap" and found.get("nonce"))
        if tag == "script" and "src" not in found and not is_data:
            self.inline.append("script")
        self.loaded += [found[name] for name in ("src", "data", "poster") if found.get(name)]
        if tag == "link":
            self.loaded.append(found["href"])
        if found.get("id"):
            self.ids.append(found["id"])
        if tag == "html":
            self.langs.append(found["lang"])


def visit(client: Client, path: str):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer, Parts(answer.content.decode())


@pytest.mark.parametrize("path", OPEN)
def test_a_public_page_has_nothing_inline_and_nothing_from_elsewhere(client, db, path):
    _, page = visit(client, path)
    assert page.inline == []
    assert [address for address in page.loaded if not address.startswith("/static/")] == []
    assert len(page.ids) == len(set(page.ids))
    assert page.langs == ["en"]


@pytest.mark.parametrize("path", OPEN + OWN)
def test_a_page_of_ada_has_nothing_inline_and_nothing_from_elsewhere(ada_client, path):
    if path in ("/accounts/login/", "/accounts/signup/"):
        assert ada_client.get(path)["location"] == "/"
        return
    _, page = visit(ada_client, path)
    assert page.inline == []
    assert [address for address in page.loaded if not address.startswith("/static/")] == []
    assert len(page.ids) == len(set(page.ids))


def policy(answer) -> dict[str, list[str]]:
    rules = (rule.split() for rule in answer["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in rules}


def test_the_policy_is_strict_and_allows_the_gateway(client, db, settings):
    settings.GATEWAY_PORT = 9001
    found = policy(client.get("/", headers={"host": "vaka.example"}))
    assert found["default-src"] == ["'none'"]
    assert found["connect-src"] == ["'self'", "ws://vaka.example:9001", "wss://vaka.example:9001"]
    assert found["frame-ancestors"] == ["'none'"]
    assert found["script-src"][0] == "'self'"
    assert found["script-src"][1].startswith("'nonce-")
    assert "unsafe" not in str(found)


def test_each_answer_has_its_own_nonce(client, db):
    first, second = client.get("/"), client.get("/")
    assert policy(first)["script-src"] != policy(second)["script-src"]
    nonce = re.search(r'nonce="([^"]+)"', first.content.decode())[1]
    assert f"'nonce-{nonce}'" in policy(first)["script-src"]


def test_a_gateway_elsewhere_is_the_only_one_allowed(client, db, settings):
    settings.GATEWAY_URL = "wss://terminals.vaka.example"
    assert policy(client.get("/"))["connect-src"] == ["'self'", "wss://terminals.vaka.example"]


def test_for_an_ipv6_address_the_policy_allows_the_scheme(client, db):
    assert policy(client.get("/", headers={"host": "[::1]:8000"}))["connect-src"] == ["'self'", "ws:", "wss:"]


def test_the_other_headers_and_the_cookie(client, ada):
    answer = client.post("/accounts/login/", {"login": "ada", "password": "a canoe finds its way"})
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    cookie = answer.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_import_map_names_existing_files(client, db):
    text = client.get("/").content.decode()
    assert '"@xterm/xterm": "/static/web/vendor/xterm/xterm.mjs"' in text


def test_an_unknown_address_has_its_page(ada_client):
    answer = ada_client.get("/nowhere/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()
    assert "/courses/" in answer.content.decode()


def test_a_host_that_is_not_allowed_has_its_page(client, db):
    answer = client.get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "VAKA_HOSTS" in answer.content.decode()
    assert "elsewhere" not in answer["Content-Security-Policy"]


def test_a_form_without_its_cookie_has_its_page(db):
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "ada"})
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()
    assert "that cookie is missing" in answer.content.decode()
    assert 'href="/accounts/login/">Open the page again' in answer.content.decode()


@pytest.mark.parametrize(
    ("sent_from", "way_back"),
    [
        ("http://testserver/courses/?page=2", "http://testserver/courses/?page=2"),
        ("http://elsewhere.example/courses/", "/theme"),
        ("", "/theme"),
    ],
)
def test_a_form_that_is_older_than_the_last_sign_in_says_so_and_leads_back(db, ada, sent_from, way_back):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    client.cookies["csrftoken"] = "b" * 32
    fields = {"theme": "dark", "csrfmiddlewaretoken": "a" * 32}
    answer = client.post("/theme", fields, headers={"referer": sent_from} if sent_from else {})
    text = answer.content.decode()
    assert answer.status_code == 403
    assert "You have signed in again" in text
    assert "cookie is missing" not in text
    assert f'href="{way_back}">Open the page again' in text


def test_a_form_from_another_site_is_not_told_of_a_cookie(client, ada):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    answer = client.post("/theme", {"theme": "dark"}, headers={"origin": "http://elsewhere.example"})
    assert "accepted only from a page of this server" in answer.content.decode()


def broken(request):
    raise RuntimeError("on purpose")


urlpatterns = [*urlpatterns, path("broken/", broken)]


@pytest.mark.urls(__name__)
def test_a_server_error_has_its_page_without_the_database(client, caplog):
    client.raise_request_exception = False
    answer = client.get("/broken/")  # no database in this test: a page that asked it would break again
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "Something went wrong on the server" in text
    assert "RuntimeError" not in text
    assert Parts(text).inline == []


def test_a_forbidden_page_says_so(rf: RequestFactory, linus):
    from vaka.web.views import forbidden

    request = rf.get("/somewhere/")
    request.user = linus
    answer = forbidden(request, PermissionError())
    assert answer.status_code == 403
    assert "You do not have permission to open this page" in answer.content.decode()


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, stdout=StringIO())
