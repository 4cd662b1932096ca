"""Deletion of an account, by its owner, by the administration, or at the end of a guest's time. Nothing of its labs is kept.

Rows are deleted with the account's row. Files and containers are listed in the same transaction (Erasure), for the worker
(``account_deletion_remains``). An owner deletes the account in vaka.home.account_deletion.
"""

from django.db import transaction
from django.db.models import Q
from kombu.exceptions import OperationalError

from labs import events
from labs.lifecycle import class_labs, names_in_administration_log, tasks
from labs.models import LIVE, Capture, Erasure, LabSession
from labs.terminals import closing_terminals
from vaka.accounts.models import User


def before(person: User) -> None:
    """Prepare the deletion of the account's row."""
    with transaction.atomic():
        for session in LabSession.objects.filter(state__in=LIVE, seats__user=person):
            class_labs.remove(session, person)
        taken = Capture.objects.filter(Q(session__learner=person) | Q(taker=person))
        # Copies of the person's labs go with them, whoever runs them
        live = LabSession.objects.live().filter(Q(learner=person) | Q(copy_of__learner=person))
        erasure = Erasure.objects.create(
            person=person.pk,
            captures=[str(pk) for pk in taken.values_list("pk", flat=True)],
            sessions=[str(pk) for pk in live.values_list("pk", flat=True)],
        )
        for session in erasure.sessions:
            # The gateway checks its permissions on this event, so terminals close at once
            events.publish_on(events.channel(session), "seats")
        names_in_administration_log.forget(person)
        person.browser_sessions.all().delete()
        number = person.pk
        transaction.on_commit(lambda: _after_commit(number, erasure.pk))


def _after_commit(number: int, erasure: int) -> None:
    closing_terminals.close_all(number)
    try:
        if events.broker_answers():
            tasks.erase.delay(erasure)
    except OperationalError:
        pass  # the broker went away in between; beat asks when it is back
