"""Small pictures: turned the right way, without what the camera wrote, never of a bomb."""

import io
import struct
import zlib

import pytest
from PIL import Image

from kit import pictures


def picture(size: tuple[int, int], kind: str = "PNG", mode: str = "RGB", **more: object):
    made = io.BytesIO()
    Image.new(mode, size, more.pop("color", None) or 0).save(made, kind, **more)
    return made.getvalue()


def small(data: bytes, side: int = 160) -> Image.Image:
    made = pictures.thumbnail(io.BytesIO(data), side=side)
    assert made is not None
    return Image.open(io.BytesIO(made))


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("RGB", "RGBA", "P", "L", "LA", "1", "I;16")),
        *(("JPEG", mode) for mode in ("RGB", "L", "CMYK")),
        *(("GIF", "P"), ("WEBP", "RGBA")),
    ],
)
def test_every_kind_becomes_a_small_webp(kind, mode):
    made = small(picture((640, 320), kind, mode))
    assert (made.format, made.size) == ("WEBP", (160, 80))


def test_a_small_one_is_not_made_larger():
    assert small(picture((16, 9))).size == (16, 9)


def test_it_is_turned_as_the_camera_was_held_and_its_place_forgotten():
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of Wang"
    exif.get_ifd(0x8825)[1] = "N"
    made = small(picture((400, 200), "JPEG", exif=exif.tobytes(), comment=b"Wang"))
    assert made.size == (80, 160)
    assert not dict(made.getexif())
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(made.info)


def test_what_can_be_seen_through_stays_so():
    assert small(picture((300, 300), mode="RGBA", color=(9, 9, 9, 0))).mode == "RGBA"


def bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1_000)) + chunk(b"IEND", b"")
    )  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff" + b"\0" * 500,
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture((640, 320))[:120],
        bomb(30_000, 30_000),
        bomb(7_000, 7_000),
        picture((20, 20), "BMP"),
        picture((20, 20), "TIFF"),
    ],
)
def test_nothing_is_made_of_what_is_no_picture_or_far_too_large(data):
    assert pictures.thumbnail(io.BytesIO(data), side=160) is None
