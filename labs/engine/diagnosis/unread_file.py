"""Says beside a cause that a BIRD has not read its file as it is now."""

from collections.abc import Set
from dataclasses import replace

from labs.engine.adapters.node_state import Network
from labs.engine.diagnosis.causes import Cause, cause, not_known
from labs.engine.translatable_text import Text


def told(
    network: Network, found: Cause | None, concerned: Set[str] | None, own: Set[str] | None = None
) -> Cause | None:
    """Adds that a BIRD has not read its file as it is now: the searches read the file, so what they found may not be what runs.

    ``concerned`` has the nodes on which the check rests, where they are known. Of another node it explains nothing: there it is
    only seen, and beside a cause it is not said. ``own``: the nodes of which it is said at all; None: all of them.
    """
    every = [seen.node for seen in network.nodes.values() if seen.unread and (own is None or seen.node.name in own)]
    if not every:
        return found
    named = found is not None and bool(found.name)
    near = [one for one in every if concerned is None or one.name in concerned or (found and one.name == found.node)]
    unread = (near or every)[0]
    on = unread.name if unread.learner else ""
    said = cause("bird-unread", "birdc configure check", on, node=unread.name)
    if not near:
        seen = found.observed if found else ()
        return found if named or (found and found.adds) else not_known([*seen, next(said.text.sentences())])
    return replace(found, text=Text.of(found.text, said.text)) if found and named else said
