"""Ngozi adds people to the team and removes them; others leave it themselves."""

from tests.builders import signed_in
from vaka.workshops.models import Role
from vaka.workshops.services import team


def test_team_members_are_added_and_removed_but_never_the_lead(ngozi_client, workshop, linus):
    where = f"/workshops/{workshop.pk}/team"
    assert (
        "No account has the username"
        in ngozi_client.post(f"{where}/add", {"name": "nobody", "role": "co"}).content.decode()
    )
    ngozi_client.post(f"{where}/add", {"name": "linus", "role": "co"})
    assert workshop.role_of(linus) is None, "they have not accepted"
    signed_in(linus).post(f"{where}/accept")
    assert workshop.role_of(linus) == Role.CO_INSTRUCTOR
    ngozi_client.post(f"{where}/add", {"name": "ngozi", "role": "helper"})
    lead = workshop.team.get(user__username="ngozi")
    assert lead.role == Role.LEAD
    assert ngozi_client.post(f"{where}/{lead.pk}/remove").status_code == 404
    ngozi_client.post(f"{where}/{workshop.team.get(user=linus).pk}/remove")
    assert workshop.role_of(linus) is None


def test_people_are_found_by_name(workshop, ngozi, chidi, linus, ngozi_client):
    """Those who teach here are in the list, and nobody else: a trainee is asked for by their username."""
    page = ngozi_client.get(f"/workshops/{workshop.pk}/").content.decode()
    assert "Chidi Okoye (chidi)" in page
    assert "Linus Torvalds" not in page
    for name in ("Chidi Okoye (chidi)", "linus"):
        ngozi_client.post(f"/workshops/{workshop.pk}/team/add", {"name": name, "role": "helper"})
    assert workshop.team.filter(user__in=[chidi, linus]).count() == 2


def test_an_administrator_who_is_not_in_the_team_cannot_leave_it(olga_client, ngozi_client, workshop):
    where = f"/workshops/{workshop.pk}/team/leave"
    assert "you are not in the team" in olga_client.post(where, follow=True).content.decode()
    assert "The lead cannot leave a workshop" in ngozi_client.post(where, follow=True).content.decode()


def test_a_member_whom_somebody_else_has_just_removed_is_not_there_any_more(ngozi_client, workshop, hedy, monkeypatch):
    where = f"/workshops/{workshop.pk}/team/{workshop.team.get(user=hedy).pk}/remove"
    remove = team.remove

    def removes_too_late(workshop, user):
        remove(workshop, user)
        remove(workshop, user)

    monkeypatch.setattr(team, "remove", removes_too_late)
    answer = ngozi_client.post(where)
    assert answer.status_code == 404
    assert "This is not there any more" in answer.text
