"""What a learner reads when something of ours went wrong: what happened, and what to do.

Kept in English; translated when it is shown.
"""

import re

from celery.exceptions import SoftTimeLimitExceeded
from django.utils.translation import gettext_noop as _

from labs.engine import errors
from labs.engine.trouble_tickets.preparation import NoTicket
from labs.models.files import NoSave
from labs.registry.versions import NoSuchLab


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


SENTENCES: dict[type[Exception], str] = {
    NoTicket: _(
        "No trouble ticket could be made of this lab just now. It cost you nothing. Try once more; if it fails in the same way, "
        "tell your mentor what is written below."
    ),
    errors.NoEngine: _(
        "No Docker engine answers on this machine, so no lab can run. Tell the person who runs this site, "
        "then press Start again."
    ),
    errors.EngineRefused: _(
        "The Docker engine said no. Try once more; if it says no again, tell the person who runs this site."
    ),
    errors.ImageMissing: _(
        "The image that labs run from has not been built here. Tell the person who runs this site: "
        "“make image” builds it."
    ),
    errors.ImageOld: _(
        "The image that labs run from is of another version. Tell the person who runs this site: "
        "“make image” builds the new one."
    ),
    errors.OutOfMemory: _(
        "The lab ran out of memory and was ended. Start it again; if it happens again, stop programs in it "
        "that use much memory, or ask for a bigger computer."
    ),
    errors.RelayGone: _(
        "The way into the lab does not answer. Try again in a minute; if it stays so, "
        "tell the person who runs this site."
    ),
    errors.LabGone: _("The lab was removed from outside, not by you. Start it again; what you had earned is kept."),
    errors.LabFailed: _(
        "The lab could not be built. Try once more; if it fails in the same way, "
        "tell your mentor what is written below."
    ),
    errors.TookTooLong: _(
        "The lab did not come up within its time and was removed. This computer may be busy: try again in a minute."
    ),
    errors.TooMuch: _(
        "Your lab answers with more than we read of one lab, so we stopped. It cost you nothing. Look for a program in it that "
        "answers with very much text, or reset the node. Try again in a minute."
    ),
    NoSave: _("The saved work is not on this computer any more. Start the lab afresh."),
    NoSuchLab: _("This lab is not published here any more. Choose another."),
}
LOST = _(
    "The start of your lab was cut off twice, so we ended it. Press Start again; if it happens again, "
    "tell the person who runs this site."
)
QUEUE_GONE = _("We could not start your lab: the queue does not answer. Nothing was lost. Try again in a minute.")
QUEUE_GONE_FOR_JOB = _(
    "We could not pass on what you asked: the queue does not answer. It cost you nothing. Try again in a minute."
)
NOT_WRITTEN = _(
    "This site cannot write down what happens in labs, so we ended what you had asked for. It cost you nothing. "
    "Tell the person who runs this site what is written below, then try again."
)
NO_STARTER = _(
    "The part of this site that starts labs does not run, so your lab did not start. It cost you nothing. "
    "Tell the person who runs this site, then press Start again."
)
JOB_TOO_LONG = _("It took too long, so we let it go. It cost you nothing. Try again.")
NOT_SAVED = _("What you did last could not be saved. What was saved before is kept.")
JOB_LAB_ENDED = _("The lab ended before this was done. It cost you nothing.")
OURS = _("Something went wrong on our side, and we have written it down. Try again in a minute.")

# The computer's own trouble, and none of the lab's: it may be over in a moment
PASSING = (
    *(SENTENCES[kind] for kind in (errors.NoEngine, errors.EngineRefused, errors.RelayGone, errors.LabGone)),
    LOST,
    QUEUE_GONE,
    NOT_WRITTEN,
    NO_STARTER,
)

_REASONS = {text: _snake(kind.__name__) for kind, text in SENTENCES.items()} | {
    LOST: "lost",
    QUEUE_GONE: "queue_gone",
    NOT_WRITTEN: "not_written",
    NO_STARTER: "no_starter",
    OURS: "ours",
}


def reason(sentence: str) -> str:
    """Return in one word, for counting, what a sentence of ours is about."""
    return _REASONS.get(sentence, "other")


def sentence(error: BaseException) -> str:
    """Return what the learner reads about an error."""
    if isinstance(error, SoftTimeLimitExceeded):
        return SENTENCES[errors.TookTooLong]
    return next((text for kind, text in SENTENCES.items() if isinstance(error, kind)), OURS)


def detail(error: BaseException) -> str:
    """Return what the engine said, if it was the engine; it may quote the lab, so it is hostile."""
    return str(error)[:2000] if isinstance(error, errors.EngineError) else ""
