"""Proves labs on the engine: their checks pass with the solution, and fail without a part of it."""
