"""What a learner does to the cables of his lab from its page. It is done through the relay while the page waits.

Only cables with an end at a node of his, in a class lab of his seat: there he could do the same by typing. A cable between others'
nodes is the lab's, and to pull one could make a check pass that asks what must not arrive.
"""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labs import events
from labs.engine.definition.spec import Link
from labs.engine.errors import EngineError, LabFailed
from labs.engine.runtime.client import Session
from labs.engine.shared.cable import LEAST_RATE, MOST_DELAY, MOST_RATE, NO_DELAY, WORSE, Cable
from labs.lifecycle import captures
from labs.lifecycle.seat_nodes import seen_by
from labs.models import LabSession, State

_NO_DELAY = gettext_lazy(  # NO_DELAY again, where translators find it
    "This computer cannot delay packets, because its kernel has no netem. Its operator can load it: modprobe sch_netem. "
    "Rate and loss work without it."
)


class NotDone(Exception):
    """The text says why, to the learner."""


class CableForm(forms.Form):
    """One cable as it shall be. Empty is as good as the computer can."""

    cable = forms.IntegerField(min_value=0)
    up = forms.BooleanField(required=False)
    rate = forms.IntegerField(required=False, min_value=LEAST_RATE, max_value=MOST_RATE, label=gettext_lazy("Rate"))
    delay = forms.IntegerField(required=False, min_value=1, max_value=MOST_DELAY, label=gettext_lazy("Delay"))
    loss = forms.FloatField(required=False, min_value=0, max_value=100, label=gettext_lazy("Loss"))


def now(session: LabSession | None, link: Link) -> Cable:
    """How the cable is, as far as we did something to it."""
    kept = session.cables.get(str(link.a)) if session else None
    return Cable(**kept) if kept else Cable()


def change(session: LabSession, user: Any, said: Mapping[str, Any]) -> None:
    """Make a cable as the form says. NotDone says why it was not."""
    form = CableForm(said)
    if not form.is_valid():
        raise NotDone(
            " ".join(f"{form.fields[name].label or name}: {errors[0]}" for name, errors in form.errors.items())
        )
    wanted, lab = form.cleaned_data, seen_by(session, user)
    if not 0 <= wanted["cable"] < len(lab.links) or lab.links[wanted["cable"]] not in captures.cables(lab):
        raise NotDone(_("This cable is not yours to change."))
    if session.state != State.READY:
        raise NotDone(_("The lab is not running."))
    if session.job:
        raise NotDone(_("Something else is being done to the lab now. Try again when it is over."))
    link = lab.links[wanted["cable"]]
    action = {"link": str(link.a), "lasting": True, **{name: wanted[name] or 0 for name in WORSE}}
    if wanted["up"] != now(session, link).up:
        action["up"] = wanted["up"]
    try:
        _do(session, action)
    finally:
        session.is_active()  # not before: of a save that is made meanwhile nobody knows whether the change is in it


def _do(session: LabSession, action: dict[str, Any]) -> None:
    lab = captures.lab_of(session)
    try:
        lab.do(action)
    except LabFailed as error:
        raise NotDone(str(_NO_DELAY) if str(error) == NO_DELAY else str(error)) from error
    except EngineError as error:
        raise NotDone(_("Your lab did not answer. Try again in a moment.")) from error
    finally:
        keep(session, lab)


def keep(session: LabSession, lab: Session) -> None:
    """Write down how the cables are now: also what failed may have moved something."""
    try:
        found = {end: cable.as_json() for end, cable in lab.cables().items()}
    except EngineError:
        return
    session.cables = found
    LabSession.objects.filter(pk=session.pk).update(cables=found)
    events.publish(session.pk, "cables")
