"""The reset panel: which nodes the learner may reset."""

from labs.engine.definition.spec import Node
from labs.pages.panel import Panel


class ResetPanel(Panel):
    @property
    def nodes(self) -> list[Node]:
        """All nodes of the learner's own lab; from a seat only its nodes; none of a trouble ticket, which began solved."""
        if self.subject.ticket:
            return []
        return [node for node in self.subject.shell_nodes if node.learner or not self.subject.seat]
