"""Finds output of nodes that an author has typed. A lesson shows only outputs that were recorded in a lab."""

import re
from collections.abc import Iterator, Mapping

from markdown_it import MarkdownIt

from courses.terminal_prompts import PROMPT_AT_LINE_START

OUTPUT, CONFIG = "output", "config"
BY_HAND: Mapping[str, str] = {
    CONFIG: "lines of a configuration, or commands to type",
    "layout": "the layout of a packet, a message or a plan",
    "quote": "a passage of an RFC or of another text",
}
# Text that only a program prints: addresses of ip, ping, tcpdump, tables of FRR and BIRD
PRINTED = re.compile(
    r"valid_lft|^\s*inet6? [0-9a-f.:]+/|bytes from|icmp_seq|packets transmitted|ICMP6, |^[A-Z][>* ]+\S+/\d+ (?:\[|is )"
    r"|BGP router identifier|^Neighbor\s+V\s+AS|Next Hop\s+Metric|\bproto (?:ra|kernel|static|bgp|ospf) metric|counter packets \d",
    re.M,
)


def mistakes(text: str) -> Iterator[tuple[int, str]]:
    """Yield the code blocks of a lesson that do not say where they are from, and outputs typed by hand, as (line, message)."""
    for token in MarkdownIt("commonmark").parse(text):
        if token.type not in ("fence", "code_block"):
            continue
        line = (token.map or [0])[0] + 1
        word = (token.info.split() or [""])[0]
        if word != OUTPUT and (message := _mistake(word, token.content)):
            yield line, message


def _mistake(word: str, content: str) -> str:
    if word not in BY_HAND:
        others = "; ".join(f"```{name} for {about}" for name, about in BY_HAND.items())
        return (
            "The block does not say where its text is from. If a node prints it, record it: ```output LAB after STAGE, with the "
            f'lines to type, and then type "make outputs". If you write it yourself: {others}.'
        )
    lines = [line for line in content.splitlines() if line.strip() not in ("", "…")]
    prompted = [bool(PROMPT_AT_LINE_START.match(line)) for line in lines]
    if (any(prompted) and not all(prompted)) or PRINTED.search(content):
        return (
            f"The block is marked as {word}, but it shows what a node prints. Record it: ```output LAB after STAGE, with only the "
            'lines to type, and then type "make outputs".'
        )
    return ""
