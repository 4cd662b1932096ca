"""Writes docs/checks.md: all check types with their fields, and an example of each.

``python -m labs.engine.authoring.checks_doc`` prints the page. A test compares docs/checks.md with it.
"""

from collections.abc import Iterator

from labs.engine.checks import FAMILIES, CheckType
from labs.engine.checks.examples import EXAMPLES
from labs.engine.definition.spec import Kind

HEAD = """\
# The check types

This page lists what a check of a lab can ask, and the fields of its `expect`. [Writing a lab](authoring-labs.md) describes the
other fields of a check, and how values are compared.
This page is generated: `python -m labs.engine.authoring.checks_doc > docs/checks.md`.
"""
# What an author may look for on the page and not find, with the reason
CANNOT = """\
## What no check can ask

- **NAT64 in the kernel**: Linux has no NAT64. `nat64.flow` and `clat.flow` check what arrives, whichever program translates. In the
  image that is tayga, and the lab needs `requires: [tun]`.
- **The prefixes that a server delegates**: the image has a client for prefix delegation (dhcpcd), but no server.
  `dhcp6.prefix_delegated` looks at the client's kernel; name a check on the provider's node as its `control`.
- **BIRD's configuration, line by line** (`config.contains` and its like are for FRR): BIRD does not show its running configuration.
  Check what it does (`bgp.session`, `bgp.adj_out`, `fib.route`), or its file with `file.content`.
- **TCP-AO** (RFC 5925): the kernel on which we tested the checks does not have it. `bgp.neighbor` checks MD5 and GTSM.
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
        " It disturbs the network a little, so it is made only when a learner asks for a check." if kind.STIRS else ""
    )


def example(name: str) -> str:
    """Return a complete check of this type, as YAML."""
    on, expect, *more = EXAMPLES[name]
    lines = ["- id: example", f"  type: {name}", "  title: What is true when it passes", f"  on: [{on}]"]
    return "\n".join([*lines, f"  expect: {expect}", *(f"  {line}" for line in more), ""])


if __name__ == "__main__":
    print(doc(), end="")
