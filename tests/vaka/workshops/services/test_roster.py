"""The roster as a CSV file: it reserves seats, all or nothing."""

import pytest

from tests.vaka.workshops.conftest import joins, seat_of


def bring(client, workshop, text):
    from django.core.files.uploadedfile import SimpleUploadedFile

    data = text if isinstance(text, bytes) else text.encode()
    return client.post(f"/workshops/{workshop.pk}/seats.csv", {"file": SimpleUploadedFile("seats.csv", data)})


def test_an_imported_name_reserves_a_seat_for_its_trainee(workshop, ngozi_client):
    rows = "name,partner,seat\nAna Leota,,4\n'=1+1,Ben,\n"
    assert bring(ngozi_client, workshop, rows).status_code == 302
    assert [(seat.number, seat.name) for seat in workshop.seats.all()] == [(1, "=1+1"), (4, "Ana Leota")]
    assert seat_of(joins(workshop, "ana leota")).number == 4
    assert seat_of(joins(workshop, "Ana Leota")).number == 2  # the reserved seat was taken before
    taken = ngozi_client.get(f"/workshops/{workshop.pk}/seats.csv").content.decode()
    assert "1,'=1+1,Ben," in taken
    again = bring(ngozi_client, workshop, "seat,name\n4,Somebody else\n")
    assert "Line 2: seat 4 is taken by another name." in again.content.decode()
    ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/remove")
    assert ngozi_client.post(f"/workshops/{workshop.pk}/seats/4/remove").status_code == 404
    assert workshop.seats.count() == 2


def test_an_exported_file_can_be_imported_again_when_seats_are_taken(workshop, ngozi_client):
    bring(ngozi_client, workshop, "name,partner\nAna,Ben\nCai,\n=1+1,\n")
    joins(workshop, "Ana")
    joins(workshop, "Late")
    out = ngozi_client.get(f"/workshops/{workshop.pk}/seats.csv").content
    was = [(seat.number, seat.names, seat.user_id) for seat in workshop.seats.all()]
    assert bring(ngozi_client, workshop, out.replace(b"Cai", b"Caius")).status_code == 302
    was[1] = (2, "Caius", None)
    assert [(seat.number, seat.names, seat.user_id) for seat in workshop.seats.all()] == was
    page = bring(ngozi_client, workshop, out.replace(b"Late", b"Somebody else"))
    assert "Line 5: seat 4 is taken by another name." in page.content.decode()


def test_importing_names_twice_makes_no_second_seat(workshop, ngozi_client):
    names = "name\nAna\nBen\nAna\n"
    bring(ngozi_client, workshop, names)
    joins(workshop, "ana")
    again = ngozi_client.get(bring(ngozi_client, workshop, names).url).content.decode()
    assert "Nothing changed" in again
    bring(ngozi_client, workshop, names + "Dao\n")
    assert [seat.name for seat in workshop.seats.all()] == ["Ana", "Ben", "Ana", "Dao"]
    bring(ngozi_client, workshop, "name,partner\nBen,Eti\n")
    assert workshop.seats.get(number=2).names == "Ben & Eti"


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("name\nAna\n\n,x\n" + "n" * 101, ["Line 5: a name is longer", "Line 4: the name is missing"]),
        (
            "seat;name\n9;Ana\n2;Ben\n2;Cai\n",
            ["Line 2: “9” is not a seat number from 1 to 5", "Line 4: seat 2 is in the file twice"],
        ),
        ("\n".join("abcdef"), ["Line 6: there are more names than seats (5)"]),
        (b"Ana\n\xff\xfe", ["Line 2: this is not UTF-8"]),
        ("", ["The file has no names"]),
        ("name\n" + '"' + "x" * 200_000, ["larger than 100 KB"]),
    ],
)
def test_a_file_with_mistakes_is_not_imported_and_each_line_is_named(workshop, ngozi_client, text, errors):
    page = bring(ngozi_client, workshop, text)
    assert page.status_code == 422
    for error in errors:
        assert error in page.content.decode()
    assert not workshop.seats.exists()


def test_a_helper_can_export_the_roster_but_not_import_one(workshop, clients):
    assert clients["helper"].get(f"/workshops/{workshop.pk}/seats.csv").status_code == 200
    assert bring(clients["helper"], workshop, "name\nAna\n").status_code == 403
    assert bring(clients["other"], workshop, "name\nAna\n").status_code == 404
