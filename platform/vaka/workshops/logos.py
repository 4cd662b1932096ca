"""Reads the picture of a logo. It decodes the upload, makes it small and encodes it again, so nothing else of the file is kept."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from PIL import Image, UnidentifiedImageError

LARGEST = 200 << 10  # bytes of the file: as it is kept, a logo has less, and thin links carry it
MOST_PIXELS = 4000  # in each direction, before it is decoded
PIXELS = 600  # in each direction, as it is kept
FORMATS = ("PNG", "JPEG")


class NoLogo(ValueError):
    """The file is not a picture that the site accepts."""


def read(file: "UploadedFile[Any]") -> bytes:
    """Return the picture as a small PNG. Raises NoLogo."""
    try:
        with Image.open(file, formats=FORMATS) as picture:
            if max(picture.size) > MOST_PIXELS:
                raise NoLogo
            small = picture.convert("RGBA")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        SyntaxError,
        ValueError,
    ) as error:  # what Pillow raises for broken files
        raise NoLogo from error
    small.thumbnail((PIXELS, PIXELS))
    out = BytesIO()
    small.save(out, "PNG")
    return out.getvalue()
