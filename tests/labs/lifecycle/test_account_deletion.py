"""A deleted account leaves in the administration's log: the actions, without the name."""

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from labs.lifecycle import account_deletion, class_labs
from labs.models import LabSession, State
from tests.labs import fakes

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(tmp_path):
    return fakes.with_bots(fakes.little_lab(tmp_path / "catalog" / "first-light"))


def test_no_entry_about_a_class_lab_names_a_person_whose_account_is_gone(ngozi, olga_client, ada, lab, engine):
    made = class_labs.begin(ngozi, lab.id, {})
    LabSession.objects.update(state=State.READY)
    page = f"/labs/sessions/{made.pk}/seats"
    olga_client.post(page, {"name": "ada", "seat": "right"})
    seat = made.seats.get()
    made.seats.update(left_at=timezone.now())
    olga_client.post(f"{page}/{seat.pk}/bot")
    olga_client.post(f"{page}/{seat.pk}/remove")
    assert LogEntry.objects.filter(change_message__contains="ada").count() == 3
    account_deletion.before(ada)
    number = f"account {ada.pk}"
    assert list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True)) == [
        f"Gave {number} the seat right.",
        f"Let a bot play the seat of {number}.",
        f"Took the seat of {number} away.",
    ]
