"""The signals of accounts, for the apps above: they import accounts, and accounts do not import them."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

# Some sign-ins of a person have ended; ``user`` is the person's number. It is sent once that is committed, so that nothing which
# a receiver closes is opened again by a sign-in that is about to end
sign_ins_ended = Signal()


def send_sign_ins_ended(user: int) -> None:
    transaction.on_commit(partial(sign_ins_ended.send, sender=None, user=user))
