"""Measures pooled labs: from the start button to a usable prompt; then a hundred terminals in them at once."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.urls import reverse
from websockets.sync.client import connect
from websockets.typing import Origin

from labs.engine.definition.spec import Lab
from labs.lifecycle import tasks
from labs.models import LabSession, PoolSize, State
from labs.registry.versions import newest
from rigs.bench import learner
from rigs.bench.bench_site import BenchSite, workers
from rigs.bench.figures import percentile
from rigs.bench.hundred_terminals import hundred_terminals
from vaka.accounts.models import User
from vaka.ops.errors import CannotStart
from vaka.ops.site_client import SiteClient

LAB = "ospfv3-one-area"
BUILT_WITHIN, PATIENCE = 300.0, 20.0


def pooled_labs(site: BenchSite, *, labs: int, keys: int) -> dict[str, float]:
    """Fill the pool, and let as many learners press start one after the other. Their labs stay for the hundred terminals."""
    with workers(site, settings.LAB_CATALOG):
        lab = newest(LAB)
        with _kept_ready(lab, labs):
            people = [User.objects.get_or_create(username=f"warm{number}")[0] for number in range(labs)]
            took = [_claim(lab, who) for who in people]
            site.tell(f"{labs} claims to a prompt, s  " + "  ".join(f"{seconds:.3f}" for seconds in took))
            sessions = {who: str(LabSession.objects.live().of(who).get().pk) for who in people}
            return {"warm_p95_s": percentile(took, 0.95), **hundred_terminals(site, lab, sessions, keys)}


@contextmanager
def _kept_ready(lab: Lab, count: int) -> Iterator[None]:
    """Fill the pool by the site's own tasks. At the end all labs are stopped."""
    size = PoolSize.objects.create(lab=lab.id, reserved=count)
    try:
        tasks.admit()  # as beat does; each start queues the next one
        until = time.monotonic() + BUILT_WITHIN
        while (there := LabSession.objects.pooled().filter(lab=lab.id).count()) < count:
            if time.monotonic() > until:
                raise CannotStart(f"Of {count} labs {there} were ready after {BUILT_WITHIN:.0f} s.")
            time.sleep(0.1)
        yield
    finally:
        size.delete()
        LabSession.objects.filter(state__in=(State.READY, State.POOLED), lab=lab.id).delete()


def _claim(lab: Lab, who: User) -> float:
    """Return the seconds from the start button until the prompt of the first node answers."""
    node = next(name for name, node in lab.nodes.items() if node.learner and node.has_shell)
    with learner.site_client(who) as client:
        client.read(reverse("labs:lab", args=(lab.id,)))
        began = time.monotonic()
        session = client.send_for_json(reverse("labs:start", args=(lab.id,)))
        if session["state"] != State.READY:
            raise CannotStart(f"A pooled lab was {session['state']} instead of ready at once.")
        _use(client, str(session["session"]), node)
        return time.monotonic() - began


def _use(client: SiteClient, session: str, node: str) -> None:
    """Open a terminal as the page does, and get an answer from its shell."""
    opened = client.send_for_json(reverse("labs:terminal_token", args=(session,)), node=node)
    origin = Origin(f"http://localhost:{settings.PORT}")
    with connect(opened["url"], origin=origin, proxy=None, close_timeout=1) as socket:
        socket.send(json.dumps({"token": opened["token"], "rows": 24, "cols": 80}))
        socket.send(b"echo usable-$((6 * 7))\r")
        seen = b""
        while b"usable-42" not in seen:
            told = socket.recv(timeout=PATIENCE)
            seen += told if isinstance(told, bytes) else b""
