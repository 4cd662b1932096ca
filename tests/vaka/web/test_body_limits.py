"""The largest request body: a larger one is refused before any of it is stored."""

import asyncio
import contextlib
import re
import socket
import tempfile
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from labs.terminals.gateway import application as gateway
from tests import servers
from tests.builders import make_person, signed_in
from vaka.accounts.models import INSTRUCTORS
from vaka.asgi import application as site
from vaka.web import body_limits
from vaka.web.forms import UploadField
from vaka.workshops.models import Workshop
from vaka.workshops.services import pasted_agenda, workshop_changes
from vaka.workshops.services.roster_file import LARGEST as LARGEST_ROSTER

LARGEST = 256 << 10
MUCH = 48 << 20
CLONE = Path(__file__).parents[3]


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
    answer = httpx.post(f"http://127.0.0.1:{port}{path}", content=b"x" * (LARGEST + 1), trust_env=False, timeout=30)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"


def test_a_body_in_chunks_without_a_length_is_refused_as_soon_as_it_is_too_large(port, nothing_is_written):
    answer = httpx.post(f"http://127.0.0.1:{port}/", content=chunks(2 * LARGEST), trust_env=False, timeout=30)
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
    page = httpx.post(address, content=b"x" * (LARGEST + 1), trust_env=False, timeout=30)
    assert "This is larger than 256 KB. Nothing was saved." in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    headers = {"Accept": "application/json"}
    told = httpx.post(address, content=b"x" * (LARGEST + 1), headers=headers, trust_env=False, timeout=30)
    assert "larger than 256 KB" in told.json()["error"]


def test_a_body_within_the_limit_arrives_whole(site_port):
    fields = {"login": "nobody", "password": "x" * (LARGEST - 2000)}
    with httpx.Client(base_url=f"http://127.0.0.1:{site_port}", trust_env=False, timeout=30) as client:
        client.get("/accounts/login/")
        answer = client.post("/accounts/login/", data=fields | {"csrfmiddlewaretoken": client.cookies["csrftoken"]})
    assert answer.status_code == 200
    assert "password is wrong" in answer.text


def test_the_largest_list_of_seats_fits_with_its_form_encoding():
    assert LARGEST_ROSTER + 10_000 < LARGEST


@pytest.fixture
def leads(site_port):
    """A client of the whole site, as Ngozi, and her workshop."""
    ngozi = make_person("ngozi", name="Ngozi Eze", group=INSTRUCTORS)
    today = timezone.now().date()
    workshop = workshop_changes.make(Workshop(title="W", first_day=today, last_day=today, seat_count=5), ngozi)
    cookies = {"sessionid": signed_in(ngozi).cookies["sessionid"].value}
    with httpx.Client(base_url=f"http://127.0.0.1:{site_port}", cookies=cookies, trust_env=False, timeout=30) as client:
        yield client, workshop


def posts(client, path, fields, **more):
    page = client.get(path)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    return client.post(path, data=fields | {"csrfmiddlewaretoken": token}, **more)


def logo(size):
    """A picture with this many bytes: a PNG may have more after its end."""
    file = BytesIO()
    Image.new("RGB", (1200, 300), "navy").save(file, "PNG")
    return file.getvalue().ljust(size, b"\0")


def test_a_logo_of_the_largest_size_that_the_form_names_is_kept(leads):
    client, workshop = leads
    path = f"/workshops/{workshop.pk}/paper"
    assert "at most 200 KB" in client.get(path).text
    fields = {"signer": "S" * 100, "signer_role": "R" * 100}
    answer = posts(client, path, fields, files={"logo_file": ("logo.png", logo(200 << 10), "image/png")})
    assert answer.status_code == 302
    workshop.refresh_from_db()
    assert workshop.logo


def test_a_logo_that_is_a_little_too_large_is_refused_by_the_form_with_both_sizes(leads):
    client, workshop = leads
    file = {"logo_file": ("logo.png", logo(220 << 10), "image/png")}
    answer = posts(client, f"/workshops/{workshop.pk}/paper", {"signer": "S"}, files=file)
    assert answer.status_code == 422
    assert "This file has 220 KB. Choose one of at most 200 KB." in answer.text


def test_the_page_that_a_larger_file_gets_names_what_the_uploads_may_have(leads):
    client, workshop = leads
    file = {"logo_file": ("logo.png", logo(300 << 10), "image/png")}
    answer = posts(client, f"/workshops/{workshop.pk}/paper", {"signer": "S"}, files=file)
    assert answer.status_code == 413
    assert "A list of seats can have up to 100 KB, and a logo up to 200 KB." in answer.text


def test_a_list_of_seats_of_the_largest_size_is_mapped_and_imported(leads):
    """The page of the mapping carries the file, and browsers send each end of a line as two bytes."""
    client, workshop = leads
    lines = ["Attendee name,Remarks", *(f"Ana {n}," + "x" * 20_000 for n in range(5))]
    text = "\n".join(lines).ljust(LARGEST_ROSTER, "y")
    path = f"/workshops/{workshop.pk}/seats.csv"
    token = {"csrfmiddlewaretoken": client.cookies.get("csrftoken") or client.get("/").cookies["csrftoken"]}
    page = client.post(path, data=token, files={"file": ("seats.csv", text.encode(), "text/csv")})
    assert "Attendee name" in page.text
    sent = [("text", text.replace("\n", "\r\n")), ("column", "name"), ("column", "")]
    parts = [(name, (None, value)) for name, value in [*token.items(), *sent]]
    assert client.post(path, files=parts).status_code == 302
    assert workshop.seats.count() == 5


def test_a_pasted_agenda_of_the_largest_size_arrives_in_any_script(leads):
    client, workshop = leads
    path = f"/workshops/{workshop.pk}/agenda/paste"
    assert 'enctype="multipart/form-data"' in client.get(path).text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get(path).text)[1]
    parts = {"table": (None, "\u1019" * pasted_agenda.LARGEST), "csrfmiddlewaretoken": (None, token)}
    assert client.post(path, files=parts).status_code == 422, "the form reads it: it has no line of an agenda"


def test_every_field_for_a_file_says_how_large_a_file_may_be_and_fits():
    """A field of Django's own has no limit, so its page cannot name one."""
    folders = [CLONE / "platform", CLONE / "courses", CLONE / "labs"]
    uses = re.compile(r"\bforms\.(?:File|Image)Field\(")
    found = [file for folder in folders for file in folder.rglob("*.py") if uses.search(file.read_text())]
    assert found == []
    inputs = re.compile(r"<input[^>]*type=[\"']file[\"'](?:[^>{]|\{[{%].*?[%}]\})*>", re.DOTALL)
    pages = [file for folder in folders for file in folder.rglob("*.html")]
    assert [one for file in pages for one in inputs.findall(file.read_text()) if "data-largest" not in one] == []
    with pytest.raises(ImproperlyConfigured, match="does not fit"):
        UploadField(largest=LARGEST, accept="image/png")


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
