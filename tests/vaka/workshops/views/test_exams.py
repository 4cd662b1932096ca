"""The team's page of an exam."""

from django.utils import timezone

from tests.vaka.workshops.conftest import adds_item


def test_the_team_can_end_an_exam_whose_lab_has_left_the_catalogue(ngozi_client, workshop, lab):
    exam = adds_item(workshop, title="Final", kind="exam", labs=["gone"], opened_at=timezone.now())
    where = f"/workshops/{workshop.pk}/exams/{exam.pk}/overview/"
    page = ngozi_client.get(where)
    assert page.status_code == 200
    assert "The lab of this exam is not on this site any more" in page.content.decode()
    assert f"{where}end" in page.content.decode()
    ngozi_client.post(f"{where}end")
    exam.refresh_from_db()
    assert exam.ended_at


def test_an_exam_that_ended_before_anybody_began_can_be_closed_again(ngozi_client, workshop, lab):
    exam = adds_item(workshop, title="Final", kind="exam", labs=[lab.id], opened_at=timezone.now())
    where = f"/workshops/{workshop.pk}/exams/{exam.pk}/overview/"
    ngozi_client.post(f"{where}end")
    assert "Close again" in ngozi_client.get(where).text
    ngozi_client.post(f"/workshops/{workshop.pk}/room/close/{exam.pk}")
    exam.refresh_from_db()
    assert (exam.opened_at, exam.ended_at) == (None, None)
