"""The roster as a CSV file: it reserves seats, all or nothing."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.vaka.workshops.conftest import joins, seat_of
from vaka.workshops.models import Workshop
from vaka.workshops.services import guest_expiry, join_cards, joining, personal_data

ROSTERS = Path(__file__).parents[3] / "fixtures" / "rosters"


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


def test_a_printed_card_does_not_open_a_seat_that_an_import_gave_to_somebody_else(workshop, ngozi, ngozi_client):
    """Regression: Anna's card signed her in as Ben."""
    bring(ngozi_client, workshop, "seat,name\n4,Mele\n5,Anna\n")
    codes = {seat.number: code for seat, code in join_cards.make_card_codes(workshop, ngozi)}
    bring(ngozi_client, workshop, "seat,name,partner,country\n4,mele,Tavita,Samoa\n5,Ben,,\n")
    assert joining.take_seat_by_card(codes[5]) is None
    assert workshop.seats.get(number=5).code_until is None
    assert joining.take_seat_by_card(codes[4]).names == "mele & Tavita"


def test_a_name_that_is_corrected_at_its_seat_keeps_its_card(workshop, ngozi, ngozi_client):
    bring(ngozi_client, workshop, "name\nAnna\n")
    [(_seat, code)] = join_cards.make_card_codes(workshop, ngozi)
    ngozi_client.post(f"/workshops/{workshop.pk}/seats/1/change", {"name": "Hanna", "partner": ""})
    assert joining.take_seat_by_card(code).name == "Hanna"


@pytest.mark.parametrize(
    ("text", "errors"),
    [
        ("name\nAna\n\n,x\n" + "n" * 101, ["Line 5: a name is longer", "Line 4: the name is missing"]),
        (
            "seat;name\n9;Ana\n2;Ben\n2;Cai\n",
            ["Line 2: “9” is not a seat number from 1 to 5", "Line 4: seat 2 is in the file twice"],
        ),
        ("name\n" + "\n".join("abcdef"), ["Line 7: there are more names than seats (5)"]),
        (
            "name\n" + "\n".join("abcdefghijklm"),
            ["Lines 7, 8, 9, 10, 11 and 3 more: there are more names than seats (5)"],
        ),
        ("name,partner\n,x\n,y\n", ["Lines 2, 3: the name is missing."]),
        (b"name\n\xff\xfe", ["Line 2: this is not UTF-8"]),
        ("", ["The file has no names"]),
        ("name\n", ["The file has no names"]),
        ("name,partner\nAna,ana@example.org\n", ["Line 2: an e-mail address cannot be a name"]),
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


def maps(client, workshop, page, **fields):
    """Choose the meaning of columns by number, as on the page of the columns; all else stays as it was guessed."""
    columns = [fields.get(f"c{number}", field) for number, _header, field, _samples in page.context["columns"]]
    form = {"text": page.context["text"], "column": columns}
    if 'name="first_is_person" checked' in page.text:
        form["first_is_person"] = "on"
    return client.post(f"/workshops/{workshop.pk}/seats.csv", form)


@pytest.mark.parametrize(
    ("file", "chosen", "told"),
    [
        ("indico", {}, ("Samoa", "Moana Telecom", "")),
        ("pretix", {}, ("", "Moana Telecom", "female")),
        ("google-forms", {"c3": "name", "c4": "organisation"}, ("Samoa", "Moana Telecom", "")),
        ("moodle", {}, ("", "Moana Telecom", "")),
    ],
)
def test_an_export_of_another_program_is_mapped_before_anything_is_created(workshop, ngozi_client, file, chosen, told):
    text = (ROSTERS / f"{file}.csv").read_text()
    page = bring(ngozi_client, workshop, text)
    assert "What is in each column?" in page.text
    assert not workshop.seats.exists()
    assert maps(ngozi_client, workshop, page, **chosen).status_code == 302
    assert [seat.names for seat in workshop.seats.all()] == ["Ana Leota", "Bishnu Gurung"]
    first = workshop.seats.get(number=1)
    assert (first.country, first.organisation, first.gender) == told


def test_a_mapping_without_a_name_or_with_two_of_one_kind_is_refused(workshop, ngozi_client):
    page = bring(ngozi_client, workshop, "Company;Mail\nMoana Telecom;ana@example.org\n")
    refused = maps(ngozi_client, workshop, page)
    assert refused.status_code == 422
    assert "No column is the name. Choose the column that has the names." in refused.text
    refused = maps(ngozi_client, workshop, page, c1="name", c2="name")
    assert "Two columns are “Name”. Choose another meaning for one of them." in refused.text
    assert (
        "Line 2: an e-mail address cannot be a name" in maps(ngozi_client, workshop, page, c1="partner", c2="name").text
    )
    assert not workshop.seats.exists()
    misspelt = bring(ngozi_client, workshop, "name,partne\nAna,Ben\n")
    assert "partne" in misspelt.text
    assert not workshop.seats.exists()


@pytest.mark.parametrize("text", ["Ana Leota,Samoa\nBen Tui,Tonga\n", "Ana Leota;Samoa\n\nBen Tui;Tonga"])
def test_a_file_without_a_header_loses_nobody(workshop, ngozi_client, text):
    """Regression: the first person was taken for the header, and got no seat."""
    page = bring(ngozi_client, workshop, text)
    assert "The file has 2 lines." in page.text
    refused = maps(ngozi_client, workshop, page, c2="country")
    assert "No column is the name." in refused.text
    assert maps(ngozi_client, workshop, refused, c1="name", c2="country").status_code == 302
    assert [(seat.name, seat.country) for seat in workshop.seats.all()] == [
        ("Ana Leota", "Samoa"),
        ("Ben Tui", "Tonga"),
    ]


def test_a_file_of_one_person_without_a_header_is_imported(workshop, ngozi_client):
    assert maps(ngozi_client, workshop, bring(ngozi_client, workshop, "Ana Leota"), c1="name").status_code == 302
    assert workshop.seats.get().name == "Ana Leota"


def test_a_mistake_in_the_first_line_of_a_file_without_a_header_is_named(workshop, ngozi_client):
    page = bring(ngozi_client, workshop, "\nana@example.org\nBen\n")
    refused = maps(ngozi_client, workshop, page, c1="name")
    assert "Line 2: an e-mail address cannot be a name." in refused.text


def test_what_is_for_the_report_is_seen_by_planners_and_its_trainee_only_and_deleted_after_the_workshop(
    workshop, clients, ada, ada_client
):
    bring(clients["lead"], workshop, "name,country,organisation,gender\nAda Lovelace,Samoa,Moana Telecom,female\n")
    joins(workshop, "", ada_client)
    workshop.seats.filter(user=None).delete()
    workshop.seats.update(country="Samoa", gender="female")
    path = f"/workshops/{workshop.pk}/seats.csv"
    assert "Samoa" in clients["lead"].get(path).content.decode()
    assert "Samoa" not in clients["helper"].get(path).content.decode()
    assert "Samoa" not in clients["helper"].get(f"/workshops/{workshop.pk}/room").text
    assert "Samoa" in ada_client.get(f"/workshops/{workshop.pk}/mine").text
    assert personal_data.as_data(ada)["seats"][0]["gender"] == "female"
    long_ago = workshop.first_day - timedelta(days=200)
    Workshop.objects.filter(pk=workshop.pk).update(first_day=long_ago, last_day=long_ago)
    for leftover in guest_expiry.leftovers():
        leftover.remove()
    seat = workshop.seats.get(user=ada)  # an account stays, and so does its seat
    assert (seat.country, seat.organisation, seat.gender) == ("", "", "")


def test_names_of_a_file_lose_the_letters_that_nobody_can_see(workshop, ngozi_client):
    assert bring(ngozi_client, workshop, "name,partner\nAna\u202e Leota,\u2068Ben\u2069\n").status_code == 302
    assert [(seat.name, seat.partner) for seat in workshop.seats.all()] == [("Ana Leota", "Ben")]


@pytest.mark.parametrize("text", ["name,partner\rSione,Ada\r", "sep=;\r\nname;partner\r\nSione;Ada\r\n"])
def test_the_files_of_a_mac_and_of_excel_are_read(workshop, ngozi_client, text):
    """Regression: “new-line character seen in unquoted field - do you need to open the file with newline=''?”"""
    bring(ngozi_client, workshop, text)
    assert workshop.seats.get().names == "Sione & Ada"
