"""What keeps a site from starting, for the person at the keyboard."""


class CannotStart(Exception):
    """The sentence says what is wrong and what to type."""
