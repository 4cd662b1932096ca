"""What measures, breaks and attacks Vaka: benchmark, chaos, rehearsal, audit, diagnosis of known faults. No wheel carries it."""
