"""The Room page as Ngozi sees it: the stages of each seat, who needs help, and which checks fail."""

from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labs.models import CheckStatus, Job, LabSession, State
from tests.builders import signed_in
from tests.vaka.workshops.conftest import adds_item, check_status, fails, grades, has_labs, sits, works
from vaka.workshops.models import Hand, Workshop
from vaka.workshops.room.room import Crowd, Room
from vaka.workshops.services import raised_hands

POLICY = "There is no policy on the session."


def shapes(room):
    return {tile.seat.name: [cell.shape for cell in tile.cells] for tile in room.tiles}


def why(room):
    return [(tile.seat.name, need.kind) for tile, need in room.needs]


def test_each_seat_shows_the_state_of_its_stages(workshop, item, lab):
    works(sits(workshop, "Ana"), lab, ["on", "still", "file"])
    works(sits(workshop, "Ben"), lab, ["on", "still"])
    tried = works(sits(workshop, "Cai"), lab, ["on", "still"], failed=("file", ""))
    fails(tried, "file")
    works(sits(workshop, "Dee"), lab, failed=("on", ""))  # seen by a live check, not in an attempt
    Workshop.objects.filter(pk=workshop.pk).update(seat_count=9)
    workshop.refresh_from_db()
    skipped = works(sits(workshop, "Eve"), lab, ["on", "still"], assisted=["forwarding"])
    CheckStatus.objects.filter(session=skipped).update(first_passed_at=None)
    works(sits(workshop, "Fay"), lab, state=State.STARTING, ready_at=None)
    unseen = works(sits(workshop, "Gil"), lab)
    check_status(unseen, lab, "on", "failed", missed=True)
    sits(workshop, "Hal", seen_at=None)
    works(sits(workshop, "Ida"), lab, ["on", "still"], state=State.STOPPED)
    room = Room.of(workshop)
    assert shapes(room) == {
        "Ana": ["pass", "pass"],
        "Ben": ["pass", "run"],
        "Cai": ["pass", "fail"],
        "Dee": ["run", "none"],
        "Eve": ["assist", "run"],
        "Fay": ["wait", "none"],
        "Gil": ["unknown", "none"],
        "Hal": ["none", "none"],
        "Ida": ["pass", "none"],
    }
    assert [tile.minutes_or_word for tile in room.tiles][:2] == ["done", "5"]
    assert room.tiles[7].minutes_or_word == "offline"
    assert room.crowd == Crowd(2, 3, 1)
    assert why(room) == [("Gil", "ours")]


def test_a_stage_that_the_trainee_has_not_reached_is_never_red_and_its_failures_do_not_count(workshop, item, lab):
    ana = works(sits(workshop, "Ana"), lab, failed=("on", POLICY))
    for check in ("still", "file"):
        check_status(ana, lab, check, "failed")
    for _attempt in range(3):
        grades(ana, 0, on="failed", still="failed", file="failed")
    assert shapes(Room.of(workshop)) == {"Ana": ["fail", "none"]}
    CheckStatus.objects.filter(session=ana).exclude(check_id="file").update(
        outcome="passed", first_passed_at=timezone.now(), passed_in_attempt_at=timezone.now()
    )
    room = Room.of(workshop)
    assert shapes(room) == {"Ana": ["pass", "run"]}
    assert why(room) == []  # the check of the second stage did not fail three times: nobody had begun it


def test_a_lab_in_which_nobody_has_worked_is_not_red_after_a_check(workshop, item, lab, clients):
    """The trainee's own page says “Not started” too."""
    session = works(sits(workshop, "Ana"), lab, failed=("on", POLICY), active_node="")
    fails(session, "on")
    [tile] = Room.of(workshop).tiles
    assert [(cell.shape, cell.word) for cell in tile.cells] == [("run", "Not started"), ("none", "Not started")]
    seat = f"/workshops/{workshop.pk}/room/1"
    assert '<li class="v flat none">' in clients["lead"].get(seat).text
    LabSession.objects.update(active_node="r1")
    [tile] = Room.of(workshop).tiles
    assert tile.cells[0].word == "Failed, still working"
    assert '<li class="v flat fail">' in clients["lead"].get(seat).text


@pytest.mark.parametrize("kind", [Job.Kind.SKIP, Job.Kind.RESET])
def test_an_attempt_of_before_a_skip_or_reset_makes_no_seat_red(workshop, item, lab, kind):
    """Regression: the seat was red at once, and the trainee had only read the guide of the stage."""
    session = works(sits(workshop, "Ana"), lab, failed=("on", POLICY))
    CheckStatus.objects.update(first_passed_at=timezone.now())  # it had passed, too
    fails(session, "on", 3)
    Job.objects.create(session=session, kind=kind, ended_at=timezone.now())
    room = Room.of(workshop)
    assert shapes(room) == {"Ana": ["run", "none"]}
    assert why(room) == []
    fails(session, "on")
    assert shapes(Room.of(workshop)) == {"Ana": ["fail", "none"]}


def test_a_stage_of_the_room_is_called_as_on_the_page_of_its_trainee(workshop, item, lab):
    works(sits(workshop, "Ana"), lab, active_node="")
    works(sits(workshop, "Ben"), lab)
    cai = works(sits(workshop, "Cai"), lab, ["on"], active_node="")
    check_status(cai, lab, "file", "passed")
    words = {tile.seat.name: [cell.word for cell in tile.cells] for tile in Room.of(workshop).tiles}
    assert words == {
        "Ana": ["Not started", "Not started"],
        "Ben": ["Working", "Not started"],
        "Cai": ["Not started", "Passed"],
    }


def test_a_pass_that_ended_a_moment_ago_is_no_failure_in_the_room(workshop, item, lab):
    ana = works(sits(workshop, "Ana"), lab, ["on"])
    ended = {"outcome": "failed", "reached": True}
    CheckStatus.objects.filter(session=ana).update(**ended, since=timezone.now())
    assert shapes(Room.of(workshop)) == {"Ana": ["run", "none"]}
    CheckStatus.objects.filter(session=ana).update(since=timezone.now() - timedelta(seconds=10))
    assert shapes(Room.of(workshop)) == {"Ana": ["fail", "none"]}


def test_raised_hands_come_first_the_oldest_before_the_others(workshop, item, lab, ngozi):
    ana, ben, cai = (sits(workshop, name) for name in ("Ana", "Ben", "Cai"))
    works(cai, lab, minutes=30, active_at=timezone.now() - timedelta(minutes=20))
    raised_hands.raise_hand(ben, "  Why no routes?  ")
    raised_hands.raise_hand(ana, "")
    Hand.objects.filter(seat=ben).update(raised_at=timezone.now() - timedelta(minutes=4))
    room = Room.of(workshop)
    assert why(room) == [("Ben", "hand"), ("Ana", "hand"), ("Cai", "quiet")]
    assert room.needs[0][1].sentence == "Why no routes?"
    raised_hands.raise_hand(ben, "The session is up, why no routes?")
    assert Hand.objects.count() == 2
    raised_hands.lower_hand(ben, ben.user)
    assert why(Room.of(workshop)) == [("Ana", "hand"), ("Cai", "quiet")]


def test_a_seat_is_slow_by_the_median_once_three_have_passed(workshop, item, lab):
    for name, minutes in (("Ana", 6), ("Ben", 7), ("Cai", 8)):
        works(sits(workshop, name), lab, ["on", "still"], minutes=minutes, ago=0)
    works(sits(workshop, "Dee"), lab, minutes=18)
    room = Room.of(workshop)
    assert room.usual == {lab.id: {0: pytest.approx(7, abs=0.1)}}
    assert [(tile.seat.name, need.sentence) for tile, need in room.needs] == [
        ("Dee", "Stage 1: the room's median is 7 min.")
    ]


def test_failing_checks_are_grouped_by_explanation_whatever_its_values(workshop, item, lab):
    text = "r1 peers with AS %(own)s."
    for name, own in (("Ana", 1), ("Ben", 2), ("Cai", 3)):
        session = works(sits(workshop, name), lab, failed=("on", text))
        CheckStatus.objects.filter(session=session).update(cause={"msgid": text, "params": {"own": own}})
        fails(session, "on")
    fails(works(sits(workshop, "Dee"), lab, failed=("on", "")), "on")
    works(sits(workshop, "Eve"), lab)
    found = Room.of(workshop).failing
    assert [(one.number, one.check.title, one.fail, one.at) for one in found] == [(1, "r1 forwards", 4, 5)]
    assert found[0].causes == [(3, "r1 peers with AS 1."), (1, "It was off.")]


def test_text_from_a_lab_is_escaped(workshop, item, lab, clients):
    fails(works(sits(workshop, "<b>Ana</b>"), lab, failed=("on", "<script>alert(1)</script>")), "on", 3)
    for page in ("room", "room/1"):
        text = clients["lead"].get(f"/workshops/{workshop.pk}/{page}").content.decode()
        assert "<script>alert" not in text
        assert "<b>Ana" not in text
        assert "&lt;script&gt;alert" in text


def test_the_page_of_a_seat_shows_what_passed_in_an_attempt_as_passed_and_says_that_it_is_not_true_now(
    workshop, item, lab, clients
):
    session = works(sits(workshop, "Ana"), lab, failed=("on", POLICY))
    CheckStatus.objects.filter(session=session).update(passed_in_attempt_at=timezone.now())
    text = clients["lead"].get(f"/workshops/{workshop.pk}/room/1").content.decode()
    assert '<li class="v flat pass">' in text
    assert '<li class="v flat fail">' not in text
    assert "does not pass now" in text


def test_what_passed_with_its_stage_stays_passed_in_the_room_without_an_attempt(workshop, item, lab, clients):
    session = works(sits(workshop, "Ana"), lab, passed=("on", "still"))
    CheckStatus.objects.filter(session=session).update(outcome="failed", reached=True)
    text = clients["lead"].get(f"/workshops/{workshop.pk}/room/1").content.decode()
    assert text.count('<li class="v flat pass">') == 2
    assert '<li class="v flat fail">' not in text
    assert "does not pass now" in text


def test_the_page_of_a_seat_says_for_what_a_check_waits_that_passed_in_an_attempt(workshop, item, lab, clients):
    session = works(sits(workshop, "Ana"), lab, failed=("on", POLICY))
    waits = {"msgid": "Waits until another check has passed", "params": {}}
    CheckStatus.objects.filter(session=session).update(
        outcome="waiting", seen=waits, passed_in_attempt_at=timezone.now()
    )
    text = clients["lead"].get(f"/workshops/{workshop.pk}/room/1").content.decode()
    assert "Not run again: Waits until another check has passed" in text
    assert "does not pass now" not in text


def test_the_page_of_a_seat_leads_instructors_and_no_helper_to_a_copy_of_its_lab(workshop, item, lab, clients):
    session = works(sits(workshop, "Ana"), lab)
    link = f'href="/labs/sessions/{session.pk}/copy"'
    page = f"/workshops/{workshop.pk}/room/1"
    assert link in clients["lead"].get(page).content.decode()
    assert link not in clients["helper"].get(page).content.decode()
    assert clients["lead"].get(f"/labs/sessions/{session.pk}/copy").status_code == 200
    LabSession.objects.update(exam="sealed")
    assert link not in clients["lead"].get(page).content.decode()


@pytest.fixture
def two_labs(workshop, item, lab, other_lab):
    """Two labs: Ana and Ben have finished the first and work in the second, Cai works in the first, Dee in none.

    It is the second day, so that what was done an hour ago belongs to the workshop also just after midnight.
    """
    workshop.first_day -= timedelta(days=1)
    workshop.save()
    has_labs(workshop, lab.id, other_lab.id)
    minute = timedelta(minutes=1)
    joined = timezone.now() - 55 * minute
    seats = {name: sits(workshop, name, joined_at=joined) for name in ("Ana", "Ben", "Cai", "Dee")}
    for name in ("Ana", "Ben"):
        before = {"state": State.STOPPED, "created_at": timezone.now() - 50 * minute}
        works(seats[name], lab, ["on", "still", "file"], minutes=45, ago=30, **before)
    works(seats["Ana"], other_lab, ["on", "still"], ("file", POLICY), active_at=timezone.now() - 3 * minute)
    works(seats["Ben"], other_lab, minutes=20, active_at=timezone.now() - 12 * minute)
    works(seats["Cai"], lab, ["on", "still"], active_at=None)
    return seats


def test_each_seat_is_shown_in_its_current_lab(workshop, two_labs, lab, other_lab):
    fails(two_labs["Ana"].user.lab_sessions.get(lab=other_lab.id), "file", 3)
    room = Room.of(workshop)
    assert shapes(room) == {
        "Ana": ["pass", "fail"],
        "Ben": ["run", "none"],
        "Cai": ["pass", "run"],
        "Dee": ["none", "none"],
    }
    assert [tile.lab and tile.lab.id for tile in room.tiles] == [other_lab.id, other_lab.id, lab.id, lab.id]
    assert [(tile.seat.name, need.kind, need.about) for tile, need in room.needs] == [
        ("Ben", "quiet", "quiet:second-wind:0"),
        ("Ana", "repeated", "repeated:second-wind:1"),
    ]
    assert [(one.lab.id, one.number, one.fail, one.at) for one in room.failing] == [(other_lab.id, 2, 1, 1)]
    assert [[row.mark for row in part] for part in room.tables] == [["B", "B", "A", ""]]


def test_the_grid_of_one_lab_shows_all_seats_and_the_help_list_is_of_all_labs(workshop, two_labs, lab, clients):
    room = Room.of(workshop, lab.id)
    assert [[cell.shape for cell in tile.cells] for tile in room.shown][:3] == [["pass"] * 2] * 2 + [["pass", "run"]]
    assert why(room) == [("Ben", "quiet")]
    page = unescape(clients["lead"].get(f"/workshops/{workshop.pk}/room?lab={lab.id}").content.decode())
    assert f"/room/2?lab={lab.id}" in page  # the row of Ben is of this lab, and the need of Ben is of the other
    assert f'href="/workshops/{workshop.pk}/room/2" aria-label="Help seat 2"' in page


def test_the_median_includes_trainees_who_are_in_the_next_lab(workshop, two_labs, lab):
    works(sits(workshop, "Eve"), lab, ["on", "still"], minutes=15, ago=0)
    assert set(Room.of(workshop).usual[lab.id]) == {0}


def test_a_lab_of_yesterday_is_shown_and_a_private_lab_is_not(workshop, item, lab, other_lab):
    yesterday = {"opened_at": timezone.now() - timedelta(days=1), "from_at": timezone.now() - timedelta(days=1)}
    before = adds_item(workshop, "Yesterday", labs=[other_lab.id], **yesterday)
    works(sits(workshop, "Ana"), other_lab, ["on"], active_at=timezone.now() - timedelta(minutes=9), minutes=20)
    assert why(Room.of(workshop)) == [("Ana", "quiet")]
    before.delete()
    assert Room.of(workshop).tiles[0].session is None
    assert Room.of(workshop, other_lab.id).tiles[0].session is None


def test_actions_return_to_the_same_page_and_lab(workshop, two_labs, lab, other_lab, clients):
    lead, seat = clients["lead"], f"/workshops/{workshop.pk}/room/1"
    assert '<h2 id="h-lab">Second wind</h2>' in lead.get(seat).content.decode()
    page = lead.get(f"{seat}?lab={lab.id}").content.decode()
    assert '<h2 id="h-lab">First light</h2>' in page
    assert f'href="/workshops/{workshop.pk}/room?lab={lab.id}"' in page
    act, done = f"/workshops/{workshop.pk}/room/action?lab={lab.id}", f"/workshops/{workshop.pk}/room/done?lab={lab.id}"
    assert f'action="{act}"' in page
    said = {"seats": "1", "action": "message", "text": "Look up."}
    assert lead.post(act, said | {"from_seat": "1"}).url == f"{seat}?lab={lab.id}"
    assert lead.post(act, said).url == f"/workshops/{workshop.pk}/room?lab={lab.id}"
    assert lead.post(done, {"seat": "1", "about": "quiet:x"}).url == f"/workshops/{workshop.pk}/room?lab={lab.id}"
    assert lead.post(f"/workshops/{workshop.pk}/room/action", said | {"from_seat": "1"}).url == seat


@pytest.mark.parametrize(
    ("seat", "typed", "said"),
    [
        (1, 3, "Last typed 3 min ago."),
        (2, 12, "Last typed 12 min ago."),
        (3, None, "Nobody has typed here yet."),
        (4, None, "Not started."),
    ],
)
def test_the_grid_and_the_seat_page_say_when_the_trainee_last_typed(workshop, two_labs, clients, seat, typed, said):
    assert Room.of(workshop).tiles[seat - 1].quiet == typed
    assert said in clients["helper"].get(f"/workshops/{workshop.pk}/room/{seat}").content.decode()


def test_a_pause_is_shown_in_the_time_zone_of_the_workshop(workshop, item, clients):
    paused = timezone.now().replace(hour=3, minute=0)
    Workshop.objects.filter(pk=workshop.pk).update(time_zone="Pacific/Apia", paused_at=paused)
    there = paused.astimezone(ZoneInfo("Pacific/Apia"))
    page = clients["lead"].get(f"/workshops/{workshop.pk}/room").content.decode()
    assert f"The room has been paused since {there:%H:%M}" in page


@pytest.mark.parametrize("part", [{}, {"X-Vaka": "part"}])
def test_the_number_of_queries_does_not_grow_with_the_seats(workshop, item, lab, other_lab, clients, part):
    Workshop.objects.filter(pk=workshop.pk).update(seat_count=30)
    has_labs(workshop, lab.id, other_lab.id)
    clients["lead"].get(
        f"/workshops/{workshop.pk}/room"
    )  # the first request of the day records the network of the room
    counts = []
    for seats in (5, 30):
        for n in range(workshop.seats.count(), seats):
            seat = sits(workshop, f"Trainee {n}")
            fails(works(seat, (lab, other_lab)[n % 2], ["on", "still"], failed=("file", POLICY)), "file")
            if n % 3 == 0:
                raised_hands.raise_hand(seat, "Please.")
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = clients["lead"].get(f"/workshops/{workshop.pk}/room", headers=part)
        assert f"{seats} online" in page.content.decode()
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 21


def test_the_team_can_read_notes_and_solutions_and_trainees_cannot(workshop, lab, clients):
    adds_item(workshop, labs=[lab.id], opened_at=timezone.now(), notes="Draw it **first**.")
    page = clients["helper"].get(f"/workshops/{workshop.pk}/room").content.decode()
    assert "Draw it <strong>first</strong>." in page
    assert "sysctl -w net.ipv6.conf.all.forwarding=1" in page
    seat = sits(workshop, "Ana")
    works(seat, lab)
    ana = signed_in(seat.user)
    mine = clients["helper"].get(f"/workshops/{workshop.pk}/room/1").content.decode()
    assert "sysctl -w" in mine
    assert "Solution with the values of this seat" in mine
    sits(workshop, "Ben")  # has started no lab, so there are no values of this seat
    other = clients["helper"].get(f"/workshops/{workshop.pk}/room/2").content.decode()
    assert "Solution with the values of this seat" not in other
    assert "Solution with the author’s values" in other
    assert "Draw it" not in ana.get(f"/workshops/{workshop.pk}/mine").content.decode()
    for page in ("room", "room/1", "room/events"):
        assert ana.get(f"/workshops/{workshop.pk}/{page}").status_code == 404
        assert clients["other"].get(f"/workshops/{workshop.pk}/{page}").status_code == 404


def test_a_lab_session_from_before_the_workshop_is_not_shown(workshop, item, lab):
    works(sits(workshop, "Ana"), lab, ["on"], created_at=workshop.begins - timedelta(days=300))
    assert Room.of(workshop).tiles[0].session is None


def test_a_finished_seat_stays_finished_while_a_check_is_not_true(workshop, item, lab):
    ana = works(sits(workshop, "Ana"), lab, ["on", "still", "file"])
    CheckStatus.objects.filter(session=ana).update(passed_in_attempt_at=timezone.now())
    CheckStatus.objects.filter(session=ana, check_id="on").update(outcome="failed", points=0)
    CheckStatus.objects.filter(session=ana, check_id="still").update(outcome="waiting", points=0)
    room = Room.of(workshop)
    assert shapes(room) == {"Ana": ["pass", "pass"]}
    assert [tile.minutes_or_word for tile in room.tiles] == ["done"]
    assert why(room) == []
    assert room.failing == []


def test_a_trainee_who_joined_and_does_not_start_is_named_until_somebody_helps(workshop, item, lab, ngozi):
    now, long_ago = timezone.now(), timezone.now() - timedelta(minutes=25)
    workshop.agenda.update(opened_at=long_ago)
    ana = sits(workshop, "Ana", joined_at=now - timedelta(minutes=12), seen_at=now)
    sits(workshop, "Ben", joined_at=now - timedelta(minutes=3), seen_at=now)
    sits(workshop, "Cai", joined_at=now - timedelta(minutes=25), seen_at=now - timedelta(minutes=45))  # has gone home
    works(sits(workshop, "Dee", joined_at=long_ago, seen_at=now), lab)
    found = Room.of(workshop).needs
    assert [(tile.seat.name, need.sentence) for tile, need in found] == [
        ("Ana", "Joined, and has not started a lab for 12 min.")
    ]
    assert raised_hands.resolve(workshop, ana, found[0][1].about, ngozi)
    assert why(Room.of(workshop)) == []


def test_in_an_exam_the_room_counts_and_names_no_stage_because_nothing_is_checked(workshop, item, lab, clients):
    long_ago = timezone.now() - timedelta(minutes=9)
    for name in ("Ana", "Ben", "Cai"):  # they have done the lab as practice
        works(sits(workshop, name), lab, ["on", "still"], minutes=9, ago=8, state=State.STOPPED)
    writes = works(sits(workshop, "Dee"), lab, minutes=30, active_at=long_ago, exam="sealed")
    works(sits(workshop, "Eve"), lab, ["on", "still", "file"], exam="sealed")
    room = Room.of(workshop)
    assert room.crowd is None
    assert [(tile.seat.name, need.sentence) for tile, need in room.needs] == [("Dee", "No typing for 9 min.")]
    LabSession.objects.filter(pk=writes.pk).update(exam="")
    room = Room.of(workshop)
    assert room.crowd == Crowd(1, 1, 0)
    assert [need.sentence for _tile, need in room.needs] == ["Stage 1: the room's median is 1 min."]


def test_who_sits_an_exam_in_a_lab_is_not_counted_among_those_at_whose_seats_its_check_fails(workshop, item, lab):
    fails(works(sits(workshop, "Ana"), lab, failed=("on", POLICY)), "on")
    works(sits(workshop, "Ben"), lab, exam="sealed")
    [failing] = Room.of(workshop).failing
    assert (failing.fail, failing.at) == (1, 1)


def test_the_page_of_a_seat_says_in_the_time_zone_of_the_workshop_when_a_check_passed(workshop, item, lab, clients):
    Workshop.objects.filter(pk=workshop.pk).update(time_zone="Asia/Kathmandu")
    session = works(sits(workshop, "Ana"), lab, ["on"])
    passed = timezone.now() - timedelta(minutes=3)
    CheckStatus.objects.filter(session=session).update(
        outcome="failed", first_passed_at=passed, passed_in_attempt_at=passed
    )
    said = f"Passed at {passed.astimezone(ZoneInfo('Asia/Kathmandu')):%H:%M}; does not pass now"
    assert said in clients["lead"].get(f"/workshops/{workshop.pk}/room/1").text
