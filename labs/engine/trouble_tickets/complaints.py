"""What a customer reports when a check of a solved lab fails: what he notices, in his words, and never why."""

from collections.abc import Mapping, Sequence

from labs.engine.definition.spec import Check, Lab
from labs.engine.grading.verdicts import Verdict
from labs.engine.text import Text
from labs.engine.text import gettext_noop as _

# By the beginning of the check type's name; what people feel themselves comes before what only a network's staff sees.
GENERIC: Mapping[tuple[str, ...], str] = {
    ("ping", "reach.", "path.", "loss.", "rate."): _(
        "“Since this morning, places that we need cannot be reached from %(node)s, or not as they should. Yesterday all was well.”"
    ),
    ("service.", "dns.", "nat64.", "flow.", "fw."): _(
        "“Something that we use every day from %(node)s does not work as it did yesterday. We changed nothing.”"
    ),
    ("addr.", "ra.", "nd.", "dhcp6."): _(
        "“The machine %(node)s was off last night. Now it is on, and does not get on the network as it did.”"
    ),
    ("bgp.", "rpki."): _("“The routes at %(node)s are not what we agreed on, since last night. We count on them.”"),
    ("fib.", "net."): _("“Packets of ours take another way at %(node)s than they did last week, or none at all.”"),
    ("ospf", "isis.", "babel.", "bfd."): _(
        "“Our monitoring is red for %(node)s since last night: it says that something inside the network is missing.”"
    ),
    ("",): _("“Something at %(node)s is not as it was before last night's work. Can you have a look?”"),
}


def report(lab: Lab, failed: Sequence[Verdict]) -> Text:
    """Returns what is reported when these checks have failed: the lab's own words where it has some, else general ones."""
    checks = {check.id: check for check in lab.checks()}
    worst = min(failed, key=lambda one: _rank(checks[one.check]))
    check = checks[worst.check]
    if check.complaint:
        return Text.authored(check.complaint)
    return Text(list(GENERIC.values())[_rank(check)], node=worst.node or check.on[0])


def _rank(check: Check) -> int:
    if check.complaint:
        return -1
    return next(rank for rank, names in enumerate(GENERIC) if check.type.startswith(names))
