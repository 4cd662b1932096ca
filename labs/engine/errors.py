"""The errors of the lab engine. Each text says what happened and what to do; the class says who must act."""

from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

TOO_MUCH = _(
    "Reading the answers of %(node)s took more than %(seconds)s seconds of CPU time within %(window)s seconds, so we stopped. "
    "Look for a program on the node that answers with very much text, or reset the node. We try again within %(window)s seconds."
)


class EngineError(Exception):
    """Something that the operator or we must repair. It never costs a learner points."""


class NoEngine(EngineError):
    """No Docker engine answers on its socket."""


class EngineRefused(EngineError):
    """The engine answered and refused the request."""


class ImageMissing(EngineError):
    """The lab image has not been built on this engine."""


class ImageOld(EngineError):
    """The engine has a lab image, but of another version of Vaka."""


class FlavourMissing(ImageMissing):
    """The lab image is there, but not that of the flavour which a lab names. ``flavour`` is its name."""

    def __init__(self, flavour: str) -> None:
        self.flavour = flavour
        super().__init__(
            f"The lab image {flavour} has not been built on this server. Type: docker/lab/build --flavour {flavour}"
        )


class ImageNotBuilt(EngineError):
    """The image of a flavour could not be built. The text is the end of what the build printed."""


class OutOfMemory(EngineError):
    """The lab, or the machine, ran out of memory."""


class RelayGone(EngineError):
    """The relay process does not answer."""


class LabGone(EngineError):
    """The session's container does not run any more."""


class LabFailed(EngineError):
    """The supervisor could not do what it was asked; the text names the node and the step."""


class TookTooLong(EngineError):
    """The lab or the relay did not answer in time."""


class TooMuch(EngineError):
    """Reading a lab's answers took more CPU time than allowed. ``text`` tells the learner so, and names the node."""

    def __init__(self, node: str, seconds: float, window: float) -> None:
        self.node, self.text = node, Text(TOO_MUCH, node=node, seconds=f"{seconds:g}", window=f"{window:g}")
        super().__init__(str(self.text))
