"""QR codes that stand inside a page."""

import segno


def qr_data_url(text: str) -> str:
    """Return a QR code of a text as an SVG image in a data: address."""
    made: str = segno.make(text, error="m", micro=False).svg_data_uri(scale=6, border=3)
    return made
