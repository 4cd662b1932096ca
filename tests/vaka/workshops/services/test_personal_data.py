"""What workshops hold about a person is in the file that the person can download."""

from tests.builders import Taken
from tests.vaka.workshops.conftest import joins


def test_the_export_has_what_a_workshop_holds_about_ada_and_her_deletion_removes_it(workshop, ada, ada_client):
    joins(workshop, "", ada_client)
    ada_client.post(f"/workshops/{workshop.pk}/mine/hand", {"text": "Why?"})
    exported = Taken(ada_client).json("workshops")["seats"]
    assert exported[0]["workshop"] == "Moana NOG 6"
    assert len(exported[0]["days"]) == 1
    assert exported[0]["hands"][0]["text"] == "Why?"
    ada.delete()
    assert not workshop.seats.exists()
