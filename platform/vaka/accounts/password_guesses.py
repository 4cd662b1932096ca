"""Who guesses passwords and codes of accounts: how it is counted, and how long the answers wait.

Wrong ones count by account, whatever name of it was typed, and by the network that they come from, for whoever tries one
password on many accounts. Nothing is ever locked: the right password lets its owner in after LONGEST seconds at most. A
browser in which somebody has signed in before has a count of its own for that account, so strangers do not hold it up.
"""

import logging
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from unicodedata import normalize

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from vaka.accounts.models import User
from vaka.web import guess_delay
from vaka.web.guess_delay import Slowdown, Waiting
from vaka.web.http import network_of

logger = logging.getLogger(__name__)

WINDOW = 15 * 60
LONGEST = 20.0  # below the time-outs of browsers and proxies
FREE = 5  # wrong passwords of an account that wait for nothing
FREE_FROM_A_NETWORK = 100  # thirty people behind one address, who mistype
STEP, STEP_OF_A_NETWORK = 2.0, 0.5  # seconds for each one more
WAITING = guess_delay.Places(100)  # in all; of these
AT_AN_ACCOUNT, AT_A_CODE = 5, 2  # from one network at one account; at one second step
FROM_A_NETWORK = 30
NAMES = 4096  # counters of names that nobody has, so that inventing names does not fill the cache
NETWORKS = 1 << 16

COOKIE, SALT = "vaka_known", "vaka.accounts.known"
COOKIE_LASTS = 365 * 24 * 3600
KNOWN = 8  # accounts that one browser is known for


@dataclass(frozen=True, slots=True)
class Guess:
    """A try that was counted as wrong before anybody looked, so that a hundred at once are no less than one after the other."""

    keys: tuple[str, ...]

    def was_right(self) -> None:
        for key in self.keys:
            guess_delay.count(key, WINDOW, add=-1)


def at_password(request: HttpRequest, *names: str) -> Guess:
    """Count a try at the password of whoever has one of these names or addresses; its answer waits. Raises TooMany."""
    found = {person.pk: person for name in names if name for person in _named(name)}
    return _try(request, found.values(), unknown=next((name for name in names if name), ""))


def at_own_password(request: HttpRequest, person: User) -> Guess:
    """The same for somebody who is signed in and is asked once more. Raises TooMany."""
    return _try(request, [person])


def at_code(request: HttpRequest, person: User) -> Guess:
    """Count a try at a code of the second step: who comes so far has the password. Raises TooMany."""
    key = f"code:{_lane(request, person) or person.pk}"
    return _slow(request, {key: Slowdown(WINDOW, FREE, STEP, LONGEST)}, {key: AT_A_CODE})


def forget(person: User) -> None:
    """Wrong tries at a password that was changed since count no more."""
    for kind in ("password", "code"):
        guess_delay.forget(f"{kind}:{person.pk}", WINDOW)


def _named(name: str) -> Iterable[User]:
    """Everybody who could sign in with this: as allauth looks for them."""
    yield from filter_users_by_email(name, for_login=True)
    if person := get_user_by_username(name):
        yield person


def _try(request: HttpRequest, people: Iterable[User], unknown: str = "") -> Guess:
    by_account, by_network = (
        Slowdown(WINDOW, FREE, STEP, LONGEST),
        Slowdown(WINDOW, FREE_FROM_A_NETWORK, STEP_OF_A_NETWORK, LONGEST),
    )
    network = network_of(request)
    slowdowns, places = dict[str, Slowdown](), dict[str, int]()
    strange = False
    for person in people:
        lane = _lane(request, person)
        key = f"password:{lane or person.pk}"
        slowdowns[key] = by_account
        places[key if lane else f"{key}:{_bucket(network, NETWORKS)}"] = AT_AN_ACCOUNT
        strange = strange or not lane
    if not slowdowns:  # a name that nobody has is as slow, or one could tell
        key, strange = f"name:{_bucket(normalize('NFKC', unknown).casefold(), NAMES)}", True
        slowdowns[key], places[key] = by_account, AT_AN_ACCOUNT
    if strange:
        key = f"network:{_bucket(network, NETWORKS)}"
        slowdowns[key], places[key] = by_network, FROM_A_NETWORK
    return _slow(request, slowdowns, places)


def _slow(request: HttpRequest, slowdowns: dict[str, Slowdown], places: dict[str, int]) -> Guess:
    """Count under each key; the answer waits as long as the slowest of them says."""
    guess = Guess(tuple(slowdowns))
    wrong = {key: guess_delay.count(key, WINDOW, add=1) for key in slowdowns}
    seconds = max(slowdown.seconds(wrong[key]) for key, slowdown in slowdowns.items())
    if seconds > 0:
        try:
            waiting_of(request).add(seconds, WAITING.take(places))
        except guess_delay.TooMany:
            guess.was_right()  # nobody looks whether it is
            raise
        logger.warning("A sign-in waits %.1f s: many were wrong of %s.", seconds, " and of ".join(slowdowns))
    return guess


def _bucket(text: str, many: int) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8]) % many


def waiting_of(request: HttpRequest) -> Waiting:
    """What the request waits for (vaka.accounts.middleware waits)."""
    found = getattr(request, "waiting", None)
    if not isinstance(found, Waiting):
        found = request.waiting = Waiting()  # type: ignore[attr-defined]
    return found


# Browsers that somebody has signed in with before


def remember(request: HttpRequest, person: User) -> None:
    """Let the answer to this request tell the browser that this person signed in with it."""
    request.known_from_now_on = person  # type: ignore[attr-defined]


def mark_known(request: HttpRequest, answer: HttpResponseBase) -> None:
    person: User | None = getattr(request, "known_from_now_on", None)
    if person is None:
        return
    nonce, marks = _cookie(request)
    nonce = nonce or secrets.token_urlsafe(16)
    mine = _mark(nonce, person)
    kept = [mine, *(mark for mark in marks if mark != mine)][:KNOWN]
    value = ".".join([nonce, *kept])
    answer.set_cookie(COOKIE, value, max_age=COOKIE_LASTS, httponly=True, secure=settings.HTTPS, samesite="Lax")


def _cookie(request: HttpRequest) -> tuple[str, list[str]]:
    nonce, *marks = request.COOKIES.get(COOKIE, "").split(".")
    return nonce[:64], marks[:KNOWN]


def _mark(nonce: str, person: User) -> str:
    """Tells us that this browser knows the person, and tells nobody who it is."""
    return salted_hmac(SALT, f"{nonce} {person.pk}", algorithm="sha256").hexdigest()[:32]


def _lane(request: HttpRequest, person: User) -> str:
    """A counter of this browser's own for the person; empty if they never signed in with it."""
    nonce, marks = _cookie(request)
    mine = _mark(nonce, person)
    if not nonce or not any(constant_time_compare(mark, mine) for mark in marks):
        return ""
    return f"{person.pk}:{_bucket(nonce, 1 << 32)}"
