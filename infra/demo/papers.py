"""Scans and documents of the demonstration: each says on its face that it is none."""

import io

from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

_SIZE = (900, 520)
_MARGIN = 48
_PAPER, _INK, _RULE = (252, 252, 249), (40, 52, 60), (170, 180, 186)


def receipt(amount: int, currency: str, reference: str) -> bytes:
    """Return a picture of a bank's receipt."""
    return _picture(
        "BANK RECEIPT",
        ("Amount", f"{currency} {amount / 100:,.2f}"),
        ("Reference", reference),
        ("Paid to", "Simtree demonstration account"),
    )


def licence(name: str) -> bytes:
    """Return a picture of a licence, or of a carrier's letter."""
    return _picture(name, ("For", "Simtree demonstration"))


def fapiao() -> bytes:
    """Return a page in the place of a fapiao."""
    pdf = FPDF(format="A4")
    pdf.add_page()
    pdf.set_font("helvetica", size=20)
    pdf.cell(0, 30, "DEMONSTRATION - this is not a fapiao")
    return bytes(pdf.output())


def _picture(title: str, *rows: tuple[str, str]) -> bytes:
    picture = Image.new("RGB", _SIZE, _PAPER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((16, 16, _SIZE[0] - 16, _SIZE[1] - 16), outline=_RULE, width=3)
    large, small = ImageFont.load_default(44), ImageFont.load_default(28)
    draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=large)
    draw.text((_MARGIN, 112), "DEMONSTRATION ONLY", fill=(176, 42, 55), font=small)
    for line, (label, value) in enumerate(rows):
        top = 190 + 84 * line
        draw.text((_MARGIN, top), label, fill=_RULE, font=small)
        draw.text((_MARGIN + 200, top), value, fill=_INK, font=small)
        draw.line((_MARGIN, top + 54, _SIZE[0] - _MARGIN, top + 54), fill=_RULE)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
