"""Answers of a real network, grown by a daemon that lies: one part of each is said over and over."""

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

type Grow = Callable[[int], Any]  # the answer, with one part of it repeated as often

PREFIXES = ("2001:db8:{:x}::/48", "10.{}.0.0/16", "2001:db8::{:x}", "eth{}", "{}")
DEEPEST = 6


def ways(answer: Mapping[str, Any]) -> Iterator[tuple[str, Grow]]:
    """Each way in which this answer can be grown, with a name."""
    for name, value in answer.items():
        if name == "outputs":
            yield from _of_text(answer, name, value[-1], lambda text: [text])
        elif isinstance(value, str):
            yield from _of_text(answer, name, value, lambda text: text)
        elif isinstance(value, list | dict):
            for where, grow in _of_tree(value):
                yield f"{name} {where}", lambda times, grow=grow, name=name: {**answer, name: grow(times)}


def _of_text(answer: Mapping[str, Any], name: str, text: str, put: Callable[[str], Any]) -> Iterator[tuple[str, Grow]]:
    try:
        tree = json.loads(text)
    except ValueError:
        tree = None
    if isinstance(tree, list | dict):
        for where, grow in _of_tree(tree):
            yield (
                f"{name} {where}",
                lambda times, grow=grow: {**answer, name: put(json.dumps(grow(times)))},
            )
        for where, key in _keys(tree):
            yield (
                f"{name} {where} said again",
                lambda times, where=where, key=key: {**answer, name: put(_said_again(tree, where, key, times))},
            )
    for part, grow_text in _of_lines(text):
        yield f"{name} {part}", lambda times, grow=grow_text: {**answer, name: put(grow(times))}


def _of_tree(tree: Any) -> Iterator[tuple[str, Grow]]:
    for path in _containers(tree, ()):
        part = _at(tree, path)
        where = "/".join(map(str, path)) or "."
        if isinstance(part, list) and part:
            yield f"{where} repeated", lambda times, path=path, part=part: _with(tree, path, part * times)
        if isinstance(part, dict) and part:
            first = next(iter(part.values()))
            for key in PREFIXES:
                yield (
                    f"{where} with {key}",
                    lambda times, path=path, part=part, first=first, key=key: _with(
                        tree, path, part | {key.format(number): first for number in range(times * len(part))}
                    ),
                )


def _containers(tree: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Of entries that look the same, the first."""
    if not isinstance(tree, list | dict) or len(path) > DEEPEST:
        return
    yield path
    inner = list(enumerate(tree)) if isinstance(tree, list) else list(tree.items())
    seen = set()
    for key, value in inner:
        kind = (type(value), tuple(value) if isinstance(value, dict) else ())
        if kind not in seen or (isinstance(tree, dict) and not isinstance(value, dict)):
            seen.add(kind)
            yield from _containers(value, (*path, key))


def _at(tree: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        tree = tree[key]
    return tree


def _with(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.copy(tree)
    made[path[0]] = _with(tree[path[0]], path[1:], value)
    return made


def _keys(tree: Any) -> Iterator[tuple[tuple[Any, ...], str]]:
    for path in _containers(tree, ()):
        part = _at(tree, path)
        if isinstance(part, dict):
            for key in list(part)[:3]:
                yield path, key


def _said_again(tree: Any, path: tuple[Any, ...], key: str, times: int) -> str:
    """JSON in which one key of a mapping stands often."""
    mark = "@@again@@"
    part = _at(tree, path)
    marked = json.dumps(_with(tree, path, {mark: 0} | part))
    entry = f"{json.dumps(key)}: {json.dumps(part[key])}, "
    return marked.replace(f'"{mark}": 0, ', entry * times)


def _of_lines(text: str) -> Iterator[tuple[str, Callable[[int], str]]]:
    lines = text.splitlines()[:60]
    yield "repeated", lambda times: f"{text}\n" * times
    for number, line in enumerate(lines):
        before, after = "\n".join(lines[:number]), "\n".join(lines[number + 1 :])
        yield f"line {number} repeated", lambda times, a=before, b=after, line=line: "\n".join([a, *[line] * times, b])
        for part in re.finditer(r"\s+|\S+", line):
            yield (
                f"line {number} at {part.start()} longer",
                lambda times, a=before, b=after, line=line, part=part: "\n".join(
                    [a, *[line[: part.start()] + (part[0] * 2000)[:1900] + line[part.end() :]] * (times // 8 + 1), b]
                ),
            )
