"""What the terminal says when the site is up: where it is, who can sign in, what to do next."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from vaka import lan
from vaka.ops import demo_people, ports, programs
from vaka.web import qr

FILE = (
    "address"  # in the run folder: `manage.py people staff` in another terminal does not know how this one was started
)


def lines(state: Path, *, colours: bool) -> Iterator[str]:
    """Say it, line by line. ``colours``: a terminal reads this."""
    yield from of_the_room(colours=colours) if settings.LAN else of_this_machine(state)


def of_this_machine(state: Path) -> Iterator[str]:
    yield f"Vaka is at {programs.address()}"
    yield from demo_people.lines(demo_people.kept(state))
    if not ports.is_loopback(programs.bind()):
        yield f"It listens on {programs.bind()}: name the hosts that visitors type in VAKA_HOSTS."
        yield "The demo people above can sign in from there too. For a room of people: make run LAN=1"


def of_the_room(*, colours: bool) -> Iterator[str]:
    url = settings.LAN_URL
    if colours:
        yield qr.in_blocks(f"{url}/")
    yield f"Vaka is at {url}"
    yield f"  for the projector   {url}/join/"
    here = lan.addresses()
    mine = next((str(one) for one in here if one.address == settings.LAN), settings.LAN)
    others = [one for one in here if one.address != settings.LAN]
    yield f"  this address        {mine}{'; another one: make run LAN=ADDRESS' if others else ''}"
    if others:
        yield f"  there are also      {lan.listed(others)}"
    yield f"  the terminals use   port {settings.GATEWAY_PORT} of it, too"
    if not settings.HTTPS:
        yield "  not encrypted       who shares the network can read along; with a certificate: CERT=… KEY=…"
    yield "There are no demo people in a room."
    if not demo_people.has_staff():
        yield f"Nobody may look after people yet. In another terminal: {staff_command()} YOUR-NAME"


def staff_command() -> str:
    sudo = "sudo " if os.environ.get("VAKA_SUDO") else ""
    elsewhere = Path(settings.STATE_DIR).resolve() != (programs.clone() / ".vaka").resolve()
    state = f"VAKA_STATE={settings.STATE_DIR} " if elsewhere else ""
    return f"{sudo}{state}{Path(sys.prefix) / 'bin/python'} {programs.clone() / 'manage.py'} people staff"


def tell_address(run: Path) -> None:
    """Leave the address for a command in another terminal."""
    (run / FILE).write_text(f"{settings.LAN_URL or programs.address()}\n")


def told_address(run: Path) -> str:
    """Return the address of the site that runs, else the one that our own settings give."""
    try:
        return (run / FILE).read_text().strip()
    except FileNotFoundError:
        return settings.LAN_URL or programs.address()
