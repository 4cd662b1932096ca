"""The asks that send packets from a node and say what came back or arrived, and the messages that they send and parse.

Asks that read the state of a node are in ``asks``, ``daemon_sockets``, ``link_states`` and ``changed_files``. ``probe_marks``, by
which captures know these packets, is outside: ``captures`` reads it, and ``generated_traffic`` uses ``captures``.
"""
