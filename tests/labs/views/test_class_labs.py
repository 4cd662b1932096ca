"""Class labs: Ngozi the instructor starts one and gives out its seats."""

import pytest

from labs.lifecycle import class_labs
from labs.models import ClassSeat, LabSession, State
from labs.registry import versions
from tests.labs import fakes
from tests.labs.views.helpers import log
from vaka.accounts.models import AccountStatus, User

pytestmark = pytest.mark.django_db
PAGE = "/labs/sessions/"
NOT_A_TRAINEE = "You have no trainee with the username “{name}”. Check the spelling."


@pytest.fixture(autouse=True)
def taught(settings):
    """Ada and Grace are Ngozi's trainees: what a workshop says is tested there."""
    settings.LAB_TRAINEES = "tests.labs.views.test_class_labs.ada_and_grace"


def ada_and_grace(user):
    return User.objects.filter(username__in=["ada", "grace"] if user.username == "ngozi" else []).values("pk")


def test_an_instructor_creates_a_class_lab(ngozi_client, ngozi, ada, grace, lab):
    assert lab.title in ngozi_client.get(f"{PAGE}class").text
    assert "seat-left" in ngozi_client.get(f"{PAGE}class", {"lab": lab.id}).text
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, "seat-left": "ada", "seat-right": "grace"})
    made = LabSession.objects.of(ngozi).get()
    assert answer.headers["Location"] == f"{PAGE}{made.pk}/seats"
    assert {seat.user: seat.nodes for seat in ClassSeat.objects.all()} == {ada: ["r1"], grace: ["h1"]}
    assert log() == [("ngozi", "Made a class lab.")]


@pytest.mark.parametrize(
    ("names", "error"),
    [
        ({}, "at least one"),
        ({"seat-left": "nobody"}, NOT_A_TRAINEE.format(name="nobody")),
        ({"seat-left": "linus"}, NOT_A_TRAINEE.format(name="linus")),
        ({"seat-left": "ngozi"}, "the whole lab is theirs"),
        ({"seat-left": "ada", "seat-right": "ada"}, "two seats"),
    ],
)
def test_an_invalid_class_says_why_and_nothing_starts(ngozi_client, ada, linus, lab, names, error):
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, **names})
    assert answer.status_code == 422
    assert error in answer.text
    assert not LabSession.objects.exists()


def test_an_instructor_who_may_not_start_a_lab_reads_why(ngozi, ngozi_client, ada, lab, settings):
    settings.LABS_UNVERIFIED = 0
    User.objects.filter(pk=ngozi.pk).update(account_status=AccountStatus.NEW)
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, "seat-left": "ada"})
    assert answer.status_code == 422
    assert "Nobody has confirmed your account yet" in answer.text


def test_an_instructor_must_stop_their_own_lab_first(ngozi, ngozi_client, ada, lab):
    LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version=lab.version, state=State.READY)
    answer = ngozi_client.post(f"{PAGE}class", {"lab": lab.id, "seat-left": "ada"})
    assert "Stop it first" in answer.text
    assert not ClassSeat.objects.exists()


def test_seats_are_assigned_and_removed(ngozi, ngozi_client, ada, grace, linus, lab, engine):
    made = class_labs.begin(ngozi, lab.id, {"left": ada})
    page = f"{PAGE}{made.pk}/seats"
    LabSession.objects.update(state=State.READY)
    for name, seat, error in (
        ("grace", "left", "already taken"),
        ("ngozi", "right", "whole lab is theirs"),
        ("linus", "right", NOT_A_TRAINEE.format(name="linus")),
        ("nobody", "right", NOT_A_TRAINEE.format(name="nobody")),
    ):
        assert error in ngozi_client.post(page, {"name": name, "seat": seat}).text
    ngozi_client.post(page, {"name": "grace", "seat": "right"})
    assert "Free seats" not in ngozi_client.get(page).text
    ngozi_client.post(f"{page}/{ClassSeat.objects.get(user=ada).pk}/remove")
    assert [seat.user for seat in ClassSeat.objects.all()] == [grace]
    assert [what for _who, what in log()] == ["Gave grace the seat right.", "Took the seat of ada away."]


def test_an_administrator_gives_a_seat_to_everybody(ngozi, olga_client, linus, lab, engine):
    page = f"{PAGE}{class_labs.begin(ngozi, lab.id, {}).pk}/seats"
    LabSession.objects.update(state=State.READY)
    assert "There is no account" in olga_client.post(page, {"name": "nobody", "seat": "right"}).text
    olga_client.post(page, {"name": "linus", "seat": "right"})
    assert ClassSeat.objects.get().user == linus


def test_who_was_given_a_seat_gives_it_up_and_has_the_lab_for_themselves_again(ngozi, ada, ada_client, lab, engine):
    session = class_labs.begin(ngozi, lab.id, {"left": ada})
    LabSession.objects.update(state=State.READY)
    page = ada_client.get(f"/labs/{lab.id}/", follow=True).text
    assert f"{PAGE}{session.pk}/give-up" in page
    ada_client.post(f"{PAGE}{session.pk}/leave")
    assert f"{PAGE}{session.pk}/give-up" in ada_client.get(f"{PAGE}{session.pk}/").text, "also while she is away"
    answer = ada_client.post(f"{PAGE}{session.pk}/give-up")
    assert answer.headers["Location"] == f"/labs/{lab.id}/"
    assert not ClassSeat.objects.exists()
    assert ada_client.get(f"/labs/{lab.id}/").context["page"].session is None
    assert ada_client.post(f"{PAGE}{session.pk}/give-up").status_code == 404


def test_the_seats_page_says_who_has_not_opened_the_class_lab(ngozi, ngozi_client, ada, ada_client, lab, engine):
    session = class_labs.begin(ngozi, lab.id, {"left": ada})
    LabSession.objects.update(state=State.READY)
    assert "has not opened the class lab yet" in ngozi_client.get(f"{PAGE}{session.pk}/seats").text
    ada_client.get(f"{PAGE}{session.pk}/")
    assert "has not opened the class lab yet" not in ngozi_client.get(f"{PAGE}{session.pk}/seats").text


def test_a_learners_own_lab_has_no_seats(ready, grace, olga_client):
    answer = olga_client.post(f"{PAGE}{ready.pk}/seats", {"name": "grace", "seat": "left"})
    assert answer.status_code == 422
    assert not ClassSeat.objects.exists()


# A class lab with bots


@pytest.fixture
def open_class(ngozi, lab, engine, monkeypatch, settings):
    """Ngozi's class lab with bots, open to everybody: what a workshop says is tested there."""
    made = fakes.with_bots(lab)
    monkeypatch.setattr(versions, "newest", lambda lab, seed=0: made)
    monkeypatch.setattr(versions, "of", lambda session: made)
    settings.LAB_CLASSES = "tests.labs.views.test_class_labs.all_classes"
    session = class_labs.begin(ngozi, lab.id, {})
    LabSession.objects.update(state=State.READY, error="")
    session.refresh_from_db()
    return session


def all_classes(user):
    return LabSession.objects.all()


def test_a_trainee_takes_a_seat_stands_up_and_comes_back(open_class, ada, ada_client):
    page = ada_client.get(f"/labs/{open_class.lab}/").text
    assert "Take a free class-lab seat" in page
    assert "Choose a class-lab seat" in page
    answer = ada_client.post(f"{PAGE}{open_class.pk}/sit-down", {"seat": "right"})
    assert answer.headers["Location"] == f"{PAGE}{open_class.pk}/"
    assert ClassSeat.objects.get(user=ada).nodes == ["h1"]
    shown = ada_client.get(f"{PAGE}{open_class.pk}/").text
    assert "Leave your class-lab seat" in shown
    ada_client.post(f"{PAGE}{open_class.pk}/leave")
    assert ClassSeat.objects.get(user=ada).is_away
    assert "Come back to your class-lab seat" in ada_client.get(f"{PAGE}{open_class.pk}/").text
    ada_client.post(f"{PAGE}{open_class.pk}/sit-down")
    assert not ClassSeat.objects.get(user=ada).is_away


def test_a_taken_seat_is_refused_and_another_can_be_chosen(open_class, ada_client, grace, grace_client):
    ada_client.post(f"{PAGE}{open_class.pk}/sit-down", {"seat": "left"})
    answer = grace_client.post(f"{PAGE}{open_class.pk}/sit-down", {"seat": "left"}, follow=True)
    assert "not free any more" in answer.text
    assert not ClassSeat.objects.filter(user=grace).exists()


def test_nobody_takes_a_seat_in_a_class_that_is_not_theirs(open_class, settings, linus_client):
    settings.LAB_CLASSES = ""
    assert linus_client.post(f"{PAGE}{open_class.pk}/sit-down").status_code == 404
    assert "It is not running now" in linus_client.get(f"/labs/{open_class.lab}/").text


def test_who_is_away_types_resets_and_checks_nothing(open_class, ada, ada_client):
    ada_client.post(f"{PAGE}{open_class.pk}/sit-down", {"seat": "left"})
    LabSession.objects.update(nodes_to_reset=[])
    ada_client.post(f"{PAGE}{open_class.pk}/leave")
    jobs_before = open_class.jobs.count()
    assert ada_client.post(f"{PAGE}{open_class.pk}/terminal-token", {"node": "r1"}).status_code == 404
    assert ada_client.post(f"{PAGE}{open_class.pk}/reset", {"node": "r1"}).status_code == 404
    ada_client.post(f"{PAGE}{open_class.pk}/check")
    assert open_class.jobs.count() == jobs_before


def test_a_seat_sees_its_own_guide_and_checks(open_class, lab, ada_client):
    ada_client.post(f"{PAGE}{open_class.pk}/sit-down", {"seat": "right"})
    page = ada_client.get(f"{PAGE}{open_class.pk}/").context["page"]
    assert page.lab.guide == "# For right\n"
    assert [check.id for check in page.lab.checks()] == ["file"]


def test_the_instructor_lets_a_bot_play_for_somebody_who_is_away(open_class, ada, ada_client, ngozi_client):
    ada_client.post(f"{PAGE}{open_class.pk}/sit-down", {"seat": "right"})
    seat = ClassSeat.objects.get(user=ada)
    bot = f"{PAGE}{open_class.pk}/seats/{seat.pk}/bot"
    ngozi_client.post(bot)
    assert ClassSeat.objects.get().bot_at is None, "not while she sits there"
    ada_client.post(f"{PAGE}{open_class.pk}/leave")
    assert "Let a bot play" in ngozi_client.get(f"{PAGE}{open_class.pk}/seats").text
    ngozi_client.post(bot)
    assert ClassSeat.objects.get().bot_at is not None
    assert log()[-1] == ("ngozi", "Let a bot play the seat of ada.")


def test_an_instructor_creates_a_class_of_bots_without_a_name(ngozi, ngozi_client, lab, monkeypatch):
    made = fakes.with_bots(lab)
    monkeypatch.setattr(versions, "newest", lambda lab, seed=0: made)
    monkeypatch.setattr(versions, "all_labs", lambda: [made])
    ngozi_client.post(f"{PAGE}class", {"lab": lab.id})
    assert LabSession.objects.of(ngozi).get().is_class


def test_of_several_class_labs_the_oldest_with_a_free_seat_is_offered(
    open_class, olga, ada, grace, ada_client, linus_client
):
    later = class_labs.begin(olga, open_class.lab, {})
    assert ada_client.get(f"/labs/{open_class.lab}/").context["session"] == open_class
    for person in (ada, grace):
        class_labs.sit_down(open_class, person)
    page = linus_client.get(f"/labs/{open_class.lab}/")
    assert page.context["session"] == later
    assert "Take a free class-lab seat" in page.text
    for person in (ada, grace):
        class_labs.sit_down(later, person)
    assert "All class-lab seats are taken" in linus_client.get(f"/labs/{open_class.lab}/").text
