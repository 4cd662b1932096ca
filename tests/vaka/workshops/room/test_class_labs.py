"""A class lab on the agenda: who may take a seat in it, and what the room shows of each of them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from labs import permissions
from labs.lifecycle import class_labs
from labs.models import CheckStatus, ClassSeat, LabSession, State
from labs.registry import versions
from tests.labs import fakes
from tests.vaka.workshops.conftest import check_status, fails, has_labs, sits, works
from vaka.workshops.room import failing_checks
from vaka.workshops.room.room import Room
from vaka.workshops.services import seat_actions
from vaka.workshops.services.report import Report
from vaka.workshops.services.seat_actions import ActionOutcome

pytestmark = pytest.mark.django_db


def test_people_of_the_workshop_take_a_seat_while_its_item_is_open(shared, workshop, item, linus):
    guest = sits(workshop, "Sina")
    assert list(permissions.class_labs_open_to(guest.user)) == [shared]
    assert not permissions.class_labs_open_to(linus).exists()
    item.opened_at = None
    item.save()
    assert not permissions.class_labs_open_to(guest.user).exists()


def test_nobody_takes_a_seat_in_the_class_of_somebody_who_does_not_run_the_workshop(shared, workshop, chidi):
    guest = sits(workshop, "Sina")
    LabSession.objects.filter(pk=shared.pk).update(learner=chidi)
    assert not permissions.class_labs_open_to(guest.user).exists()


def test_the_room_shows_each_seat_its_own_part_of_the_class_lab(shared, workshop):
    left, right = sits(workshop, "Sina"), sits(workshop, "Tavita")
    class_labs.sit_down(shared, left.user, "left")
    class_labs.sit_down(shared, right.user, "right")
    now = timezone.now()
    facts = {"session": shared, "since": now, "seen_at": now, "first_passed_at": now, "points": 4, "out_of": 4}
    words = {"expected": {"msgid": "x", "params": {}}, "seen": {"msgid": "x", "params": {}}}
    CheckStatus.objects.create(check_id="file", stage="file", outcome="passed", **facts, **words)
    tiles = {tile.seat.name: tile for tile in Room.of(workshop).tiles}
    assert tiles["Tavita"].session == tiles["Sina"].session == shared
    assert tiles["Tavita"].cells[-1].shape == "pass"
    assert tiles["Sina"].cells[0].shape == "run"
    assert [check.id for stage in tiles["Sina"].lab.stages for check in stage.checks] == ["on", "still"]


def test_a_reset_of_the_room_reaches_the_nodes_of_the_seat_alone(shared, workshop, seated, ngozi):
    assert seat_actions.reset(workshop, [seated[0]], ngozi) == ActionOutcome(1)
    shared.refresh_from_db()
    assert shared.nodes_to_reset == ["r1"]
    assert [(entry.seat, entry.kind) for entry in workshop.log_entries.filter(kind="reset")] == [(seated[0], "reset")]


def test_the_room_skips_to_a_stage_for_one_seat_and_shows_what_was_done_for_it(shared, workshop, seated, ngozi, lab):
    last = lab.stages[-1]
    assert seat_actions.skip_to_stage(workshop, [seated[0]], ngozi, lab, last.id) == ActionOutcome(1)
    tiles = {tile.seat.name: tile for tile in Room.of(workshop).tiles}
    assert [tile.cells[0].shape for tile in (tiles["Sina"], tiles["Tavita"])] == ["assist", "none"]
    shared.refresh_from_db()
    assert (shared.nodes_to_reset, shared.assisted) == (["r1"], [])


def test_an_attempt_of_before_its_nodes_were_reset_makes_no_seat_of_a_class_lab_red(shared, workshop, seated, lab):
    tavita = seated[1].user
    check_status(shared, lab, "file", "failed")
    ClassSeat.objects.filter(user=tavita).update(worked_at=timezone.now())
    shared.learner = tavita  # whose attempt it is
    fails(shared, "file")

    def shape():
        return next(tile for tile in Room.of(workshop).tiles if tile.seat.name == "Tavita").cells[-1].shape

    assert shape() == "fail"
    ClassSeat.objects.filter(user=tavita).update(since=timezone.now())
    assert shape() == "run"


def test_more_time_for_several_seats_of_a_class_lab_is_given_once(shared, workshop, seated, ngozi):
    shared.refresh_from_db()
    assert seat_actions.extend(workshop, seated, ngozi, 10) == ActionOutcome(2)
    before, after = shared.ends_at, LabSession.objects.get(pk=shared.pk).ends_at
    assert round((after - before).total_seconds()) == 600


def test_a_class_lab_is_stopped_for_all_who_sit_there_and_resumed_with_their_seats(
    shared, workshop, seated, ngozi, engine, queue
):
    sina, tavita = seated
    assert seat_actions.save_and_stop(workshop, [sina], ngozi) == ActionOutcome(0, (sina.number,))
    assert seat_actions.save_and_stop(workshop, seated, ngozi) == ActionOutcome(2)
    LabSession.objects.filter(pk=shared.pk).update(state=State.STOPPED, stopped_at=timezone.now())
    assert seat_actions.resume(workshop, seated, ngozi) == ActionOutcome(2)
    again = LabSession.objects.live().get()
    assert (again.learner, again.is_class) == (ngozi, True)
    assert [(seat.user, seat.nodes) for seat in again.seats.order_by("pk")] == [
        (sina.user, ["r1"]),
        (tavita.user, ["h1"]),
    ]


def test_who_stood_up_or_works_in_no_class_lab_of_the_workshop_is_not_reached(shared, workshop, seated, ngozi, evening):
    class_labs.stand_up(shared, seated[0].user)
    assert seat_actions.reset(workshop, [seated[0]], ngozi) == ActionOutcome(0, (seated[0].number,))
    elsewhere = sits(evening, "Vai")
    assert seat_actions.reset(evening, [elsewhere], ngozi) == ActionOutcome(0, (elsewhere.number,))


def test_who_has_just_sat_down_in_a_class_lab_that_runs_for_long_is_not_slow(shared, workshop, seated):
    LabSession.objects.update(
        ready_at=timezone.now() - timedelta(hours=2), active_at=timezone.now() - timedelta(hours=1)
    )
    tiles = {tile.seat.name: tile for tile in Room.of(workshop).tiles}
    assert (tiles["Sina"].minutes, tiles["Sina"].quiet) == (0, None)
    assert Room.of(workshop).needs == []


def test_what_others_type_in_a_class_lab_begins_no_stage_of_a_seat(shared, workshop, seated):
    LabSession.objects.update(active_at=timezone.now(), active_node="h1")
    ClassSeat.objects.filter(nodes=["h1"]).update(worked_at=timezone.now())
    tiles = {tile.seat.name: tile for tile in Room.of(workshop).tiles}
    assert [tiles[name].cells[tiles[name].at].begun for name in ("Sina", "Tavita")] == [False, True]


def test_the_room_says_for_how_long_nobody_has_typed_at_a_seat(shared, workshop, seated):
    ClassSeat.objects.filter(nodes=["r1"]).update(worked_at=timezone.now() - timedelta(minutes=9))
    ClassSeat.objects.filter(nodes=["h1"]).update(worked_at=timezone.now())
    room = Room.of(workshop)
    assert {tile.seat.name: tile.quiet for tile in room.tiles} == {"Sina": 9, "Tavita": 0}
    assert [(tile.seat.name, need.kind) for tile, need in room.needs] == [("Sina", "quiet")]


def test_who_left_the_class_lab_is_away_and_needs_nothing(shared, workshop, seated):
    ClassSeat.objects.update(since=timezone.now() - timedelta(hours=1))
    for check in ("on", "still", "file"):
        facts = {"since": timezone.now(), "seen_at": timezone.now(), "points": 0, "out_of": 4, "missed": True}
        words = {"expected": {"msgid": "x", "params": {}}, "seen": {"msgid": "x", "params": {}}}
        stage = "file" if check == "file" else "forwarding"
        CheckStatus.objects.create(session=shared, check_id=check, stage=stage, outcome="failed", **facts, **words)
    assert {tile.seat.name for tile, _need in Room.of(workshop).needs} == {"Sina", "Tavita"}
    class_labs.stand_up(shared, seated[0].user)
    room = Room.of(workshop)
    assert {tile.seat.name for tile, _need in room.needs} == {"Tavita"}
    assert next(tile for tile in room.tiles if tile.seat.name == "Sina").minutes_or_word == "away"


@pytest.fixture
def afternoon(shared, seated, workshop, lab, other_lab, monkeypatch):
    """Nobody has stopped the class lab of the morning, and an ordinary lab is open."""
    monkeypatch.setattr(versions, "all_labs", lambda: [fakes.with_bots(lab), other_lab])
    has_labs(workshop, other_lab.id, lab.id)
    return seated


@pytest.mark.parametrize("exam", ["", "sealed"])
@pytest.mark.parametrize("stays", [True, False], ids=["keeps sitting there", "stood up"])
def test_the_room_shows_the_lab_in_which_a_trainee_works_beside_a_class_lab_that_still_runs(
    shared, afternoon, workshop, other_lab, clients, stays, exam
):
    sina, _tavita = afternoon
    if not stays:
        class_labs.stand_up(shared, sina.user)
    own = works(sina, other_lab, ["on", "still"], exam=exam)
    tiles = {tile.seat.name: tile for tile in Room.of(workshop).tiles}
    assert [tiles[name].session for name in ("Sina", "Tavita")] == [own, shared]
    page = clients["lead"].get(f"/workshops/{workshop.pk}/room/{sina.number}").text
    assert "Observe terminals" in page
    assert "cannot be observed" not in page
    LabSession.objects.filter(pk=own.pk).update(state=State.STOPPED)
    assert Room.of(workshop).tiles[0].session == shared


def test_the_room_shows_the_trainees_own_session_of_a_lab_that_also_runs_as_a_class_lab(shared, seated, workshop, lab):
    own = works(seated[0], lab, ["on"])
    assert Room.of(workshop).tiles[0].session == own
    LabSession.objects.filter(pk=own.pk).update(state=State.STOPPED)
    assert Room.of(workshop).tiles[0].session == shared


def test_of_two_class_labs_that_run_the_room_shows_the_one_in_which_the_trainee_sits(
    shared, afternoon, workshop, hedy, other_lab
):
    sina, _tavita = afternoon
    facts = {"lab": other_lab.id, "lab_version": other_lab.version, "is_class": True, "state": State.READY}
    later = LabSession.objects.create(learner=hedy, **facts)
    left = ClassSeat.objects.create(session=later, user=sina.user, nodes=["r1"], left_at=timezone.now())
    assert Room.of(workshop).tiles[0].session == shared
    left.left_at = None
    left.save()
    assert Room.of(workshop).tiles[0].session == later


def test_the_page_of_a_seat_shows_the_solution_of_its_own_nodes_and_where_its_trainee_typed(
    shared, workshop, seated, clients
):
    LabSession.objects.update(active_at=timezone.now(), active_node="h1")  # Tavita's
    ClassSeat.objects.update(worked_at=timezone.now())
    pages = [clients["lead"].get(f"/workshops/{workshop.pk}/room/{seat.number}") for seat in seated]
    assert ["The node is h1." in page.text for page in pages] == [False, True]
    shown = [{node for _n, _title, lines in page.context["solution"] for node, _ in lines} for page in pages]
    assert shown[0] == {"r1"}
    assert shown[1] <= {"h1"}


def test_the_same_check_of_two_seats_of_a_class_lab_is_one_check_of_the_room(lab):
    """Each seat has a check of its own, with the same title."""
    stage = lab.stages[0]
    left, right = fakes.with_bots(lab).seats
    checks = [replace(stage.checks[0], id=f"on-{n}", seat=seat.id) for n, seat in enumerate((left, right), 1)]
    alike = replace(lab, seats=(left, right), stages=(replace(stage, checks=tuple(checks)),))
    assert failing_checks.first_alike(alike) == {
        "on-1": "on-1",
        "on-2": "on-1",
    }
    assert failing_checks.first_alike(lab)["on"] == "on"


def test_a_check_that_fails_at_two_seats_of_a_class_lab_is_counted_as_one(workshop, shared, seated, lab, monkeypatch):
    stage = lab.stages[0]
    left, right = fakes.with_bots(lab).seats
    checks = [replace(stage.checks[0], id=f"on-{n}", seat=seat.id) for n, seat in enumerate((left, right), 1)]
    alike = replace(lab, seats=(left, right), stages=(replace(stage, checks=tuple(checks)),))
    monkeypatch.setattr(versions, "of", lambda session: alike)
    monkeypatch.setattr(versions, "all_labs", lambda: [alike])
    ClassSeat.objects.update(worked_at=timezone.now(), since=timezone.now() - timedelta(minutes=5))
    for check, seat in zip(("on-1", "on-2"), seated, strict=True):
        check_status(shared, alike, check, "failed")
        shared.learner = seat.user  # whose attempt it is
        fails(shared, check)
    [failing] = Room.of(workshop).failing
    assert (failing.at, failing.fail) == (2, 2)
    [hardest] = Report(workshop).hardest_checks
    assert (hardest.seats, hardest.times) == (2, 2)
