"""The daemons of FRR that run on each router, whatever its lab names.

The lab image contains a copy of this module, so it uses the standard library only.
"""

ALWAYS_RUNNING = ("mgmtd", "zebra", "staticd")
