"""Writes docs/checks.md: all check types with their fields, and an example of each.

``python -m labs.engine.authoring.checks_doc`` prints it; docs/checks.md is a copy of that. A test says so.
"""

from collections.abc import Iterator

from labs.engine.checks import FAMILIES, CheckType
from labs.engine.checks.examples import EXAMPLES
from labs.engine.checks.not_proven import NOT_PROVEN
from labs.engine.definition.spec import Kind

HEAD = """\
# The check types

What a check of a lab can ask, and what it can say in its `expect`. [Writing a lab](authoring-labs.md) explains the other fields of
a check and how values are compared. The code generates this page: `python -m labs.engine.authoring.checks_doc > docs/checks.md`.
`manage.py new_check TYPE` prints a check with all fields of its type.

*On* lists the kinds of nodes on which a check can be made. Without it these are routers and hosts: bird, frr, host.

A check that something is absent (`present: false`, a `count` that may be 0, and some types whose sentence says “no” or
“not”) passes on a dead network too. Give it a `control`, and a `within` as long as the protocol needs:
[absence](authoring-labs.md#absence).
"""
# Checks that a reader may look for here and not find, with the reason.
CANNOT = """\
## Limits of the checks

- **NAT64 by the kernel**: Linux has none of its own. `nat64.flow` and `clat.flow` ask for what arrives, whoever translates; in the
  image tayga does, and the lab needs `requires: [tun]`.
- **What a server has delegated**: `dhcp6.prefix_delegated` looks at the client's kernel. Name a check on the provider's node as its
  `control`, such as `fib.route` to the delegated prefix. The image flavour `access` has a server (kea-dhcp6) and a client (dhcpcd).
- **Whether a signature is right**: `dns.chain` compares keys, digests and times. A resolver verifies: `dns.validated`.
- **BIRD's configuration, line by line** (`config.contains` and its like are FRR's): BIRD does not show its configuration. Ask
  what it does (`bgp.session`, `bgp.adj_out`, `fib.route`), or its file with `file.content`.
- **TCP-AO** (RFC 5925): the kernel on which the checks were tested does not have it. `bgp.neighbor` sees MD5 and GTSM.
"""
EVERYWHERE = frozenset({Kind.HOST, Kind.FRR, Kind.BIRD})


def doc() -> str:
    return "\n".join([HEAD, *_contents(), *(line for family in FAMILIES for line in _family(family)), CANNOT])


def _contents() -> Iterator[str]:
    for family, types in FAMILIES.items():
        yield f"- {family}: " + ", ".join(f"[{t.NAME}](#{t.NAME.replace('.', '')})" for t in types)
    yield ""


def _family(family: str) -> Iterator[str]:
    yield f"## {family}\n"
    for kind in FAMILIES[family]:
        yield f"### {kind.NAME}\n"
        yield kind.ABOUT + _where(kind) + _when(kind) + "\n"
        yield f"**Not proven**: {NOT_PROVEN[kind.NAME]}\n"
        for name, field in kind.FIELDS.items():
            yield f"- `{name}`{' (required)' if field.required else ''}: {field.about}"
        yield "\n```yaml"
        yield example(kind.NAME) + "```\n"


def _where(kind: type[CheckType]) -> str:
    if kind.KINDS == EVERYWHERE:
        return ""
    return f" On: {', '.join(sorted(kind.KINDS))}."


def _when(kind: type[CheckType]) -> str:
    return (
        " It disturbs the network a little, so it is asked only when a learner asks for a check."
        if kind.DISTURBS
        else ""
    )


def example(name: str) -> str:
    """A whole check of this type."""
    on, expect, *more = EXAMPLES[name]
    lines = ["- id: example", f"  type: {name}", "  title: What is true when it passes", f"  on: [{on}]"]
    return "\n".join([*lines, f"  expect: {expect}", *(f"  {line}" for line in more), ""])


if __name__ == "__main__":
    print(doc(), end="")
