"""Trying usernames: on each page that says whether an account has a name, misses are counted by the person who asks."""

import pytest
from django.urls import reverse

from tests.builders import PASSWORD
from vaka.accounts import username_lookups
from vaka.accounts.forms import ResetPasswordKeyForm, SetPasswordForm
from vaka.accounts.models import User
from vaka.mentoring.forms import CoordinatorForm, InviteForm, MentorForm
from vaka.workshops.forms import GuestAccountForm, TeamForm

pytestmark = pytest.mark.django_db
FREE = username_lookups.SLOWDOWN.free
TOO_MANY = "You have tried many usernames"


def of_a_team(by, name):
    return TeamForm({"name": name, "role": "helper"}, by=by)


def of_an_invitation(by, name):
    return InviteForm({"trainee": name}, by=by)


def of_a_mentor(by, name):
    return MentorForm({"mentor": name}, by=by)


def of_a_coordinator(by, name):
    return CoordinatorForm({"coordinator": name}, by=by)


def of_a_seat(by, name):
    return GuestAccountForm({"username": name, "password": PASSWORD}, by=by)


def of_a_first_password(by, name):
    return SetPasswordForm(by, {"username": name, "password1": PASSWORD, "password2": PASSWORD})


def of_a_link(by, name):
    return ResetPasswordKeyForm({"username": name, "password1": PASSWORD, "password2": PASSWORD}, user=by, temp_key="")


OF_OTHERS = (of_a_team, of_an_invitation, of_a_mentor, of_a_coordinator)
OF_GUESTS = (of_a_seat, of_a_first_password, of_a_link)
KINDS = [(form, "nobody", "ada") for form in OF_OTHERS] + [(form, "ada", "nobody") for form in OF_GUESTS]


def make_guest(name):
    guest = User(username=name)
    guest.set_unusable_password()
    guest.save()
    return guest


@pytest.fixture
def person(ada):
    """A guest: forms for a first password ask them for a username."""
    return make_guest("guest-1")


@pytest.mark.parametrize(("form", "miss", "found"), KINDS, ids=[form.__name__ for form, *_names in KINDS])
def test_whoever_tries_many_usernames_waits_for_each_answer(form, miss, found, person, waits):
    for n in range(FREE + 20):
        assert not form(person, miss).is_valid(), n
    assert waits[:FREE] == [0] * FREE
    assert waits[FREE : FREE + 3] == [2, 4, 6]
    assert max(waits) == waits[-1] == 20
    assert form(person, found).is_valid()
    assert waits[-1] == 20, "a name that would be the answer waits as long"
    assert not form(make_guest("guest-2"), miss).is_valid()
    assert waits[-1] == 0, "others do not wait"


@pytest.mark.parametrize(("form", "miss", "found"), KINDS, ids=[form.__name__ for form, *_names in KINDS])
def test_names_that_are_no_try_never_make_anybody_wait(form, miss, found, person, waits):
    for _ in range(3 * FREE):
        assert form(person, found).is_valid()
    assert set(waits) == {0}


@pytest.mark.parametrize(("form", "miss", "found"), KINDS, ids=[form.__name__ for form, *_names in KINDS])
def test_one_try_of_a_person_waits_at_a_time(form, miss, found, person, all_wait_at_once):
    for _ in range(FREE + 1):
        form(person, miss).is_valid()
    refused = form(person, found)
    assert TOO_MANY in str(refused.errors)
    assert len(all_wait_at_once) == FREE + 1, "it does not wait"


def test_the_page_says_so(ngozi_client, linus, all_wait_at_once):
    fields = {"title": "Reef mentors", "begins": "2030-01-01", "language": "English"}
    programme = ngozi_client.post(reverse("mentoring:create_programme"), fields, follow=True).context["programme"]
    add = reverse("mentoring:add_coordinator", args=[programme.pk])
    for _ in range(FREE + 1):
        assert "There is no account with this username" in ngozi_client.post(add, {"coordinator": "nobody"}).text
    assert TOO_MANY in ngozi_client.post(add, {"coordinator": "linus"}).text
