"""Slows down guessing of passwords and second-step codes: it counts guesses, and has them wait before they are checked.

Wrong guesses are counted by account, whichever of its names was typed. They are also counted by network and for the whole site,
against attackers who try one password on many accounts. Nothing is ever locked: the right password lets its owner in after at
most LONGEST seconds, and after a few seconds if only other accounts were guessed at. A browser in which a person has signed in
before has its own counter for that account, so attacks by strangers do not delay it.
"""

import logging
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from allauth.account.internal.userkit import filter_users_by_email, get_user_by_username
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from vaka.accounts.models import User
from vaka.web import guess_delay
from vaka.web.guess_delay import Slowdown
from vaka.web.person_names import plain_username
from vaka.web.request_origin import PREFIX_LENGTHS, networks_of

logger = logging.getLogger(__name__)

WINDOW = 15 * 60
LONGEST = 20.0  # below the time-outs of browsers and proxies
FREE = 5  # wrong passwords for an account without a delay
STEP = 2.0  # seconds of delay for each further one
# Three numbers are for an IPv4 address or an IPv6 /64, for a /56 and for a /48 (request_origin.networks). A room of thirty people
# who mistype has 100 free; a /56 is a line or a department with three such rooms, a /48 a campus with ten
FREE_FROM = (100, 300, 1000)
STEPS_OF = (0.5, 0.2, 0.1)
# Seconds that wrong guesses of a network delay accounts without many wrong guesses of their own
LONGEST_FOR_OTHERS = 4.0
CHECK_TAKES = 1.0  # seconds, more than the hash of a password takes on a machine of pace 1
WAITING = guess_delay.Places(100)  # delayed requests in total; of these at most:
AT_AN_ACCOUNT, AT_A_CODE = (5, 8, 10), 2  # from one network for one account; for one account's second step
FROM = (30, 35, 40)  # from one network, in browsers that are not known
ALL_FROM = (60, 70, 80)  # from one network, of any kind, so that no network alone takes all
# All browsers that are not known, against attackers with many networks: more people than a site has mistype at once
SITE = Slowdown(WINDOW, free=2000, step=0.005, longest=5.0)
SITE_WAITING = guess_delay.Places(
    300
)  # a guess without a place is not delayed for the site: many networks keep nobody out
NAMES = 1 << 16  # counters for unknown names, so that invented names do not fill the cache (settings.CACHES)
NETWORKS = 1 << 16

COOKIE, SALT, BUCKET_SALT = "vaka_known", "vaka.accounts.known", "vaka.accounts.bucket"
COOKIE_LASTS = 365 * 24 * 3600
KNOWN = 8  # accounts that one browser remembers


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess that is counted as wrong and has waited before it is checked.

    So parallel guesses are not cheaper than serial ones, and a client that disconnects early learns nothing.
    """

    keys: tuple[str, ...]
    # After very many wrong guesses from its network, a guess at a name that nobody has needs no check
    is_for_nobody: bool = False
    answered_at: float = 0.0  # on the clock of guess_delay; then the time does not tell whether there was a check

    def was_right(self) -> None:
        """Take the guess back out of the counters."""
        for key in self.keys:
            guess_delay.count(key, WINDOW, add=-1)

    def was_wrong(self) -> None:
        """Wait until the answer may be given."""
        guess_delay.wait_until(self.answered_at)


def count_password(request: HttpRequest, *names: str) -> Guess:
    """Count a guess at the password of the account with one of these usernames or e-mail addresses, and wait.

    Raises TooMany.
    """
    found = {person.pk: person for name in names if name for person in _accounts_named(name)}
    return _count_guess(request, found.values(), unknown=next((name for name in names if name), ""))


def count_own_password(request: HttpRequest, person: User) -> Guess:
    """Count a guess at the password of the person who is signed in, and wait. Raises TooMany."""
    return _count_guess(request, [person])


def count_code(request: HttpRequest, person: User) -> Guess:
    """Count a guess at a code of the second step, after a right password, and wait. Raises TooMany."""
    key = f"code:{_browser_counter(request, person) or person.pk}"
    seconds = _count({key: _by_account()})
    guess = Guess((key,))
    _take_place(request, guess, {key: AT_A_CODE}, seconds)
    guess_delay.wait(seconds)
    return guess


def forget(person: User) -> None:
    """Reset the counters of an account whose password was changed."""
    for kind in ("password", "code"):
        guess_delay.forget(f"{kind}:{person.pk}", WINDOW)


def _accounts_named(name: str) -> Iterable[User]:
    """Yield the accounts that allauth would sign in with this name."""
    yield from filter_users_by_email(name, for_login=True)
    if person := get_user_by_username(name):
        yield person


def _count_guess(request: HttpRequest, people: Collection[User], unknown: str = "") -> Guess:
    buckets = buckets_of(request)
    slowdowns, places = dict[str, Slowdown](), dict[str, int]()
    is_strange = not people
    for person in people:
        counter = _browser_counter(request, person)
        key = f"password:{counter or person.pk}"
        slowdowns[key] = _by_account()
        places |= guess_delay.shares([key] if counter else [f"{key}:{one}" for one in buckets], AT_AN_ACCOUNT)
        is_strange = is_strange or not counter
    if not people:  # an unknown name is counted like a known one, so that the time does not reveal which names exist
        key = f"name:{bucket(plain_username(unknown).casefold(), NAMES)}"
        slowdowns[key] = _by_account()
        places |= guess_delay.shares([f"{key}:{one}" for one in buckets], AT_AN_ACCOUNT)
    if is_strange:
        return _count_in_network(request, slowdowns, places, is_for_nobody=not people)
    seconds = _count(slowdowns)
    guess = Guess(tuple(slowdowns))
    _take_place(request, guess, places, seconds)
    guess_delay.wait(seconds)
    return guess


def _count_in_network(
    request: HttpRequest, slowdowns: dict[str, Slowdown], places: dict[str, int], *, is_for_nobody: bool
) -> Guess:
    """Count the guess of a browser that is not known by its network too, and wait.

    Guesses at other accounts cannot keep an account out: while it has few wrong guesses of its own, it waits a few seconds at
    most, and needs no place. It needs none because its own counter limits such guesses, and because unknown names, of which
    there are as many as somebody likes, cost nothing then: no place, and no computing of a hash.
    """
    keys = [f"network:{one}" for one in buckets_of(request)]
    by_network = [Slowdown(WINDOW, free, step, LONGEST) for free, step in zip(FREE_FROM, STEPS_OF, strict=True)]
    seconds = _count(slowdowns)
    of_network = _count(dict(zip(keys, by_network, strict=False)))  # an IPv4 address is one network
    guess = Guess((*slowdowns, *keys))
    if seconds > 0:
        seconds = max(seconds, of_network)
        _take_place(request, guess, places | guess_delay.shares(keys, FROM), seconds)
    else:
        seconds = min(of_network, LONGEST_FOR_OTHERS)
    guess_delay.wait(max(seconds, _seconds_for_site(request, "site", SITE, already=seconds)))
    keys_with_site = (*guess.keys, "site")
    if not of_network:
        return Guess(keys_with_site)
    return Guess(keys_with_site, is_for_nobody, guess_delay.moment_in(settings.PACE * CHECK_TAKES))


def _by_account() -> Slowdown:
    return Slowdown(WINDOW, FREE, STEP, LONGEST)


def buckets_of(request: HttpRequest) -> list[str]:
    """Return the names under which the networks of a request are counted."""
    found = zip(PREFIX_LENGTHS, networks_of(request), strict=False)
    return [f"{length}:{bucket(network, NETWORKS)}" for length, network in found]


def delay_for_site(request: HttpRequest, key: str, slowdown: Slowdown) -> None:
    """Count a request of a browser that is not known, whatever its network is, and wait.

    It is not refused where too many wait: then it does not wait here, and the counters of its networks still hold.
    """
    guess_delay.wait(_seconds_for_site(request, key, slowdown, already=0.0))


def _seconds_for_site(request: HttpRequest, key: str, slowdown: Slowdown, already: float) -> float:
    """Count the request, and return how long it must wait for the site; 0 if it waits ``already`` as long, or has no place."""
    seconds = slowdown.seconds(guess_delay.count(key, slowdown.window, add=1))
    if seconds <= already:
        return 0.0
    logger.warning("Browsers that are not known wait %.1f s now: %s.", seconds, key)
    try:
        SITE_WAITING.take(guess_delay.shares(buckets_of(request), FROM), seconds)
    except guess_delay.TooMany:
        return 0.0
    return seconds


def _count(slowdowns: Mapping[str, Slowdown]) -> float:
    """Count a guess under each key. Return the longest delay of these keys, in seconds."""
    return max(slowdown.seconds(guess_delay.count(key, WINDOW, add=1)) for key, slowdown in slowdowns.items())


def _take_place(request: HttpRequest, guess: Guess, places: dict[str, int], seconds: float) -> None:
    """Take a place for a guess that must wait. Raises TooMany."""
    if seconds <= 0:
        return
    all_of = guess_delay.shares([f"all:{one}" for one in buckets_of(request)], ALL_FROM)
    try:
        WAITING.take(places | all_of, seconds)
    except guess_delay.TooMany:
        guess.was_right()  # not counted, because it is not checked
        raise
    logger.warning("A sign-in is delayed by %.1f s after many wrong guesses: %s.", seconds, ", ".join(guess.keys))


def bucket(text: str, many: int) -> int:
    """Return one of so many numbers. It is keyed, so that nobody can compute which texts have the same one."""
    return int.from_bytes(salted_hmac(BUCKET_SALT, text, algorithm="sha256").digest()[:8]) % many


# Browsers in which a person has signed in before


def remember_browser(request: HttpRequest, person: User) -> None:
    """Let the response to this request mark the browser: this person signed in with it."""
    request.signed_in_person = person  # type: ignore[attr-defined]  # set here only


def set_browser_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    person: User | None = getattr(request, "signed_in_person", None)
    if person is None:
        return
    nonce, marks = _cookie(request)
    nonce = nonce or secrets.token_urlsafe(16)
    new_mark = _mark(nonce, person)
    kept = [new_mark, *(mark for mark in marks if mark != new_mark)][:KNOWN]
    value = ".".join([nonce, *kept])
    response.set_cookie(COOKIE, value, max_age=COOKIE_LASTS, httponly=True, secure=settings.HTTPS, samesite="Lax")


def _cookie(request: HttpRequest) -> tuple[str, list[str]]:
    nonce, *marks = request.COOKIES.get(COOKIE, "").split(".")
    return nonce[:64], marks[:KNOWN]


def _mark(nonce: str, person: User) -> str:
    """Return a mark by which this site recognises the person in this browser. It reveals the person to nobody else."""
    return salted_hmac(SALT, f"{nonce} {person.pk}", algorithm="sha256").hexdigest()[:32]


def is_known(request: HttpRequest, person: User) -> bool:
    """Return whether the person has signed in with this browser before."""
    return bool(_browser_counter(request, person))


def _browser_counter(request: HttpRequest, person: User) -> str:
    """Return the key of this browser's own counter for the person; empty if the person never signed in with it."""
    nonce, marks = _cookie(request)
    expected = _mark(nonce, person)
    if not nonce or not any(constant_time_compare(mark, expected) for mark in marks):
        return ""
    return f"{person.pk}:{bucket(nonce, 1 << 32)}"
