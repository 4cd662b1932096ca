"""Demo people: one account for each role. Their passwords are random, created once, and kept in the state folder.

A site on a LAN or with a public name has none, because others can reach it: ``retire`` disables them, and the demo uses a
temporary account.
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
# username: first name, last name, group. The demo signs in as "visitor", so that the trainee's labs stay untouched.
PEOPLE = {
    "trainee": ("Ada", "Lovelace", ""),
    "mentor": ("Grace", "Hopper", MENTORS),
    "instructor": ("Ngozi", "Okafor", INSTRUCTORS),
    "visitor": ("Sam", "Visitor", ""),
}
SHOWN = ("trainee", "mentor", "instructor")
WHO = "visitor"
FORBIDDEN = "no_demo_people"  # an empty file in the run folder
FOR_THE_DEMO = "the demo's visitor "  # usernames from sign-up cannot contain spaces


def are_allowed() -> bool:
    """Return whether the site may have demo people.

    An operator may type a command without the variables of the site. So the site's last start counts as well.
    """
    return not (is_reached_by_others() or (Path(settings.RUN_DIR) / FORBIDDEN).exists())


def is_reached_by_others() -> bool:
    """Return whether our settings tell that people on other machines use the site."""
    return bool(settings.LAN or settings.IS_PUBLIC)


def record_start(run: Path) -> None:
    """Leave a mark for later commands if the site that starts now may have no demo people."""
    mark = run / FORBIDDEN
    if is_reached_by_others():
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def kept(state: Path) -> dict[str, str]:
    """Return the password of each demo person by username; empty if there are none."""
    try:
        people: Any = json.loads((state / FILE).read_text())
    except FileNotFoundError:
        return {}
    return {str(name): str(password) for name, password in people.items()}


def ensure(state: Path) -> dict[str, str]:
    """Create the missing demo people, and set each password to the one in the file."""
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
    """Let the mentor invite the trainee, once. The person who tries the site decides whether to accept."""
    trainee, mentor, instructor = (User.objects.get(username=name) for name in SHOWN)
    if Mentorship.objects.between(mentor, trainee).exists():
        return
    programme, _ = Programme.objects.get_or_create(title="First steps, together")
    if programme.is_over:  # ended by hand
        return
    programme.coordinators.add(instructor)
    mentoring.add_mentor(programme, mentor, instructor)
    mentoring.invite(programme, mentor, mentor, trainee)


def retire(state: Path) -> None:
    """Disable the demo people: nobody can sign in as one, and open sign-ins end. Their work stays."""
    with transaction.atomic():
        for person in User.objects.filter(username__in=PEOPLE):
            person.is_active = False
            person.set_unusable_password()  # this ends their sessions, which hold a hash of the old password
            person.save(update_fields=["is_active", "password"])
            Authenticator.objects.filter(user=person).delete()
        User.objects.filter(username__startswith=FOR_THE_DEMO).delete()  # left by a demo that was killed
    (state / FILE).unlink(missing_ok=True)


@contextmanager
def visitor(state: Path) -> Iterator[tuple[str, str]]:
    """Yield username and password for the demo. Without demo people the account is temporary and deleted with its work."""
    if are_allowed():
        yield WHO, kept(state).get(WHO, "")
        return
    password = secrets.token_urlsafe(24)
    person = User.objects.create_user(f"{FOR_THE_DEMO}{secrets.token_hex(4)}", password=password)
    try:
        yield person.username, password
    finally:
        person.delete()


def make_staff(name: str) -> User:
    """Create an administrator, or make an existing person one. They choose their password by a link."""
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
    """Replace the file. Only the site's accounts can read it, also while it is being written."""
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
    """Return one line for each demo person who can sign in."""
    return [f"  {name:<12}{passwords[name]}" for name in SHOWN if name in passwords]
