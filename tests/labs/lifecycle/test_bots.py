"""A class lab whose free seats are played by bots: people sit down, stand up and come back, and each is graded alone."""

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.engine import errors
from labs.lifecycle import (
    bots,
    cables,
    captures,
    check_work,
    class_labs,
    lab_access,
    nodes_to_reset,
    seat_attempts,
    seat_handover,
    services,
    shown_stages,
    starts,
    tasks,
)
from labs.live import live_checks
from labs.models import Attempt, ClassSeat, Job, LabSession, SeatWork, State, WrongState
from labs.registry import versions
from labs.terminals import permissions, tokens
from tests.labs import fakes

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(tmp_path):
    """Two seats that are alike: r1 on the left, h1 on the right. The check of the file counts for the right seat."""
    return fakes.with_bots(fakes.little_lab(tmp_path / "catalog" / "first-light"))


@pytest.fixture
def typed(monkeypatch):
    """Return the lines that bots have typed, by node."""
    found = {}
    monkeypatch.setattr(seat_handover, "type_lines", lambda client, parts, **_: found.update(parts))
    return found


@pytest.fixture
def shared(ngozi, lab, engine, typed):
    """Ngozi's class lab, running; nobody sits there."""
    return started(ngozi, lab)


def started(instructor, lab):
    session = class_labs.begin(instructor, lab.id, {})
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    starts.start(session.pk, 1)
    session.refresh_from_db()
    assert session.state == State.READY
    prepare(session)
    return session


def prepare(session):
    """Do what the handovers ask for, as a worker does."""
    for job in [*session.jobs.filter(kind="handover", ended_at=None), *seat_handover.due()]:
        seat_handover.hand_over(job.pk)
        job.refresh_from_db()
        assert not job.error, job.detail
    session.refresh_from_db()
    assert session.nodes_to_reset == []


def raise_(error):
    def raises(*_args, **_more):
        raise error

    return raises


def may_type(session, person, node):
    token = tokens.read(tokens.issue(person.pk, session.pk, node, "1", tokens.Mode.CONTROL))
    return not permissions.refusals([token])


def seat_of(session, person):
    return session.seats.get(user=person)


def test_bots_play_the_free_seats_from_the_start(shared, typed, lab):
    assert typed == {"r1": lab.solution["forwarding"]["r1"], "h1": lab.solution["file"]["h1"]}


def test_a_bot_leaves_when_a_person_sits_down_and_the_node_is_as_at_the_start(shared, typed, ada):
    typed.clear()
    class_labs.sit_down(shared, ada, "right")
    assert not may_type(shared, ada, "h1"), "not before the node is reset"
    prepare(shared)
    assert lab_access.client_of(shared).resets[-1] == "h1"
    assert typed == {}
    assert may_type(shared, ada, "h1")
    assert not may_type(shared, ada, "r1")


def test_people_come_before_bots_and_a_job_leaves_what_it_has_no_time_for_to_the_next(
    ngozi, ada, lab, engine, typed, monkeypatch
):
    """Regression: one job had to reset the nodes of all bots. With 24 seats a slow server ended it before the first bot typed."""
    session = started(ngozi, lab)
    resets = lab_access.client_of(session).resets
    resets.clear()
    typed.clear()
    class_labs.sit_down(session, ada, "right")
    nodes_to_reset.mark(session, ["r1"])
    monkeypatch.setattr(seat_handover, "MOST_SECONDS", 0.0)
    for node in ("h1", "r1"):
        [job] = [*session.jobs.open(), *seat_handover.due()]
        assert typed == {}
        assert seat_handover.hand_over(job.pk), "so the next job is asked for at once"
        assert resets[-1] == node
        assert may_type(session, ada, "h1")
    assert resets == ["h1", "r1"]
    assert list(typed) == ["r1"]
    assert seat_handover.due() == []


def test_a_seat_is_assigned_or_chosen_and_nobody_takes_that_of_another(shared, ada, grace, linus):
    class_labs.sit_down(shared, ada)
    assert seat_of(shared, ada).nodes == ["r1"]
    with pytest.raises(class_labs.NoFreeSeat):
        class_labs.sit_down(shared, grace, "left")
    class_labs.sit_down(shared, grace, "right")
    with pytest.raises(class_labs.NoFreeSeat):
        class_labs.sit_down(shared, linus)


def test_who_stands_up_cannot_type_and_finds_the_node_as_it_was(shared, ada):
    class_labs.sit_down(shared, ada)
    prepare(shared)
    before = list(lab_access.client_of(shared).resets)
    assert class_labs.stand_up(shared, ada)
    assert not may_type(shared, ada, "r1")
    class_labs.sit_down(shared, ada)
    prepare(shared)
    assert may_type(shared, ada, "r1")
    assert lab_access.client_of(shared).resets == before


def test_a_bot_takes_over_when_the_instructor_says_so_and_the_work_comes_back(shared, ada, typed):
    class_labs.sit_down(shared, ada, "right")
    prepare(shared)
    inside = lab_access.client_of(shared)
    inside.files["/etc/light"] = "mine"
    assert not class_labs.let_bot_play(shared, seat_of(shared, ada)), "not while she sits there"
    class_labs.stand_up(shared, ada)
    typed.clear()
    assert class_labs.let_bot_play(shared, seat_of(shared, ada))
    prepare(shared)
    assert inside.saved_nodes == ["h1"]
    assert list(typed) == ["h1"]
    inside.files["/etc/light"] = "the bot's"
    class_labs.sit_down(shared, ada)
    prepare(shared)
    assert inside.files["/etc/light"] == "mine"
    assert may_type(shared, ada, "h1")
    assert not SeatWork.objects.exists()


def test_work_that_is_too_large_stays_where_it_is_and_no_bot_plays(shared, ada, typed, monkeypatch):
    monkeypatch.setattr(bots, "LARGEST_WORK", 3)
    class_labs.sit_down(shared, ada, "right")
    prepare(shared)
    class_labs.stand_up(shared, ada)
    typed.clear()
    class_labs.let_bot_play(shared, seat_of(shared, ada))
    prepare(shared)
    assert typed == {}
    assert seat_of(shared, ada).bot_at is None


def test_an_attempt_is_about_the_seat_that_asks(shared, ada, grace):
    class_labs.sit_down(shared, ada, "left")
    class_labs.sit_down(shared, grace, "right")
    prepare(shared)
    job = services.request_check(shared, seat=seat_of(shared, ada))
    check_work.check(job.pk)
    assert [(one.learner, one.out_of) for one in job.attempts.all()] == [(ada, 6)]
    assert {row.check_id for row in job.attempts.get().verdicts.all()} == {"on", "still"}


def test_who_asks_while_another_is_checked_gets_the_next_attempt(shared, ada, grace):
    class_labs.sit_down(shared, ada, "left")
    class_labs.sit_down(shared, grace, "right")
    prepare(shared)
    first = services.request_check(shared, seat=seat_of(shared, ada))
    assert seat_attempts.take(shared)  # a worker has begun
    assert services.request_check(shared, seat=seat_of(shared, grace)) == first
    assert seat_attempts.due() == []
    first.end()
    [second] = seat_attempts.due()
    check_work.check(second.pk)
    assert [one.learner for one in second.attempts.all()] == [grace]
    assert seat_attempts.due() == []


def test_an_ungraded_check_answers_nobody_who_waits_for_an_attempt(shared, ada, grace):
    class_labs.sit_down(shared, ada, "left")
    class_labs.sit_down(shared, grace, "right")
    prepare(shared)
    check = services.request_check(shared, Job.Kind.UNGRADED_CHECK, seat_of(shared, grace))
    assert services.request_check(shared, seat=seat_of(shared, ada)) == check
    check_work.check(check.pk)
    assert {one.kind for one in check.attempts.all()} == {"ungraded"}
    [attempt] = seat_attempts.due()
    check_work.check(attempt.pk)
    assert [one.learner for one in attempt.attempts.all()] == [ada]


def passes(session):
    """Make an attempt. Return the checks that have passed."""
    checked(session)
    return {row.check_id for row in session.check_statuses.filter(outcome="passed")}


@pytest.fixture
def waits_for_reset(shared, ada, grace):
    """Ada has solved the right seat, and Grace the left one. Then Linus gets Ada's, whose node waits for its reset."""
    class_labs.sit_down(shared, grace, "left")
    class_labs.sit_down(shared, ada, "right")
    prepare(shared)
    lab_access.client_of(shared).is_solved()
    assert passes(shared) == {"on", "still", "file"}
    shared.jobs.create(kind=Job.Kind.UNGRADED_CHECK)  # the handover waits for it
    class_labs.remove(shared, ada)


def test_the_next_holder_of_a_seat_finds_no_pass_of_the_last_one(shared, waits_for_reset, linus):
    class_labs.sit_down(shared, linus, "right")
    assert {row.check_id for row in shared.check_statuses.all()} == {"on", "still"}
    assert shared.check_statuses.get(check_id="on").passed_in_attempt_at, "the other seat keeps its own"


def test_until_the_nodes_of_a_seat_are_reset_no_check_of_theirs_has_a_status(shared, waits_for_reset, linus):
    """A live check would find the work of the last holder, which still runs there."""
    class_labs.sit_down(shared, linus, "right")
    shared.jobs.open().update(ended_at=timezone.now())
    assert live_checks.run(shared.pk, ["on", "file"], last=True) is live_checks.Result.DONE
    assert passes(shared) == {"on", "still"}
    shared.jobs.open().update(ended_at=timezone.now())
    prepare(shared)
    live_checks.run(shared.pk, ["on", "file"], last=True)
    assert shared.check_statuses.get(check_id="file").seen_at


def test_a_check_that_ends_after_its_seat_has_changed_hands_is_not_kept_for_the_next_holder(
    shared, ada, linus, monkeypatch
):
    class_labs.sit_down(shared, ada, "right")
    prepare(shared)
    lab_access.client_of(shared).is_solved()
    grade = check_work.grade

    def graded(*args, **facts):
        found = grade(*args, **facts)
        class_labs.put(shared, linus, ["h1"])
        return found

    monkeypatch.setattr(check_work, "grade", graded)
    assert "file" not in passes(shared)
    assert [one.learner for one in shared.attempts.all()] == [ada], "it was Ada's work"


@pytest.mark.parametrize("interface", ["r1:eth0", "h1:eth0"])
def test_before_the_reset_the_next_holder_neither_captures_nor_changes_a_cable(
    shared, waits_for_reset, linus, interface, lab, settings, tmp_path
):
    """Programs of the last holder still run, and send."""
    settings.STATE_DIR = tmp_path
    class_labs.sit_down(shared, linus, "right")
    shared.jobs.open().update(ended_at=timezone.now())
    inside = lab_access.client_of(shared)
    wanted = {"cable": 0, "up": False, "rate": None, "delay": None, "loss": None}
    with pytest.raises(captures.NotCaptured, match="are being reset"):
        captures.begin(shared, linus, interface, "", 10)
    with pytest.raises(cables.NotDone, match="are being reset"):
        cables.change(shared, linus, wanted)
    assert (inside.listening, inside.changed) == ([], {})
    prepare(shared)
    assert captures.begin(shared, linus, interface, "", 10)
    cables.change(shared, linus, wanted)
    assert inside.changed


def test_the_leader_captures_beside_a_seat_that_changes_hands_and_not_on_its_cable(shared, waits_for_reset, ngozi, lab):
    shared.jobs.open().update(ended_at=timezone.now())
    assert captures.begin(shared, ngozi, "r1:eth1", "", 10)
    with pytest.raises(captures.NotCaptured, match="are being reset"):
        captures.begin(shared, ngozi, "r1:eth0", "", 10)


def test_nobody_is_graded_for_what_a_bot_did(shared, ada):
    class_labs.sit_down(shared, ada, "left")
    prepare(shared)
    class_labs.stand_up(shared, ada)
    with pytest.raises(WrongState):
        services.request_check(shared, seat=seat_of(shared, ada))
    job = services.request_check(shared)
    check_work.check(job.pk)
    assert not job.attempts.exists()


def test_a_class_lab_is_started_by_nobody_alone(ada, ada_client, lab, engine):
    assert ada_client.post(f"/labs/{lab.id}/start").status_code == 403
    with pytest.raises(services.MayNotStart):
        services.request_session(ada, lab.id, as_ticket=True)
    assert not LabSession.objects.exists()


def test_a_resumed_class_has_its_seats_with_who_is_away_and_their_work(shared, ada, ngozi):
    class_labs.sit_down(shared, ada)
    class_labs.stand_up(shared, ada)
    SeatWork.objects.create(seat=seat_of(shared, ada), packed=b"work")
    again = LabSession.objects.create(learner=None, lab=shared.lab, lab_version=shared.lab_version, is_class=True)
    services.restore_seats(again, shared)
    there = ClassSeat.objects.get(session=again)
    assert (there.user, there.is_away, bytes(there.work.packed)) == (ada, True, b"work")
    assert versions.newest(shared.lab).has_bots


def test_somebody_who_sits_down_while_the_bot_types_does_not_get_its_solution(ngozi, ada, lab, engine, monkeypatch):
    session = class_labs.begin(ngozi, lab.id, {})
    LabSession.objects.filter(pk=session.pk).update(admitted_at=timezone.now(), state=State.REQUESTED, error="")
    starts.start(session.pk, 1)
    session.refresh_from_db()
    monkeypatch.setattr(seat_handover, "type_lines", lambda *_, **__: class_labs.sit_down(session, ada, "right"))
    [job] = [*session.jobs.filter(kind="handover", ended_at=None), *seat_handover.due()][:1]
    seat_handover.hand_over(job.pk)
    session.refresh_from_db()
    assert session.nodes_to_reset == ["h1"]
    assert not may_type(session, ada, "h1")
    prepare(session)
    assert lab_access.client_of(session).resets[-1] == "h1"
    assert may_type(session, ada, "h1")


def test_a_seat_is_not_graded_before_its_nodes_are_reset(shared, ada, grace):
    class_labs.sit_down(shared, grace, "left")
    prepare(shared)
    class_labs.sit_down(shared, ada, "right")
    shared.jobs.filter(ended_at=None).update(ended_at=timezone.now())
    shared.seats.filter(user=ada).update(check_asked_at=timezone.now())
    assert seat_attempts.due() == []
    job = shared.jobs.create(kind=Job.Kind.ATTEMPT)
    check_work.check(job.pk)
    assert not job.attempts.exists(), "what runs there is the bot's work"
    assert seat_of(shared, ada).check_asked_at, "she gets the next attempt"


def test_a_check_that_cannot_be_made_is_not_asked_for_again(shared, ada, monkeypatch):
    class_labs.sit_down(shared, ada, "right")
    prepare(shared)
    job = services.request_check(shared, seat=seat_of(shared, ada))
    monkeypatch.setattr(tasks.check_work.versions, "of", raise_(versions.NoSuchLab("gone")))
    tasks.check_lab(job.pk)
    job.refresh_from_db()
    assert job.error
    assert list(shared.jobs.open()) == []
    assert seat_attempts.due() == []


def test_a_check_that_the_lab_refuses_is_not_kept_for_later(shared, ada):
    class_labs.sit_down(shared, ada, "right")
    LabSession.objects.filter(pk=shared.pk).update(state=State.STOPPING)
    with pytest.raises(WrongState):
        services.request_check(shared, seat=seat_of(shared, ada))
    assert seat_of(shared, ada).check_asked_at is None


def test_a_handover_that_gets_nowhere_waits_for_beat(shared, ada, monkeypatch):
    class_labs.sit_down(shared, ada, "right")
    shared.jobs.filter(ended_at=None).update(ended_at=timezone.now())
    [job] = seat_handover.due()
    monkeypatch.setattr(
        seat_handover, "open_to_holder", lambda session, turn: None
    )  # the seat changes hands all the time
    tasks.hand_over_nodes(job.pk)
    assert list(shared.jobs.open()) == []


def test_a_class_that_was_lost_before_its_first_save_is_a_class_again(shared, ada, ngozi):
    class_labs.sit_down(shared, ada, "right")
    LabSession.objects.filter(pk=shared.pk).update(state=State.FAILED)
    again = services.resume(shared)
    assert again.is_class
    assert seat_of(again, ada).nodes == ["h1"]
    assert bots.nodes_played(again, versions.of(again)) == ["r1"]


def test_a_bot_plays_the_seat_of_whoever_is_away_in_a_class_that_begins_again(shared, ada, ngozi):
    class_labs.sit_down(shared, ada, "right")
    class_labs.stand_up(shared, ada)
    shared.seats.update(bot_at=timezone.now())
    assert bots.nodes_played(shared, versions.of(shared)) == ["r1", "h1"]


def leaves_work_to_a_bot(session, person):
    """A person works, leaves, and the instructor lets a bot play, which has not begun yet. Return the lab and its resets."""
    class_labs.sit_down(session, person, "right")
    prepare(session)
    inside = lab_access.client_of(session)
    inside.files["/etc/light"] = "mine"
    resets = list(inside.resets)
    class_labs.stand_up(session, person)
    class_labs.let_bot_play(session, seat_of(session, person))
    return inside, resets


def test_whoever_comes_back_before_the_bot_has_begun_finds_the_work_on_the_nodes(shared, ada, typed):
    inside, resets = leaves_work_to_a_bot(shared, ada)
    typed.clear()
    class_labs.sit_down(shared, ada)
    prepare(shared)
    assert (inside.files["/etc/light"], inside.resets, typed) == ("mine", resets, {})
    assert may_type(shared, ada, "h1")


def test_whoever_comes_back_while_their_work_is_kept_finds_it_on_the_nodes(shared, ada, typed, monkeypatch):
    inside, resets = leaves_work_to_a_bot(shared, ada)
    typed.clear()
    save = inside.save
    monkeypatch.setattr(inside, "save", lambda **more: class_labs.sit_down(shared, ada) or save(**more))
    prepare(shared)
    assert (inside.files["/etc/light"], inside.resets, typed) == ("mine", resets, {})
    assert may_type(shared, ada, "h1")


def test_no_bot_takes_a_seat_whose_nodes_have_the_work_of_another(shared, ada):
    class_labs.sit_down(shared, ada, "right")
    class_labs.stand_up(shared, ada)
    assert not class_labs.let_bot_play(shared, seat_of(shared, ada)), "it would keep the bot's work as hers"


def test_work_that_cannot_be_saved_stays_where_it_is_and_no_bot_plays(shared, ada, typed, monkeypatch):
    class_labs.sit_down(shared, ada, "right")
    prepare(shared)
    class_labs.stand_up(shared, ada)
    typed.clear()
    class_labs.let_bot_play(shared, seat_of(shared, ada))
    monkeypatch.setattr(lab_access.client_of(shared), "save", raise_(errors.LabFailed("too large")))
    prepare(shared)
    assert typed == {}
    assert seat_of(shared, ada).bot_at is None


def test_a_bot_that_had_not_begun_does_not_begin_in_the_resumed_class(shared, ada):
    """The files on the nodes then may be the work of somebody else, from an older save."""
    class_labs.sit_down(shared, ada, "right")
    class_labs.stand_up(shared, ada)
    shared.seats.update(bot_at=timezone.now())
    again = LabSession.objects.create(learner=None, lab=shared.lab, lab_version=shared.lab_version, is_class=True)
    services.restore_seats(again, shared)
    assert seat_of(again, ada).is_away
    assert seat_of(again, ada).bot_at is None


def checked(session):
    job = session.jobs.create(kind=Job.Kind.ATTEMPT)
    check_work.check(job.pk)
    job.refresh_from_db()
    assert not job.error, job.detail


def test_a_seat_that_is_reset_begins_again_and_stays_that_of_its_holder(shared, typed, ada, grace):
    class_labs.sit_down(shared, ada, "left")
    class_labs.sit_down(shared, grace, "right")
    prepare(shared)
    before = len(lab_access.client_of(shared).resets)
    typed.clear()
    class_labs.reset_seat(shared, seat_of(shared, ada))
    assert not may_type(shared, ada, "r1"), "not before the node is reset"
    prepare(shared)
    assert lab_access.client_of(shared).resets[before:] == ["r1"], "the neighbour works on"
    assert may_type(shared, ada, "r1")
    assert typed == {}


def test_a_seat_that_is_skipped_to_a_stage_has_the_solution_of_those_before_for_no_points(shared, typed, ada, lab):
    class_labs.sit_down(shared, ada, "left")
    prepare(shared)
    first, second = (stage.id for stage in lab.stages)
    typed.clear()
    class_labs.skip_to_stage(shared, seat_of(shared, ada), second)
    prepare(shared)
    assert typed == {"r1": lab.solution[first]["r1"]}
    assert may_type(shared, ada, "r1")
    lab_access.client_of(shared).is_solved()
    checked(shared)
    attempt = Attempt.objects.get(learner=ada)
    assert attempt.assisted == [first]
    assert attempt.score == 0
    assert {row.points for row in shared.check_statuses.filter(check_id__in=("on", "still"))} == {0}
    assert not shared.check_statuses.filter(check_id__in=("on", "still")).exclude(first_passed_at=None).exists()


def test_what_the_site_did_at_one_seat_counts_for_the_others(shared, typed, ada, grace, lab):
    class_labs.sit_down(shared, ada, "left")
    class_labs.sit_down(shared, grace, "right")
    class_labs.skip_to_stage(shared, seat_of(shared, ada), lab.stages[1].id)
    prepare(shared)
    lab_access.client_of(shared).is_solved()
    checked(shared)
    assert Attempt.objects.get(learner=grace).score == Attempt.objects.get(learner=grace).out_of > 0


def test_a_reset_takes_assistance_back(shared, typed, ada, lab):
    class_labs.sit_down(shared, ada, "left")
    class_labs.skip_to_stage(shared, seat_of(shared, ada), lab.stages[1].id)
    class_labs.reset_seat(shared, seat_of(shared, ada))
    typed.clear()
    prepare(shared)
    assert (typed, seat_of(shared, ada).assisted) == ({}, [])


def test_a_seat_that_a_bot_plays_is_neither_reset_nor_skipped_to_a_stage(shared, ada, lab):
    class_labs.sit_down(shared, ada, "left")
    prepare(shared)
    class_labs.stand_up(shared, ada)
    assert class_labs.let_bot_play(shared, seat_of(shared, ada))
    with pytest.raises(WrongState):
        class_labs.reset_seat(shared, seat_of(shared, ada))
    with pytest.raises(WrongState):
        class_labs.skip_to_stage(shared, seat_of(shared, ada), lab.stages[1].id)


def skip_seat(session, person, stage):
    class_labs.skip_to_stage(session, seat_of(session, person), stage)
    prepare(session)


def solved(session, person, seat):
    """Let a person sit down at a seat, type the solution, and ask for a check. Return the attempt."""
    class_labs.sit_down(session, person, seat)
    prepare(session)
    lab_access.client_of(session).is_solved()
    seat_attempts.request(seat_of(session, person))
    checked(session)
    return Attempt.objects.filter(learner=person).latest("pk")


def test_what_was_shown_at_a_seat_gives_no_points_to_who_gives_it_up_and_takes_it_again(shared, ada, lab):
    """Ada read the typed lines, pressed Give up, sat down again, and had the points of what she had read."""
    class_labs.sit_down(shared, ada, "left")
    skip_seat(shared, ada, lab.stages[1].id)
    class_labs.remove(shared, ada)
    again = solved(shared, ada, "left")
    assert (again.score, again.assisted) == (0, [lab.stages[0].id])
    assert {row.points for row in again.verdicts.all()} == {0}
    assert {row.points for row in shared.check_statuses.filter(check_id__in=("on", "still"))} == {0}


def test_nor_after_the_seat_was_that_of_another_person_or_in_the_next_class_lab(shared, ngozi, ada, grace, lab):
    class_labs.sit_down(shared, ada, "left")
    skip_seat(shared, ada, lab.stages[1].id)
    class_labs.remove(shared, ada)
    assert solved(shared, grace, "left").is_full, "the node was reset before Grace could type there"
    class_labs.remove(shared, grace)
    assert solved(shared, ada, "left").score == 0
    LabSession.objects.filter(pk=shared.pk).update(state=State.STOPPED)
    assert solved(started(ngozi, lab), ada, "left").score == 0


def test_nor_after_a_reset_of_the_seat(shared, ada, lab):
    class_labs.sit_down(shared, ada, "left")
    skip_seat(shared, ada, lab.stages[1].id)
    class_labs.reset_seat(shared, seat_of(shared, ada))
    assert solved(shared, ada, "left").score == 0


def test_another_seat_has_other_values_so_it_gives_all_points(shared, ada, lab):
    class_labs.sit_down(shared, ada, "left")
    skip_seat(shared, ada, lab.stages[1].id)
    class_labs.remove(shared, ada)
    assert solved(shared, ada, "right").is_full


def test_the_page_of_the_seat_says_why_a_stage_gives_no_points(shared, ada, ada_client, lab, monkeypatch):
    class_labs.sit_down(shared, ada, "left")
    skip_seat(shared, ada, lab.stages[1].id)
    class_labs.remove(shared, ada)
    class_labs.sit_down(shared, ada, "left")
    there = reverse("labs:session", args=[shared.pk])
    page = ada_client.get(there).text
    assert "This stage was skipped at your class-lab seat, so its solution was shown to you." in page
    assert "To earn its points, take another class-lab seat." in page
    assert "new values" not in page
    monkeypatch.setattr(shown_stages, "lines_of", lambda _lab, stage, _nodes: stage)
    same = "Its solution is the same at all seats, so you cannot earn its points later."
    assert same in ada_client.get(there).text
