"""Migrations keep every row, and give entries of the seat log and agenda items the new names of their kinds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.migrating import migrate, migrate_to_today

BEFORE, AFTER = [("workshops", "0011_one_word_for_one_thing")], [("workshops", "0013_seat_log_kinds")]


@pytest.mark.django_db(transaction=True)
def test_an_existing_workshop_keeps_its_seats_counts_and_log():
    try:
        apps = migrate(BEFORE)
        today = timezone.now().date()
        facts = {"title": "Moana NOG 6", "first_day": today, "last_day": today, "join_code": "AAAABBBB"}
        workshop = apps.get_model("workshops", "Workshop").objects.create(seats=12, expired={"seats": 2}, **facts)
        seat = apps.get_model("workshops", "Seat").objects.create(workshop=workshop, number=3, name="Ana")
        entries = apps.get_model("workshops", "SeatLogEntry").objects
        for kind in ("look", "first", "message", "morning"):
            entries.create(workshop=workshop, seat=seat, kind=kind)
        apps.get_model("workshops", "Rehearsal").objects.create(workshop=workshop, lab="x", typed=3, passed=2)

        apps = migrate(AFTER)
        workshop = apps.get_model("workshops", "Workshop").objects.get()
        assert (workshop.seat_count, workshop.expired_guests) == (12, {"seats": 2})
        assert workshop.seats.get().number == 3
        kinds = ["observe", "put_first", "message", "resume_labs"]
        assert [entry.kind for entry in workshop.log_entries.order_by("pk")] == kinds
        rehearsal = workshop.rehearsals.get()
        assert (rehearsal.checks_run, rehearsal.checks_passed) == (3, 2)

        apps = migrate(BEFORE)
        entries = apps.get_model("workshops", "SeatLogEntry").objects.order_by("pk")
        assert [entry.kind for entry in entries] == ["look", "first", "message", "morning"]
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_an_agenda_item_that_was_a_session_is_a_practice():
    try:
        apps = migrate([("workshops", "0018_presented_slide")])
        now = timezone.now()
        facts = {"title": "Moana NOG 6", "first_day": now.date(), "last_day": now.date(), "join_code": "AAAABBBB"}
        workshop = apps.get_model("workshops", "Workshop").objects.create(**facts)
        for kind in ("session", "talk"):
            workshop.agenda.create(title=kind, kind=kind, from_at=now, to_at=now)

        apps = migrate([("workshops", "0019_practice")])
        items = apps.get_model("workshops", "AgendaItem").objects
        assert dict(items.values_list("title", "kind")) == {"session": "practice", "talk": "talk"}

        apps = migrate([("workshops", "0018_presented_slide")])
        assert set(apps.get_model("workshops", "AgendaItem").objects.values_list("kind", flat=True)) == {
            "session",
            "talk",
        }
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_labs_of_an_agenda_count_from_the_beginning_of_their_workshop():
    try:
        apps = migrate([("workshops", "0021_guests_are_known_by_their_account")])
        now = timezone.now()
        facts = {"title": "Moana NOG 6", "first_day": now.date(), "last_day": now.date(), "join_code": "AAAABBBB"}
        workshop = apps.get_model("workshops", "Workshop").objects.create(**facts)
        for labs in (["x", "y"], ["x"]):
            workshop.agenda.create(title="Light", from_at=now, to_at=now, labs=labs)

        apps = migrate([("workshops", "0022_reach_of_a_workshop")])
        rows = apps.get_model("workshops", "LabOnAgenda").objects
        expected = [("x", workshop.made_at, None), ("y", workshop.made_at, None)]
        assert list(rows.values_list("lab", "from_at", "until_at")) == expected
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_the_way_back_marks_the_seats_of_guests_again():
    try:
        apps = migrate([("workshops", "0021_guests_are_known_by_their_account")])
        today = timezone.now().date()
        facts = {"title": "Moana NOG 6", "first_day": today, "last_day": today, "join_code": "AAAABBBB"}
        workshop = apps.get_model("workshops", "Workshop").objects.create(**facts)
        people = {"guest-1": "!no", "guest-2": "argon2$yes", "linus": "!no"}
        for number, (username, password) in enumerate(people.items()):
            user = apps.get_model("accounts", "User").objects.create(username=username, password=password)
            workshop.seats.create(number=number, name=username, user=user)

        apps = migrate([("workshops", "0019_practice")])
        seats = apps.get_model("workshops", "Seat").objects
        assert list(seats.filter(is_guest=True).values_list("name", flat=True)) == ["guest-1"]
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_the_team_of_a_workshop_keeps_its_members_and_their_roles():
    try:
        apps = migrate([("workshops", "0022_reach_of_a_workshop")])
        today = timezone.now().date()
        facts = {"title": "Moana NOG 6", "first_day": today, "last_day": today, "join_code": "AAAABBBB"}
        workshop = apps.get_model("workshops", "Workshop").objects.create(**facts)
        user = apps.get_model("accounts", "User").objects.create(username="ngozi")
        workshop.staff.create(user_id=user.pk, role="lead")

        apps = migrate([("workshops", "0023_team")])
        workshop = apps.get_model("workshops", "Workshop").objects.get(pk=workshop.pk)
        assert list(workshop.team.values_list("user", "role")) == [(user.pk, "lead")]

        apps = migrate([("workshops", "0022_reach_of_a_workshop")])
        workshop = apps.get_model("workshops", "Workshop").objects.get(pk=workshop.pk)
        assert list(workshop.staff.values_list("user", "role")) == [(user.pk, "lead")]
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_minutes_that_were_given_during_an_exam_are_counted_from_the_seat_log():
    try:
        apps = migrate([("workshops", "0025_jobs_of_the_seat_log")])
        now = timezone.now()
        facts = {"title": "Moana NOG 6", "first_day": now.date(), "last_day": now.date(), "join_code": "AAAABBBB"}
        workshop = apps.get_model("workshops", "Workshop").objects.create(**facts)
        exam = workshop.agenda.create(title="Exam", kind="exam", from_at=now, to_at=now)
        ana, ben = (workshop.seats.create(number=number, name=f"Seat {number}") for number in (1, 2))
        hour = timedelta(hours=1)
        exam.sittings.create(seat=ana, began_at=now - 2 * hour, handed_in_at=now - hour)
        exam.sittings.create(seat=ben, began_at=now - 2 * hour)
        given = ((ana, 3, 5), (ana, 1.5, 10), (ana, 1.2, 20), (ana, 0.5, 40), (ben, 0.5, 15))  # hours ago, minutes
        for seat, ago, minutes in given:
            workshop.log_entries.create(seat=seat, kind="extend", text=f"{minutes} min", at=now - ago * hour)

        apps = migrate([("workshops", "0026_given_minutes")])
        sittings = apps.get_model("workshops", "Sitting").objects
        assert list(sittings.values_list("seat__number", "given_minutes")) == [(1, 30), (2, 15)]
    finally:
        migrate_to_today()
