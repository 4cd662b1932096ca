"""Class lab: Ngozi's session, in which Ada sits at r1 and Grace at h1. Each has his own nodes, and nobody else's."""

import json

import pytest
from django.utils import timezone

from labs.lifecycle import captures, class_labs, jobs, services, worker
from labs.live import live_checks
from labs.models import Attempt, ClassSeat, LabSession, Save, State
from labs.terminals import permissions, tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(ngozi, ada, grace, lab, engine):
    """The class, running."""
    session = class_labs.begin(ngozi, lab.id, {"left": ada, "right": grace})
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    worker.start(session.pk, 1)
    session.refresh_from_db()
    assert session.state == State.READY
    return session


def at(session, what=""):
    return f"/labs/sessions/{session.pk}/{what}"


def terminals_on(page):
    return [node["name"] for node in json.loads(page.context["page"].terminals.nodes_json)]


def checked(session):
    job = session.jobs.create(kind="attempt")
    jobs.check(job.pk)
    return {attempt.learner.username: attempt for attempt in session.attempts.all()}


def test_each_sees_the_page_with_his_own_nodes_to_type_on(shared, ada_client, grace_client, ngozi_client, lab):
    for client, own in ((ada_client, ["r1"]), (grace_client, ["h1"]), (ngozi_client, ["r1", "h1"])):
        page = client.get(f"/labs/{lab.id}/", follow=True)
        assert terminals_on(page) == own
        drawn = [box.node for box in page.context["page"].topology.drawing.boxes if box.own]
        assert sorted(drawn) == sorted(own)
        assert "Class lab" in page.text
    assert "Stop the lab" not in ada_client.get(at(shared)).text
    assert "Stop the lab" in ngozi_client.get(f"/labs/{lab.id}/").text


def test_one_of_a_class_cannot_open_a_terminal_of_another(shared, ada_client, ngozi_client):
    assert "ticket" in ada_client.post(at(shared, "ticket"), {"node": "r1"}).json()
    for node in ("h1", "up"):
        for mode in ("control", "view"):
            assert ada_client.post(at(shared, "ticket"), {"node": node, "mode": mode}).status_code == 404
    for node in ("r1", "h1", "up"):
        assert "ticket" in ngozi_client.post(at(shared, "ticket"), {"node": node}).json()


def test_one_of_a_class_resets_his_own_nodes_only(shared, ada_client, engine):
    for node in ("h1", "up", ""):
        assert ada_client.post(at(shared, "reset"), {"node": node}).status_code == 404
    assert not shared.jobs.exists()
    page = ada_client.get(at(shared, "reset")).text
    assert "<option>r1</option>" in page
    assert "<option>h1</option>" not in page
    assert "All nodes" not in page
    ada_client.post(at(shared, "reset"), {"node": "r1"})
    assert [job.node for job in shared.jobs.all()] == ["r1"]


def test_one_of_a_class_does_not_stop_extend_read_or_list_it(shared, ada_client):
    for what in ("stop", "extend"):
        assert ada_client.post(at(shared, what)).status_code == 404
    page = ada_client.get(at(shared)).text
    assert "/skip?stage=" not in page
    assert 'id="save"' not in page
    assert ada_client.post(at(shared, "skip"), {"stage": "file"}).status_code == 404
    assert ada_client.post(at(shared, "save")).status_code == 404
    for what in ("changes", "configurations.zip"):
        assert ada_client.get(at(shared, what)).status_code == 404
    shared.refresh_from_db()
    assert shared.state == State.READY


def test_to_a_stranger_the_class_does_not_exist(shared, linus_client, lab):
    for what in ("", "panel", "status", "events"):
        assert linus_client.get(at(shared, what)).status_code == 404
    assert linus_client.post(at(shared, "ticket"), {"node": "r1"}).status_code == 404
    assert linus_client.post(at(shared, "check")).status_code == 404
    assert "Class lab" not in linus_client.get(f"/labs/{lab.id}/").text


def test_a_check_counts_for_whoever_has_the_node(shared, engine):
    engine.labs[str(shared.pk)].sysctls["net.ipv6.conf.all.forwarding"] = "1"
    attempts = checked(shared)
    assert {name: (one.score, one.out_of) for name, one in attempts.items()} == {"ada": (6, 6), "grace": (0, 4)}
    assert [verdict.check_id for verdict in attempts["grace"].verdicts.all()] == ["file"]
    assert Attempt.objects.best(attempts["ada"].learner, shared.lab).is_full


def test_all_see_the_same_verdicts(shared, engine, ada_client, grace_client):
    engine.labs[str(shared.pk)].is_solved()
    checked(shared)
    for client in (ada_client, grace_client):
        page = client.get(at(shared, "panel")).context["page"]
        assert page.stages.is_solved
    status = ada_client.get(at(shared, "status")).json()
    assert (status["attempt"]["score"], status["attempt"]["out_of"]) == (6, 6)


def test_a_check_on_nobodys_node_counts_for_all(shared, grace, engine):
    class_labs.remove(shared, grace)
    jobs.hand_over(shared.jobs.get().pk)
    assert {name: one.out_of for name, one in checked(shared).items()} == {"ada": 10}


def test_a_seat_that_is_taken_away_is_the_end_of_it(shared, ada, ada_client, lab):
    assert ada_client.get(at(shared, "panel")).status_code == 200
    assert class_labs.remove(shared, ada)
    assert not class_labs.remove(shared, ada)
    for what in ("", "panel", "status"):
        assert ada_client.get(at(shared, what)).status_code == 404
    assert ada_client.post(at(shared, "ticket"), {"node": "r1"}).status_code == 404
    assert ada_client.get(f"/labs/{lab.id}/").context["page"].session is None


def test_a_seat_lost_while_the_page_is_made_shows_nothing(shared, ada, ada_client, monkeypatch):
    found = LabSession.objects.get(pk=shared.pk)
    monkeypatch.setattr("labs.views.lab_page.shared_session", lambda *_: found)
    ClassSeat.objects.filter(user=ada).delete()
    assert ada_client.get(at(shared, "panel")).status_code == 404


def test_who_sits_in_a_class_finds_the_way_to_it(shared, ada_client):
    for page in ("/", "/labs/"):
        assert f'href="/labs/{shared.lab}/"' in ada_client.get(page).text
    assert ada_client.get(f"/labs/{shared.lab}/").headers["Location"] == at(shared)


def test_who_sits_in_a_class_may_run_a_lab_of_his_own_too(shared, ada, ada_client, engine):
    ada_client.post(f"/labs/{shared.lab}/start")
    own = LabSession.objects.of(ada).get()
    assert own.pk != shared.pk
    LabSession.objects.filter(pk=own.pk).update(state=State.READY)
    assert terminals_on(ada_client.get(f"/labs/{shared.lab}/")) == ["r1", "h1"]
    assert terminals_on(ada_client.get(at(shared))) == ["r1"]


def test_a_class_is_begun_once_and_never_out_of_an_instructors_own_lab(shared, ngozi, ada, grace, lab, linus):
    again = class_labs.begin(ngozi, lab.id, {"left": ada, "right": linus})
    assert again.pk == shared.pk
    ClassSeat.objects.all().delete()
    with pytest.raises(services.HasAnother):
        class_labs.begin(ngozi, lab.id, {"left": ada})


def test_live_verdicts_see_the_whole_class(shared, engine):
    assert {check for group in live_checks.groups(shared.pk).values() for check in group} == {"on", "still", "file"}


def test_rights_ask_four_questions_however_many_terminals(shared, ada, grace, django_assert_num_queries):
    held = [
        tokens.read(tokens.issue(who.pk, shared.pk, node, "1", "control"))
        for who in (ada, grace)
        for node in ("r1", "h1")
    ]
    with django_assert_num_queries(4):
        refused = permissions.refusals(held)
    assert [ticket.id in refused for ticket in held] == [False, True, True, False]


@pytest.fixture
def inside(shared, engine, monkeypatch, settings, tmp_path):
    """The class's lab, as captures and cables reach it."""
    settings.STATE_DIR = tmp_path
    monkeypatch.setattr(captures, "lab_of", engine.session_of)
    return engine.session_of(shared)


def listen(client, session, interface):
    said = {"interface": interface, "filter": "", "seconds": "9"}
    return client.post(at(session, "captures"), said, headers={"X-Vaka": "panel"})


def test_one_of_a_class_changes_the_cables_that_end_at_his_nodes(
    shared, inside, lab, grace_client, ngozi_client, linus_client
):
    h1 = next(number for number, link in enumerate(lab.links) if "h1" in (link.a.node, link.b.node))
    others = next(number for number in range(len(lab.links)) if number != h1)
    page = grace_client.get(at(shared))
    assert [view.number for view in page.context["page"].cables.all] == [h1]
    for number, why in ((h1, ""), (others, "This cable is not yours to change.")):
        answer = grace_client.post(
            at(shared, "cable"), {"cable": number, "up": "1", "loss": "7"}, headers={"X-Vaka": "panel"}
        )
        assert why in answer.text
    assert list(inside.changed) == [str(lab.links[h1].a)]
    assert "1 changed" in ngozi_client.get(f"/labs/{lab.id}/").text
    assert linus_client.post(at(shared, "cable"), {"cable": h1}).status_code == 404


def test_one_of_a_class_captures_at_his_cables_and_reads_his_own_captures_only(
    shared, inside, ada_client, grace_client, ngozi_client, linus_client
):
    assert "You cannot capture there." in listen(grace_client, shared, "up:eth0").text
    listen(grace_client, shared, "h1:eth0")
    capture = shared.captures.get()
    assert capture.taker.username == "grace"
    inside.hears("one", over="time")
    assert len(grace_client.get(at(shared, "captures")).json()["captures"]) == 1
    assert ada_client.get(at(shared, "captures")).json()["captures"] == []
    assert f"capture-{capture.pk}" not in ada_client.get(at(shared)).text
    for client, gets_in in ((grace_client, True), (ngozi_client, True), (ada_client, False), (linus_client, False)):
        assert (client.get(at(shared, f"captures/{capture.pk}")).status_code == 200) is gets_in
        file = client.get(at(shared, f"captures/{capture.pk}/pcap"))
        assert gets_in is bool(file.streaming and list(file.streaming_content))
    for what in ("stop", "delete"):
        for client in (ada_client, linus_client):
            assert client.post(at(shared, f"captures/{capture.pk}/{what}")).status_code == 404
    assert linus_client.get(at(shared, "captures")).status_code == 404
    grace_client.post(at(shared, f"captures/{capture.pk}/delete"))
    assert not shared.captures.exists()


def test_who_has_lost_his_seat_has_lost_what_he_captured_too(shared, inside, grace, grace_client):
    listen(grace_client, shared, "h1:eth0")
    capture = shared.captures.get()
    class_labs.remove(shared, grace)
    assert grace_client.get(at(shared, f"captures/{capture.pk}")).status_code == 404
    assert listen(grace_client, shared, "h1:eth0").status_code == 404


def test_a_class_that_is_resumed_has_its_seats_and_its_work_again(
    shared, engine, ngozi, ada, grace, settings, tmp_path
):
    settings.STATE_DIR = tmp_path
    engine.session_of(shared).files["/etc/light"] = "on\n"
    shared.is_active()
    services.stop_session(shared)
    worker.stop(shared.pk)
    assert not Save.objects.exclude(learner=ngozi).exists()
    again = services.request_session(ngozi, shared.lab, Save.objects.get())
    assert {seat.user: seat.nodes for seat in again.seats.all()} == {ada: ["r1"], grace: ["h1"]}
    LabSession.objects.filter(pk=again.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    worker.start(again.pk, 1)
    assert engine.session_of(again).files["/etc/light"] == "on\n"


def test_after_a_power_cut_a_class_in_which_nobody_typed_has_its_seats_again(shared, ngozi, ada, grace):
    worker.fail(shared, "gone")
    assert {seat.user for seat in services.resume(shared).seats.all()} == {ada, grace}


def test_a_jump_of_a_class_is_assisted_for_all_of_it(shared, engine, ngozi_client, lab):
    stage = lab.stages[1].id
    ngozi_client.post(at(shared, "skip"), {"stage": stage})
    jobs.jump(shared.jobs.get().pk)
    engine.session_of(shared).is_solved()
    over = sum(check.points for check in lab.stages[0].checks)
    shared.refresh_from_db()
    assert shared.assisted == [lab.stages[0].id]
    found = checked(shared)
    assert {name: (one.score, one.out_of) for name, one in found.items()} == {"ada": (6 - over, 6), "grace": (4, 4)}
    assert all(one.assisted for one in found.values())
