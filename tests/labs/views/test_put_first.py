"""An administrator puts a session first in the queue."""

import pytest

from labs.lifecycle.services import request_session
from labs.models import LabCost, LabSession
from labs.models.host import MB
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def computer(lab, settings):
    """4 GB and two cores; the little lab takes 100 MB with what its learner does, and a CPU-second for its start."""
    settings.LAB_MEMORY_MB, settings.LAB_CORES = 4000, 2
    LabCost.add_start(lab, memory=80 * MB, cpu=0.75, seconds=1)


def test_an_administrator_puts_a_session_first_and_learners_may_not(
    olga_client, ada_client, ada, linus, lab, queue, settings
):
    settings.LAB_MEMORY_MB = 128
    dalia = builders.make_person("dalia", name="Dalia <b>Haddad</b>")
    for person in (linus, ada, dalia):
        request_session(person, lab.id)
    last = LabSession.objects.get(learner=dalia)
    text = olga_client.get("/labs/staff/capacity/").text
    assert "Dalia &lt;b&gt;Haddad" in text
    assert ada_client.post(f"/labs/sessions/{last.pk}/staff/first").status_code == 403
    assert olga_client.post(f"/labs/sessions/{last.pk}/staff/first").status_code == 302
    assert LabSession.objects.waiting().first() == last
    gone = LabSession.objects.get(learner=linus)
    assert "no longer waits in the queue" in olga_client.post(f"/labs/sessions/{gone.pk}/staff/first", follow=True).text


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"page": "capacity"}, "/labs/staff/capacity/"),
        ({"q": "ada"}, "/labs/sessions/?q=ada"),
        ({"page": "https://elsewhere.example/"}, "/labs/sessions/"),
    ],
)
def test_the_button_leads_back_to_the_page_that_has_it(olga_client, ada, lab, queue, settings, body, page):
    settings.LAB_MEMORY_MB = 128
    request_session(ada, lab.id)
    waiting = LabSession.objects.get(learner=ada)
    assert olga_client.post(f"/labs/sessions/{waiting.pk}/staff/first", body).headers["Location"] == page


def test_both_pages_have_one_address_for_the_button(olga_client, ada, linus, lab, queue, settings):
    settings.LAB_MEMORY_MB = 128
    for person in (linus, builders.make_person("dalia"), ada):
        request_session(person, lab.id)
    last = LabSession.objects.get(learner=ada)
    for page in ("/labs/staff/capacity/", "/labs/sessions/"):
        assert f'action="/labs/sessions/{last.pk}/staff/first"' in olga_client.get(page).text
