"""A class lab: Ngozi's session, in which Ada has the seat at r1 and Grace the one at h1. Each has her own nodes only."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import (
    check_work,
    class_labs,
    deadlines_and_idle_labs,
    lab_failure,
    resets,
    seat_attempts,
    seat_handover,
    services,
    shown_stages,
    skip_to_stage,
    starts,
    stops,
)
from labs.live import live_checks
from labs.models import Attempt, ClassSeat, LabSession, Save, State
from labs.terminals import permissions, tokens

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(ngozi, ada, grace, lab, engine):
    """The class lab, running."""
    session = class_labs.begin(ngozi, lab.id, {"left": ada, "right": grace})
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    starts.start(session.pk, 1)
    session.refresh_from_db()
    assert session.state == State.READY
    ClassSeat.objects.update(opened_at=timezone.now())
    return session


def at(session, what=""):
    return f"/labs/sessions/{session.pk}/{what}"


def terminals_on(page):
    return [node["name"] for node in json.loads(page.context["page"].terminals.nodes_json)]


def checked(session):
    job = session.jobs.create(kind="attempt")
    check_work.check(job.pk)
    return {attempt.learner.username: attempt for attempt in session.attempts.all()}


def test_each_person_sees_the_page_with_terminals_on_their_own_nodes(
    shared, ada_client, grace_client, ngozi_client, lab
):
    for client, own in ((ada_client, ["r1"]), (grace_client, ["h1"]), (ngozi_client, ["r1", "h1"])):
        page = client.get(f"/labs/{lab.id}/", follow=True)
        assert terminals_on(page) == own
        drawn = [box.node for box in page.context["page"].drawing.drawn.boxes if box.own]
        assert sorted(drawn) == sorted(own)
        assert "Class lab" in page.text
    assert "Stop the lab" not in ada_client.get(at(shared)).text
    assert "Stop the lab" in ngozi_client.get(f"/labs/{lab.id}/").text


def test_a_trainee_cannot_open_a_terminal_of_another_seat(shared, ada_client, ngozi_client):
    assert "token" in ada_client.post(at(shared, "terminal-token"), {"node": "r1"}).json()
    for node in ("h1", "up"):
        for mode in ("control", "view"):
            assert ada_client.post(at(shared, "terminal-token"), {"node": node, "mode": mode}).status_code == 404
    for node in ("r1", "h1", "up"):
        assert "token" in ngozi_client.post(at(shared, "terminal-token"), {"node": node}).json()


def test_a_trainee_resets_only_their_own_nodes(shared, ada_client, engine):
    for node in ("h1", "up", ""):
        assert ada_client.post(at(shared, "reset"), {"node": node}).status_code == 404
    assert not shared.jobs.exists()
    page = ada_client.get(at(shared, "reset")).text
    assert "<option>r1</option>" in page
    assert "<option>h1</option>" not in page
    assert "All nodes" not in page
    ada_client.post(at(shared, "reset"), {"node": "r1"})
    assert [job.node for job in shared.jobs.all()] == ["r1"]


def test_a_trainee_cannot_stop_extend_save_or_download_the_class_lab(shared, ada_client):
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


def test_the_panel_of_a_class_lab_leads_back_to_its_page(shared, ada_client, ngozi_client, lab):
    for client, page in ((ada_client, f"/labs/sessions/{shared.pk}/"), (ngozi_client, f"/labs/{lab.id}/")):
        assert f'name="back" value="{page}"' in client.get(f"{page}").text
        panel = client.get(at(shared, "panel"), headers={"X-Vaka": "panel"}).text
        assert f'name="back" value="{page}"' in panel
        assert client.get(at(shared, "panel")).headers["Location"] == page


def test_for_people_without_a_seat_the_class_lab_does_not_exist(shared, linus_client, lab):
    for what in ("", "panel", "status", "events"):
        assert linus_client.get(at(shared, what)).status_code == 404
    assert linus_client.post(at(shared, "terminal-token"), {"node": "r1"}).status_code == 404
    assert linus_client.post(at(shared, "check")).status_code == 404
    assert "Class lab" not in linus_client.get(f"/labs/{lab.id}/").text


def test_a_check_counts_for_the_seat_that_has_its_node(shared, engine):
    engine.labs[str(shared.pk)].sysctls["net.ipv6.conf.all.forwarding"] = "1"
    attempts = checked(shared)
    assert {name: (one.score, one.out_of) for name, one in attempts.items()} == {"ada": (6, 6), "grace": (0, 4)}
    assert [verdict.check_id for verdict in attempts["grace"].verdicts.all()] == ["file"]
    assert Attempt.objects.best(attempts["ada"].learner, shared.lab).is_full


def test_an_instructors_check_is_no_attempt_of_who_has_not_opened_the_class_lab(shared, ada, grace_client, engine):
    """Ngozi could give Ada a seat, type on its nodes, and make her attempts."""
    ClassSeat.objects.update(opened_at=None)
    assert checked(shared) == {}
    grace_client.get(at(shared, "status"))
    assert checked(shared) == {}, "a program has asked, nobody has seen the page"
    grace_client.get(at(shared))
    assert list(checked(shared)) == ["grace"]
    assert ClassSeat.objects.get(user=ada).opened_at is None


def test_who_takes_a_seat_or_asks_for_a_check_has_opened_the_class_lab(shared, ada, grace, engine):
    ClassSeat.objects.update(opened_at=None)
    seat_attempts.request(ClassSeat.objects.get(user=ada))
    assert list(checked(shared)) == ["ada"]
    class_labs.sit_down(shared, grace)
    assert set(checked(shared)) == {"ada", "grace"}


def test_another_seat_in_the_class_lab_is_opened_as_the_one_before(shared, grace, ada):
    class_labs.put(shared, ada, ["h1"])
    assert ClassSeat.objects.get(user=ada).opened_at is not None


def test_all_seats_see_the_same_verdicts(shared, engine, ada_client, grace_client):
    engine.labs[str(shared.pk)].is_solved()
    checked(shared)
    for client in (ada_client, grace_client):
        page = client.get(at(shared, "panel"), headers={"X-Vaka": "panel"}).context["page"]
        assert page.stages.is_solved
    status = ada_client.get(at(shared, "status")).json()
    assert (status["attempt"]["score"], status["attempt"]["out_of"]) == (6, 6)


def test_a_check_on_a_node_without_a_seat_counts_for_all(shared, grace, engine):
    class_labs.remove(shared, grace)
    seat_handover.hand_over(shared.jobs.get().pk)
    assert {name: one.out_of for name, one in checked(shared).items()} == {"ada": 10}


def test_after_losing_the_seat_a_trainee_reaches_nothing_of_the_class_lab(shared, ada, ada_client, lab):
    assert ada_client.get(at(shared, "panel"), headers={"X-Vaka": "panel"}).status_code == 200
    assert class_labs.remove(shared, ada)
    assert not class_labs.remove(shared, ada)
    for what in ("", "panel", "status"):
        assert ada_client.get(at(shared, what)).status_code == 404
    assert ada_client.post(at(shared, "terminal-token"), {"node": "r1"}).status_code == 404
    assert ada_client.get(f"/labs/{lab.id}/").context["page"].session is None


def test_a_seat_that_is_lost_while_the_page_is_made_shows_nothing(shared, ada, ada_client, monkeypatch):
    found = LabSession.objects.get(pk=shared.pk)
    monkeypatch.setattr("labs.views.lab_page.shared_session", lambda *_: found)
    ClassSeat.objects.filter(user=ada).delete()
    assert ada_client.get(at(shared, "panel")).status_code == 404


def test_a_trainee_finds_a_link_to_their_class_lab(shared, ada_client):
    for page in ("/", "/labs/"):
        assert f'href="/labs/{shared.lab}/"' in ada_client.get(page).text
    assert ada_client.get(f"/labs/{shared.lab}/").headers["Location"] == at(shared)


def test_a_trainee_with_a_seat_may_also_run_a_lab_of_their_own(shared, ada, ada_client, engine):
    ada_client.post(f"/labs/{shared.lab}/start")
    own = LabSession.objects.of(ada).get()
    assert own.pk != shared.pk
    LabSession.objects.filter(pk=own.pk).update(state=State.READY)
    assert terminals_on(ada_client.get(f"/labs/{shared.lab}/")) == ["r1", "h1"]
    assert terminals_on(ada_client.get(at(shared))) == ["r1"]


def test_a_class_lab_starts_once_and_never_from_the_instructors_own_lab(shared, ngozi, ada, grace, lab, linus):
    again = class_labs.begin(ngozi, lab.id, {"left": ada, "right": linus})
    assert again.pk == shared.pk
    ClassSeat.objects.all().delete()
    LabSession.objects.update(is_class=False)
    with pytest.raises(services.HasAnother):
        class_labs.begin(ngozi, lab.id, {"left": ada})


def test_live_checks_cover_the_whole_class_lab(shared, engine):
    assert {check for group in live_checks.groups(shared.pk).values() for check in group} == {"on", "still", "file"}


def test_permissions_take_four_queries_for_any_number_of_terminals(shared, ada, grace, django_assert_num_queries):
    held = [
        tokens.read(tokens.issue(who.pk, shared.pk, node, "1", "control"))
        for who in (ada, grace)
        for node in ("r1", "h1")
    ]
    with django_assert_num_queries(4):
        refused = permissions.refusals(held)
    assert [token.id in refused for token in held] == [False, True, True, False]


@pytest.fixture
def inside(shared, engine, settings, tmp_path):
    """The class lab, as captures and cables reach it."""
    settings.STATE_DIR = tmp_path
    return engine.client_of(shared)


def listen(client, session, interface):
    said = {"interface": interface, "filter": "", "seconds": "9"}
    return client.post(at(session, "captures"), said, headers={"X-Vaka": "panel"})


def test_a_trainee_changes_only_cables_with_an_end_at_their_nodes(
    shared, inside, lab, grace_client, ngozi_client, linus_client
):
    h1 = next(number for number, link in enumerate(lab.links) if "h1" in (link.a.node, link.b.node))
    others = next(number for number in range(len(lab.links)) if number != h1)
    page = grace_client.get(at(shared))
    assert [view.number for view in page.context["page"].cables.all] == [h1]
    for number, why in ((h1, ""), (others, "You cannot change this cable")):
        answer = grace_client.post(
            at(shared, "cable"), {"cable": number, "up": "1", "loss": "7"}, headers={"X-Vaka": "panel"}
        )
        assert why in answer.text
    assert list(inside.changed) == [str(lab.links[h1].a)]
    assert "1 changed" in ngozi_client.get(f"/labs/{lab.id}/").text
    assert linus_client.post(at(shared, "cable"), {"cable": h1}).status_code == 404


def test_a_trainee_captures_at_their_cables_and_reads_only_their_own_captures(
    shared, inside, ada_client, grace_client, ngozi_client, linus_client
):
    assert (
        "You cannot capture on this interface. Choose one from the list."
        in listen(grace_client, shared, "up:eth0").text
    )
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


def test_with_the_seat_a_trainee_loses_access_to_their_captures(shared, inside, grace, grace_client):
    listen(grace_client, shared, "h1:eth0")
    capture = shared.captures.get()
    class_labs.remove(shared, grace)
    assert grace_client.get(at(shared, f"captures/{capture.pk}")).status_code == 404
    assert listen(grace_client, shared, "h1:eth0").status_code == 404


def test_a_resumed_class_lab_has_its_seats_and_its_work_again(shared, engine, ngozi, ada, grace, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    engine.client_of(shared).files["/etc/light"] = "on\n"
    shared.touch()
    services.stop_session(shared)
    stops.stop(shared.pk)
    assert not Save.objects.exclude(learner=ngozi).exists()
    again = services.request_session(ngozi, shared.lab, Save.objects.get())
    assert {seat.user: seat.nodes for seat in again.seats.all()} == {ada: ["r1"], grace: ["h1"]}
    assert not again.seats.exclude(opened_at=None).exists(), "they have not opened this one"
    LabSession.objects.filter(pk=again.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    starts.start(again.pk, 1)
    assert engine.client_of(again).files["/etc/light"] == "on\n"


def test_after_a_power_cut_an_unused_class_lab_has_its_seats_again(shared, ngozi, ada, grace):
    lab_failure.fail(shared, "gone")
    assert {seat.user for seat in services.resume(shared).seats.all()} == {ada, grace}


def test_a_skip_in_a_class_lab_is_assisted_for_all_seats(shared, engine, ngozi_client, lab):
    stage = lab.stages[1].id
    ngozi_client.post(at(shared, "skip"), {"stage": stage})
    skip_to_stage.skip(shared.jobs.get().pk)
    engine.client_of(shared).is_solved()
    over = sum(check.points for check in lab.stages[0].checks)
    shared.refresh_from_db()
    assert shared.assisted == [lab.stages[0].id]
    found = checked(shared)
    assert {name: (one.score, one.out_of) for name, one in found.items()} == {"ada": (6 - over, 6), "grace": (4, 4)}
    assert all(one.assisted for one in found.values())


def test_a_skip_of_the_whole_class_lab_gives_its_holders_no_points_after_a_reset(shared, engine, ada, grace, lab):
    """Each of them could read it at their seat. The seats are not alike, so at another one the values are the same."""
    job = shared.jobs.create(kind="skip", stage=lab.stages[1].id)
    skip_to_stage.skip(job.pk)
    resets.reset(shared.jobs.create(kind="reset").pk)
    shared.refresh_from_db()
    assert shared.assisted == []
    engine.client_of(shared).is_solved()
    found = checked(shared)
    assert (found["ada"].score, found["ada"].assisted) == (0, [lab.stages[0].id])
    class_labs.remove(shared, grace)
    class_labs.put(shared, ada, ["h1"])
    assert shown_stages.of(shared, ClassSeat.objects.get(user=ada)) == {lab.stages[0].id}


@pytest.mark.parametrize("reason", [Save.Reason.DEADLINE, Save.Reason.IDLE])
def test_what_passes_at_each_seat_is_checked_before_the_class_lab_is_stopped(shared, ada, grace, engine, reason):
    engine.client_of(shared).is_solved()
    live_checks.run(shared.pk, ["on", "still", "file"], last=True)
    now, past = timezone.now(), timezone.now() - timedelta(hours=3)
    ClassSeat.objects.update(worked_at=past)
    times = {"ends_at": now} if reason == Save.Reason.DEADLINE else {"active_at": past}
    LabSession.objects.update(
        nodes_to_reset=[],
        state_at=past,
        ready_at=past,
        **{"active_at": now, "ends_at": now + timedelta(hours=1)} | times,
    )
    [job] = deadlines_and_idle_labs.request_last_checks()
    assert deadlines_and_idle_labs.expire() == []
    check_work.check(job.pk)
    assert {one.learner: one.score > 0 for one in Attempt.objects.all()} == {ada: True, grace: True}
    assert deadlines_and_idle_labs.request_last_checks() == []
    assert deadlines_and_idle_labs.expire() == [(shared.pk, reason)]


def test_a_class_lab_in_which_nobody_has_worked_gets_no_last_check(shared, engine):
    engine.client_of(shared).is_solved()
    live_checks.run(shared.pk, ["on", "still", "file"], last=True)
    LabSession.objects.update(nodes_to_reset=[], ends_at=timezone.now())
    assert deadlines_and_idle_labs.request_last_checks() == []
