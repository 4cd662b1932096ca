"""The compass rose on a certificate: the same geometry for the page and the PDF. The centre is (0, 0); y grows downwards."""

from dataclasses import dataclass
from math import cos, radians, sin

WINDS = 16
INNER, OUTER = 45, 50  # radii of the ring
# Tip, waist, and degrees from the tip's bearing to the waist
LONG, MIDDLE, SHORT = (
    (42, 9, 36),
    (32, 8, 36),
    (22, 7, 18),
)

type Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Needle:
    """One point of the rose: two triangles on both sides of its axis. The left one is light."""

    tip: Point
    left: Point
    right: Point
    is_north: bool


def point_at(radius: float, bearing: float) -> Point:
    """Return the point at this distance and bearing, in degrees clockwise from north."""
    return round(radius * sin(radians(bearing)), 1), round(-radius * cos(radians(bearing)), 1)


def needles() -> list[Needle]:
    found = []
    for wind in range(WINDS):
        length, waist, apart = LONG if wind % 4 == 0 else MIDDLE if wind % 2 == 0 else SHORT
        bearing = wind * 360 / WINDS
        found.append(
            Needle(
                point_at(length, bearing), point_at(waist, bearing - apart), point_at(waist, bearing + apart), wind == 0
            )
        )
    return found


def ticks() -> list[tuple[Point, Point]]:
    """Return the tick marks between the two circles, each as (inner point, outer point)."""
    return [(point_at(INNER, bearing), point_at(OUTER, bearing)) for bearing in (wind * 360 / 32 for wind in range(32))]
