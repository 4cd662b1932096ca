"""The largest request body: a larger one is refused before any of it is stored."""

import asyncio
import contextlib
import socket
import tempfile

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from labs.terminals.gateway import application as gateway
from tests import servers
from vaka.asgi import application as site
from vaka.web import body_limits
from vaka.workshops.models import Workshop
from vaka.workshops.services.roster_file import LARGEST as LARGEST_ROSTER

LARGEST = 256 << 10
MUCH = 48 << 20


@pytest.fixture(params=["site", "gateway"])
def port(request, transactional_db):
    with servers.served({"site": site, "gateway": gateway}[request.param]) as port:
        yield port


@pytest.fixture
def site_port(transactional_db):
    with servers.served(site) as port:
        yield port


@pytest.fixture
def nothing_is_written(monkeypatch, tmp_path):
    """No temporary file may be made meanwhile: not one that its maker has unlinked at once, either."""
    made = []
    real = tempfile._io.open
    monkeypatch.setattr(tempfile._io, "open", lambda *args, **more: made.append(args) or real(*args, **more))
    yield
    assert made == []


def chunks(size: int):
    for _ in range(size >> 16):
        yield b"x" * (1 << 16)


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/labs/anything/start", "/nothing-here", "/static/x.css"])
def test_a_large_post_to_any_address_is_refused_at_once_and_writes_nothing(port, path, nothing_is_written):
    answer = httpx.post(f"http://127.0.0.1:{port}{path}", content=b"x" * (LARGEST + 1), trust_env=False)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_a_body_in_chunks_without_a_length_is_refused_as_soon_as_it_is_too_large(port, nothing_is_written):
    answer = httpx.post(f"http://127.0.0.1:{port}/", content=chunks(2 * LARGEST), trust_env=False)
    assert answer.status_code == 413


def test_a_client_that_sends_without_end_is_disconnected(port, nothing_is_written):
    """48 MB have reached the disk before."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent, piece = 0, b"10000\r\n" + b"x" * 65536 + b"\r\n"
        with contextlib.suppress(ConnectionError):
            while sent < MUCH:
                line.sendall(piece)
                sent += len(piece)
    assert sent < MUCH / 2


def test_a_large_content_length_is_refused_before_the_body_arrives(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50331648\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_the_answer_is_a_page_for_people_and_json_for_programs(site_port):
    address = f"http://127.0.0.1:{site_port}/accounts/login/"
    page = httpx.post(address, content=b"x" * (LARGEST + 1), trust_env=False)
    assert "This is larger than 256 KB. Nothing was saved." in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    headers = {"Accept": "application/json"}
    told = httpx.post(address, content=b"x" * (LARGEST + 1), headers=headers, trust_env=False)
    assert "larger than 256 KB" in told.json()["error"]


def test_a_body_within_the_limit_arrives_whole(site_port):
    fields = {"login": "nobody", "password": "x" * (LARGEST - 2000)}
    with httpx.Client(base_url=f"http://127.0.0.1:{site_port}", trust_env=False) as client:
        client.get("/accounts/login/")
        answer = client.post("/accounts/login/", data=fields | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
    assert answer.status_code == 200
    assert "password is wrong" in answer.text


def test_the_largest_list_of_seats_fits_with_its_form_encoding():
    assert LARGEST_ROSTER + 10_000 < LARGEST


def test_a_larger_list_of_seats_is_refused_with_its_own_message(ngozi_client):
    ngozi_client.post(
        "/workshops/new",
        {"title": "W", "first_day": "2026-01-01", "last_day": "2026-01-01", "time_zone": "UTC", "language": "en",
         "seat_count": 5, "pass_percent": 70},
    )  # fmt: skip
    file = SimpleUploadedFile("seats.csv", b"a" * (LARGEST_ROSTER + 1))
    address = f"/workshops/{Workshop.objects.get().pk}/seats.csv"
    page = ngozi_client.post(address, {"file": file}, follow=True).content.decode()
    assert "larger than 100 KB" in page


def test_a_body_must_arrive_within_a_minute(monkeypatch, site_port):
    monkeypatch.setattr(body_limits, "BODY_TIMEOUT", 0.2)
    with socket.create_connection(("127.0.0.1", site_port), timeout=20) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
        assert line.recv(100).startswith(b"HTTP/1.1 408")


def test_a_client_that_disconnects_before_the_end_of_the_body_reaches_no_view():
    reached = []

    async def application(scope, receive, send):
        reached.append(scope)

    async def receive():
        return {"type": "http.disconnect"}

    async def send(event):
        reached.append(event)

    asyncio.run(body_limits.BoundedBodies(application)({"type": "http", "headers": []}, receive, send))
    assert reached == []


def test_a_websocket_to_the_site_is_refused_without_a_traceback(site_port, caplog):
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{site_port}/labs/x", proxy=None):
        pass
    assert refused.value.response.status_code == 403
    assert [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"] == []


def test_a_websocket_of_the_gateway_passes():
    reached = []

    async def application(scope, receive, send):
        reached.append(scope["type"])

    asyncio.run(body_limits.BoundedBodies(application)({"type": "websocket", "headers": []}, None, None))
    assert reached == ["websocket"]
