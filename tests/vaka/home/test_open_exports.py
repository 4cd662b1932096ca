"""Open exports: one of a person at a time, however old it is, and what it holds goes with its client."""

import asyncio
import functools
import io
import os
import zipfile
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.core.cache.backends import base, locmem
from django.urls import reverse

from labs.lifecycle import save_delivery
from labs.models import Save
from tests.builders import signed_in
from vaka.home import open_exports

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # Django never closes what another thread has of SQLite in memory; it says so when that is collected
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SAVE = os.urandom(3 << 20)
WITHIN = 60  # seconds


class Client(ApplicationCommunicator):
    """A client as the server sees it: the site waits until it has taken each message."""

    def __init__(self, application, scope, files, clock):
        super().__init__(application, scope)
        self._output_queue = asyncio.Queue(1)
        self.files, self.clock = files, clock

    async def status(self):
        return (await self.receive_output(WITHIN))["status"]

    async def piece(self, after=0):
        """Take a piece so many seconds after the site has begun to wait for that; b"" is the end, None that it broke off."""
        while not (self.output_queue.full() or self.future.done()):
            await asyncio.sleep(0.001)
        self.clock.now += after
        return None if self.output_queue.empty() else self.output_queue.get_nowait().get("body", b"")

    async def take_until_there_is_a_file(self):
        before = len(self.files)
        assert await self.status() == 200
        taken = []
        while len(self.files) == before:
            taken.append(await self.piece())
        return taken

    async def leave(self):
        await self.send_input({"type": "http.disconnect"})
        await self.wait(WITHIN)


@pytest.fixture
def clock(monkeypatch):
    """The clock of the cache and of exports, which the test moves."""
    clock = SimpleNamespace(now=1e9, time=lambda: clock.now, monotonic=lambda: clock.now)
    for module in (open_exports, locmem, base):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def files(ready, ada, settings, tmp_path, monkeypatch):
    """The temporary files of exports. Ada has one save."""
    settings.STATE_DIR = tmp_path
    of_the_lab = {"lab": ready.lab, "lab_version": ready.lab_version, "seed": 0}
    Save.objects.create(session=ready, learner=ada, reason=Save.Reason.ASKED, size=len(SAVE), **of_the_lab)
    made, make = [], save_delivery.tempfile.TemporaryFile
    monkeypatch.setattr(save_delivery.tempfile, "TemporaryFile", lambda: made.append(make()) or made[-1])
    monkeypatch.setattr(save_delivery, "_fetch", lambda save, whole: whole.write(SAVE))
    return made


@pytest.fixture
def download(ada, files, clock):
    """Ask for Ada's export, as a server does for one of her browsers."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in signed_in(ada).cookies.items())
    path = reverse("home:export")
    headers = [(b"host", b"testserver"), (b"cookie", cookies.encode())]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}

    @asynccontextmanager
    async def downloaded():
        client = Client(get_asgi_application(), scope, files, clock)
        await client.send_input({"type": "http.request", "body": b""})
        try:
            yield client
        finally:
            await client.leave()

    return downloaded


def in_a_loop(test):
    """Run a test that is a coroutine."""

    @functools.wraps(test)
    def run(**fixtures):
        async_to_sync(test)(**fixtures)

    return run


@in_a_loop
async def test_an_export_stays_the_only_one_of_its_person_however_old_it_is(download, files, clock, monkeypatch):
    """Each export that was too old to be counted left room for another one, with another file of 20 MB."""
    monkeypatch.setattr(open_exports, "PATIENCE", 10 * open_exports.LOCKED)
    async with download() as first:
        await first.take_until_there_is_a_file()
        for _ in range(4):
            clock.now += open_exports.LOCKED / 2
            for _ in range(8):
                await first.piece()
        async with download() as second:
            assert await second.status() == 302
    assert [file.closed for file in files] == [True]


@in_a_loop
async def test_of_two_that_are_requested_at_once_one_is_sent(download, files, monkeypatch):
    monkeypatch.setattr(open_exports, "is_open", lambda person: False)
    async with download() as first:
        await first.take_until_there_is_a_file()
        async with download() as second:
            assert await second.status() == 200
            await second.wait(WITHIN)
            assert second.output_queue.empty(), "it breaks off: nobody takes it for the whole file"
    assert len(files) == 1


@in_a_loop
async def test_an_export_that_ends_leaves_the_lock_of_a_newer_one(download, files, clock):
    async with download() as older:
        await older.take_until_there_is_a_file()
        clock.now += open_exports.LOCKED + 1
        async with download() as newer:
            await newer.take_until_there_is_a_file()
            await older.leave()
            async with download() as third:
                assert await third.status() == 302


@in_a_loop
async def test_what_an_export_holds_goes_with_its_client(download, files):
    async with download() as client:
        await client.take_until_there_is_a_file()
        assert [file.closed for file in files] == [False]
    assert [file.closed for file in files] == [True]
    async with download() as again:
        assert await again.status() == 200


@in_a_loop
async def test_an_export_that_is_taken_too_slowly_breaks_off(download, files):
    """Else a client that takes a little now and then keeps a file for days."""
    async with download() as client:
        taken = await client.take_until_there_is_a_file()
        while taken[-1]:
            taken.append(await client.piece(after=40))  # 64 KB: 1.6 KB/s
        assert taken.pop() is None, "there is no end, so the browser reports an error"
        assert sum(map(len, taken)) < len(SAVE)
        assert [file.closed for file in files] == [True]


@in_a_loop
async def test_a_slow_client_gets_all_of_its_export(download, files, clock):
    async with download() as client:
        taken = await client.take_until_there_is_a_file()
        began = clock.now
        while taken[-1]:
            taken.append(await client.piece(after=10))  # 64 KB: 6.4 KB/s
        assert clock.now - began > open_exports.PATIENCE
    archive = zipfile.ZipFile(io.BytesIO(b"".join(taken)))
    assert archive.testzip() is None
    assert any(name.startswith("saves/") and archive.read(name) == SAVE for name in archive.namelist())
