"""A lab session, and a stage with gateway, broker and relay."""

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync

from labs.models import LabSession, State
from labs.terminals import activity, gateway, permissions, tokens
from tests.fake_relay import FakeRelay
from tests.labs.terminals.browsers import Page


@pytest.fixture
def session(ada):
    return LabSession.objects.create(learner=ada, lab="ospfv3-one-area", lab_version="0" * 12, state=State.READY)


@pytest.fixture
def stage(broker, settings, tmp_path, session, ada, monkeypatch):
    """Run a scenario with gateway, broker and relay. Nothing that it opened may be left afterwards."""
    # The test's own transaction is on this connection; Django's test client keeps it open in the same way
    monkeypatch.setattr(permissions, "close_old_connections", lambda: None)
    monkeypatch.setattr(activity, "close_old_connections", lambda: None)
    settings.RELAY_SOCKET = tmp_path / "relay.sock"

    @asynccontextmanager
    async def gateway_with(relay):
        application = gateway.Gateway()
        await application.start()
        try:
            yield application
            if relay:
                assert not application._the_watch.held()
                for viewer in relay.viewers:
                    await asyncio.wait_for(viewer.left.wait(), 20)
        finally:
            await application.stop()

    def run(scenario, *, with_relay=True):
        async def play():
            if with_relay:
                async with FakeRelay().listening(settings.RELAY_SOCKET) as relay, gateway_with(relay) as application:
                    await scenario(
                        SimpleNamespace(
                            relay=relay, application=application, opens=opens(application), ada=ada, session=session
                        )
                    )
            else:
                async with gateway_with(None) as application:
                    await scenario(SimpleNamespace(relay=None, application=application, opens=opens(application)))

        def opens(application):
            async def one(node="r1", mode="control", name="1", token=None, **how):
                page = await Page(application, **how).connects()
                text = token or tokens.issue(ada.pk, session.pk, node, name, mode)
                await page.says({"token": text, "rows": 24, "cols": 80})
                return page

            return one

        async_to_sync(play)()

    return run
