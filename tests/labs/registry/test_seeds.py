"""Seeds: a learner keeps theirs, and an administrator can find out afterwards which parameters the learner had."""

import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from labs.engine.authoring.parse import load_lab
from labs.lifecycle import services
from labs.models import LabSession, State
from labs.registry import seeds, versions
from tests.builders import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
LAB = "first-ebgp"


def a_session(learner, lab=LAB):
    session = services.request_session(learner, lab)
    LabSession.objects.filter(pk=session.pk).update(state=State.STOPPED)
    return session


def test_a_learner_has_a_seed_of_their_own_and_keeps_it(ada, linus, broker):
    first, second, other = a_session(ada), a_session(ada), a_session(linus)
    assert first.seed == second.seed > 0
    assert other.seed not in (0, first.seed)
    assert versions.of(first) == versions.of(second)
    assert versions.of(first).guide != versions.of(other).guide


def test_a_learner_new_to_the_lab_has_no_seed_and_may_claim_any_pooled_lab(ada):
    lab = versions.newest(LAB)
    assert seeds.kept(ada, lab) == 0
    LabSession.objects.create(learner=ada, lab=LAB, lab_version=lab.version, seed=seeds.fresh(lab), state=State.STOPPED)
    assert seeds.of(ada, lab) == seeds.kept(ada, lab) > 0


def test_a_lab_without_parameters_is_the_same_for_everybody(ada, lab, broker):
    assert (seeds.of(ada, lab), seeds.fresh(lab)) == (0, 0)
    assert a_session(ada, lab.id).seed == 0


def test_a_seed_that_clashes_with_a_constant_of_the_author_is_drawn_again(monkeypatch):
    lab, drawn = versions.newest(LAB), iter([6, 7])

    def version(lab, version, seed):
        if seed == 7:
            raise versions.NoSuchLab("Two links have one prefix.")

    monkeypatch.setattr(seeds.secrets, "randbelow", lambda most: next(drawn))
    monkeypatch.setattr(versions, "version", version)
    assert seeds.fresh(lab) == 8


def test_the_page_shows_the_same_parameters_as_the_checks(ada, broker):
    page = reverse("labs:lab", args=[LAB])
    browser = signed_in(ada)
    before = browser.get(page).content.decode()
    assert "AS 64500" in before
    assert "their own values in this lab" in before
    lab = versions.of(a_session(ada))
    after = browser.get(page).content.decode()
    assert f"AS {lab.parameters['me']}" in after
    assert str(lab.parameters["own"]) in after
    assert "&lt;&lt;" not in after


def test_an_operator_can_rebuild_the_lab_that_a_learner_had(ada, broker, tmp_path, capsys):
    session = a_session(ada)
    lab = versions.of(session)
    call_command("lab_of", str(session.pk), "--into", str(tmp_path / "ada"))
    said = capsys.readouterr().out
    assert f"first-ebgp {session.lab_version}, seed {session.seed}, learner ada" in said
    assert re.search(rf"^  me: {lab.parameters['me']}$", said, re.MULTILINE)
    assert load_lab(tmp_path / "ada").guide == lab.guide
    with pytest.raises(CommandError, match="Name a new folder"):
        call_command("lab_of", str(session.pk), "--into", str(tmp_path / "ada"))
    with pytest.raises(CommandError, match="neither the number of an attempt nor the id of a lab session"):
        call_command("lab_of", "ada")
