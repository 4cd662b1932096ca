"""A world for the desk of the lab incident-day: the tables of two transits, eight seats, and a clock that stands still."""

import asyncio
import ipaddress
import json
from pathlib import Path

from labs.engine.authoring import parse

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/incident-day")
HIJACK = "hijack of 3fff:1:6600::/40 and 198.51.100.0/28 by AS64511, please filter"
FORGED = "forged origin of 3fff:1::/32 and 198.51.100.0/27, please filter"
HALVES = ("3fff:1:6600::/41", "3fff:1:6680::/41", "198.51.100.0/29", "198.51.100.8/29")


def text_of(node, path):
    return next(file.content for file in LAB.nodes[node].files if file.path == path).decode()


class World:
    """The tables of the two transits, with a clock that stands still until a test moves it."""

    def __init__(self, desk):
        self.desk, self.time, self.extra, self.filtered = desk, 1_800_000_000.0, set(), set()
        self.without_customer = set()  # the numbers of seats that stop their customer's own routes
        seats = []
        for number in range(1, 9):
            read = json.loads(text_of("desk", f"/etc/desk/seats/{number}"))
            lists = {key: tuple(map(ipaddress.ip_network, read[key])) for key in ("nets", "parts", "leaked")}
            seats.append(desk.Seat(read["number"], read["asn"], read["home"], read["far"], **lists))
        self.day = desk.Day(seats, lambda: self.time)
        self.look()

    def route(self, at, prefix, *path, preference=200):
        return self.desk.Route(at, ipaddress.ip_network(prefix), path, (-preference, len(path) + 1, (at, *path)))

    def look(self, seconds=1):
        """Let the desk see what the transits have, and again when they have done what it ordered."""
        self.time += seconds
        for _ in range(2):
            self._look()

    def _look(self):
        """Show the desk what the seats announce, what a test adds, and each scene that nobody filters."""
        routes = list(self.extra)
        for seat in self.day.seats.values():
            for net in seat.nets:
                routes.append(self.route(seat.home, str(net), seat.asn))
                routes.append(self.route(seat.far, str(net), seat.home, seat.asn, preference=100))
            if seat.number not in self.without_customer:
                routes += [self.route(seat.home, str(net), seat.asn, 64510) for net in self.desk.CUSTS]
        for one in self.day.active():
            for prefix in one.seat.false(one.kind):
                path = {
                    "hijack": (64511,),
                    "forge": (64511, one.seat.asn),
                    "leak": (one.seat.asn, 64510, one.seat.far),
                }[one.kind]
                stopped = f"if net = {prefix} then reject;" in self.day.orders("t1" if one.at == 64504 else "t2")
                if (
                    not stopped
                    and not {(one.seat.number, one.kind), (one.seat.number, one.kind, str(prefix))} & self.filtered
                ):
                    routes.append(self.route(one.at, str(prefix), *path))
        self.day.look(routes)

    def type(self, number, line, key="k", body=""):
        return self.day.do(number, key, line.split("\t"), body)

    def call(self, number, who, text, key="k"):
        return self.type(number, f"call\t{who}\t{text}", key=key)

    def duty(self, number, shift, key="k"):
        return asyncio.run(self.desk.Desk(self.day).duty(self.day.state(number, key), [shift]))

    def file(self, number):
        return self.day.states[number].facts(self.day.routes)

    def begin(self, number, kind, watched=True):
        if watched:
            seat = self.day.seats[number]
            for net in seat.nets:
                self.type(number, f"watch\t{net}\t{seat.asn}\t{seat.home}")
        one = self.day.begin(number, kind)
        self.look()
        return one

    def announce(self, number, *prefixes):
        seat = self.day.seats[number]
        for prefix in prefixes:
            self.extra.add(self.route(seat.home, prefix, seat.asn))
            self.extra.add(self.route(seat.far, prefix, seat.home, seat.asn, preference=100))
        self.look()


def report(world, one, **changes):
    def when(what):
        return world.desk.clock(one.times.get(what, 0))

    pieces = {
        "what": "hijack",
        "prefix": "3fff:1:6600::/40",
        "path": "64505 64511",
        "known": when("alarm"),
        "called": when("called"),
        "mended": when("mended"),
        "why": "AS64505 has no filter for this customer.",
        "next": "We ask both transits for their filters.",
    } | changes
    return world.type(1, "report", body="".join(f"{key}: {value}\n" for key, value in pieces.items()))
