"""Tells which statements of a BIRD configuration include a file. The lines of that file are not among those that were read."""


def includes_a_file(statement: str) -> bool:
    """Whether the statement stands for the lines of another file. BIRD needs no space before the name."""
    return statement.startswith(("include ", 'include"'))
