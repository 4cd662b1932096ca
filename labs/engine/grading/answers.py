"""The answers of a lab to many asks at once, which several checks may share."""

import json
from collections.abc import Sequence
from typing import Any

from labs.engine import cpu_budget
from labs.engine.errors import EngineError, TooMuch
from labs.engine.grading.slow_asks import slowness
from labs.engine.shared.asker import Asker

ASK_SECONDS = 10.0  # for all asks of one request


def answers_to(asker: Asker, asks: Sequence[dict[str, Any]], seconds: float = ASK_SECONDS) -> list[object]:
    """Send the asks in one request, each only once. If the engine fails, every answer is an error.

    The slowest asks are sent first, so that the others run while the slow ones wait.
    """
    keys = [json.dumps(ask, sort_keys=True) for ask in asks]
    distinct = dict(sorted(zip(keys, asks, strict=True), key=lambda item: slowness(item[1]), reverse=True))
    if not distinct:
        return []
    cpu_budget.forget()
    try:
        received = _received(asker, list(distinct.values()), seconds)
    except EngineError as error:
        said = error.text if isinstance(error, TooMuch) else str(error)
        received = [{"ok": False, "kind": "unreachable", "error": said}] * len(distinct)
    by_key = dict(zip(distinct, received, strict=False))
    return [by_key.get(key) for key in keys]


def _received(asker: Asker, asks: Sequence[dict[str, Any]], seconds: float) -> Sequence[object]:
    if over := cpu_budget.over():  # then no answer could be read
        raise over
    return asker.ask(asks, seconds=seconds)
