"""Makes what tests need: plain functions that say what matters and fill in the rest."""

from django.contrib.auth.models import Group
from django.test import Client

from vaka.accounts.models import User

PASSWORD = "a canoe finds its way"


def make_person(username: str, *, name: str = "", email: str = "", group: str = "", is_staff: bool = False) -> User:
    first, _, last = name.partition(" ")
    person = User.objects.create_user(username, email, PASSWORD, first_name=first, last_name=last, is_staff=is_staff)
    if group:
        person.groups.add(Group.objects.get_or_create(name=group)[0])  # a transactional test empties that table too
    return person


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client
