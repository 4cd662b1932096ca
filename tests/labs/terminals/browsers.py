"""Browsers of terminals, for the tests of the gateway: a page, and one whose connection takes nothing more."""

import asyncio
import json

from asgiref.testing import ApplicationCommunicator


class Page:
    """A page of the site with a terminal in it."""

    def __init__(
        self,
        application,
        *,
        origin="http://localhost:8000",
        host="localhost:8001",
        path="/terminal",
        client="127.0.0.1",
    ):
        headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
        scope = {"type": "websocket", "path": path, "headers": headers, "client": (client, 9)}
        self.socket = ApplicationCommunicator(application, scope)

    async def connects(self):
        await self.socket.send_input({"type": "websocket.connect"})
        assert (await self.hears())["type"] == "websocket.accept"
        return self

    async def hears(self, seconds=20):
        return await self.socket.receive_output(seconds)

    async def says(self, value):
        kind = "bytes" if isinstance(value, bytes) else "text"
        text = value if isinstance(value, bytes | str) else json.dumps(value)
        await self.socket.send_input({"type": "websocket.receive", kind: text})

    async def news(self):
        """Return the next JSON message, after any output."""
        while True:
            event = await self.hears()
            if "text" in event:
                return json.loads(event["text"])

    async def output(self, until: bytes) -> bytes:
        seen = b""
        while until not in seen:
            seen += (await self.hears()).get("bytes") or b""
        return seen

    async def closed(self):
        """Return the code and the sentence with which the gateway closes."""
        sentence = None
        while True:
            event = await self.hears()
            if event["type"] == "websocket.close":
                assert event["reason"] in sentence
                await self.socket.wait(20)
                return event["code"], sentence
            if "text" in event and "closed" in (said := json.loads(event["text"])):
                sentence = said["closed"]

    async def leaves(self):
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(20)


class SlowBrowser:
    """A browser whose connection takes nothing more: what is sent to it waits."""

    def __init__(self, *says):
        self.says = list(says)

    async def receive(self):
        return self.says.pop(0) if self.says else await asyncio.Event().wait()

    async def send(self, value):
        if isinstance(value, dict) and "pong" in value:
            await asyncio.Event().wait()
