"""The address of a lab that this site does not have."""

import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_of_an_unknown_lab_lists_the_available_labs(ada_client, lab):
    answer = ada_client.get("/labs/long-gone/")
    assert answer.status_code == 404
    assert "This lab does not exist" in answer.text
    assert f'href="/labs/{lab.id}/"' in answer.text
    assert 'href="/courses/"' in answer.text


def test_an_unknown_lab_answers_404(ada_client, lab):
    assert ada_client.get("/labs/no-such-lab/").status_code == 404
    assert ada_client.post("/labs/no-such-lab/start").status_code == 404
