"""Proves labs on this server: within its capacity, with a learner's limits. What a proof is: ``labs.engine.proof``."""
