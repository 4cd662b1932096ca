"""The kernel memory that a lab holds and that no limit counts: weighed, and ended by the guard.

What keeps a node from taking it is elsewhere: ``seccomp``, ``socket_budget``, ``read_only_sysctls`` and ``conntrack``.
"""
