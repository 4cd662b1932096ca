"""The promises of the audit, and that its controls still fit the code they take a wall from."""

import re
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import pytest

from labs.engine.errors import TookTooLong
from labs.engine.runtime.client import LabClient
from labs.engine.runtime.image import SUPERVISOR
from rigs.audit import time_limits
from rigs.audit.attack import AttackOutcome, refused, through
from rigs.audit.audit_labs import attacked_lab, control_lab
from rigs.audit.families import ALL, flavours
from rigs.audit.report import control_text
from rigs.audit.run import Result, Target
from rigs.audit.walls import APPARMOR, OPEN_BELOW, SecondWall, Wall, WallMoved, binds

ATTACKS = [attack for family in ALL for attack in family.attacks]
WALLS = {attack.control.name: attack.control for attack in ATTACKS if attack.control}


def test_there_are_enough_attacks_families_and_controls():
    assert len(ALL) >= 8
    assert len(ATTACKS) >= 55
    assert sum(1 for attack in ATTACKS if attack.control) >= 28


def test_every_attack_has_a_unique_number_and_one_script():
    assert [number for number, times in Counter(attack.id for attack in ATTACKS).items() if times > 1] == []
    assert all(bool(attack.perl) != bool(attack.bash) for attack in ATTACKS)


PATCHED = {name: wall for name, wall in WALLS.items() if wall.patches}  # the others change the container instead


@pytest.mark.parametrize("wall", PATCHED.values(), ids=PATCHED)
def test_the_text_that_each_control_removes_is_in_its_module(wall):
    patched = wall.patched()
    assert patched
    for module, source in patched.items():
        assert source != (SUPERVISOR / f"{module}.py").read_text()
        compile(source, module, "exec")


def test_a_control_whose_wall_has_moved_is_an_error():
    wall = Wall("a wall", (("asks", "this text is not in the module", ""),))
    with pytest.raises(WallMoved, match=r"a wall: asks\.py"):
        wall.patched()


def test_a_patched_module_is_mounted_at_its_path_in_the_image(tmp_path):
    (tmp_path / "inner").mkdir()
    for name in ("inner/guard.py", "node.py"):
        (tmp_path / name).touch()
    there = "/usr/lib/python3/dist-packages/labs/supervisor"
    assert binds(tmp_path) == [f"{tmp_path / name}:{there}/{name}:ro" for name in ("inner/guard.py", "node.py")]


def test_an_attack_whose_control_fails_is_not_good():
    attack = next(attack for attack in ATTACKS if attack.control is OPEN_BELOW)
    refused, came = AttackOutcome(False, "refused"), AttackOutcome(True, "came through")
    assert Result("a family", attack, refused, came).good
    assert not Result("a family", attack, refused, refused).good
    assert not Result("a family", attack, came, came).good


def test_a_control_behind_a_second_wall_need_not_come_through():
    stands, fallen = (SecondWall("AppArmor", lambda standing=standing: standing) for standing in (True, False))
    attack = next(attack for attack in ATTACKS if attack.control is OPEN_BELOW)
    no, yes = AttackOutcome(False, "refused"), AttackOutcome(True, "came through")
    behind = Result("a family", replace(attack, behind=(stands,)), no, no)
    assert behind.good
    assert "cannot be shown here, second wall: AppArmor" in control_text(behind)
    assert not Result("a family", replace(attack, behind=(fallen,)), no, no).good
    assert not Result("a family", replace(attack, behind=(stands,)), yes, no).good


def test_the_attacks_that_apparmor_also_refuses_are_known():
    behind = {attack.id for attack in ATTACKS if APPARMOR in attack.behind}
    assert behind == {"K1", "K2", "K3", "K4", "K5", "S4"}


def test_a_slow_machine_multiplies_every_limit_in_time(monkeypatch):
    monkeypatch.setattr(time_limits, "factor", 10.0)
    assert time_limits.within(3) == 30


def test_a_limit_that_follows_the_pace_already_is_not_multiplied_by_it_again(monkeypatch, tmp_path):
    waited = []
    monkeypatch.setattr(LabClient, "converse", lambda client, operation, patience, **more: waited.append(patience))
    monkeypatch.setenv("VAKA_PACE", "10")
    for factor in (10.0, 20.0, 1.0):
        monkeypatch.setattr(time_limits, "factor", factor)
        time_limits.PatientClient(tmp_path, "a-session").converse("status", 100.0)
    assert waited == [100, 200, 100]


@pytest.mark.parametrize("times_slower", [1, 15])
def test_a_terminal_that_keeps_all_it_reads_is_seen_on_a_slow_machine_too(monkeypatch, times_slower):
    monkeypatch.setattr(time_limits, "factor", float(times_slower))
    clock = Clock()
    monkeypatch.setattr("rigs.audit.families.relay.time", clock)
    flood = next(attack for attack in ATTACKS if attack.id == "R5")
    keeps_all = flood.judge(Growing(clock, (12 << 20) / times_slower), "")
    assert keeps_all == through("the supervisor has grown by 60 MB")
    bounded = flood.judge(Growing(clock, (12 << 20) / times_slower, most=1 << 20), "")
    assert bounded == refused("the lab's memory moved by 1 MB")


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Growing:
    """A scene whose lab keeps this many more bytes of a terminal's output in each second."""

    def __init__(self, clock, rate, most=1 << 40):
        self.began, self.clock, self.rate, self.most = clock.now, clock, rate, most
        self.engine = self.client = self.talk = self
        self.session = "a-session"

    def usage(self, session):
        return SimpleNamespace(memory=min(int((self.clock.now - self.began) * self.rate), self.most))

    def terminal(self, node):
        return self

    def type(self, line):
        pass

    def receive(self, seconds):
        pass

    def close(self):
        pass


def test_an_attack_that_cannot_be_judged_does_not_end_the_audit():
    target = object.__new__(Target)
    target.attacked, target.bystanders = Silent(), Silent()
    assert target._make(ATTACKS[0]).said == "it could not be judged: The lab did not answer within its time."


class Silent:
    """A scene whose lab answers too late, and bystanders that notice nothing."""

    def terminal(self, node):
        raise TookTooLong("The lab did not answer within its time.")

    def trouble(self):
        return ""

    def clear(self):
        pass


def target_in_which(outcomes):
    """A target whose rounds end so, one after the other."""
    target, left = object.__new__(Target), iter(outcomes)
    target._make = lambda attack: next(left)
    return target


@pytest.mark.parametrize(
    ("rounds", "comes_through"), [("q", False), ("sqq", False), ("sqs", True), ("ss", True), ("x", True)]
)
def test_others_must_be_slow_in_two_rounds_of_three(rounds, comes_through):
    outcomes = {"q": refused("as quick"), "s": through("slow", slow=True), "x": through("it is out")}
    target = target_in_which([*(outcomes[one] for one in rounds), outcomes["s"]])
    assert target.make(ATTACKS[0]).through is comes_through


def test_the_threat_model_names_only_attacks_that_are_made():
    page = (SUPERVISOR.parents[1] / "docs/threat-model.md").read_text()
    numbers = {attack.id for attack in (*ATTACKS, *flavours.OWN)}
    named = set(re.findall(r"\b[DKSNRLMCUF]\d{1,2}\b", page))
    assert named
    assert named <= numbers


def test_a_flavour_is_attacked_in_its_own_image_by_its_own_attacks_and_one_for_each_wall_of_a_node():
    family = flavours.of_flavour("dns")
    assert family.name == "flavour dns"
    assert [attack.id for attack in family.attacks] == ["F1", "F2", *flavours.AGAIN]
    assert attacked_lab(list(family.attacks), "dns").image == control_lab(list(family.attacks), "dns").image == "dns"
    assert attacked_lab(list(family.attacks)).image == ""
