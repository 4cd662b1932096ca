"""The configurations of the nodes that are kept with an attempt."""

import json

import pytest
from django.utils import timezone

from labs.engine.errors import LabGone
from labs.engine.runtime.changes import NodeState
from labs.engine.runtime.differences import differences
from labs.lifecycle import attempt_configurations, check_work, class_labs
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


def test_an_ungraded_check_keeps_nothing_and_without_an_answer_only_the_attempt_is_kept(ready, engine, monkeypatch):
    check(ready, Job.Kind.UNGRADED_CHECK)
    assert not Configuration.objects.exists()

    def gone(*_args, **_more):
        raise LabGone("It is gone.")

    monkeypatch.setattr(attempt_configurations.changes, "collect", gone)
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


def leaves(session, who):
    class_labs.remove(session, who)


def changes_the_seat(session, who):
    class_labs.put(session, who, ["r1"])


def takes_the_seat_again(session, who):
    class_labs.remove(session, who)
    class_labs.put(session, who, ["h1"])


@pytest.mark.parametrize("does", [leaves, changes_the_seat, takes_the_seat_again])
@pytest.mark.parametrize("place", ["record", "collect"])
def test_who_leaves_a_seat_during_a_check_reads_no_nodes_of_others(ready, engine, linus, monkeypatch, does, place):
    """The attempt had the configurations of the whole class lab, with what the bots had typed."""
    ClassSeat.objects.create(session=ready, user=linus, nodes=["h1"], opened_at=timezone.now())
    module = check_work.attempts if place == "record" else attempt_configurations.changes
    before = getattr(module, place)

    def meanwhile(*args, **more):
        found = before(*args, **more)
        does(ready, linus)
        return found

    monkeypatch.setattr(module, place, meanwhile)
    check(ready)
    assert Attempt.objects.get().learner == linus
    assert not Configuration.objects.exists()


def test_kept_configurations_are_bounded_in_size_and_number(ready, engine, monkeypatch):
    monkeypatch.setattr(configuration, "LARGEST", 200)
    monkeypatch.setattr(configuration, "KEPT", 2)
    engine.client_of(ready).files = {"/etc/a": "x" * 201, "/etc/b": "small\n"}
    for _ in range(3):
        check(ready)
    kept = Configuration.objects.order_by("attempt_id")
    assert [one.attempt for one in kept] == list(Attempt.objects.order_by("pk"))[1:]
    assert kept[0].cut
    assert kept[0].nodes["r1"] == {
        "running": "hostname r1\n",
        "network": None,
        "files": {"etc/a": None, "etc/b": "small\n"},
    }


@pytest.mark.parametrize("letter", ["x", "ö", "\U0001f600"])
def test_what_is_stored_of_one_attempt_is_bounded_in_bytes_with_the_names_of_files(letter):
    files = {f"{letter * 100}{number}": letter * 100 for number in range(5000)}
    nodes, cut = configuration.bounded({"r1": {"running": letter * 1000, "network": None, "files": files}})
    assert cut
    assert len(nodes["r1"]["running"]) == 1000
    assert configuration.LARGEST * 0.9 < len(json.dumps(nodes)) < configuration.LARGEST * 1.1


def test_the_configurations_of_a_person_have_a_bound_over_all_labs_and_the_oldest_go_first(
    ready, engine, linus, monkeypatch
):
    engine.client_of(ready).files = {"/etc/a": "x" * 500}
    check(ready)
    first = Configuration.objects.get()
    monkeypatch.setattr(configuration, "MOST_BYTES", 2 * len(json.dumps(first.nodes)) + 50)
    elsewhere = replace_attempt(first.attempt, lab="second-wind")
    of_another_person = Configuration.objects.create(
        attempt=replace_attempt(first.attempt, learner=linus), nodes=first.nodes
    )
    Configuration.keep(elsewhere, states_of(first))
    assert Configuration.objects.count() == 3
    check(ready)
    assert not Configuration.objects.filter(pk=first.pk).exists()
    assert Configuration.objects.filter(pk=of_another_person.pk).exists()
    assert Configuration.objects.count() == 3


def states_of(kept):
    return {name: NodeState.from_json(node) for name, node in kept.nodes.items()}


def replace_attempt(attempt, **changed):
    """An attempt like this one, with another job."""
    fields = {field.attname: getattr(attempt, field.attname) for field in Attempt._meta.concrete_fields}
    del fields["id"], fields["learner_id"]
    job = Job.objects.create(session=attempt.session, kind=Job.Kind.ATTEMPT, ended_at=timezone.now())
    return Attempt.objects.create(**fields | {"learner": attempt.learner, "job_id": job.pk} | changed)
