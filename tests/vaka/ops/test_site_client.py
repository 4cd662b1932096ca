"""Pages as the client of a site reads them: links and forms."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import uvicorn

from vaka.ops import site_client
from vaka.ops.site_client import Page, SiteClient

PAGE = """
<a href="/courses/first-steps/ospf/">Lesson</a>
<form action="/search"><input name="q"></form>
<form method="post" action="/courses/first-steps/enrol"><input type="hidden" name="csrfmiddlewaretoken" value="abc">
<button>Enrol</button></form>
<form method="post"><input name="login"><input name="password" type="password"></form>
"""


def test_a_page_has_its_links_and_the_form_that_is_wanted():
    page = Page("http://vaka.example/courses/first-steps/", PAGE)
    assert page.links == ["http://vaka.example/courses/first-steps/ospf/"]
    enrol = page.form(ending="/enrol")
    assert enrol.action == "http://vaka.example/courses/first-steps/enrol"
    assert enrol.fields == {"csrfmiddlewaretoken": "abc"}
    assert page.form(with_field="password").action == page.address
    assert page.form(ending="/start") is None


def test_a_connection_is_not_used_when_the_server_may_be_closing_it(monkeypatch):
    assert uvicorn.Config("vaka.asgi:application").timeout_keep_alive > site_client.KEPT
    monkeypatch.setattr(site_client, "KEPT", 0.05)
    connections = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            connections.add(self.client_address)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *given):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    with SiteClient(f"http://127.0.0.1:{server.server_port}") as client:
        client.read("/")
        time.sleep(0.1)
        client.read("/")
    server.shutdown()
    server.server_close()
    assert len(connections) == 2
