"""The helper programs of the lab watch-your-prefix, as its nodes have them: the telephone, and the NOC of the upstream."""

import socket
import threading
import time
import types
from pathlib import Path

import pytest

from labs.engine.authoring import parse

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/watch-your-prefix")
NOC, ROGUE = "3fff:700::10", "3fff:496:0:2::2"
HIJACK = "3fff:500:6600::/40, path 64496 64511, no line for this prefix"
SHOP = "3fff:500:c::/48, path 64496 64506, no line for this prefix"
REQUEST = """\
prefix: 3fff:500:6600::/40
since: 03:12 UTC
path: 64496 64511
holder: AS64500
proof: the ROA for 3fff:500::/32
please: filter this prefix on the session with AS64511
call: +999 555 0142
"""


def text_of(node, path):
    return next(file.content for file in LAB.nodes[node].files if file.path == path).decode()


def program(node, path):
    module = types.ModuleType(Path(path).name.replace("-", "_"))
    exec(compile(text_of(node, path), path, "exec"), module.__dict__)
    return module


@pytest.fixture
def at_phone(tmp_path):
    """The program of the telephone. The upstream has the hijack, and what the shop announces."""
    module = program("phone", "/usr/local/sbin/phone")
    module.FOLDER = tmp_path
    module.looking_glass = lambda: (
        "prefix                     use    path\n"
        "3fff:500::/32              best   64500\n"
        "3fff:500:c::/48            best   64506\n"
        "3fff:500:6600::/40         best   64511\n"
    )
    return module


@pytest.fixture
def phone(at_phone):
    return at_phone.Phone()


@pytest.fixture
def desk(tmp_path):
    module = program("up", "/usr/local/sbin/noc-desk")
    module.FILTER, module.REQUEST, module.STATE = tmp_path / "filter", tmp_path / "request", tmp_path / "state"
    module.FILTER.write_text("")
    return module


def drill_of(module):
    return (module.FOLDER / "drill").read_text()


def open_of(module):
    return (module.FOLDER / "open").read_text()


def answered(serve, *arguments, send, seconds=0.0):
    """The answer to a client that sends these pieces, with so many seconds between them; and how long it was served."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:

        def client():
            with socket.create_connection(listener.getsockname()[:2], timeout=20) as line:
                try:
                    for number, piece in enumerate(send):
                        time.sleep(seconds if number else 0)
                        line.sendall(piece)
                    got.append(line.recv(5000))
                except OSError:
                    got.append(b"")

        got = []
        thread = threading.Thread(target=client)
        thread.start()
        began = time.monotonic()
        serve(listener, *arguments)
        took = time.monotonic() - began
        thread.join()
        return got[0].decode(), took


# The telephone


def test_only_rogue_says_that_it_is_about_to_announce_something(at_phone, phone):
    assert phone.drill("part 3fff:500:dead::/48", NOC) == "refused"
    assert phone.drill("part 3fff:500:dead::/48", "3fff:496:0:1::2") == "refused"
    assert not (at_phone.FOLDER / "drill").exists()
    assert phone.drill("part 3fff:500:dead::/48", ROGUE) == "ready"
    assert drill_of(at_phone) == "part: has not rung for 3fff:500:dead::/48.\n"


@pytest.mark.parametrize(
    ("kind", "prefix", "path"),
    [
        ("part", "3fff:500:dead::/48", "64496 64511 64500"),
        ("other-origin", "3fff:500::/32", "64496 64511"),
        ("neighbour", "3fff:500:a::/48", "64496 64511 64500"),
        ("quiet", "3fff:500:dead::/48", "64496 64511"),
    ],
)
def test_the_telephone_has_rung_when_the_alarm_has_prefix_and_path_of_the_drill(at_phone, phone, kind, prefix, path):
    phone.drill(f"{kind} {prefix}", ROGUE)
    phone.call(f"ALARM {prefix}, path {path}, no line for this prefix", NOC)
    assert drill_of(at_phone) == f"{kind}: has rung.\n"


@pytest.mark.parametrize("path", ["64511", "64496 64511", "64511 64500", "64496 64511 64506 64500"])
def test_an_alarm_with_another_path_is_not_the_drill(at_phone, phone, path):
    phone.drill("part 3fff:500:dead::/48", ROGUE)
    phone.call(f"ALARM 3fff:500:dead::/48, path {path}, no line for this prefix", NOC)
    assert "has rung." not in drill_of(at_phone)


def test_a_telephone_that_rings_for_every_part_has_not_found_the_announced_one(at_phone, phone):
    phone.drill("part 3fff:500:dead::/48", ROGUE)
    for part in ("dea8", "dead", "deaf"):
        phone.call(f"ALARM 3fff:500:{part}::/48, path 64496 64511 64500, no line for this prefix", NOC)
    assert drill_of(at_phone).startswith("part: has rung, and for what nobody announces: 3fff:500:dea8::/48")


def test_the_routes_of_earlier_drills_and_the_hijack_are_no_inventions(at_phone, phone):
    phone.drill("part 3fff:500:dead::/48", ROGUE)
    phone.drill("quiet 3fff:500:9999::/48", ROGUE)
    phone.call("ALARM 3fff:500:dead::/48, path 64496 64511 64500, no line for this prefix", NOC)
    phone.call(f"ALARM {HIJACK}", NOC)
    phone.call("ALARM 3fff:500:9999::/48, path 64496 64511, no line for this prefix", NOC)
    assert drill_of(at_phone) == "quiet: has rung.\n"


def test_a_false_alarm_that_is_open_or_rings_spoils_the_quiet_drill_only(at_phone, phone):
    phone.call(f"ALARM {SHOP}", NOC)
    for kind, path, result in (
        ("part", "64496 64511 64500", ""),
        ("quiet", "64496 64511", ", and falsely for 3fff:500:c::/48"),
    ):
        phone.drill(f"{kind} 3fff:500:dead::/48", ROGUE)
        phone.call(f"ALARM 3fff:500:dead::/48, path {path}, no line for this prefix", NOC)
        assert drill_of(at_phone) == f"{kind}: has rung{result}.\n"


def test_a_watch_that_starts_again_does_not_end_a_hijack_that_is_not_over(at_phone, phone):
    phone.call(f"ALARM {HIJACK}", NOC)
    phone.call("START", NOC)
    assert HIJACK in open_of(at_phone)


def test_a_hijack_from_before_the_start_of_the_watch_is_open_until_the_upstream_no_longer_has_it(at_phone, phone):
    phone.call(f"ALARM {HIJACK}", NOC)
    phone.call("START", NOC)
    at_phone.looking_glass = lambda: ""
    phone.forget_what_is_over()
    assert HIJACK in open_of(at_phone), "a looking glass that does not answer says nothing"
    at_phone.looking_glass = lambda: "prefix use path\n3fff:500::/32 best 64500\n"
    phone.forget_what_is_over()
    assert open_of(at_phone) == ""


def test_an_alarm_of_the_running_watch_is_ended_by_the_watch(at_phone, phone):
    phone.call("START", NOC)
    phone.call(f"ALARM {HIJACK}", NOC)
    at_phone.looking_glass = lambda: "prefix use path\n3fff:500::/32 best 64500\n"
    phone.forget_what_is_over()
    assert HIJACK in open_of(at_phone)
    phone.call(f"END {HIJACK}", NOC)
    assert open_of(at_phone) == ""


def test_a_watch_that_starts_again_may_have_another_list_and_rings_again_for_what_is_wrong_there(at_phone, phone):
    phone.call(f"ALARM {SHOP}", NOC)
    phone.call("START", NOC)
    assert open_of(at_phone) == ""


@pytest.mark.parametrize(
    "line",
    [
        f"ALARM 3fff:500::/32, path {'9' * 4500}, no",
        "ALARM 3fff:500::/32, path 99999999999, no",
        "ALARM 3fff:500::/999, path 1, no",
        "ALARM x/1, path 1, no",
        "",
    ],
)
def test_the_telephone_takes_no_call_that_it_does_not_understand_as_an_alarm(at_phone, line):
    phone = at_phone.Phone()
    got, _ = answered(at_phone.serve, phone.call, send=[line.encode() + b"\n"])
    assert got in ("taken\n", "not understood\n")
    assert phone.open == {}


@pytest.mark.parametrize("line", ["part", "part x", "part 3fff:500:dead::/48 more", "other 3fff:500:dead::/48", ""])
def test_the_telephone_takes_no_drill_that_it_does_not_understand(at_phone, phone, line):
    got, _ = answered(at_phone.serve, lambda text, _: phone.drill(text, ROGUE), send=[line.encode() + b"\n"])
    assert got == "not understood\n"


def test_what_the_telephone_keeps_is_bounded(at_phone, phone):
    for number in range(700):
        phone.call(f"ALARM 3fff:500:{number:x}::/48, path 64496 64506, no line for this prefix", NOC)
    assert len(phone.open) <= 500
    assert len((at_phone.FOLDER / "calls").read_text().splitlines()) <= 500


def test_the_telephone_serves_a_slow_caller_no_longer_than_the_deadline(at_phone):
    at_phone.SECONDS = 0.6
    _, took = answered(at_phone.serve, at_phone.Phone().call, send=[b"A"] * 8, seconds=0.3)
    assert took < 1.2


# The NOC of the upstream


def test_a_request_that_is_right_is_accepted(desk):
    assert "this is all we need" in desk.request(REQUEST)
    assert desk.REQUEST.exists()


@pytest.mark.parametrize("number", ["9" * 4500, "9" * 11])
def test_a_long_number_in_a_request_is_no_as_number(desk, number):
    wrong = REQUEST.replace("64496 64511", number).replace("AS64500", number)
    got, _ = answered(desk.serve, desk.request, send=[f"{wrong}\n.\n".encode()])
    assert "write the AS path of the false route" in got
    assert "write the AS number of the network" in got


def test_the_desk_serves_a_slow_caller_no_longer_than_the_deadline(desk):
    desk.SECONDS = 0.6
    _, took = answered(desk.serve, desk.request, send=[b"p"] * 8, seconds=0.3)
    assert took < 1.2


def test_the_desk_reads_no_more_than_a_request_needs(desk):
    got, took = answered(desk.serve, desk.request, send=[b"x" * desk.MOST])
    assert "is missing" in got
    assert took < 2


def test_no_request_ends_the_desk(desk):
    def request(_):
        raise RuntimeError("nobody has thought of this")

    desk.request = request
    got, _ = answered(desk.serve, request, send=[b"x\n.\n"])
    assert got == "NOC: we do not understand this.\n"


def test_the_desk_filters_for_nothing_but_a_request_and_routes(desk, monkeypatch):
    """There is no ticket that would open the filter without them: what the desk keeps is gone after a resume, and it asks again."""
    assert list(desk.PORTS) == [5150, 5151]
    monkeypatch.setattr(desk, "birdc", lambda line: "3fff:500:6600::/41 unicast [r1 10:00] * (100)")
    desk.work()
    assert not desk.is_filtered()
    desk.request(REQUEST)
    monkeypatch.setattr(desk, "birdc", lambda line: "3fff:500:6600::/40 unicast [rogue 10:00] * (100)")
    desk.work()
    assert not desk.is_filtered()
    monkeypatch.setattr(desk, "birdc", lambda line: "3fff:500:6600::/41 unicast [r1 10:00] * (100)")
    desk.work()
    assert desk.is_filtered()


# What keeps the learner's nodes from looking like another node


def test_the_upstream_takes_from_r1_only_parts_of_its_prefix_and_only_its_sources():
    session = text_of("up", "/etc/bird/bird.conf").partition("protocol bgp r1 {")[2].partition("protocol bgp")[0]
    assert "import where net ~ [ 3fff:500::/32+ ];" in session
    sources = [command for command in LAB.nodes["up"].start if command.startswith("nft ")]
    assert "iifname eth0 ip6 saddr != { 3fff:500::/32, 3fff:496:0:1::2, fe80::/10, :: } counter drop" in "".join(
        sources
    )


def test_the_telephone_takes_by_its_mobile_line_nothing_but_what_noc_sends_and_no_drill():
    rules = "".join(command for command in LAB.nodes["phone"].start if command.startswith("nft "))
    assert "iifname mobile ip6 saddr != 3fff:700::10 counter drop" in rules
    assert "iifname mobile tcp dport 5141 counter drop" in rules
