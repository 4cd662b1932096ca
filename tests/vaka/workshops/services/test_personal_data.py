"""The data of workshops about a person are in the file that the person can download."""

from django.utils import timezone

from tests.builders import Taken
from tests.vaka.workshops.conftest import adds_item, joins
from vaka.workshops.models import AttendanceMark, Sitting


def test_the_export_has_what_a_workshop_holds_about_ada_and_her_deletion_removes_it(workshop, ada, ada_client):
    joins(workshop, "", ada_client)
    ada_client.post(f"/workshops/{workshop.pk}/mine/hand", {"text": "Why?"})
    exported = Taken(ada_client).json("workshops")["seats"]
    assert exported[0]["workshop"] == "Moana NOG 6"
    assert len(exported[0]["days"]) == 1
    assert exported[0]["hands"][0]["text"] == "Why?"
    ada.delete()
    assert not workshop.seats.exists()


def test_exams_and_attendance_are_exported_and_removed_too(workshop, item, lab, ada, ada_client, ngozi):
    """The result itself is among the attempts of the export, once it is opened."""
    joins(workshop, "", ada_client)
    seat = workshop.seats.get()
    exam = adds_item(workshop, "Final", kind="exam", labs=[lab.id])
    Sitting.objects.create(item=exam, seat=seat, began_at=timezone.now(), ended_at=timezone.now())
    AttendanceMark.objects.create(item=item, seat=seat, attended=True, by=ngozi)
    exported = Taken(ada_client).json("workshops")["seats"][0]
    assert [one["item__title"] for one in exported["exams"]] == ["Final"]
    assert [one["attended"] for one in exported["attendance"]] == [True]
    ada.delete()
    assert not Sitting.objects.exists()
    assert not AttendanceMark.objects.exists()
