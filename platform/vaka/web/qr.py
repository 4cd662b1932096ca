"""QR codes, drawn by the server itself: as one SVG path for a page, and as block characters for a terminal."""

from typing import Any

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules of white around the code, as the standard requires
BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
BLACK_ON_WHITE, PLAIN = "\x1b[38;5;16;48;5;231m", "\x1b[0m"  # fixed colours, for dark and light terminals


def matrix(text: str) -> list[list[bool]]:
    """Return the modules, row by row, including the white border; True is black."""
    code: Any = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(text)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return (start, length) of each run of black modules in a row."""
    found, x = [], 0
    while x < len(row):
        end = x
        while end < len(row) and row[end]:
            end += 1
        if end > x:
            found.append((x, end - x))
        x = max(end, x + 1)
    return found


def path(modules: list[list[bool]]) -> str:
    """Return the code as an SVG path on a grid of one unit, with one rectangle for each run of black modules."""
    return "".join(f"M{x} {y}h{wide}v1h-{wide}z" for y, row in enumerate(modules) for x, wide in runs(row))


def in_blocks(text: str) -> str:
    """Return the code for a terminal, with two rows of modules in each line."""
    modules = matrix(text)
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    lines = (
        "".join(BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(modules[::2], modules[1::2], strict=True)
    )
    return "\n".join(f"{BLACK_ON_WHITE}{line}{PLAIN}" for line in lines)
