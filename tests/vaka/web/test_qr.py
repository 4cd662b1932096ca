import re

from qrcode.main import QRCode

from vaka.web import qr

ADDRESS = "http://192.0.2.7:8000/"


def expected():
    code = QRCode(error_correction=0, border=4)  # 0 is level M
    code.add_data(ADDRESS)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def test_the_drawing_covers_exactly_the_black_modules():
    modules = qr.matrix(ADDRESS)
    drawn = [[False] * len(modules) for _ in modules]
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", qr.path(modules)):
        for at in range(int(x), int(x) + int(width)):
            drawn[int(y)][at] = True
    assert drawn == modules == expected()


def test_the_terminal_shows_the_same_code_in_fixed_colours():
    drawn = []
    for line in qr.in_blocks(ADDRESS).splitlines():
        assert line.startswith("\x1b[38;5;16;48;5;231m"), "black on white, whatever the terminal's colours"
        assert line.endswith("\x1b[0m")
        blocks = line.removeprefix("\x1b[38;5;16;48;5;231m").removesuffix("\x1b[0m")
        drawn.append([block in "▀█" for block in blocks])
        drawn.append([block in "▄█" for block in blocks])
    wanted = expected()
    assert drawn[: len(wanted)] == wanted
    assert not any(map(any, drawn[len(wanted) :]))
