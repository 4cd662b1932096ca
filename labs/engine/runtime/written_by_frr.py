"""Makes a file that FRR has written comparable with the file that a person wrote before.

``write memory`` writes each block of frr.conf in FRR's own order and without comments. A difference would show all of that, and the
one line that the learner has changed would be lost in it.
"""

import re

FRR_CONF = "etc/frr/frr.conf"  # as the list of changed files has it
COPY = re.compile(r"etc/frr/[^/]+\.sav")  # of a file, by FRR, before it writes that file
MARK = re.compile(r"^frr version ", re.MULTILINE)  # only in what FRR has written

type _Blocks = dict[str, list[str]]  # by their first line; an address family stands under both of its first lines


def in_one_order(before: str, after: str) -> tuple[str, str]:
    """Return both configurations in the order of the second one, without comments, if FRR wrote only the second one."""
    if MARK.search(before) or not MARK.search(after):
        return before, after
    old, new = _blocks(before), _blocks(after)
    heads = [*new, *(head for head in old if head not in new)]
    return _text(old, heads, new), _text(new, heads, new)


def _blocks(text: str) -> _Blocks:
    blocks: _Blocks = {}
    head = inner = ""
    for line in text.splitlines():
        word = line.strip()
        if not word or word.startswith("!") or word == "end" or MARK.match(line):
            continue
        if word.startswith("exit"):
            inner = ""
        elif not line.startswith(" ") or not head:
            head, inner = line, ""
            blocks.setdefault(head, [])
        elif word.startswith("address-family "):
            inner = f"{head}\n{line}"
            blocks.setdefault(inner, [])
        else:
            blocks[inner or head].append(line)
    return blocks


def _text(blocks: _Blocks, heads: list[str], order: _Blocks) -> str:
    found = [(head, _ordered(blocks[head], order.get(head, []))) for head in heads if head in blocks]
    return "".join(f"{line}\n" for head, lines in found for line in (head.rpartition("\n")[2], *lines))


def _ordered(lines: list[str], like: list[str]) -> list[str]:
    place = {line: number for number, line in enumerate(like)}
    return sorted(lines, key=lambda line: place.get(line, len(place)))
