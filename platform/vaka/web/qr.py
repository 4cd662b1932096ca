"""QR codes, drawn on our own machine: as one SVG path for a page, and in blocks for a terminal."""

from typing import Any

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules of white around it, as the standard wants
BLOCKS = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
BLACK_ON_WHITE, PLAIN = "\x1b[38;5;16;48;5;231m", "\x1b[0m"  # fixed colours: the same on a dark and a light terminal


def matrix(text: str) -> list[list[bool]]:
    """Return the modules, row by row, with the white around them; True is black."""
    code: Any = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(text)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def runs(row: list[bool]) -> list[tuple[int, int]]:
    """Return where black begins and for how many modules it goes on."""
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
    """Return the drawing as an SVG path on a grid of one unit: a stroke for each run of black modules."""
    return "".join(f"M{x} {y}h{wide}v1h-{wide}z" for y, row in enumerate(modules) for x, wide in runs(row))


def in_blocks(text: str) -> str:
    """Return the code for a terminal, two rows to a line."""
    modules = matrix(text)
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    lines = (
        "".join(BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(modules[::2], modules[1::2], strict=True)
    )
    return "\n".join(f"{BLACK_ON_WHITE}{line}{PLAIN}" for line in lines)
