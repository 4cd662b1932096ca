"""Demo people: enough to try every role. Their passwords are random, made once and kept in the state folder."""

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from vaka.accounts.models import INSTRUCTORS, MENTORS, User

FILE = "demo_people.json"
# name: first name, last name, group. The visitor is the demo's own: the trainee's first lab stays for a person.
PEOPLE = {
    "trainee": ("Ada", "Lovelace", ""),
    "mentor": ("Grace", "Hopper", MENTORS),
    "instructor": ("Ngozi", "Okafor", INSTRUCTORS),
    "visitor": ("Sam", "Visitor", ""),
}
SHOWN = ("trainee", "mentor", "instructor")


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
            if not user.check_password(passwords[name]):
                user.set_password(passwords[name])
                user.save(update_fields=["password"])
            if group:
                user.groups.add(Group.objects.get(name=group))
    return passwords


def keep(state: Path, passwords: dict[str, str]) -> None:
    """Write the file anew, readable for its owner only from the first byte on."""
    draft = state / f".{FILE}.{os.getpid()}"
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(passwords, file, indent=2)
    draft.replace(state / FILE)


def lines(passwords: dict[str, str]) -> list[str]:
    """Say who can sign in, one line each."""
    return [f"  {name:<12}{passwords[name]}" for name in SHOWN if name in passwords]
