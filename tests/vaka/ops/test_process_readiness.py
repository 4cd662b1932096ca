"""The signs that a process of the site is ready, also on a slow machine."""

import http.server
import threading
import time

import pytest

from vaka.ops import process_readiness

LATE = 0.3  # seconds until the page is made


class LatePage(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(LATE)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *what):
        pass


@pytest.fixture
def port():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), LatePage) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(("pace", "is_ready"), [("1", False), ("20", True)])
def test_a_slow_machine_has_more_time_to_make_the_first_page(monkeypatch, port, pace, is_ready):
    monkeypatch.setattr(process_readiness, "ANSWER_SECONDS", LATE / 2)
    monkeypatch.setenv("VAKA_PACE", pace)
    assert process_readiness.answers_http("127.0.0.1", port) is is_ready


def test_a_port_on_which_nobody_listens_is_not_ready():
    assert not process_readiness.answers_http("127.0.0.1", 1)
