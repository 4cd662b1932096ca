"""The terminals panel: the nodes that can have a terminal."""

import json

from labs.engine.definition.spec import Node
from labs.pages.panel import Panel


class TerminalsPanel(Panel):
    @property
    def nodes(self) -> list[Node]:
        """The nodes that can have a terminal, the learner's own first."""
        return self.subject.shell_nodes

    @property
    def nodes_json(self) -> str:
        """The learner's own nodes, for the script. On other nodes nobody can type, so there would be nothing to see."""
        own = [node for node in self.nodes if node.learner]
        return json.dumps([{"name": node.name, "kind": node.kind.value, "typeable": True} for node in own])
