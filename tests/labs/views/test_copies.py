"""The page that opens a copy: who may open it, what is recorded, and what the learner reads."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.models import Exam, LabSession, Save, State
from tests.labs.views.helpers import log

pytestmark = pytest.mark.django_db


def page(session):
    return f"/labs/sessions/{session.pk}/copy"


def test_an_administrator_opens_a_copy_of_a_running_lab(ready, olga, olga_client):
    assert "Open a copy of the lab as it is now" in olga_client.get(page(ready)).text
    answer = olga_client.post(page(ready))
    copy = LabSession.objects.get(learner=olga)
    assert answer.headers["Location"] == f"/labs/sessions/{copy.pk}/"
    assert copy.copy_of == ready
    assert log() == [("olga", "Opened a copy of the lab.")]


def test_an_instructor_does_not_reach_a_lab_that_is_not_theirs_to_see(ready, ngozi_client, ada_client, linus_client):
    assert ngozi_client.get(page(ready)).status_code == 404
    assert ngozi_client.post(page(ready)).status_code == 404
    assert ada_client.get(page(ready)).status_code == 403
    assert linus_client.post(page(ready)).status_code == 403
    assert not LabSession.objects.exclude(copy_of=None).exists()


def test_a_chosen_save_is_copied_and_no_other_persons(ready, olga, olga_client, grace, lab):
    facts = {"lab": lab.id, "lab_version": lab.version, "reason": "asked", "size": 1}
    mine = Save.objects.create(session=ready, learner=ready.learner, **facts)
    other = LabSession.objects.create(learner=grace, lab=lab.id, lab_version=lab.version, state=State.STOPPED)
    theirs = Save.objects.create(session=other, learner=grace, **facts)
    for wrong in (str(theirs.pk), "nonsense"):
        assert olga_client.post(page(ready), {"save": wrong}).status_code == 404
    olga_client.post(page(ready), {"save": str(mine.pk)})
    assert LabSession.objects.get(learner=olga).resumes == mine


def test_the_learner_reads_who_opened_a_copy(ready, olga_client, ada_client):
    assert "copy of this lab" not in ada_client.get(f"/labs/sessions/{ready.pk}/").text
    olga_client.post(page(ready))
    assert "Olga Operator opened a copy" in ada_client.get(f"/labs/{ready.lab}/", follow=True).text


def test_the_learner_reads_so_also_after_the_lab_was_resumed(ready, olga, olga_client, ada_client, grace, lab):
    olga_client.post(page(ready))
    LabSession.objects.filter(pk=ready.pk).update(state=State.STOPPED)
    facts = {"lab": ready.lab, "lab_version": ready.lab_version, "state": State.READY}
    LabSession.objects.create(learner=ready.learner, **facts)
    shown = ada_client.get(f"/labs/{ready.lab}/", follow=True).text
    assert "Olga Operator opened a copy" in shown
    LabSession.objects.filter(learner=olga).update(created_at=timezone.now() - timedelta(days=31))
    assert "opened a copy" not in ada_client.get(f"/labs/{ready.lab}/", follow=True).text


def test_nobody_else_reads_who_opened_a_copy(ready, olga, olga_client, grace_client, grace, lab):
    olga_client.post(page(ready))
    copy = LabSession.objects.get(learner=olga)
    LabSession.objects.filter(pk=copy.pk).update(state=State.READY, error="")
    facts = {"lab": ready.lab, "lab_version": ready.lab_version, "state": State.READY}
    LabSession.objects.create(learner=grace, **facts)
    assert "opened a copy" not in grace_client.get(f"/labs/{ready.lab}/", follow=True).text
    assert "opened a copy" not in olga_client.get(f"/labs/sessions/{copy.pk}/").text


def test_the_page_of_a_copy_says_whose_lab_it_is_and_offers_no_save(ready, olga, olga_client):
    olga_client.post(page(ready))
    LabSession.objects.filter(learner=olga).update(state=State.READY, error="")
    shown = olga_client.get(f"/labs/{ready.lab}/", follow=True).text
    assert "This is a copy of the lab of Ada Lovelace" in shown
    assert 'id="save"' not in shown


def test_a_lab_that_cannot_be_copied_is_not_offered(ready, olga_client):
    assert page(ready) in olga_client.get("/labs/sessions/").text
    LabSession.objects.filter(pk=ready.pk).update(exam=Exam.SEALED)
    assert page(ready) not in olga_client.get("/labs/sessions/").text
    assert olga_client.get(page(ready)).status_code == 404
