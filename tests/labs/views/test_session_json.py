"""A lab session in JSON."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_program_can_follow_a_lab_in_json(ada_client, lab, engine, queue):
    wanted = {"Accept": "application/json"}
    session = ada_client.post(f"/labs/{lab.id}/start", headers=wanted).json()["session"]
    queue()
    status = ada_client.get(reverse("labs:status", args=[session])).json()
    assert status["state"] == "ready"
    assert status["progress"][-1]["step"] == "ready"
    ada_client.post(reverse("labs:check", args=[session]), headers=wanted)
    queue()
    status = ada_client.get(reverse("labs:status", args=[session])).json()
    assert status["job"]["over"]
    assert status["attempt"]["score"] == 0
    assert status["attempt"]["out_of"] == 10
    assert status["attempt"]["verdicts"]["still"] == "waiting"
