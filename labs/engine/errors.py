"""What can go wrong, for people. Each error says what happened and what to do; its class says who must act."""

from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

TOO_MUCH = _(
    "Reading the answers of %(node)s took more than %(seconds)s seconds of computing time within a minute, so we stopped. "
    "Look for a program there that answers with very much text, or reset the node. We try again within a minute."
)


class EngineError(Exception):
    """Ours to mend: it never costs a learner points."""


class NoEngine(EngineError):
    """No Docker engine answers on its socket."""


class EngineRefused(EngineError):
    """The engine answered and said no."""


class ImageMissing(EngineError):
    """The lab image has not been built on this engine."""


class ImageOld(EngineError):
    """The engine has a lab image, but not the one that this version of Vaka needs."""


class OutOfMemory(EngineError):
    """The lab, or the machine, ran out of memory."""


class RelayGone(EngineError):
    """The relay process does not answer."""


class LabGone(EngineError):
    """The session has no running container any more."""


class LabFailed(EngineError):
    """The lab could not be built; the sentence names the node and the step."""


class TookTooLong(EngineError):
    """Something did not happen within its time."""


class TooMuch(EngineError):
    """A lab's answers took more CPU time than reading them may take: ``text`` says so to its learner, and names the node."""

    def __init__(self, node: str, seconds: float) -> None:
        self.node, self.text = node, Text(TOO_MUCH, node=node, seconds=f"{seconds:g}")
        super().__init__(str(self.text))
