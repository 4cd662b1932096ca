"""What can go wrong, for people. Each error says what happened and what to do; its class says who must act."""


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
