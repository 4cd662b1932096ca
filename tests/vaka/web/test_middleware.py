"""The parts of personal pages and secrets that browsers, proxies and logs may store."""

import logging
import re
from pathlib import Path

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import servers
from tests.builders import PASSWORD
from tests.vaka.test_permissions import PLAIN, addresses, url
from vaka import logs
from vaka.asgi import application as site

PUBLIC_TO_ALL = re.compile(r"^(web:|credentials:(?!mine|course|own|withdraw))|^metrics$")


def kept(answer) -> bool:
    """Whether a browser may keep it, or show it again from memory."""
    return "no-store" not in answer.get("Cache-Control", "")


def test_no_page_of_a_signed_in_user_is_stored(ngozi_client, ada_client):
    things = {**PLAIN, **dict.fromkeys(("session", "certificate"), "3f2a9c01-0000-4000-8000-00000000d4e5")}
    found = 0
    for name, path in addresses():
        if not path or PUBLIC_TO_ALL.match(name) or name.startswith("admin:jsi18n"):
            continue
        there = url(path, {**dict.fromkeys(re.findall(r"<(?:\w+:)?(\w+)>", path), "1"), **things})
        for client in (ngozi_client, ada_client):
            answer = client.get(there)
            assert not kept(answer), (name, answer.get("Cache-Control"))
            found += 1
    assert found > 200


def test_a_lesson_may_be_stored_for_a_visitor(client, db):
    for path in ("/", "/courses/", "/courses/first-steps/", "/courses/first-steps/first-ebgp/"):
        assert kept(client.get(path)), path


def test_the_answers_to_signing_in_and_joining_are_not_stored(client, ada):
    assert not kept(client.post("/accounts/login/", {"login": "ada", "password": "wrong"}))
    assert not kept(client.post("/accounts/login/", {"login": "ada", "password": PASSWORD}))
    assert not kept(Client().post("/join/", {"code": "ABCD-EFGH", "name": "Ana"}))


KEYED = [
    "/join/ABCD-EFGH/",
    "/join/?code=ABCD-EFGH",
    "/mentoring/join/3e1f9-x_Z/",
    "/accounts/login/?next=/mentoring/join/3e1f9-x_Z/",
    "/accounts/login/?next=%2Fmentoring%2Fjoin%2F3e1f9-x_Z%2F",
    "/accounts/login/?next=%252Fmentoring%252Fjoin%252F3e1f9-x_Z%252F",
    "/accounts/login/?next=%25252Fjoin%25252F3e1f9-x_Z%25252F",
    "/accounts/signup/?next=/mentoring/join/3e1f9-x_Z/",
    "/accounts/password/reset/key/4-cx8f0q-3e1f9/",
]


@pytest.mark.parametrize("path", KEYED)
def test_a_page_with_a_secret_in_its_address_is_not_stored_and_sends_no_referer(client, db, path):
    answer = client.get(path)
    assert not kept(answer)
    assert answer["Referrer-Policy"] == "strict-origin"


def test_other_pages_send_a_referer_only_to_this_site(client, db):
    assert client.get("/courses/")["Referrer-Policy"] == "same-origin"


def test_a_form_on_a_page_with_a_secret_works_over_https_too(db, settings):
    """Browsers send Origin with it, and of the address no more than that."""
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/join/ABCD-EFGH/", secure=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())[1]
    fields = {"code": "ABCD-EFGH", "name": "Ana", "csrfmiddlewaretoken": token}
    headers = {"origin": "https://testserver", "referer": "https://testserver/"}
    assert browser.post("/join/", fields, secure=True, headers=headers).status_code == 422


@pytest.mark.parametrize("path", KEYED)
def test_no_log_contains_a_secret_of_an_address(path):
    for formatter in (logs.Json(), logs.Line()):
        for text in (f'127.0.0.1:9 - "GET {path} HTTP/1.1" 200', f"Not Found: {path}", f"http://x.example{path}"):
            said = formatter.format(logging.LogRecord("x", logging.INFO, "", 0, "%s", (text,), None))
            assert not re.search("3e1f9|EFGH|x_Z", said)
            assert "…" in said


def test_addresses_without_a_secret_are_logged_unchanged():
    for path in ("/join/", "/labs/x/start", "/accounts/password/reset/", "/courses/?q=code", "/people/code/new"):
        assert logs.without_secrets(path) == path


@pytest.mark.parametrize("formatter", [logs.Json(), logs.Line()])
def test_a_client_cannot_fill_the_log_with_a_long_path(formatter):
    for long in ("x" * 60_000, "x%25" * 15_000, "x " * 30_000):
        text = f'127.0.0.1:9 - "GET /courses/{long} HTTP/1.1" 404'
        said = formatter.format(logging.LogRecord("x", logging.INFO, "", 0, "%s", (text,), None))
        assert "GET /courses/x" in said
        assert "…" in said
        assert len(said) < 5_000
    short = f"/courses/{'x' * 200}"
    assert logs.shortened(short) == short


def test_the_access_log_of_the_server_contains_no_secrets(transactional_db):
    written = []
    handler = logging.Handler()
    handler.setFormatter(logs.Json())
    handler.emit = lambda record: written.append(handler.format(record))
    access = logging.getLogger("uvicorn.access")
    with servers.served(site, log_level="info") as port:
        access.addHandler(handler)
        try:
            for path in KEYED:
                httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False)
        finally:
            access.removeHandler(handler)
    assert len(written) == len(KEYED)
    assert not re.search("3e1f9|EFGH|x_Z", "\n".join(written))


def test_the_log_knows_each_address_with_a_secret():
    """A new page whose address opens something by itself must be among those that the log knows."""
    named = [(name, path) for name, path in addresses() if re.search(r"<(?:\w+:)?(?:key|code|token)>|\(\?P<key>", path)]
    assert {name for name, _path in named} == {
        "workshops:join_code",
        "mentoring:by_link",
        "account_reset_password_from_key",
        "account_confirm_email",
        "home:deleted",
    }
    for _name, path in named:
        there = url(path, {**PLAIN, "key": "S3CR3T-x", "code": "S3CR3T-x"})
        assert "S3CR3T" not in logs.without_secrets(there), there


def test_the_documentation_says_how_the_log_of_a_proxy_leaves_secrets_out():
    text = (Path(__file__).parents[3] / "docs/operating.md").read_text()
    [pattern] = re.findall(r"~\*(\S+) +\S+;", text.partition("map $request_uri")[2].partition("}")[0])[:1]
    for path in KEYED[:1] + KEYED[2:3] + KEYED[-1:]:
        assert re.search(pattern.replace("(?<way>", "(?P<way>"), path, re.IGNORECASE), path


def test_a_page_is_sent_compressed_to_a_browser_that_takes_it_and_a_file_of_a_program_is_not(client, db):
    page = client.get("/courses/", headers={"accept-encoding": "gzip"})
    assert page["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in page["Vary"]
    assert "Content-Encoding" not in client.get("/courses/")
    assert "Content-Encoding" not in client.get("/worker.js", headers={"accept-encoding": "gzip"})


NUL_IN_A_FORM = [
    ("/theme", "theme"),
    ("/me/time-zone", "time_zone"),
    ("/join/", "code"),
    ("/labs/sessions/class", "seat-north"),
    ("/courses-survey/first-steps/", "better"),
    ("/accounts/login/", "login"),
]


@pytest.mark.parametrize(
    "path", ["/c/x%00", "/join/AB%00CD/", "/credentials/keys/%00", "/nowhere%00/", "/c/?number=A%00"]
)
def test_an_address_with_a_nul_is_refused(client, db, path):
    """PostgreSQL cannot be asked for it."""
    answer = client.get(path)
    assert answer.status_code == 400
    assert "This request could not be read" in answer.content.decode()


@pytest.mark.parametrize("path", ["/people/?q=%00", "/labs/sessions/?lab=a%00", "/search/?%00=a"])
def test_a_query_with_a_nul_is_refused(ngozi_client, path):
    assert ngozi_client.get(path).status_code == 400


@pytest.mark.parametrize(("path", "field"), NUL_IN_A_FORM)
def test_a_form_with_a_nul_is_refused(ngozi_client, path, field):
    assert ngozi_client.post(path, {field: "a\0b"}).status_code == 400
    assert ngozi_client.post(path, {"a\0b": "x"}).status_code == 400


def test_a_cookie_with_a_nul_is_refused(client, db):
    quoted = r"a\000" * 16  # as RFC 2109 writes it, and Django still reads
    assert client.get("/", HTTP_COOKIE=f'sessionid="{quoted}"').status_code == 400


def test_an_address_that_is_longer_than_any_of_ours_is_refused(client, db):
    assert client.get("/search/", {"q": "a" * 8000}).status_code == 200
    answer = client.get("/search/", {"q": "a" * 8192})
    assert answer.status_code == 400
    assert "This request could not be read" in answer.text


def test_an_uploaded_file_may_have_a_nul(ngozi_client, db):
    file = SimpleUploadedFile("x.bin", b"a\0b")
    assert ngozi_client.post("/theme", {"theme": "dark", "file": file}).status_code == 302


def test_a_form_whose_browser_has_gone_is_no_error_of_the_server(ngozi_client, db):
    class Gone:
        def read(self, *size):
            raise OSError("The connection is closed.")

        readline = read

    answer = ngozi_client.post(
        "/theme", "theme=dark", content_type="application/x-www-form-urlencoded", **{"wsgi.input": Gone()}
    )
    assert answer.status_code == 302
