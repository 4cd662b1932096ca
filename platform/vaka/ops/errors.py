"""The errors that keep a site from starting, for the person at the keyboard."""


class CannotStart(Exception):
    """The message says what is wrong and what to type."""
