"""The text on the terminal when the site is up: its address, who can sign in, and what to do next."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from vaka import lan, operator_commands
from vaka.ops import demo_people, ports, programs
from vaka.web import qr, site_address

FILE = "address"  # in the run folder, for `manage.py people staff` in another terminal


def lines(state: Path, *, colours: bool) -> Iterator[str]:
    """Yield the lines. ``colours``: the output is a terminal."""
    if settings.LAN:
        yield from on_a_lan(colours=colours)
    elif settings.IS_PUBLIC:
        yield from on_the_internet()
    else:
        yield from for_this_server(state)
    if not demo_people.are_allowed() and not demo_people.has_staff():
        yield f"There is no administrator yet. In another terminal, type: {staff_command()} YOUR-NAME"


def for_this_server(state: Path) -> Iterator[str]:
    yield f"Vaka is at {programs.address()}"
    yield from demo_people.lines(demo_people.kept(state))
    if not ports.is_loopback(programs.bind()):
        yield f"It listens on {programs.bind()}. Set VAKA_HOSTS to the host names that visitors type."
        command = operator_commands.open_to_others()
        yield f"The demo people above can sign in from other machines, too. For a workshop: {command}"


def on_the_internet() -> Iterator[str]:
    yield f"Vaka is at {address()}"
    if not ports.is_loopback(programs.bind()):
        yield f"It listens on {programs.bind()}."
    yield "Demo people are disabled on a public site."


def on_a_lan(*, colours: bool) -> Iterator[str]:
    url = settings.LAN_URL
    if colours:
        yield qr.in_blocks(f"{url}/")
    yield f"Vaka is at {url}"
    yield f"  for the projector   {url}/join/"
    here = lan.addresses()
    mine = next((str(one) for one in here if one.address == settings.LAN), settings.LAN)
    others = [one for one in here if one.address != settings.LAN]
    another = f"; to use another one: {operator_commands.serve_lan('ADDRESS')}" if others else ""
    yield f"  this address        {mine}{another}"
    if others:
        yield f"  other addresses     {lan.listed(others)}"
    yield f"  terminals use       port {settings.GATEWAY_PORT} as well"
    if not settings.HTTPS:
        command = operator_commands.serve_lan_with_certificate()
        yield f"  not encrypted       others on this network can read the traffic; with a certificate: {command}"
    yield "Demo people are disabled on a LAN."


def staff_command() -> str:
    if settings.UNIT:
        return "sudo vaka people staff"
    sudo = "sudo " if os.environ.get("VAKA_SUDO") else ""
    elsewhere = Path(settings.STATE_DIR).resolve() != (programs.clone() / ".vaka").resolve()
    state = f"VAKA_STATE={settings.STATE_DIR} " if elsewhere else ""
    return f"{sudo}{state}{' '.join(programs.manage('people', 'staff'))}"


def address() -> str:
    """Return the URL at which people open the site, as far as the settings tell."""
    if settings.LAN_URL:
        return str(settings.LAN_URL)
    if not settings.IS_PUBLIC:
        return programs.address()
    return site_address.configured() or programs.address()


def tell_address(run: Path) -> None:
    """Write down for commands in other terminals where the site is, and whether it may have demo people."""
    (run / FILE).write_text(f"{address()}\n")
    demo_people.record_start(run)


def told_address(run: Path) -> str:
    """Return the address of the running site, else the one of our own settings."""
    try:
        return (run / FILE).read_text().strip()
    except FileNotFoundError:
        return address()
