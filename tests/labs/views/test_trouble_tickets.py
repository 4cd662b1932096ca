"""Trouble tickets: who may open one, what the learner sees of it, how its time is measured, and what counts."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.engine import errors
from labs.engine.faults import PlacedFault
from labs.engine.runtime.client import Saved
from labs.engine.translatable_text import Text
from labs.engine.trouble_tickets import preparation
from labs.lifecycle import check_work, lab_failure, reconciliation, services, starts, stops, trouble_tickets
from labs.lifecycle.saves import keep
from labs.models import SAVED_AND_STOPPED, Attempt, Exam, Host, Job, LabSession, Save, State, TroubleTicket, WrongState
from labs.models.trouble_ticket import Rung
from labs.registry import versions
from labs.terminals import permissions, tokens
from tests.builders import make_person, signed_in
from tests.labs.fakes import FORWARDING
from vaka.accounts.models import INSTRUCTORS

pytestmark = pytest.mark.django_db
enqueues = pytest.mark.django_db(transaction=True)
PLACED = PlacedFault(
    "forwarding", "forwarding", "r1", "ipv6", (f"sysctl -w {FORWARDING}=0",), (f"sysctl -w {FORWARDING}=1",)
)


@pytest.fixture
def making(monkeypatch):
    """A ticket is made at once: of the solved fake lab the router does not forward any more. Counts the tickets that were made."""
    seeds = []

    def make(lab, published, seed, on_step, rank):
        lab.there()
        lab.is_solved()
        lab.sysctls[FORWARDING] = "0"
        seeds.append(seed)
        return preparation.PreparedTicket(
            PLACED, Text.plain("“Nothing works here.”"), Text.plain("r1 does not forward.")
        )

    monkeypatch.setattr(preparation, "prepare", make)
    return seeds


@pytest.fixture
def ticket(requested, engine, making):
    """Ada's ticket, open since a minute, by her clock."""
    TroubleTicket.objects.create(session=requested, seed=4)
    starts.start(requested.pk, requested.generation)
    trouble_tickets.prepare(requested.jobs.get(kind=Job.Kind.TICKET).pk)
    TroubleTicket.objects.update(since=timezone.now() - timedelta(seconds=60))
    return TroubleTicket.objects.get()


def check(session, ago=0.0):
    asked = timezone.now() - timedelta(seconds=ago)
    check_work.check(session.jobs.create(kind=Job.Kind.ATTEMPT, asked_at=asked).pk)
    return session.attempts.first()


def page(ticket, who=None):
    there = reverse("labs:lab", args=[ticket.session.lab])
    return signed_in(who or ticket.session.learner).get(there).content.decode()


def test_a_ticket_that_is_stopped_before_it_is_fixed_takes_no_result_of_the_lab_away(ticket, lab):
    passes(ticket.session.learner, lab)
    check(ticket.session)
    assert 'id="verdict-on-fail"' in page(ticket)
    services.stop_session(ticket.session)
    stops.stop(ticket.session_id)
    text = page(ticket)
    assert "You have done it" in text
    assert not re.search(r'id="verdict-[^"]*-fail"|class="(v [^"]*)?fail', text)


def test_a_ticket_in_which_nothing_was_typed_is_not_said_to_be_saved(ticket, lab):
    """Regression: its page said that the work is saved and can be resumed, and after the stop the ticket was gone."""
    nothing = "What you have typed on the nodes is saved first. If you have typed nothing, nothing is saved."
    saved = "Your work on the nodes is saved first, and you can resume it later."
    LabSession.objects.update(active_at=None)
    text = page(ticket)
    assert f"{nothing} This trouble ticket then ends with the lab." in text
    assert saved not in text
    LabSession.objects.update(active_at=timezone.now())
    text = page(ticket)
    assert saved in text
    assert nothing not in text
    LabSession.objects.update(active_at=None)
    services.stop_session(ticket.session, SAVED_AND_STOPPED)
    assert "Nothing was typed in it, so there is nothing to save." in page(ticket)
    stops.stop(ticket.session_id)
    text = page(ticket)
    assert "has stopped it. You can start again here." in text
    assert "Resume the trouble ticket" not in text


def passes(learner, lab):
    """The learner has passed the lab once."""
    session = LabSession.objects.create(learner=learner, lab=lab.id, lab_version=lab.version, state=State.STOPPED)
    job = session.jobs.create(kind=Job.Kind.ATTEMPT, ended_at=timezone.now())
    moments = dict.fromkeys(("asked_at", "started_at", "finished_at"), timezone.now())
    facts = {"lab": lab.id, "lab_version": lab.version, "kind": "attempt", "score": 10, "out_of": 10, "unknown": 0}
    return Attempt.objects.create(session=session, job=job, learner=learner, **facts, **moments)


# Who may open one


def test_a_ticket_is_offered_to_learners_who_have_passed_the_lab_and_always_to_instructors(ada, lab):
    there, open_it = reverse("labs:lab", args=[lab.id]), reverse("labs:open_trouble_ticket", args=[lab.id])
    client, teacher = signed_in(ada), signed_in(make_person("grace", group=INSTRUCTORS))
    assert "Open as a trouble ticket" not in client.get(there).content.decode()
    assert client.post(open_it).status_code == 404
    assert "Open as a trouble ticket" in teacher.get(there).content.decode()
    passes(ada, lab)
    assert "Practise: find a fault" in client.get(there).content.decode()  # below the result, with the ladder


def test_a_page_has_one_button_to_a_trouble_ticket(ticket, engine, lab):
    passes(ticket.session.learner, lab)
    services.stop_session(ticket.session)
    stops.stop(ticket.session_id)
    text = page(ticket)  # below the result of the lab
    assert 'id="practise"' in text
    assert 'id="open-ticket"' not in text
    TroubleTicket.objects.update(fixed_at=timezone.now())
    text = page(ticket)
    assert 'id="practise"' in text
    assert 'id="open-ticket"' not in text


@enqueues
def test_each_ticket_of_a_lab_has_the_next_number_and_one_lab_runs_at_a_time(ada, lab, other_lab, queue):
    passes(ada, lab)
    client = signed_in(ada)
    assert client.post(reverse("labs:open_trouble_ticket", args=[lab.id])).status_code == 302
    assert client.post(reverse("labs:open_trouble_ticket", args=[lab.id])).status_code == 302  # pressed twice
    grace = services.request_session(make_person("grace"), lab.id, as_ticket=True)
    assert list(TroubleTicket.objects.order_by("pk").values_list("seed", flat=True)) == [0, 1]
    with pytest.raises(services.HasAnother):
        services.request_session(ada, other_lab.id, as_ticket=True)
    assert (
        services.request_session(make_person("linus"), lab.id, as_ticket=True, fault_seed=0).ticket.seed == 0
    )  # to have it again, for an appeal
    assert grace.ticket.seed == 1


@enqueues
def test_two_learners_who_open_a_ticket_at_the_same_time_get_different_faults(ada, lab, requested, queue, monkeypatch):
    """On a database with several pens both saw the same last number: who comes second waits for the first."""
    LabSession.objects.update(learner=make_person("grace"))
    monkeypatch.setattr(Host, "locked", lambda: TroubleTicket.objects.create(session=requested, seed=0))
    assert services.request_session(ada, lab.id, as_ticket=True).ticket.seed == 1


@enqueues
def test_a_running_lab_cannot_be_opened_as_a_ticket(ada, ready, lab, queue):
    passes(ada, lab)
    answer = signed_in(ada).post(reverse("labs:open_trouble_ticket", args=[lab.id]))
    assert answer.status_code == 409
    assert "Stop" in answer.content.decode()


# While it is prepared


@enqueues
def test_a_start_continues_with_the_fault(ada, lab, engine, making, queue):
    session = services.request_session(ada, lab.id, as_ticket=True, fault_seed=7)
    queue()
    session = LabSession.objects.get(pk=session.pk)
    assert (session.state, making, session.ticket.fault) == (State.READY, [7], "forwarding@r1:ipv6")
    assert session.ticket.since
    assert session.initial_state


def test_nobody_can_open_a_lab_while_its_fault_is_prepared(requested, engine, making):
    TroubleTicket.objects.create(session=requested, seed=4)
    starts.start(requested.pk, requested.generation)
    client, who = signed_in(requested.learner), requested.learner.pk
    assert client.post(reverse("labs:terminal_token", args=[requested.pk]), {"node": "r1"}).status_code == 409
    held = tokens.read(tokens.issue(who, requested.pk, "r1", "1", tokens.Mode.CONTROL))
    assert permissions.refusals([held])
    shown = page(requested.trouble_ticket)
    assert "Preparing your trouble ticket" in shown
    assert "<lab-terminals" not in shown
    assert "because the lab is not running" in client.get(reverse("labs:changes", args=[requested.pk])).content.decode()
    trouble_tickets.prepare(requested.jobs.get().pk)
    assert not permissions.refusals([held])
    assert client.post(reverse("labs:terminal_token", args=[requested.pk]), {"node": "r1"}).status_code == 200


def test_a_ticket_of_a_killed_worker_is_prepared_again(requested, engine, making):
    ticket = TroubleTicket.objects.create(session=requested, seed=4)
    starts.start(requested.pk, requested.generation)
    TroubleTicket.objects.filter(pk=ticket.pk).update(made={"begun": True})
    trouble_tickets.prepare(requested.jobs.get().pk)
    assert engine.client_of(requested).resets == [None]
    assert making == [4]
    trouble_tickets.prepare(requested.jobs.get().pk)  # brought twice
    assert making == [4]


@pytest.mark.parametrize("lost", [False, True])
def test_a_ticket_that_cannot_be_prepared_costs_nothing_and_says_so(requested, engine, monkeypatch, lost):
    def make(*_args, **_more):
        raise preparation.NoTicket("No fault breaks what first-light checks.")

    monkeypatch.setattr(preparation, "prepare", make)
    TroubleTicket.objects.create(session=requested, seed=4)
    starts.start(requested.pk, requested.generation)
    if lost:
        reconciliation.end_lost_jobs(timezone.now() + timedelta(hours=1))
    else:
        trouble_tickets.prepare(requested.jobs.get().pk)
    requested.refresh_from_db()
    assert requested.state == State.FAILED
    assert str(requested.pk) not in engine.containers
    shown = page(TroubleTicket.objects.get())
    assert ("No fault breaks what" in shown) != lost
    assert "You lost no points." in shown
    assert TroubleTicket.objects.get().seconds == 0


# What its learner sees


def test_the_learner_reads_the_report_but_neither_the_cause_nor_the_fault(ticket):
    check(ticket.session)
    shown = page(ticket)
    assert "“Nothing works here.”" in shown
    assert "Not fixed yet: 2 checks do not pass" in shown
    told = signed_in(ticket.session.learner).get(reverse("labs:status", args=[ticket.session_id])).json()
    for secret in (
        "r1 does not forward.",
        "Likely cause",
        "It is a sysctl.",
        ticket.fault,
        "sysctl -w net.ipv6.conf.all.forwarding=0",
    ):
        assert secret not in shown
        assert secret not in str(told)
    assert told["ticket"]["seed"] == 4


def test_a_check_of_a_ticket_that_has_not_run_is_not_called_not_started(ticket):
    shown = page(ticket)
    assert shown.count("Not run yet") == len(list(versions.newest(ticket.session.lab).checks()))
    check(ticket.session)
    assert "Not run yet" not in page(ticket)


def test_hints_are_shown_one_by_one_and_cost_points(ticket):
    client, there = signed_in(ticket.session.learner), reverse("labs:trouble_ticket_hint", args=[ticket.session_id])
    for words, points in (("The fault is on", 90), ("Look at", 80), ("r1 does not forward.", 50)):
        assert words not in page(ticket)
        client.post(there)
        assert words in page(ticket)
        assert TroubleTicket.objects.get().points == points
    client.post(there)
    assert TroubleTicket.objects.get().hints == 3
    assert signed_in(make_person("mallory")).post(there).status_code == 404


def test_a_ticket_can_neither_be_reset_nor_skipped(ticket):
    shown = page(ticket)
    assert 'id="reset"' not in shown
    for ask in (
        lambda: services.request_reset(ticket.session, None),
        lambda: services.request_skip(ticket.session, "file"),
    ):
        with pytest.raises(WrongState):
            ask()


# What counts


def test_a_ticket_is_fixed_when_all_checks_pass_again_and_then_shows_the_fault(ticket, engine, ada):
    wrong = check(ticket.session)
    assert (wrong.kind, wrong.score, wrong.out_of, wrong.unknown) == ("ticket", 0, 100, 0)
    ticket.open_hint()
    engine.client_of(ticket.session).is_solved()
    right = check(ticket.session)
    ticket.refresh_from_db()
    assert (right.score, right.fault, right.fault_seed, right.hints) == (90, "forwarding@r1:ipv6", 4, 1)
    assert 60 <= right.seconds == round(ticket.seconds, 1) < 600
    assert ticket.since is None
    shown = page(ticket)
    assert f"Fixed in 1:0{int(ticket.seconds) - 60}" in shown or "Fixed in 1:" in shown
    assert "sysctl -w net.ipv6.conf.all.forwarding=0" in shown
    assert "Continue the course" in shown
    assert "One setting of the node says that it does not forward packets." in shown
    assert 'id="practise"' not in shown  # she has not passed the lab: somebody gave her the ticket
    assert Attempt.objects.best(ada, ticket.session.lab) is None  # the lab was solved for her


def test_a_fixed_ticket_that_is_broken_again_says_so(ticket, engine):
    lab = engine.client_of(ticket.session)
    lab.is_solved()
    check(ticket.session)
    fixed_at = f"Fixed at {TroubleTicket.objects.get().fixed_at:%H:%M}."
    assert f"{fixed_at} All checks pass again." in page(ticket)
    lab.files.clear()
    check(ticket.session)
    broken = page(ticket)
    assert f"{fixed_at} Not all checks pass now." in broken
    assert "All checks pass again." not in broken
    services.stop_session(ticket.session)
    stops.stop(ticket.session_id)
    assert f"{fixed_at} All checks passed again." in page(ticket)  # nobody knows what passes now


def test_a_fix_that_breaks_another_check_does_not_count(ticket, engine):
    lab = engine.client_of(ticket.session)
    lab.is_solved()
    lab.files.clear()
    assert check(ticket.session).score == 0
    assert TroubleTicket.objects.get().fixed_at is None


def test_an_unknown_check_costs_neither_points_nor_time(ticket, engine):
    lab = engine.client_of(ticket.session)
    lab.is_solved()
    lab.error = errors.RelayGone("The relay does not answer.")
    blind = check(ticket.session, ago=40)
    assert (blind.score, blind.unknown) == (0, 100)
    ticket.refresh_from_db()
    assert 19 <= ticket.seconds < 55  # a minute, less the forty seconds that we took to look
    assert ticket.since
    assert "Not fixed yet" not in page(ticket)
    lab.error = None
    assert check(ticket.session).score == 100


def test_the_clock_is_paused_while_the_lab_does_not_run(ticket):
    services.stop_session(ticket.session)
    ticket.refresh_from_db()
    assert ticket.since is None
    assert 59 <= ticket.seconds < 600


def test_a_lost_lab_costs_no_time_after_the_last_key(ticket):
    LabSession.objects.update(active_at=ticket.since + timedelta(seconds=10))
    lab_failure.fail(LabSession.objects.get(), "The lab was removed.")
    assert TroubleTicket.objects.get().seconds == pytest.approx(10)


def test_resumed_it_is_the_same_ticket_with_its_time_and_hints(ticket, engine):
    ticket.open_hint()
    saved = keep(ticket.session, Saved(b'{"sysctls": {}, "files": {}}', []), Save.Reason.STOP, timezone.now())
    services.stop_session(ticket.session)
    stops.stop(ticket.session_id)
    again = services.request_session(saved.learner, saved.lab, saved)
    LabSession.objects.filter(pk=again.pk).update(admitted_at=timezone.now())
    starts.start(again.pk, again.generation)
    again = LabSession.objects.get(pk=again.pk)
    assert not again.jobs.exists()
    assert (again.ticket.fault, again.ticket.hints) == (ticket.fault, 1)
    assert again.ticket.seconds >= 59
    assert again.ticket.since
    assert "“Nothing works here.”" in page(again.ticket)


def test_to_resume_where_one_left_off_resumes_the_lab_and_not_the_ticket(ada, ada_client, lab, ready, engine, queue):
    engine.client_of(ready).is_solved()
    now = timezone.now()
    own = keep(ready, Saved(b"lab", []), Save.Reason.STOP, now - timedelta(hours=1))
    LabSession.objects.update(state=State.STOPPED, stopped_at=now)
    copied = {"lab": lab.id, "lab_version": ready.lab_version, "state": State.STOPPED, "stopped_at": now}
    with_ticket = LabSession.objects.create(learner=ada, **copied)
    ticket = TroubleTicket.objects.create(session=with_ticket, seed=3, opened_at=now, made={"node": "r1"})
    of_ticket = keep(with_ticket, Saved(b"ticket", []), Save.Reason.STOP, now)

    def button(text, label):
        before = text[: text.index(label)]
        return before.rsplit('name="resume" value="', 1)[1].partition('"')[0]

    text = ada_client.get(f"/labs/{lab.id}/").text
    assert button(text, "Resume where you left off") == str(own.pk)
    assert button(text, "Resume the trouble ticket") == str(of_ticket.pk)
    bar = text[text.index('class="labbar"') : text.index('class="lab"')]
    assert "Resume the trouble ticket" not in bar  # it stays one row
    TroubleTicket.objects.filter(pk=ticket.pk).update(fixed_at=now)
    text = ada_client.get(f"/labs/{lab.id}/").text
    assert "Resume the trouble ticket" not in text
    assert ", of a trouble ticket" in text  # it is still among the earlier saves


# The ladder, and the way to the next fault


def practise(client, session, lab, **more):
    return client.post(reverse("labs:open_trouble_ticket", args=[lab.id]), {"stop": session.pk, **more})


@enqueues
def test_a_ticket_is_of_the_rung_that_was_asked_for_and_else_of_the_next_one(ada, lab, queue):
    passes(ada, lab)
    signed_in(ada).post(reverse("labs:open_trouble_ticket", args=[lab.id]), {"rung": "3"})
    assert TroubleTicket.objects.get().rung == Rung.HARD
    LabSession.objects.update(state=State.STOPPED)
    for nonsense in ("", "9", "x", "²"):
        signed_in(ada).post(reverse("labs:open_trouble_ticket", args=[lab.id]), {"rung": nonsense})
        assert TroubleTicket.objects.last().rung == Rung.EASY
        LabSession.objects.update(state=State.STOPPED)


def test_the_faults_of_the_rung_are_tried_first_and_those_of_an_earlier_ticket_of_the_seed_before_all(
    requested, engine, making
):
    ticket = TroubleTicket.objects.create(session=requested, seed=4, rung=Rung.HARD)
    order = trouble_tickets._rank(requested, ticket)
    assert min(("link-down", "mtu", "firewall"), key=order) == "firewall"
    older = LabSession.objects.create(lab=requested.lab, lab_version=requested.lab_version, state=State.STOPPED)
    TroubleTicket.objects.create(session=older, seed=4, fault="mtu@r1:eth0", opened_at=timezone.now())
    again = trouble_tickets._rank(requested, ticket)
    assert min(("link-down", "mtu", "firewall"), key=again) == "mtu"


def test_the_page_of_a_ticket_says_its_rung_and_if_it_is_not_the_one_that_was_asked_for(ticket):
    TroubleTicket.objects.update(rung=Rung.EASY)
    shown = page(ticket)
    assert "Rung: <b>Easy</b>." in shown
    assert "This lab has no fault of the rung" not in shown
    assert "One setting of the node" not in shown
    TroubleTicket.objects.update(rung=Rung.HARD)
    assert "This lab has no fault of the rung “Hard”." in page(ticket)


@enqueues
def test_from_a_lab_that_is_passed_one_action_saves_it_stops_it_and_opens_a_ticket(
    ada, ada_client, ready, lab, engine, making, queue
):
    """Regression: the end of a lab only said that one could stop it and then open it as a trouble ticket."""
    engine.client_of(ready).is_solved()
    ready.touch()
    check(ready)
    there = reverse("labs:lab", args=[lab.id])
    text = ada_client.get(there).text
    assert "Save and stop this lab, then practise: find a fault" in text
    assert "The next fault is of the rung “Easy”." in text
    assert practise(ada_client, ready, lab, rung="1").headers["Location"] == there
    assert "Then your trouble ticket starts here by itself." in ada_client.get(there).text
    assert practise(ada_client, ready, lab, rung="1").status_code == 302  # pressed twice
    queue()
    ready.refresh_from_db()
    assert ready.state == State.STOPPED
    assert ready.saves.filter(reason=Save.Reason.STOP).count() == 1
    ticket = TroubleTicket.objects.get()
    assert (ticket.session.state, ticket.rung, ticket.session.learner) == (State.READY, Rung.EASY, ada)
    assert "“Nothing works here.”" in ada_client.get(there).text
    old = reverse("labs:panel", args=[ready.pk])  # for a page that was open all the time
    answer = ada_client.get(old, headers={"X-Vaka": "panel"})
    assert (answer.status_code, answer.headers["Location"]) == (302, there)


@enqueues
def test_if_the_work_was_not_saved_the_learner_reads_that_and_no_ticket_begins(
    ada, ada_client, ready, lab, engine, making, queue, monkeypatch
):
    passes(ada, lab)
    LabSession.objects.exclude(pk=ready.pk).update(created_at=timezone.now() - timedelta(days=1))
    ready.touch()
    monkeypatch.setattr(stops, "_save_at_the_end", lambda *_how: "Your work was not saved.")
    practise(ada_client, ready, lab)
    queue()
    assert not TroubleTicket.objects.exists()
    assert "Your work was not saved." in ada_client.get(reverse("labs:lab", args=[lab.id])).text


@enqueues
def test_who_may_not_start_a_lab_keeps_the_one_that_runs(ada, ada_client, ready, lab, queue, monkeypatch):
    passes(ada, lab)

    def refuse(_learner):
        raise services.MayNotStart("Not today.")

    monkeypatch.setattr(services.admission, "require_may_start", refuse)
    answer = practise(ada_client, ready, lab)
    assert (answer.status_code, "Not today." in answer.text) == (403, True)
    ready.refresh_from_db()
    assert (ready.state, ready.next_rung) == (State.READY, None)


@enqueues
@pytest.mark.parametrize("what", ["copy", "class", "exam", "ticket"])
def test_a_lab_that_is_not_the_learners_alone_is_not_stopped_for_a_ticket(ada, ada_client, ready, lab, queue, what):
    passes(ada, lab)
    if what == "ticket":
        TroubleTicket.objects.create(session=ready, seed=1, opened_at=timezone.now())
    else:
        fields = {"copy": {"copy_of": ready}, "class": {"is_class": True}, "exam": {"exam": Exam.SEALED}}
        LabSession.objects.filter(pk=ready.pk).update(**fields[what])
    practise(ada_client, ready, lab)
    ready.refresh_from_db()
    assert (ready.state, ready.next_rung) == (State.READY, None)
    assert 'id="practise"' not in ada_client.get(reverse("labs:lab", args=[lab.id])).text


@enqueues
def test_the_session_of_somebody_else_is_not_stopped(ada, ready, lab, queue):
    mallory = make_person("mallory")
    passes(mallory, lab)
    assert practise(signed_in(mallory), ready, lab).status_code == 302
    ready.refresh_from_db()
    assert ready.state == State.READY
    assert TroubleTicket.objects.get().session.learner == mallory  # it is their own that opens


@enqueues
def test_a_fixed_ticket_leads_to_the_next_one_while_it_runs(ticket, ada_client, ada, lab, engine, queue):
    passes(ada, lab)
    engine.client_of(ticket.session).is_solved()
    check(ticket.session)
    assert "The next fault is of the rung “Medium”." in page(ticket)
    practise(ada_client, ticket.session, lab)
    queue()
    assert list(TroubleTicket.objects.order_by("pk").values_list("rung", flat=True)) == [None, Rung.MEDIUM]
