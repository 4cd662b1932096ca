"""The handout of a lab, and whose numbers it shows."""

import re

import pytest

from labs.models import LabSession, State
from labs.registry import versions
from tests.builders import make_person, signed_in

pytestmark = pytest.mark.django_db
HANDOUT = "/labs/first-ebgp/handout/"


def started(learner, seed: int):
    """The learner has started the lab, so they have numbers of their own. Return the lab with these."""
    version = versions.newest("first-ebgp").version
    LabSession.objects.create(learner=learner, lab="first-ebgp", lab_version=version, seed=seed, state=State.STOPPED)
    return versions.newest("first-ebgp", seed)


def test_a_handout_shows_the_numbers_of_its_reader():
    ada, plain = make_person("ada"), versions.newest("first-ebgp")
    page = signed_in(ada).get(HANDOUT).text
    assert f"You run AS {plain.parameters['me']}" in page
    assert "Example values" in page
    own = started(ada, seed=7)
    assert own.parameters["own"] != plain.parameters["own"]
    page = signed_in(ada).get(HANDOUT).text
    assert str(own.parameters["own"]) in page
    assert "Example values" not in page


def test_a_handout_shows_goals_and_addresses_and_no_solution():
    page = signed_in(make_person("ada")).get(HANDOUT).text
    assert "north has a session with you" in page
    assert "3fff:496:0:1::2/64" in page
    for secret in ("prefix-list GOOD", "no bgp default ipv4-unicast", "local-preference 200"):
        assert secret not in page


def test_each_label_of_the_drawing_on_a_handout_has_a_place():
    """All of them lay on the upper edge of the drawing."""
    page = signed_in(make_person("ada")).get(HANDOUT).text
    labels = re.findall(r'<text class="m q" x="([^"]*)" y="([^"]*)"[^>]*>([^<]+)<', page)
    assert "3fff:496:0:1::/64" in {text for _x, _y, text in labels}
    assert all(float(x) > 0 and float(y) > 0 for x, y, _text in labels)
    assert len({y for _x, y, _text in labels}) > 4


def test_a_handout_does_not_tell_of_hidden_checks():
    lab = versions.newest("customer-filter")
    [hidden] = [check.title for check in lab.checks() if check.show != "always"]
    assert hidden not in signed_in(make_person("ada")).get("/labs/customer-filter/handout/").text


def test_the_handout_of_a_class_lab_has_the_goals_of_one_seat():
    """Regression: it had each goal for each of the 24 seats, on five pages."""
    page = signed_in(make_person("ada")).get("/labs/exchange-day/handout/").text
    assert page.count("The route server has a session with you") == 1
