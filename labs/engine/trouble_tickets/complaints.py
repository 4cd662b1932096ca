"""The report of a customer when a check of a solved lab fails: what they notice, in their words, never the cause."""

from collections.abc import Mapping, Sequence

from labs.engine.definition.spec import Check, Lab
from labs.engine.grading.verdicts import Verdict
from labs.engine.translatable_text import Text
from labs.engine.translatable_text import gettext_noop as _

# By the beginning of the check type's name. Failures that users notice come before those that only operators see.
GENERIC: Mapping[tuple[str, ...], str] = {
    ("ping", "reach.", "path.", "loss.", "rate."): _(
        "“Since this morning, we cannot reach some places that we need from %(node)s, or the connection is bad. "
        "Yesterday everything worked.”"
    ),
    ("service.", "dns.", "nat64.", "flow.", "fw."): _(
        "“A service that we use every day from %(node)s does not work as it did yesterday. We changed nothing.”"
    ),
    ("addr.", "ra.", "nd.", "dhcp6."): _(
        "“The machine %(node)s was off last night. Now it is on, but it does not connect to the network as before.”"
    ),
    ("bgp.", "rpki."): _(
        "“Since last night, the routes at %(node)s are not the ones that we agreed on. We depend on them.”"
    ),
    ("fib.", "net."): _("“At %(node)s our packets take another path than last week, or they do not arrive at all.”"),
    ("ospf", "isis.", "babel.", "bfd."): _(
        "“Since last night, our monitoring shows %(node)s in red: it reports that something inside the network is missing.”"
    ),
    ("",): _("“Something at %(node)s is not as it was before the maintenance last night. Can you look at it?”"),
}


def report(lab: Lab, failed: Sequence[Verdict]) -> Text:
    """Return what a customer reports when these checks have failed: the author's text if there is one, else a general text."""
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
