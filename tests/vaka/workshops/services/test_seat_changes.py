"""Ngozi corrects a name, adds a partner, and frees a seat."""

from django.utils import timezone

from labs.models import LabSession, Observer, State
from tests.vaka.workshops.conftest import adds_item, grades, joins, seat_of, sits, text_of, works
from vaka.accounts.models import User
from vaka.workshops.models import Sitting, Workshop
from vaka.workshops.services import seat_changes
from vaka.workshops.services.report import Report


def where(workshop, number, what):
    return f"/workshops/{workshop.pk}/seats/{number}/{what}"


def test_a_corrected_name_is_shown_everywhere_and_logged(workshop, ngozi_client):
    anna = joins(workshop, "Anan")
    assert where(workshop, 1, "change") in ngozi_client.get(f"/workshops/{workshop.pk}/seats").content.decode()
    assert 'value="Anan"' in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    ngozi_client.post(where(workshop, 1, "change"), {"name": "Anna", "partner": "Ben"})
    seat = seat_of(anna)
    assert (seat.names, seat.user.shown_name) == ("Anna & Ben", "Anna")
    page = anna.get(f"/workshops/{workshop.pk}/mine").content.decode()
    assert "Changed the name of the seat</b>: Anna &amp; Ben" in page
    assert "Ngozi Eze" in page


def test_an_unchanged_name_is_not_logged(workshop, ngozi_client):
    joins(workshop, "Anna")
    ngozi_client.post(where(workshop, 1, "change"), {"name": "Anna", "partner": ""})
    assert not workshop.log_entries.exists()


def test_a_seat_needs_a_name(workshop, ngozi_client):
    joins(workshop, "Anna")
    answer = ngozi_client.post(where(workshop, 1, "change"), {"name": " ", "partner": "Ben"})
    assert answer.status_code == 422
    assert workshop.seats.get().names == "Anna"


def test_an_account_keeps_its_own_name_when_its_seat_gets_another(workshop, ada, ada_client, ngozi_client):
    joins(workshop, "", ada_client)
    ngozi_client.post(where(workshop, 1, "change"), {"name": "Ada L.", "partner": ""})
    ada.refresh_from_db()
    assert (workshop.seats.get().name, ada.shown_name) == ("Ada L.", "Ada Lovelace")


def test_freeing_an_unused_seat_deletes_its_guest(workshop, ngozi_client):
    Workshop.objects.filter(pk=workshop.pk).update(seat_count=1)
    phone = joins(workshop, "Ana")
    assert "Nothing was done at this seat." in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    answer = ngozi_client.post(where(workshop, 1, "free"), follow=True).content.decode()
    assert "so the guest account of Ana was deleted" in answer
    assert not User.objects.filter(username__startswith="guest-").exists()
    assert phone.get(f"/workshops/{workshop.pk}/mine").status_code == 302  # signed out
    assert seat_of(joins(workshop, "Ben")).number == 1
    assert ngozi_client.get(f"/workshops/{workshop.pk}/room/1").status_code == 200
    freed = workshop.log_entries.get()
    assert (freed.kind, freed.text, freed.seat) == ("free", "1", None)


def test_a_guest_who_has_worked_keeps_the_work_when_the_seat_is_freed_and_gets_it_back_by_joining_again(
    workshop, lab, ngozi_client
):
    ana = joins(workshop, "Ana")
    user = seat_of(ana).user
    session = works(seat_of(ana), lab)
    assert "This guest has worked." in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    assert "stays with their account" in ngozi_client.post(where(workshop, 1, "free"), follow=True).content.decode()
    assert not workshop.seats.exists()
    assert ana.get("/labs/").status_code == 200
    assert LabSession.objects.get().learner == user
    somebody = joins(workshop, "Ana")
    assert seat_of(somebody).user != user
    seat = seat_of(joins(workshop, "ana", ana))
    assert (seat.user, seat.number, seat.is_guest) == (user, 2, True)
    assert seat.devices.count() == 1
    assert session.learner == user


def test_another_name_in_a_browser_whose_seat_was_freed_gets_a_new_guest(workshop, lab, ngozi_client):
    browser = joins(workshop, "Ana")
    user = seat_of(browser).user
    works(seat_of(browser), lab)
    ngozi_client.post(where(workshop, 1, "free"))
    assert seat_of(joins(workshop, "Ben", browser)).user != user


def test_an_account_stays_when_its_seat_is_freed(workshop, ada, ada_client, ngozi_client):
    joins(workshop, "", ada_client)
    assert "has an account" in ngozi_client.get(where(workshop, 1, "change")).content.decode()
    ngozi_client.post(where(workshop, 1, "free"))
    assert User.objects.filter(pk=ada.pk).exists()
    assert ada_client.get(f"/workshops/{workshop.pk}/mine").status_code == 404


def test_the_page_says_that_points_of_before_are_lost_for_the_certificate_and_so_it_is(
    workshop, item, lab, ada, ada_client, ngozi_client
):
    lost = "Earlier points do not."
    joins(workshop, "Nobody")
    assert lost not in text_of(ngozi_client, where(workshop, 1, "change"))
    joins(workshop, "", ada_client)
    grades(works(workshop.seats.get(user=ada), lab, ["on"], failed=("file", "x")), 10, on="passed", file="passed")
    assert Report(workshop).rows[-1].score == 10
    assert lost in text_of(ngozi_client, where(workshop, 2, "change"))
    ngozi_client.post(where(workshop, 2, "free"))
    joins(workshop, "", ada_client)
    assert Report(workshop).rows[-1].score == 0


def test_freeing_a_seat_ends_its_observers(workshop, lab, ngozi):
    seat = sits(workshop, "Ana")
    observer = Observer.objects.create(session=works(seat, lab, state=State.READY), user=ngozi)
    seat_changes.free(seat, ngozi)
    observer.refresh_from_db()
    assert observer.ended_at


def test_a_seat_that_has_begun_an_exam_is_not_freed_also_after_the_exam(workshop, lab, ngozi_client):
    exam = adds_item(workshop, "Final", kind="exam", labs=[lab.id], opened_at=timezone.now())
    seat = sits(workshop, "Ana")
    began = Sitting.objects.create(item=exam, seat=seat, began_at=timezone.now())
    for facts in ({}, {"ended_at": timezone.now()}):
        Sitting.objects.update(**facts)
        page = text_of(ngozi_client, where(workshop, 1, "change"))
        assert "begun an exam, so it cannot be freed" in page
        assert where(workshop, 1, "free") not in page
        answer = ngozi_client.post(where(workshop, 1, "free"), follow=True).content.decode()
        assert "Seat 1 has begun an exam, so it cannot be freed" in answer
        assert Sitting.objects.get() == began
    assert not workshop.log_entries.exists()


def test_a_seat_that_was_admitted_to_an_exam_and_has_not_begun_it_is_freed(workshop, lab, ngozi):
    exam = adds_item(workshop, "Final", kind="exam", labs=[lab.id], opened_at=timezone.now())
    seat = sits(workshop, "Ana")
    Sitting.objects.create(item=exam, seat=seat)
    seat_changes.free(seat, ngozi)
    assert not workshop.seats.exists()


def test_only_planners_change_and_free_seats_and_a_reserved_seat_can_only_be_removed(workshop, clients):
    sits(workshop, "Ana")
    workshop.seats.create(number=2, name="Ben")
    for what in ("change", "free"):
        assert clients["helper"].post(where(workshop, 1, what), {"name": "X"}).status_code == 403
        assert clients["other"].post(where(workshop, 1, what), {"name": "X"}).status_code == 404
    assert clients["lead"].post(where(workshop, 2, "free")).status_code == 404
    assert "/change" not in clients["helper"].get(f"/workshops/{workshop.pk}/seats").content.decode()
    assert [seat.name for seat in workshop.seats.all()] == ["Ana", "Ben"]


def test_a_freed_seat_loses_its_class_lab_seat_also_in_one_that_is_stopped(workshop, shared, seated, ngozi):
    sina, tavita = seated
    assert seat_changes.free(sina, ngozi)
    assert [seat.user for seat in shared.seats.all()] == [tavita.user]
    shared.refresh_from_db()
    assert shared.nodes_to_reset == ["r1"]
    LabSession.objects.filter(pk=shared.pk).update(state=State.STOPPED)  # for the night
    seat_changes.free(tavita, ngozi)
    assert not shared.seats.exists()


def test_a_freed_seat_leaves_a_class_lab_seat_elsewhere(workshop, shared, seated, ngozi):
    workshop.agenda.all().delete()
    seat_changes.free(seated[0], ngozi)
    assert shared.seats.count() == 2
