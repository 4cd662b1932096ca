"""Proves labs on the engine: that their checks see what is right, and notice what is not."""
