"""Rigs that measure, break and attack Vaka: benchmark, chaos, rehearsal, audit, diagnosis. They are not in the wheel."""
