"""Slows down trying usernames, on pages that say to a person who is signed in whether an account has a name.

``vaka.web.guess_delay`` counts and waits; here are the numbers. What the person wants to know is counted as a try before they know
it, and taken back where it was no try. So a client that disconnects learns nothing. Guesses of passwords are in
``vaka.accounts.password_guesses``.
"""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from vaka.accounts.models import User
from vaka.web import guess_delay

# Who adds a team, or chooses a name, mistypes less. Beyond these, one try waits at a time: 180 an hour
SLOWDOWN = guess_delay.Slowdown(window=15 * 60, free=10, step=2.0, longest=20.0)
AT_ONCE = 1
WAITING = guess_delay.Places(100)


def find(by: User, username: str) -> User | None:
    """Return the active account with this username. A name that nobody has counts as a try. Raises ValidationError."""
    count(by)
    found = User.objects.filter(username=username, is_active=True).first()
    if found:
        take_back(by)
    return found


def count(by: User) -> None:
    """Count a try of the person, and wait before it is answered. Raises ValidationError if another one of theirs waits."""
    seconds = SLOWDOWN.seconds(guess_delay.count(_key(by), SLOWDOWN.window, add=1))
    if not guess_delay.wait_in(WAITING, {_key(by): AT_ONCE}, seconds):
        take_back(by)  # it gets no answer
        raise ValidationError(
            _("You have tried many usernames, and another one is being looked up. Wait 20 seconds, then try again.")
        )


def take_back(by: User) -> None:
    guess_delay.count(_key(by), SLOWDOWN.window, add=-1)


def _key(by: User) -> str:
    return f"username:{by.pk}"
