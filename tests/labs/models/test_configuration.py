"""The configurations of the nodes that are kept with an attempt."""

import pytest
from django.utils import timezone

from labs.engine.errors import LabGone
from labs.engine.runtime.changes import NodeState
from labs.engine.runtime.differences import differences
from labs.lifecycle import check_work
from labs.models import Attempt, ClassSeat, Configuration, Job, configuration

pytestmark = pytest.mark.django_db


def check(session, kind=Job.Kind.ATTEMPT):
    job = Job.objects.create(session=session, kind=kind)
    check_work.check(job.pk)
    return job


def lines(kept):
    states = {name: NodeState.from_json(node) for name, node in kept.nodes.items()}
    return [(d.node, d.name, d.what, d.lines) for d in differences(kept.before(), states)]


def test_an_attempt_keeps_the_configurations_and_is_compared_with_the_one_before(ready, engine):
    client = engine.client_of(ready)
    client.files["/etc/light"] = "off\n"
    check(ready)
    client.files["/etc/light"] = "<b>on</b>\n"
    client.running = "hostname r1\nipv6 forwarding\n"
    check(ready)
    first, second = Configuration.objects.order_by("attempt_id")
    assert first.nodes["h1"]["files"] == {"etc/light": "off\n"}
    assert ("h1", "etc/light", "new") in [line[:3] for line in lines(first)], "compared with the start"
    assert ("r1", "", "changed", [("@", ""), (" ", "hostname r1"), ("+", "!"), ("+", "ipv6 forwarding")]) in lines(
        second
    )
    assert ("h1", "etc/light", "changed", [("@", ""), ("-", "off"), ("+", "<b>on</b>")]) in lines(second)


def test_a_look_keeps_nothing_and_without_an_answer_only_the_attempt_is_kept(ready, engine, monkeypatch):
    check(ready, Job.Kind.UNGRADED_CHECK)
    assert not Configuration.objects.exists()

    def gone(*_args, **_more):
        raise LabGone("It is gone.")

    monkeypatch.setattr(check_work.changes, "collect", gone)
    check(ready)
    assert Attempt.objects.filter(kind="attempt").count() == 1
    assert not Configuration.objects.exists()


def test_in_a_class_lab_each_seat_keeps_its_own_nodes(ready, engine, linus, grace):
    for user, node in ((linus, "h1"), (grace, "r1")):
        ClassSeat.objects.create(session=ready, user=user, nodes=[node], opened_at=timezone.now())
    check(ready)
    assert {kept.attempt.learner: list(kept.nodes) for kept in Configuration.objects.all()} == {
        linus: ["h1"],
        grace: ["r1"],
    }


def test_kept_configurations_are_bounded_in_size_and_number(ready, engine, monkeypatch):
    monkeypatch.setattr(configuration, "LARGEST", 40)
    monkeypatch.setattr(configuration, "KEPT", 2)
    engine.client_of(ready).files = {"/etc/a": "x" * 41, "/etc/b": "small\n"}
    for _ in range(3):
        check(ready)
    kept = Configuration.objects.order_by("attempt_id")
    assert [one.attempt for one in kept] == list(Attempt.objects.order_by("pk"))[1:]
    assert kept[0].cut
    assert kept[0].nodes["r1"] == {"running": "hostname r1\n", "files": {"etc/a": None, "etc/b": "small\n"}}
