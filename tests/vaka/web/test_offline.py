"""The page that a browser shows while the server does not answer, and its service worker."""

import json
import re

from django.urls import path

from vaka.urls import handler400, handler403, handler404, handler429, handler500, urlpatterns  # noqa: F401


def test_the_stored_page_contains_no_name(ada_client):
    answer = ada_client.get("/offline/")
    text = answer.content.decode()
    assert "The server does not answer" in text
    assert "Ada" not in text
    assert "csrf" not in text
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def test_the_worker_is_served_at_the_root_and_names_no_person(ada_client):
    answer = ada_client.get("/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    text = answer.content.decode()
    files = json.loads(json.loads('"' + re.search(r'FILES = JSON.parse\("(.*)"\)', text)[1] + '"'))
    assert {"/static/web/tokens.css", "/static/web/vaka.css", "/static/web/offline.js"} < set(files)
    assert all(file.startswith("/static/") for file in files)
    assert 'PAGE = "/offline/"' in text
    assert "Ada" not in text


def test_the_policy_allows_only_our_worker(client, db):
    assert "worker-src 'self'" in client.get("/")["Content-Security-Policy"]


def test_each_page_registers_the_worker_from_a_module(client, db):
    assert (
        '<script type="module" src="/static/web/register-service-worker.js"></script>'
        in client.get("/").content.decode()
    )


def broken(request):
    raise RuntimeError("on purpose")


def bad_processor(request):
    raise RuntimeError("a context processor that breaks")


urlpatterns = [*urlpatterns, path("broken/", broken)]


def test_an_error_page_needs_no_context_processor(client, settings):
    settings.ROOT_URLCONF = __name__
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"].append(f"{__name__}.bad_processor")
    client.raise_request_exception = False
    answer = client.get("/broken/")
    settings.TEMPLATES[0]["OPTIONS"]["context_processors"].pop()
    assert answer.status_code == 500
    text = answer.content.decode()
    assert "Something went wrong on the server" in text
    assert re.search(r"\d\d:\d\d:\d\d UTC", text), "what one tells whoever runs the server"


def test_an_error_before_static_files_are_collected_still_has_its_page(client, settings):
    settings.ROOT_URLCONF = __name__
    backend = "vaka.web.static_storage.ManifestStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}
    client.raise_request_exception = False
    answer = client.get("/broken/")
    assert answer.status_code == 500
    assert "Something went wrong on the server" in answer.content.decode()
    assert "stylesheet" not in answer.content.decode()
