"""Finds numbers in our code that limit how long something may take, and that do not follow the pace of the server.

A name such as `WAITS`, an argument such as `timeout=`, or a call such as `asyncio.wait_for` whose value is a number, and not
`pace.seconds(...)` or made from it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

NAMES = re.compile(r"(^|_)(SECONDS|TIMEOUT|WAITS?|PATIENCE|WITHIN|YOUNG|STALE|TAKES?|TIME_LIMIT)(_|$)")
KEYWORDS = re.compile(r"(^|_)(timeout|patience|within|time_limit)$")
# Calls whose number limits a wait, and the place of that number
CALLS = {
    "wait_for": 1,
    "timeout": 0,
    "timeout_at": 0,
    "settimeout": 0,
    "wait": 0,
    "join": 0,
    "result": 0,
    "select": 3,
    "poll": 0,
}


def found(file: Path) -> Iterator[str]:
    """Yield what limits a time, as a name or as the text of a call."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value) if is_number(value):
                names = [ast.unparse(one) for target in targets for one in ast.walk(target) if is_name(one)]
                yield from filter(NAMES.search, names)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value) if is_number(value):
                if NAMES.search(name):
                    yield name
            case ast.Call():
                yield from of_call(node)
            case ast.FunctionDef(name=name, args=args) | ast.AsyncFunctionDef(name=name, args=args):
                yield from (f"{name}({text})" for text in of_defaults(args))
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and KEYWORDS.search(str(key.value)) and is_number(value):
                        yield f"{key.value!r}: {ast.unparse(value)}"


def is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


def of_call(call: ast.Call) -> Iterator[str]:
    name = ast.unparse(call.func).rpartition(".")[2]
    for keyword in call.keywords:
        if keyword.arg and KEYWORDS.search(keyword.arg) and is_number(keyword.value):
            yield f"{name}({keyword.arg}={ast.unparse(keyword.value)})"
    place = CALLS.get(name)
    if place is not None and len(call.args) > place and is_number(call.args[place]):
        yield f"{name}({ast.unparse(call.args[place])})"


def of_defaults(args: ast.arguments) -> Iterator[str]:
    both = [*args.posonlyargs, *args.args]
    pairs = [*zip(both[len(both) - len(args.defaults) :], args.defaults, strict=True)]
    pairs += [(one, value) for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value]
    for one, value in pairs:
        if (KEYWORDS.search(one.arg) or one.arg == "seconds") and is_number(value):
            yield f"{one.arg}={ast.unparse(value)}"


def is_number(value: ast.expr) -> bool:
    """Whether the value has a number other than 0 in it, and neither the pace nor another name."""
    parts = list(ast.walk(value))
    if any(isinstance(part, ast.Name) and part.id not in ("timedelta", "round", "float", "int") for part in parts):
        return False
    numbers = [part.value for part in parts if isinstance(part, ast.Constant)]
    return (
        bool(numbers)
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in numbers)
        and any(numbers)
    )
