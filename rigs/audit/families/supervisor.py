"""Attacks on the supervisor: what it reads from a node, and what it runs for a node."""

import re
import time
from typing import Any

from labs.engine.errors import EngineError, LabGone, TookTooLong
from labs.engine.runtime.conversation import Conversation
from rigs.audit.attack import Attack, AttackOutcome, Family, Judge, refused, through
from rigs.audit.scene import INSTRUCTOR, LEARNER, Scene
from rigs.audit.time_limits import within
from rigs.audit.walls import BYTES, NOT_WAITING, OPEN_BELOW, OPEN_SOCKET_BELOW, OWN_BINARIES, REGULAR, SECONDS, Wall

PATIENCE = 4.0  # seconds more than a question, which has 1 second


def _ask(scene: Scene, seconds: float = 1.0, **question: object) -> dict[str, Any]:
    """Ask one question about the learner's node; {"kind": "never"} if no answer came."""
    request = {
        "session": scene.client.session,
        "op": "ask",
        "asks": [{"node": LEARNER, **question}],
        "seconds": seconds,
    }
    with Conversation(scene.client.relay, request, seconds=within(seconds + PATIENCE)) as talk:
        try:
            frame = talk.receive()
        except TookTooLong:
            return {"ok": False, "kind": "never"}
        return dict(frame.json()["answer"]) if frame else {}


def _file(path: str, mark: str) -> Judge:
    def judge(scene: Scene, said: str) -> AttackOutcome:
        answer = _ask(scene, ask="file", path=path)
        if answer.get("kind") == "never":
            return through("the supervisor is blocked")
        if mark in str(answer.get("text", "")):
            return through(f"we were led to read {mark!r}")
        return refused(f"no such file: {answer.get('exists')}" if answer.get("ok") else str(answer.get("error")))

    return judge


def _fake_daemon(socket: str, answers: str) -> str:
    """A script that leaves a daemon of the learner's running."""
    return f"""
use Socket;
mkdir "/run/frr"; mkdir "/run/bird";
unlink "{socket}";
socket(my $listen, PF_UNIX, SOCK_STREAM, 0);
bind($listen, sockaddr_un("{socket}")) or through("bind: $!");
listen($listen, 5);
if (!fork) {{
    open(STDOUT, ">", "/dev/null"); open(STDERR, ">", "/dev/null"); setpgrp;
    $SIG{{PIPE}} = "IGNORE";
    while (accept(my $client, $listen)) {{ {answers} }}
    exit;
}}
refused("it listens");
"""


VTY = {"ask": "vty", "daemon": "zebra", "commands": ["show version"]}


def _endless(scene: Scene, said: str) -> AttackOutcome:
    before = scene.engine.usage(scene.client.session).memory
    try:
        answer = _ask(scene, 2.0, **VTY)
    except LabGone:
        return through("the answer took all memory, and the lab with it")
    grown = scene.engine.usage(scene.client.session).memory - before
    if answer.get("kind") == "too_big" and grown < 32 << 20:
        return refused(str(answer["error"]))
    return through(f"{answer.get('kind')}: the supervisor grew by {grown >> 20} MB")


def _silent(scene: Scene, said: str) -> AttackOutcome:
    answer = _ask(scene, 1.0, **VTY)
    if answer.get("kind") == "timeout":
        return refused(str(answer["error"]))
    return through(f"a question of one second: {answer.get('kind', answer)}")


def _forged_end(scene: Scene, said: str) -> AttackOutcome:
    """Answers of the learner's daemon must not become answers to a question about another node."""
    other = {"ask": "ip", "node": INSTRUCTOR, "args": ["address"]}
    answers = scene.client.ask([{"node": LEARNER, **VTY}, other, {"node": LEARNER, **VTY}])
    spoiled = "PWNED" in str(answers[1]) or not answers[1].get("ok")
    return through(str(answers[1])[:200]) if spoiled else refused("its output stays in its own answer")


def _nonsense(scene: Scene, said: str) -> AttackOutcome:
    answer = _ask(scene, 2.0, ask="bird", command="show status")
    if answer.get("ok") or answer.get("kind") == "never":
        return through(str(answer)[:200])
    return refused(f"{answer['kind']}: {str(answer['error'])[:100]}")


def _socket_link(scene: Scene, said: str) -> AttackOutcome:
    """A daemon of the second node's answers to the name; the learner's link leads to its place in the container."""
    scene.run(INSTRUCTOR, "perl -MSocket -e '" + OTHER_DAEMON + "' && echo")
    answer = _ask(scene, 1.0, **VTY)
    return (
        through("the second node's daemon was asked") if "OTHER" in str(answer) else refused(str(answer.get("error")))
    )


OTHER_DAEMON = (
    'mkdir "/run/frr"; unlink "/run/frr/zebra.vty"; socket(L, 1, 1, 0); bind(L, sockaddr_un("/run/frr/zebra.vty")); listen(L, 5);'
    ' if (!fork) { open(STDOUT, ">", "/dev/null"); open(STDERR, ">", "/dev/null"); alarm 8;'
    " while (accept(C, L)) { while (sysread(C, $_, 999)) { syswrite(C, qq(OTHER) . chr(0) x 4) } } }"
)


def _own_binaries(scene: Scene, said: str) -> AttackOutcome:
    """Ask questions that run ip and ping, then check whether the learner's programs of that name ran."""
    _ask(scene, 2.0, ask="ip", args=["link"])
    _ask(scene, 2.0, ask="ping", dst="::1", count=1)
    text = scene.run(LEARNER, "cat /run/ran-for-us")
    ran = re.search(r"\w+ ran as \d+", text)
    return through(ran[0]) if ran else refused("the supervisor ran no program of the node")


def _preload(scene: Scene, said: str) -> AttackOutcome:
    answer = _ask(scene, 2.0, ask="ip", args=["nonsense"])
    loaded = "preload" in str(answer)
    return through(str(answer.get("error"))[:120]) if loaded else refused(str(answer.get("error", answer))[:80].strip())


def _names_of_links(scene: Scene, said: str) -> AttackOutcome:
    answer = _ask(scene, 2.0, ask="ip", args=["link"])
    if answer.get("kind") == "never" or "PWNED" in [link.get("evil") for link in answer.get("json", [])]:
        return through(str(answer)[:200])
    return refused("a name is a string in the answer") if answer.get("ok") else through(str(answer.get("error"))[:100])


def _reset_works(scene: Scene, said: str) -> AttackOutcome:
    try:
        scene.clear()
        text = scene.run(LEARNER, "ip -br link; hostname")
    except EngineError as error:
        return through(f"the node cannot be reset: {error}")
    return refused("the node is as at the start") if "eth0" in text and "h1" in text else through(text[:100])


def _many_asks(scene: Scene, said: str) -> AttackOutcome:
    """Many questions to a silent daemon: those about another node must be answered meanwhile."""
    began = time.monotonic()
    asks: list[dict[str, object]] = [{"node": LEARNER, **VTY, "seconds": 1} for _ in range(20)]
    answers = scene.client.ask([*asks, {"ask": "ip", "node": INSTRUCTOR, "args": ["link"]}], seconds=1)
    took = time.monotonic() - began
    well = answers[-1].get("ok") and took < within(PATIENCE)
    return (
        refused(f"the second node was asked; all took {took:.1f} s")
        if well
        else through(f"{answers[-1]} after {took:.1f} s")
    )


def _link(number: str, title: str, link: str, mark: str, control: Wall | None) -> Attack:
    return Attack(
        id=number,
        title=title,
        wall="openat2 with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS",
        bash=f"rm -rf /etc/x; ln -s {link} /etc/x && echo REFUSED linked",
        judge=_file("/etc/x", mark),
        control=control,
    )


FAMILY = Family(
    "attacks on our own readers",
    (
        _link(
            "U1",
            "our file reader, led by a link to the supervisor's files",
            "/usr/lib/python3/dist-packages/labs/supervisor/node.py",
            "NodeSpace",
            OPEN_BELOW,
        ),
        _link(
            "U2",
            "our file reader, led by a link to the second node's secret",
            "/run/lab/i1/run/secret",
            "of-the-instructor",
            OPEN_BELOW,
        ),
        _link(
            "U3",
            "our file reader, led by a magic link (/proc/1/root, /proc/self/root)",
            "/proc/self/root/usr/lib/python3/dist-packages/labs/supervisor/node.py",
            "NodeSpace",
            OPEN_BELOW,
        ),
        Attack(
            id="U4",
            title="the supervisor's file reader, on a pipe without a writer",
            wall="O_NONBLOCK, regular files only",
            bash="rm -rf /etc/x; mkfifo /etc/x && echo REFUSED made",
            judge=_file("/etc/x", "never"),
            control=NOT_WAITING,
        ),
        Attack(
            id="U5",
            title="the supervisor's file reader, on a device without end",
            wall="regular files only",
            bash="rm -rf /etc/x; ln -s /dev/zero /etc/x && echo REFUSED linked",
            judge=_file("/etc/x", "\0\0\0\0"),
            control=REGULAR,
        ),
        Attack(
            id="U6",
            title="the supervisor's daemon reader, on a link to the second node's socket",
            wall="openat2 with RESOLVE_IN_ROOT",
            bash="mkdir -p /run/frr; ln -sfn /run/lab/i1/run/frr/zebra.vty /run/frr/zebra.vty; echo REFUSED linked",
            judge=_socket_link,
            control=OPEN_SOCKET_BELOW,
        ),
        Attack(
            id="U7",
            title="an FRR daemon of the learner's that sends without end",
            wall="512 KB an answer",
            perl=_fake_daemon("/run/frr/zebra.vty", 'my $x = "x" x 65536; 1 while syswrite($client, $x);'),
            judge=_endless,
            control=BYTES,
        ),
        Attack(
            id="U8",
            title="an FRR daemon that never answers",
            wall="a time limit for each question",
            perl=_fake_daemon("/run/frr/zebra.vty", "push @all, $client;").replace(
                "use Socket;", "use Socket; my @all;"
            ),
            judge=_silent,
            control=SECONDS,
        ),
        Attack(
            id="U9",
            title="forged end marks: answers to questions that were not asked yet",
            wall="one connection a question",
            perl=_fake_daemon("/run/frr/zebra.vty", 'syswrite($client, ("PWNED" . "\\0" x 4) x 50);'),
            judge=_forged_end,
        ),
        Attack(
            id="U10",
            title="nonsense and one endless line from a BIRD socket",
            wall="an answer is bounded, lines too",
            perl=_fake_daemon("/run/bird/bird.ctl", 'my $x = "\\xff\\x00" x 32768; 1 while syswrite($client, $x);'),
            judge=_nonsense,
        ),
        Attack(
            id="U11",
            title="twenty questions at once to a silent daemon",
            wall="questions run in parallel, each with its time limit",
            perl=_fake_daemon("/run/frr/zebra.vty", "push @all, $client;").replace(
                "use Socket;", "use Socket; my @all;"
            ),
            judge=_many_asks,
        ),
        Attack(
            id="U12",
            title="the learner's own ip, ping and nsenter, for the supervisor to run",
            wall="probes join the net namespace only",
            bash="""
for name in ip ping nsenter python3; do
  rm -f /usr/bin/$name /usr/sbin/$name
  printf '#!/bin/bash\\necho %s ran as $(id -u) >>/run/ran-for-us\\n' $name >/usr/bin/$name; chmod 755 /usr/bin/$name
done; cp /usr/bin/ip /usr/sbin/ip; cp /usr/bin/ip /sbin/ip 2>/dev/null; echo REFUSED replaced
""",
            judge=_own_binaries,
            control=OWN_BINARIES,
        ),
        Attack(
            id="U13",
            title="/etc/ld.so.preload, for the supervisor's programs to load",
            wall="probes join the net namespace only",
            bash="echo /run/evil.so >/etc/ld.so.preload; echo REFUSED written",
            judge=_preload,
            control=OWN_BINARIES,
        ),
        Attack(
            id="U14",
            title="interfaces named like JSON, and aliases with escape codes",
            wall="ip quotes; answers are data",
            bash="""
ip link add 'a","evil":"PWNED' type veth peer name peer0 2>/dev/null
ip link set eth0 alias $'"}],{"evil":"PWNED",\\e[2J'; echo REFUSED named
""",
            judge=_names_of_links,
        ),
        Attack(
            id="U15",
            title="prevent a reset: renamed and removed interfaces, immortal processes, a full disk",
            wall="a reset ends the pid namespace and creates everything again",
            bash="""
ip link set eth0 down; ip link set eth0 name gone0; ip link del gone0
(trap '' TERM HUP INT; while :; do sleep 1; done) </dev/null >/dev/null 2>&1 &
dd if=/dev/zero of=/run/full bs=1M 2>/dev/null; hostname gone; echo REFUSED done
""",
            judge=_reset_works,
        ),
    ),
)
