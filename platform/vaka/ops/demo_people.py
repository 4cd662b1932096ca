"""Demo people: enough to try every role. Their passwords are random, made once and kept in the state folder.

Where others can reach the site, in a room, there are none: ``retire`` ends them, and the demo gets a person for its own time.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction

from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.mentoring import services as mentoring
from vaka.mentoring.models import Mentorship, Programme

FILE = "credentials/demo_people.json"  # in the state folder
# name: first name, last name, group. The visitor is the demo's own: the trainee's first lab stays for a person.
PEOPLE = {
    "trainee": ("Ada", "Lovelace", ""),
    "mentor": ("Grace", "Hopper", MENTORS),
    "instructor": ("Ngozi", "Okafor", INSTRUCTORS),
    "visitor": ("Sam", "Visitor", ""),
}
SHOWN = ("trainee", "mentor", "instructor")
WHO = "visitor"
FOR_THE_DEMO = "the demo's visitor "  # with spaces: nobody can sign up with such a name


def kept(state: Path) -> dict[str, str]:
    """Return name and password of each demo person; empty where there are none."""
    try:
        people: Any = json.loads((state / FILE).read_text())
    except FileNotFoundError:
        return {}
    return {str(name): str(password) for name, password in people.items()}


def ensure(state: Path) -> dict[str, str]:
    """Make the people who are missing, and give each the password that the file names."""
    passwords = kept(state)
    passwords = {name: passwords.get(name) or secrets.token_urlsafe(9) for name in PEOPLE}
    keep(state, passwords)
    with transaction.atomic():
        for name, (first, last, group) in PEOPLE.items():
            user, _ = User.objects.get_or_create(username=name, defaults={"first_name": first, "last_name": last})
            if not user.is_active or not user.check_password(passwords[name]):
                user.is_active = True
                user.set_password(passwords[name])
                user.save(update_fields=["is_active", "password"])
            if group:
                user.groups.add(Group.objects.get(name=group))
        _introduce()
    return passwords


def _introduce() -> None:
    """Have the mentor invite the trainee, once: whether to say yes is for who tries the site."""
    trainee, mentor, instructor = (User.objects.get(username=name) for name in SHOWN)
    if Mentorship.objects.between(mentor, trainee).exists():
        return
    programme, _ = Programme.objects.get_or_create(title="First steps, together")
    if programme.is_over:  # somebody ended it
        return
    programme.coordinators.add(instructor)
    mentoring.add_mentor(programme, mentor, instructor)
    mentoring.invite(programme, mentor, mentor, trainee)


def retire(state: Path) -> None:
    """End the demo people: nobody can sign in as one, and who is signed in as one is out. What they did stays."""
    with transaction.atomic():
        for person in User.objects.filter(username__in=PEOPLE):
            person.is_active = False
            person.set_unusable_password()  # the sessions hold a hash of the old one
            person.save(update_fields=["is_active", "password"])
            Authenticator.objects.filter(user=person).delete()
        User.objects.filter(username__startswith=FOR_THE_DEMO).delete()  # of a demo that was killed
    (state / FILE).unlink(missing_ok=True)


@contextmanager
def visitor(state: Path) -> Iterator[tuple[str, str]]:
    """Yield name and password of the person who does the demo; in a room he is gone afterwards, with all that he did."""
    if not settings.LAN:
        yield WHO, kept(state).get(WHO, "")
        return
    password = secrets.token_urlsafe(24)
    person = User.objects.create_user(f"{FOR_THE_DEMO}{secrets.token_hex(4)}", password=password)
    try:
        yield person.username, password
    finally:
        person.delete()


def make_staff(name: str) -> User:
    """Make somebody who may do everything, or give that right to who is there; a link lets him choose his password."""
    with transaction.atomic():
        person, made = User.objects.get_or_create(username=name)
        if made:
            person.set_unusable_password()
        person.is_active = person.is_staff = person.is_superuser = True
        person.save()
    return person


def has_staff() -> bool:
    return any(person.has_usable_password() for person in User.objects.filter(is_superuser=True, is_active=True))


def keep(state: Path, passwords: dict[str, str]) -> None:
    """Write the file anew, from the first byte on readable for nobody but the site's accounts."""
    kept = state / FILE
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    draft = kept.with_name(f".{kept.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)
    with os.fdopen(descriptor, "w") as file:
        json.dump(passwords, file, indent=2)
    draft.replace(kept)


def lines(passwords: dict[str, str]) -> list[str]:
    """Say who can sign in, one line each."""
    return [f"  {name:<12}{passwords[name]}" for name in SHOWN if name in passwords]
