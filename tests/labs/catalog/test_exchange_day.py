"""The exchange of 24 seats, and the command by which the instructor lets a member of it misbehave."""

import json
import os
import re
import shutil
import subprocess
import time
from ipaddress import ip_network
from pathlib import Path

import pytest

from labs.engine.authoring import parse

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/exchange-day")
SCENES = {"leak", "hijack", "forge", "flood"}
TABLE = """BIRD 2.17.6 ready.
Table master6:
3fff:2::/32          unicast [rs 12:20:26.173] * (100) [AS64497i]
\tvia 2001:db8:ee::2 on eth0
\tBGP.as_path: 64497
\tBGP.large_community: (64511, 9, 9)
3fff:24::/32         unicast [rs 12:20:26.173] * (100) [AS65547i]
\tBGP.as_path: 65547 65546
"""


def text_of(node, path):
    return next(file.content for file in LAB.nodes[node].files if file.path == path).decode()


@pytest.fixture
def misbehave(tmp_path, monkeypatch):
    """Runs the command beside a birdc that reads every configuration, unless the file "refuses" exists."""
    birdc = tmp_path / "birdc"
    (tmp_path / "table").write_text(TABLE)
    birdc.write_text(
        f"#!/bin/bash\n[[ $1 == show ]] && exec cat {tmp_path}/table\n"
        f"[ -e {tmp_path}/refuses ] && echo syntax error || echo Reconfigured\n"
    )
    program = tmp_path / "misbehave"
    text = text_of("lurker", "/usr/local/sbin/misbehave").replace("/run/misbehave", str(tmp_path / "run"))
    program.write_text(text.replace("SETTLE=0.5 ", "SETTLE=0 "))
    for file in (birdc, program):
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def run(*words):
        return subprocess.run([program, *words], capture_output=True, text=True, check=False, timeout=30)

    yield run
    run("off")


@pytest.fixture
def routes(tmp_path):
    return lambda: re.findall(r"route (\S+) blackhole ?(?:\{ (.*?) \})?;", (tmp_path / "run.conf").read_text())


# The seats


def test_each_seat_has_an_as_a_network_a_roa_and_a_session_of_its_own():
    values = [seat.values for seat in LAB.seats]
    asns = [value["seat_asn"] for value in values]
    assert len(set(asns)) == 24
    assert all(64496 <= asn <= 64511 or 65536 <= asn <= 65551 for asn in asns), "for documentation (RFC 5398)"
    assert not {64509, 64510, 64511} & set(asns)
    roas = {roa["asn"]: roa["prefix"] for roa in json.loads(text_of("cache", "/etc/stayrtr/vrps.json"))["roas"]}
    assert roas == {f"AS{value['seat_asn']}": str(value["seat_net"]) for value in values} | {
        "AS64509": "3fff:509::/32",
        "AS64510": "3fff:510::/32",
    }
    for number, value in enumerate(values, 1):
        client = text_of("rs", f"/etc/bird/clients/{number}.conf")
        assert f"neighbor 2001:db8:ee::{number} as {value['seat_asn']};" in client
        assert f"[ {value['seat_net']}{{32,48}} ]" in client


# A plan by a seed


def steps_of(plan):
    """The lines of a plan: seconds, what, and the seat."""
    found = [re.fullmatch(r" *(\d+):(\d\d) (\w+)(?: (\d+))?", line) for line in plan.splitlines()]
    return [(int(one[1]) * 60 + int(one[2]), one[3], int(one[4]) if one[4] else None) for one in found]


@pytest.mark.parametrize("seed", range(0, 60, 7))
def test_a_plan_has_each_scene_once_and_ends_it_before_the_next(misbehave, seed):
    steps = steps_of(misbehave("plan", str(seed)).stdout)
    assert {what for _at, what, _seat in steps[::2]} == SCENES
    assert [what for _at, what, _seat in steps[1::2]] == ["off"] * 4
    times = [at for at, _what, _seat in steps]
    assert times == sorted(times)
    assert len(set(times)) == 8
    assert times[-1] < 20 * 60
    assert all((seat is not None) == (what in ("hijack", "forge")) for _at, what, seat in steps)


def test_the_seed_decides(misbehave):
    plans = [misbehave("plan", str(seed)).stdout for seed in (7, 7, *range(8, 20))]
    assert plans[0] == plans[1]
    assert len(set(plans)) == 13
    assert len({tuple(what for _at, what, _seat in steps_of(plan)) for plan in plans}) > 4


def test_a_plan_takes_the_minutes_and_the_seats_that_are_named(misbehave):
    for seed in range(20):
        steps = steps_of(misbehave("plan", str(seed), "04", "03", "17").stdout)
        assert steps[-1][0] < 4 * 60
        assert {seat for _at, _what, seat in steps} <= {3, 17, None}


# The scenes


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("hijack",), [("3fff:1::/32", ""), ("3fff:1:bad::/48", "")]),
        (("hijack", "24"), [("3fff:24::/32", ""), ("3fff:24:bad::/48", "")]),
        (("forge", "12"), [("3fff:12::/32", "bgp_path.prepend(64507);")]),
        (("forge", "13"), [("3fff:13::/32", "bgp_path.prepend(65536);")]),
        (("flood", "2"), [("3fff:509:1::/48", ""), ("3fff:509:2::/48", "")]),
        (("leak",), [
            ("3fff:2::/32", "bgp_path.prepend(64497);"),
            ("3fff:24::/32", "bgp_path.prepend(65546); bgp_path.prepend(65547);"),
        ]),
    ],
    ids=str,
)  # fmt: skip
def test_a_scene_announces_its_routes(misbehave, routes, words, expected):
    assert misbehave(*words).returncode == 0
    assert routes() == expected


def test_the_networks_of_the_scenes_are_those_of_the_seats(misbehave, routes):
    for number, seat in enumerate(LAB.seats, 1):
        if number in (1, 12, 13, 24):
            misbehave("forge", str(number))
            assert routes() == [(str(seat.values["seat_net"]), f"bgp_path.prepend({seat.values['seat_asn']});")]


def test_a_flood_is_bounded_and_stays_in_its_own_network(misbehave, routes):
    misbehave("flood")
    assert len(set(routes())) == 300
    assert all(ip_network(prefix).subnet_of(ip_network("3fff:509::/32")) for prefix, _path in routes())
    assert misbehave("flood", "501").returncode == 1
    misbehave("flood", "500")
    assert len(routes()) == 500


def test_one_scene_replaces_another_and_off_ends_it(misbehave, routes):
    misbehave("flood", "5")
    misbehave("hijack", "2")
    assert [prefix for prefix, _path in routes()] == ["3fff:2::/32", "3fff:2:bad::/48"]
    assert "of the scene: 2" in misbehave("status").stdout
    assert misbehave("off").returncode == 0
    assert routes() == []


@pytest.mark.parametrize(
    "words",
    [
        ("hijack", "0"), ("forge", "25"), ("hijack", "$(id)"), ("flood", "-1"), ("flood", "many"), ("plan",), ("plan", "x"),
        ("plan", "7", "0"), ("plan", "7", "20", "99"), ("play", "7", "200"), ("burn",),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_typed_wrongly_changes_nothing(misbehave, routes, words):
    misbehave("hijack", "2")
    done = misbehave(*words)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, "it says in one line what is wrong"
    assert len(routes()) == 2


def test_what_bird_refuses_is_no_scene(misbehave, tmp_path):
    (tmp_path / "refuses").touch()
    done = misbehave("hijack", "2")
    assert done.returncode == 1
    assert "syntax error" in done.stderr
    assert "hijack" not in done.stdout


def test_without_a_word_it_says_what_it_can(misbehave):
    shown = misbehave().stdout
    assert shown == misbehave("list").stdout
    assert {line.split()[1] for line in shown.splitlines() if line.startswith("misbehave ")} == {
        "list", "off", "status", "plan", "play", *SCENES,
    }  # fmt: skip


# A play


def until(true, seconds=20):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_play_runs_by_itself_until_somebody_ends_it(misbehave, tmp_path):
    log = tmp_path / "run.log"
    assert misbehave("play", "3", "1").returncode == 0  # a scene each 15 seconds, the first after 0.7 to 6
    assert "A play by a seed runs." in misbehave("status").stdout
    first = steps_of(misbehave("plan", "3", "1").stdout)[0][1]
    until(lambda: first in log.read_text())
    process = int((tmp_path / "run.pid").read_text())
    misbehave("off")
    until(lambda: not Path(f"/proc/{process}").exists() or "Z" in Path(f"/proc/{process}/stat").read_text().split()[2])
    assert "No play by a seed runs." in misbehave("status").stdout
    assert log.read_text().splitlines()[-1].endswith("off: it announces what it always announces")


def test_a_play_that_is_slow_to_begin_can_be_ended_at_once(misbehave, tmp_path):
    setsid = tmp_path / "setsid"
    setsid.write_text(f'#!/bin/bash\nsleep 0.5\nexec {shutil.which("setsid")} "$@"\n')
    setsid.chmod(0o755)
    misbehave("play", "3", "1")
    assert "A play by a seed runs." in misbehave("status").stdout
    process = int((tmp_path / "run.pid").read_text())
    misbehave("off")
    until(lambda: not Path(f"/proc/{process}").exists() or "Z" in Path(f"/proc/{process}/stat").read_text().split()[2])


def test_a_scene_by_hand_ends_the_play(misbehave):
    misbehave("play", "3", "1")
    misbehave("hijack", "5")
    assert "No play by a seed runs." in misbehave("status").stdout
