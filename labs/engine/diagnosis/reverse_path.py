"""Reverse-path filtering of IPv4 (RFC 3704), as Linux does it: whether a port accepts only what the route back would send there."""

STRICT, LOOSE = "1", "2"


def is_strict(of_all: str, of_port: str, *, has_ipv4: bool) -> bool:
    """``of_all``, ``of_port``: the two values of rp_filter; the kernel uses the larger one.

    A loose filter drops only packets from where no route leads at all. On a port without an IPv4 address, which RFC 9229 allows,
    it is as strict as the other one (fib_validate_source in the kernel).
    """
    value = max(of_all, of_port)
    return value == STRICT or (value == LOOSE and not has_ipv4)
