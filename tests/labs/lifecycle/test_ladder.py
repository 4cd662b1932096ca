"""The ladder of a learner: which rung of a lab they have climbed, and which one the page offers next."""

import pytest
from django.utils import timezone

from labs.lifecycle import ladder
from labs.models import Attempt, LabSession, State, TroubleTicket
from labs.models.trouble_ticket import Rung
from tests.builders import make_person

pytestmark = pytest.mark.django_db
FAULTS = {Rung.EASY: "link-down@r1:eth0", Rung.MEDIUM: "mtu@r1:eth0", Rung.HARD: "firewall@r1:eth0"}


@pytest.fixture
def had(ada, lab):
    """Give Ada, or somebody else, a ticket that is opened, and fixed if SCORE is above 0."""

    def make(rung, score=0, *, hints=0, seconds=60.0, wanted=None, who=ada, version=lab.version):
        now = timezone.now()
        facts = {"lab": lab.id, "lab_version": version}
        session = LabSession.objects.create(learner=who, state=State.STOPPED, stopped_at=now, **facts)
        number = TroubleTicket.next_seed(lab.id)
        rows = {"rung": wanted or rung, "fault": FAULTS[rung], "opened_at": now}
        TroubleTicket.objects.create(session=session, seed=number, hints=hints, **rows)
        if score:
            job = session.jobs.create(kind="attempt", ended_at=now)
            times = dict.fromkeys(("asked_at", "started_at", "finished_at"), now)
            ticket = {"kind": "ticket", "fault": FAULTS[rung], "fault_seed": number, "hints": hints, "seconds": seconds}
            points = {"score": score, "out_of": 100, "unknown": 0}
            Attempt.objects.create(session=session, job=job, learner=who, **facts, **times, **ticket, **points)
        return session

    return make


def shapes(ada, lab):
    return [step.shape for step in ladder.of(ada, lab).steps]


def test_a_learner_begins_with_the_first_rung_and_goes_on_when_it_is_climbed(ada, lab, had):
    assert ladder.of(ada, lab).next.rung == Rung.EASY
    had(Rung.EASY)
    assert ladder.of(ada, lab).next.rung == Rung.EASY
    assert ladder.of(ada, lab).steps[0].word == "Not fixed yet"
    for rung, after in zip(Rung, [Rung.MEDIUM, Rung.HARD, Rung.HARD], strict=True):
        had(rung, 80, hints=2)
        assert ladder.of(ada, lab).next.rung == after
    assert ladder.of(ada, lab).is_climbed
    assert shapes(ada, lab) == ["pass"] * 3


def test_a_rung_of_which_the_cause_was_read_is_not_climbed(ada, lab, had):
    had(Rung.EASY, 50, hints=3)
    assert shapes(ada, lab)[0] == "assist"
    assert ladder.of(ada, lab).next.rung == Rung.EASY
    had(Rung.EASY, 90, hints=1)
    assert shapes(ada, lab)[0] == "pass"


def test_the_best_of_several_is_shown(ada, lab, had):
    for score, seconds in ((90, 20.0), (100, 300.0), (100, 120.0)):
        had(Rung.MEDIUM, score, seconds=seconds)
    step = ladder.of(ada, lab).steps[1]
    assert (step.best.score, step.best.seconds, step.opened) == (100, 120.0, 3)


def test_what_others_have_fixed_does_not_count(ada, lab, had):
    had(Rung.EASY, 100, who=make_person("grace"))
    assert shapes(ada, lab) == ["none"] * 3


def test_a_rung_of_which_the_lab_has_no_fault_is_left_out(ada, lab, had):
    had(Rung.MEDIUM, wanted=Rung.EASY, who=make_person("grace"))
    assert shapes(ada, lab) == ["wait", "none", "none"]
    assert ladder.of(ada, lab).next.rung == Rung.MEDIUM
    had(Rung.EASY, who=make_person("linus"))  # it has one after all, which another seed chose
    assert ladder.of(ada, lab).next.rung == Rung.EASY


def test_an_older_version_of_the_lab_says_nothing_about_this_one(ada, lab, had):
    had(Rung.MEDIUM, wanted=Rung.EASY, version="000000000000")
    assert ladder.of(ada, lab).next.rung == Rung.EASY


def test_a_resumed_ticket_is_one_ticket(ada, lab, had):
    old = had(Rung.EASY).ticket
    again = LabSession.objects.create(learner=ada, lab=lab.id, lab_version=lab.version, state=State.STOPPED)
    TroubleTicket.objects.create(session=again, seed=old.seed, rung=old.rung, fault=old.fault, opened_at=old.opened_at)
    assert ladder.of(ada, lab).steps[0].opened == 1
    new = TroubleTicket(session=again, seed=old.seed + 1)
    assert ladder.had(ada, new) == {"link-down": 1}
    assert ladder.had(ada, old) == {}


def test_many_ladders_take_three_queries(ada, lab, other_lab, had, django_assert_num_queries):
    had(Rung.EASY, 100)
    with django_assert_num_queries(3):
        assert set(ladder.of_each(ada, [lab, other_lab])) == {lab.id, other_lab.id}
