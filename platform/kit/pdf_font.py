"""The font with Chinese characters that PDF files are written in."""

from pathlib import Path

from kit.errors import Refused
from kit.i18n import gettext as _
from kit.settings import get_settings

_PLACES = (
    # Where Debian's fonts-noto-cjk, fonts-wqy-* and fonts-droid-fallback put them, then others.
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
)


def font() -> tuple[Path, int]:
    """Return the font with Chinese characters, and its place in the file; Refused without one."""
    wanted = get_settings().pdf_font
    if wanted:
        name, _sign, place = wanted.partition("#")
        if Path(name).is_file():
            return Path(name), int(place or 0)
    for name, number in _PLACES:
        if not wanted and Path(name).is_file():
            return Path(name), number
    raise Refused(
        _(
            "PDF needs a font with Chinese characters, and this server has none. Ask the operator"
            " to install one (PDF_FONT), or choose another format."
        ),
        field="file_format",
    )
