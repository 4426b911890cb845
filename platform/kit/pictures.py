"""Small pictures of large ones, made of files that nobody vouches for."""

import io
from typing import BinaryIO

from PIL import Image, ImageOps

MEDIA_TYPE = "image/webp"
MOST_PIXELS = 40_000_000
"""Of pictures that must be unpacked whole; a quarter of a gigabyte at the worst."""

_MOST_PIXELS_JPEG = 120_000_000
"""A JPEG is unpacked at an eighth of its size where that is enough."""

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def thumbnail(stream: BinaryIO, *, side: int) -> bytes | None:
    """Return a picture's WebP of at most `side` pixels each way; None when it cannot be had.

    Turned as its camera was held. What the camera wrote into it, such as where it was taken, is
    left out.
    """
    try:
        with Image.open(stream, formats=_FORMATS) as picture:
            width, height = picture.size
            is_jpeg = picture.format == "JPEG"
            if width * height > (_MOST_PIXELS_JPEG if is_jpeg else MOST_PIXELS):
                return None
            if is_jpeg:
                picture.draft("RGB", (side * 2, side * 2))
            turned = ImageOps.exif_transpose(picture)
            if turned.mode.startswith("I"):
                # Sixteen bits a dot: scans.
                turned = turned.convert("I").point(lambda value: value / 256).convert("L")
            turned.thumbnail((side, side))
            small = turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        return None
    # Pasted onto a new one: nothing that the file said of itself comes along.
    bare = Image.new(small.mode, small.size)
    bare.paste(small)
    made = io.BytesIO()
    bare.save(made, "WEBP", quality=80)
    return made.getvalue()
