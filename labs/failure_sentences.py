"""The sentences that a learner reads after a failure of the site: what happened, why, and what to do.

Rows keep them in English; they are translated when they are shown.
"""

import re

from celery.exceptions import SoftTimeLimitExceeded
from django.utils.translation import gettext_noop as _

from labs.engine import errors
from labs.engine.trouble_tickets.preparation import NoTicket
from labs.models.save import NoSave
from labs.registry.versions import NoSuchLab
from vaka import operator_commands


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


SENTENCES: dict[type[Exception], str] = {
    NoTicket: _(
        "No trouble ticket could be prepared in this lab just now. You lose no points. Try once more. If it fails in the same way, "
        "show your mentor the details below."
    ),
    errors.NoEngine: _(
        "No Docker engine answers on this server, so no lab can run. Tell the person who runs this site, "
        "then select “Start again”."
    ),
    errors.EngineRefused: _(
        "The Docker engine refused the request. Try once more. If it refuses again, tell the person who runs this site."
    ),
    errors.ImageMissing: _(
        "The lab image has not been built on this server, so no lab can start. Tell the person who runs this site "
        "to build it, then select “Start again”."
    ),
    errors.ImageOld: _(
        "The lab image belongs to another version of this site, so no lab can start. Tell the person who runs this site "
        "to build the new one, then select “Start again”."
    ),
    errors.ImageNotBuilt: _(
        "This lab needs programs that the lab image does not have, and an image with them could not be built on this server. "
        "You lose no work. Show the person who runs this site the details below, then select “Start again”."
    ),
    errors.OutOfMemory: _(
        "The lab ran out of memory and was ended. Start it again. If it happens again, stop programs in it "
        "that use much memory, or ask for a server with more memory."
    ),
    errors.RelayGone: _(
        "The connection to the lab does not answer. Try again in a minute. If it still does not answer, "
        "tell the person who runs this site."
    ),
    errors.LabGone: _(
        "The lab was removed by somebody or something else, not by you. Start it again. Your points are kept."
    ),
    errors.LabFailed: _(
        "The lab could not be built. Try once more. If it fails in the same way, show your mentor the details below."
    ),
    errors.TookTooLong: _(
        "The lab did not start within the time limit and was removed. This server may be busy. Try again in a minute."
    ),
    errors.TooMuch: _(
        "Your lab sent more data than is read from one lab, so reading was stopped. You lose no points. Look for a program in it "
        "that prints very much text, or reset the node. Try again in a minute."
    ),
    NoSave: _("The saved work is not on this server any more. Start the lab without it."),
    NoSuchLab: _("This lab is not available here any more. Choose another lab."),
}
LOST = _(
    "The start of your lab was interrupted twice, so it was ended. Select “Start again”. If it happens again, "
    "tell the person who runs this site."
)
BROKER_GONE = _(
    "Your lab could not start, because the message broker does not answer. You lose no work. Try again in a minute."
)
BROKER_GONE_FOR_JOB = _(
    "Your request was not carried out, because the message broker does not answer. You lose no points. Try again in a minute."
)
NOT_WRITTEN = _(
    "The site's database cannot be written to, so your request was ended. You lose no points. "
    "Show the person who runs this site the details below, then try again."
)
NO_STARTER = _(
    "The program that starts labs does not run, so your lab did not start. You lose no points. "
    "Tell the person who runs this site, then select “Start again”."
)
JOB_TOO_LONG = _("This took too long, so it was ended. You lose no points. Try again.")
NOT_SAVED = _("Your last changes could not be saved. Your earlier saved work is kept.")
NEVER_SAVED = _(
    "Your work could not be saved, and there is no earlier saved work of this lab. If you start it again, it is in its initial "
    "state."
)
SAVES_REMOVED = _(
    "Saved work of this lab was removed, because your saved work of all labs together became too large. Your points are kept. "
    "Delete large files on the nodes of your other labs, so that this does not happen again."
)
JOB_LAB_ENDED = _("The lab ended before this was done.")
OURS = _("An error occurred in the site, and it was logged. Try again in a minute.")

# Failures of the host, not of the lab: they may be over in a moment
PASSING = (
    *(SENTENCES[kind] for kind in (errors.NoEngine, errors.EngineRefused, errors.RelayGone, errors.LabGone)),
    LOST,
    BROKER_GONE,
    NOT_WRITTEN,
    NO_STARTER,
)

# Failures that a new start meets again, until the person who runs the site has done something
UNTIL_MENDED = (
    *(SENTENCES[kind] for kind in (errors.NoEngine, errors.ImageMissing, errors.ImageOld, errors.ImageNotBuilt)),
    NO_STARTER,
)
# Failures of a start with saved work that a start from the beginning does not meet
OF_THE_SAVE = (SENTENCES[NoSave], SENTENCES[NoSuchLab])

_REASONS = {text: _snake(kind.__name__) for kind, text in SENTENCES.items()} | {
    LOST: "lost",
    BROKER_GONE: "broker_gone",
    NOT_WRITTEN: "not_written",
    NO_STARTER: "no_starter",
    OURS: "ours",
}


def reason(sentence: str) -> str:
    """Return the reason that a sentence stands for, as a label for metrics."""
    return _REASONS.get(sentence, "other")


def sentence(error: BaseException) -> str:
    """Return the sentence that the learner reads about an error."""
    if isinstance(error, SoftTimeLimitExceeded):
        return SENTENCES[errors.TookTooLong]
    return next((text for kind, text in SENTENCES.items() if isinstance(error, kind)), OURS)


def detail(error: BaseException) -> str:
    """Return the engine's message, if it is an error of the engine. It may quote the lab, so it is hostile."""
    return operator_commands.on_this_server(str(error))[:2000] if isinstance(error, errors.EngineError) else ""
