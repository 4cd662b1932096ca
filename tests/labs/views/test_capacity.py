"""The capacity page: what manage.py fits says, for those who teach."""

import re

import pytest

from labs.engine.runtime import memory_limit
from labs.models import LabCost
from labs.models.host import MB

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def computer(lab, settings):
    """4 GB and two cores; the little lab takes 100 MB with what its learner does, and a CPU-second for its start."""
    settings.LAB_MEMORY_MB, settings.LAB_CORES = 4000, 2
    LabCost.add_start(lab, memory=80 * MB, cpu=0.75, seconds=1)


def test_an_instructor_sees_the_same_on_a_page(ngozi_client, lab, other_lab):
    text = ngozi_client.get("/labs/staff/capacity/?seats=41").text
    assert "memory for 40 only" in text
    assert "estimated: this lab has not been started here yet" in text
    assert "The memory limits of all labs together have a ceiling of 7.8\xa0GB." in text  # twice the memory for labs
    assert "This is more than the memory for labs" in text
    assert "Nobody is waiting." in text
    assert 'href="/labs/staff/capacity/"' in ngozi_client.get("/labs/").text


def test_the_page_says_how_many_fit_if_each_uses_all_that_it_may(ngozi_client, lab, settings, monkeypatch):
    monkeypatch.setattr(memory_limit, "is_bounded_apart", lambda: False)
    text = ngozi_client.get("/labs/staff/capacity/?seats=20").text
    assert "Seats at full use" in text
    row = re.search(rf"<tr><th scope=\"row\">{lab.title}.*?</tr>", text, re.DOTALL)
    assert row
    assert re.findall(r'<td class="num">(\d+)</td>', row[0]) == ["40", "43", "16", "240"]
    assert "248 MB" in row[0]
    settings.LAB_OVERCOMMIT = 1.0
    assert "This is more than the memory for labs" not in ngozi_client.get("/labs/staff/capacity/").text


def test_an_invalid_number_in_the_address_gives_the_default_class_size(ngozi_client, lab):
    for nonsense in ("", "x", "-1", "9" * 40, "\u0661"):
        assert 'value="20"' in ngozi_client.get("/labs/staff/capacity/", {"seats": nonsense}).text


def test_the_page_is_for_those_who_teach(ada_client, client, lab):
    assert ada_client.get("/labs/staff/capacity/").status_code == 403
    assert client.get("/labs/staff/capacity/").status_code == 302
    assert "/labs/staff/capacity/" not in ada_client.get("/labs/").text
