"""A running lab of an image flavour: files for its nodes, lines typed as its learner types them, and checks of it."""

import time
from contextlib import contextmanager

from labs.engine.definition.spec import Check, Stage, StartFile
from labs.engine.grading.grading import grade
from labs.engine.runtime import flavour_build
from labs.engine.runtime.runner import Shell
from labs.engine.shared import pace
from tests.live.conftest import make_lab

WITHIN = 60  # seconds that a daemon may take on a busy machine


def file(path, text, *, executable=False):
    return StartFile(path=path, content=text.encode(), executable=executable)


class Flavoured:
    """One running lab. ``session`` is the connection to it."""

    def __init__(self, lab, session):
        self.lab, self.session = lab, session

    def type(self, node, *lines):
        """Type these lines on a node. Return what the last one printed, without empty lines."""
        with Shell(self.session, node) as shell:
            printed = ""
            for line in lines:
                printed = shell.type(line)
        said = [said for said in printed.replace("\r", "\n").splitlines() if said.strip()]
        return "\n".join(said[1:-1])

    def until(self, node, line, *words):
        """Type a line again until it prints all these words. Return what it printed."""
        until = time.monotonic() + pace.seconds(WITHIN)
        with Shell(self.session, node) as shell:
            while True:
                printed = shell.type(line)
                if all(word in printed.replace(line, "", 1) for word in words):
                    return printed
                assert time.monotonic() < until, printed
                time.sleep(0.3)

    def unpassed(self, *checks, within=WITHIN):
        """Grade checks, each (type, node, expect). Return what those have seen that have not passed."""
        made = tuple(
            Check(id=f"c{number}", type=kind, title=kind, on=(on,), expect=expect, within=within)
            for number, (kind, on, expect) in enumerate(checks)
        )
        stage = Stage(id="all", title="All", checks=made)
        lab = make_lab(self.lab.nodes.values(), self.lab.links, stages=(stage,))
        verdicts = zip(checks, grade(lab, self.session, attempt=True), strict=True)
        return [f"{check[0]}: {v.seen} {v.cause or ''}" for check, v in verdicts if v.outcome != "passed"]


@contextmanager
def running(runner, flavour, nodes, links, **more):
    """Build the flavour's image if the engine does not have it, and run a lab with it."""
    flavour_build.build(flavour)
    lab = make_lab(nodes, links, image=flavour, **more)
    with runner.running(lab) as session:
        yield Flavoured(lab, session)
