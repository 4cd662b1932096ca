"""A small lab is proven on the engine: what its checks notice, what they do not, and what is stored."""

import json

import pytest
from django.core.management import call_command

from labs.engine.proof import trial

pytestmark = pytest.mark.live

LAB = """\
id: two-hosts
title: Two hosts
summary: Let two hosts meet.
level: beginner
minutes: 5
nodes:
  h1: {kind: host}
  h2: {kind: host, learner: false}
links:
  - a: {interface: "h1:eth0"}
    b: {interface: "h2:eth0", addresses: ["2001:db8:0:12::2/64"]}
stages:
  - id: meet
    title: Meet
    checks:
      - {id: address, type: addr.present, title: h1 has it, on: [h1], expect: {interface: eth0, addresses: ["2001:db8:0:12::1/64"]}}
      - {id: reach, type: ping, title: h2 reaches h1, on: [h2], expect: {to: "2001:db8:0:12::1"}, needs: [address]}
mutants:
  - id: one-address-only
    title: The address has no network around it
    changes:
      - on: h1
        line: ip addr add 2001:db8:0:12::1/64 dev eth0 nodad
        becomes: ["ip addr add 2001:db8:0:12::1/128 dev eth0 nodad"]
    fails: [address]
unnoticed:
  - {on: h1, line: "ip link set lo mtu 1500", reason: Nothing goes by lo.}
"""
SOLUTION = """\
ip addr add 2001:db8:0:12::1/64 dev eth0 nodad
sysctl -qw net.ipv6.conf.eth0.accept_ra=0
ip link set lo mtu 1500
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "MISTAKE_SECONDS", 0.5)  # a network without protocols has nothing to wait for
    folder = tmp_path / "labs/two-hosts"
    (folder / "solution").mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB)
    (folder / "guide.md").write_text("## Meet {#meet}\n\nGive h1 its address.\n")
    (folder / "solution/h1.sh").write_text(SOLUTION)
    return folder


def prove(folder, capsys, *options):
    """Return the output, and the exit status."""
    status = 0
    try:
        call_command("check_labs", "--live", str(folder), *options)
    except SystemExit as end:
        status = end.code
    return capsys.readouterr(), status


def test_an_author_reads_what_the_checks_do_not_notice_and_proofs_are_stored(folder, capsys):
    printed, status = prove(folder, capsys)
    assert (
        "two-hosts                proven: 1 seeds, 1 mutants, 0 other answers, 1 of 3 lines noticed, "
        "2 points after a resume; start " in printed.out
    )
    assert (
        f'{folder}/solution/h1.sh:2: No check notices when "sysctl -qw net.ipv6.conf.eth0.accept_ra=0" is left out.'
        in printed.out
    )
    assert f"{folder}/solution/h1.sh:3: Exception: Nothing goes by lo." in printed.out
    # Of three lines none may be excused
    assert printed.out.splitlines()[-1] == "1 lab proven, mutation score 33.3 %, 1 exception"
    assert status == 1

    printed, _ = prove(folder, capsys, "--json")
    found = json.loads(printed.out)
    assert "proven before" in printed.err
    assert found["labs"][0]["memory_mb"] > 1
    assert (found["proven"], found["score"], found["enough"]) == (1, 33.33, False)

    record = json.loads((folder.parent / "_proofs/two-hosts.json").read_text())
    assert (record["points"], record["score"]) == (2, 33.3)

    (folder / "solution/h1.sh").write_text(SOLUTION.splitlines(keepends=True)[0])
    (folder / "answers/ll").mkdir(parents=True)
    (folder / "answers/ll/h1.sh").write_text("ip addr add 2001:db8:0:12::1/64 dev lo\n")
    text = LAB.split("unnoticed:")[0].replace("fails: [address]", "fails: [reach]")
    (folder / "lab.yaml").write_text(text)
    printed, status = prove(folder, capsys)
    assert "NOT PROVEN" in printed.out
    assert "lab.yaml:19: Mutant one-address-only: reach should fail, but it is waiting" in printed.out
    assert "A check that it needs fails first: remove it from fails." in printed.out
    assert "Mutant one-address-only: address fails, but it is not named in fails" in printed.out
    assert f"{folder}/answers/ll:1: This answer does not pass address:" in printed.out
    (folder / "answers/ll/h1.sh").write_text("ip -6 addr replace 2001:db8:0:12::1/64 dev eth0 nodad\n")
    said = printed.out.splitlines()
    summary = said.index("0 labs proven, mutation score 100 %, 0 exceptions")
    assert said[summary + 1] == "two-hosts is not proven:"
    assert "Mutant one-address-only: reach should fail" in said[-1]
    assert status == 1

    (folder / "lab.yaml").write_text(text.replace("fails: [reach]", "fails: [address]"))
    assert prove(folder, capsys)[1] == 0


def test_a_lab_is_proven_with_a_learners_memory_and_its_author_is_told_when_it_was_full(folder, capsys, caplog):
    (folder / "lab.yaml").write_text(LAB.split("mutants:")[0])
    (folder / "solution/h1.sh").write_text(
        SOLUTION.splitlines(keepends=True)[0] + "head -c 300000000 /dev/zero | tail -c 300000000 | wc -c\n"
    )
    prove(folder, capsys)
    assert "two-hosts: The kernel has ended a program because the lab's memory was full (160 MB)" in caplog.text
