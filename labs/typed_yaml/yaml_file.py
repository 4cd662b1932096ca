"""Reads a YAML file into plain values, with the line of each.

It follows the core schema of YAML 1.2: ``on``, ``yes`` and ``12:30`` are texts, not true and 750. Anchors and aliases are
refused: nobody needs them here, and they can make a small file very large.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

from labs.typed_yaml.shapes import Path

LARGEST = 256 * 1024  # bytes
# YAML in front of Markdown, between two lines ---
FRONT = re.compile(r"\A---\n(?P<front>.*?)^---\n", re.M | re.S)
DEEPEST = 20
MOST_VALUES = LARGEST  # a file without aliases cannot have more
INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
# The parser in C takes a tenth of the time, but it may be missing, and its messages are poorer
FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NESTED = "mapping values are not allowed"  # what both parsers say of a text that looks like a key with a value
NAMED: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(slots=True)
class Marked:
    """A file's value, the line of each path in it, and its errors as YAML."""

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    errors: list[tuple[int, str]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read_yaml(file: FilePath) -> Marked:
    marked = Marked()
    try:
        text = file.read_bytes()[: LARGEST + 1].decode()
    except UnicodeDecodeError as error:
        marked.errors.append((1, f"The file is not UTF-8 (byte {error.start}). Save it as UTF-8."))
        return marked
    return mark(text)


def mark(text: str, *, aliases: bool = False) -> Marked:
    """Read a text as ``read_yaml`` reads a file. The front matter of a Markdown file is such a text.

    With ALIASES, anchors and aliases are allowed: files of others have them. What they stand for is bounded all the same.
    """
    marked = Marked()
    if len(text) > LARGEST:
        marked.errors.append((1, f"The file is larger than {LARGEST // 1024} KB. Make it smaller."))
        return marked
    try:
        refused, node = _parsed(text, aliases=aliases)
        if refused:
            marked.errors.append(refused)
        else:
            marked.value = _plain(node, (), marked)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "unreadable"
        advice = ' A text with ": " in it needs quotation marks.' if problem.startswith(NESTED) else ""
        marked.errors.append((mark.line + 1 if mark else 1, f"This is not valid YAML: {problem}.{advice}"))
    return marked


def _parsed(text: str, *, aliases: bool) -> tuple[tuple[int, str] | None, yaml.Node | None]:
    """Return why the text is refused, or its tree. Raises YAMLError."""
    try:
        refused = _refused(text, FAST, aliases=aliases)
        return refused, None if refused else yaml.compose(text, Loader=FAST)
    except yaml.YAMLError:
        refused = _refused(text, yaml.SafeLoader, aliases=aliases)
        return refused, None if refused else yaml.compose(text, Loader=yaml.SafeLoader)


def _refused(text: str, loader: Any, *, aliases: bool) -> tuple[int, str] | None:
    """Return the line and the message of valid YAML that we refuse, before any value is built from it."""
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if not aliases and (isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None)):
            return line, "Anchors (&) and aliases (*) are not allowed. Write the value itself."
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            return line, f"The file has more than {DEEPEST} levels of lists and mappings. Use fewer."
    return None


def _plain(node: yaml.Node | None, path: Path, marked: Marked) -> Any:
    if node is None:
        return None
    if len(path) > DEEPEST or len(marked.lines) > MOST_VALUES:  # possible with aliases only
        raise yaml.composer.ComposerError(problem="its aliases stand for too much", problem_mark=node.start_mark)
    marked.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, marked)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, i), marked) for i, item in enumerate(node.value)]
    return _scalar(node) if isinstance(node, yaml.ScalarNode) else None


def _mapping(node: yaml.MappingNode, path: Path, marked: Marked) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key_node, item in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            marked.errors.append((line, "A key must be a text, not a list or a mapping."))
            continue
        key = key_node.value
        if key in made:
            first = marked.lines[(*path, key)]
            marked.errors.append((line, f'The key "{key}" is here twice, first in line {first}. Remove one.'))
            continue
        marked.lines[(*path, key)] = line
        made[key] = _plain(item, (*path, key), marked)
    return made


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style:  # quoted or a block
        return text
    if text in NAMED:
        return NAMED[text]
    if INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    return float(text) if FLOAT.fullmatch(text) and len(text) < 40 else text
