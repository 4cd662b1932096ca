"""A site with a page of terminals, its gateway and broker, and a fake lab."""

import asyncio
import contextlib
import gc
import threading
import warnings
from types import SimpleNamespace

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from labs.models import LabSession, State
from labs.terminals import gateway
from rigs.bench.thin_link import ThinLink
from tests import servers
from tests.fake_relay import FakeRelay


@contextlib.contextmanager
def in_thread(server):
    """Hold an asynchronous context open, in a thread of its own."""
    loop, started, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def hold():
        async with server:
            started.set()
            await done.wait()

    thread = threading.Thread(target=asyncio.run, args=(hold(),), kwargs={"loop_factory": lambda: loop}, daemon=True)
    thread.start()
    assert started.wait(5)
    yield
    loop.call_soon_threadsafe(done.set)
    thread.join(5)


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory):
    with servers.broker(tmp_path_factory.mktemp("broker")) as url:
        yield url


@pytest.fixture
def at(settings, tmp_path, broker_url, ada, ada_client):
    """The site, its gateway, the link between gateway and browser, and the relay."""
    settings.REDIS_URL = broker_url
    settings.RELAY_SOCKET = tmp_path / "relay.sock"
    settings.ROOT_URLCONF = "tests.browser.terminals.terminal_page"
    session = LabSession.objects.create(learner=ada, lab="ospfv3", lab_version="0" * 12, state=State.READY)
    relay = FakeRelay()

    with contextlib.ExitStack() as running:
        running.enter_context(in_thread(relay.listening(settings.RELAY_SOCKET)))
        gateway_port = running.enter_context(servers.served(gateway.Gateway()))
        link = running.enter_context(ThinLink(to_port=gateway_port).open())
        settings.GATEWAY_PORT = link.port
        site_port = running.enter_context(servers.served(ASGIStaticFilesHandler(get_asgi_application())))
        cookie = ada_client.cookies["sessionid"].value
        yield SimpleNamespace(
            address=f"http://127.0.0.1:{site_port}/terminals/",
            cookie={"name": "sessionid", "value": cookie, "url": f"http://127.0.0.1:{site_port}"},
            relay=relay,
            link=link,
            session=session,
        )
    with warnings.catch_warnings():
        # Django never closes what another thread has of SQLite in memory; it says so when that is collected
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def opened(at, window):
    def open_page(**how):
        page = window(**how)
        page.context.add_cookies([at.cookie])
        page.goto(at.address)
        return page

    return open_page
