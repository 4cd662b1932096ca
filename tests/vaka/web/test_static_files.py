"""Static files under ASGI."""

import asyncio
import gzip
import re
import subprocess
import sys

import pytest
from asgiref.testing import ApplicationCommunicator

from vaka.web.static_files import StaticFiles
from vaka.web.static_storage import ManifestStaticFilesStorage


async def django(scope, receive, send):
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"not static"})


@pytest.fixture
def application(settings, tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "vaka.0123456789ab.css").write_text("body { margin: 0 }\n" * 9000)
    (tmp_path / "web" / "vaka.0123456789ab.css.gz").write_bytes(gzip.compress(b"body { margin: 0 }\n" * 9000))
    (tmp_path / "web" / "plain.css").write_text("a { color: red }")
    settings.STATIC_ROOT = tmp_path
    return StaticFiles(django)


def ask(application, path: str, method: str = "GET", **headers: str):
    async def talk():
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "path": path, "method": method, "headers": sent}
        web = ApplicationCommunicator(application, scope)
        await web.send_input({"type": "http.request"})
        start = await web.receive_output(2)
        body, more = b"", True
        while more:
            part = await web.receive_output(2)
            body, more = body + part["body"], part.get("more_body", False)
        return start["status"], dict(start["headers"]), body

    return asyncio.run(talk())


def test_a_hashed_file_is_cached_for_ever(application):
    status, headers, body = ask(application, "/static/web/vaka.0123456789ab.css")
    assert status == 200
    assert b"immutable" in headers[b"cache-control"]
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert len(body) == 171000


def test_a_browser_that_accepts_compression_gets_the_small_file(application):
    _, headers, body = ask(application, "/static/web/vaka.0123456789ab.css", accept_encoding="gzip")
    assert headers[b"content-encoding"] == b"gzip"
    assert len(body) < 2000


def test_a_file_without_a_hash_is_cached_briefly(application):
    _, headers, _ = ask(application, "/static/web/plain.css")
    assert b"immutable" not in headers[b"cache-control"]


def test_files_outside_the_folder_are_not_served(application, tmp_path):
    (tmp_path.parent / "secret_key").write_text("secret")
    for path in ("/static/../secret_key", "/static/web/../../secret_key", "/static//etc/passwd", "/static/nowhere.css"):
        assert ask(application, path)[0] == 418, path


def test_a_file_accepts_no_post(application):
    assert ask(application, "/static/web/plain.css", "POST")[0] == 405


def test_a_site_without_collected_files_starts(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "nowhere"
    assert ask(StaticFiles(django), "/static/web/plain.css")[0] == 418


def manage(state, *words: str, **more: str) -> str:
    environment = {"PATH": "/usr/bin:/bin", "VAKA_STATE": str(state), **more}
    command = [
        sys.executable,
        "-c",
        "import sys; from django.core.management import execute_from_command_line as e; e(sys.argv)",
    ]
    environment["DJANGO_SETTINGS_MODULE"] = "vaka.settings"
    done = subprocess.run([*command, *words], env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_a_production_site_collects_its_files_and_passes_the_deployment_check(tmp_path):
    manage(tmp_path, "collectstatic", "--noinput")
    names = [file.name for file in (tmp_path / "static" / "web").iterdir()]
    assert any(re.fullmatch(r"vaka\.[0-9a-f]{12}\.css\.gz", name) for name in names)
    site = {"VAKA_HTTPS": "1", "VAKA_HOSTS": "vaka.example", "VAKA_GATEWAY_URL": "wss://vaka.example/terminals"}
    manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **site)


def test_a_file_with_a_hash_is_compressed_once_and_no_other(tmp_path):
    storage = ManifestStaticFilesStorage(location=tmp_path, base_url="/static/")
    for name in ("terminal.js", "terminal.0123456789ab.js"):
        (tmp_path / name).write_text("let terminal;\n" * 100)
    (tmp_path / "terminal.0123456789ab.js.gz").write_bytes(b"of a version without Brotli")
    files = ["terminal.js", "terminal.0123456789ab.js"]
    assert sorted(made for _, made in storage.compress_files(files)) == [
        "terminal.0123456789ab.js.br",
        "terminal.0123456789ab.js.gz",
    ]
    assert list(storage.compress_files(files)) == []


def test_a_browser_that_accepts_brotli_gets_the_smallest_file(application, tmp_path):
    (tmp_path / "web" / "vaka.0123456789ab.css.br").write_bytes(b"small")
    application = StaticFiles(django)
    _, headers, body = ask(application, "/static/web/vaka.0123456789ab.css", accept_encoding="gzip, deflate, br")
    assert (headers[b"content-encoding"], body) == (b"br", b"small")
