"""A plain PDF of an invoice or a credit note: enough to have something to download."""

import os
from functools import lru_cache
from pathlib import Path

from fpdf import FPDF

from infra.stripe_server.faults import Body
from infra.stripe_server.invoices.lines import spelled
from infra.stripe_server.times import day

_FAMILY = "all"
_PLACES = (
    # Where Debian's fonts-noto-cjk, fonts-wqy-* and fonts-droid-fallback put them, then others.
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc#2",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "C:/Windows/Fonts/msyh.ttc",
)


@lru_cache
def font() -> tuple[str, int] | None:
    """Return a font with Chinese characters and its place in the file; None where there is none.

    `PDF_FONT` names one, as it does for the application.
    """
    for named in (os.environ.get("PDF_FONT", ""), *_PLACES):
        name, _sign, place = named.partition("#")
        if name and Path(name).is_file():
            return name, int(place or 0)
    return None


def document(body: Body) -> bytes:
    """Return the PDF of an invoice or a credit note."""
    pdf = FPDF()
    pdf.add_page()
    family = _use_font(pdf)
    pdf.set_font(family, size=18)
    title = "Credit note" if body["object"] == "credit_note" else "Invoice"
    pdf.cell(0, 12, _plain(f"{title} {body['number'] or '(draft)'}"), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(family, size=10)
    currency = body["currency"]
    for text in (
        "Made by a server for development and tests: no tax document.",
        f"Date: {day(body['created'])}",
        f"Customer: {body.get('customer_name') or ''} {body.get('customer_email') or ''}",
        *(f"Tax id: {each['value']}" for each in body.get("customer_tax_ids") or ()),
    ):
        pdf.cell(0, 6, _plain(text), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    for line in body["lines"]["data"]:
        _row(pdf, line["description"] or "", spelled(line["amount"], currency))
    if taxes := sum(each["amount"] for each in body.get("total_taxes") or ()):
        _row(pdf, "Tax", spelled(taxes, currency))
    pdf.set_font(family, size=12)
    _row(pdf, "Total", spelled(body["total"], currency))
    return bytes(pdf.output())


def _row(pdf: FPDF, text: str, amount: str) -> None:
    pdf.cell(140, 8, _plain(text))
    pdf.cell(0, 8, amount, align="R", new_x="LMARGIN", new_y="NEXT")


def _use_font(pdf: FPDF) -> str:
    known = font()
    if known is None:
        return "Helvetica"
    pdf.add_font(_FAMILY, fname=known[0], collection_font_number=known[1])
    return _FAMILY


def _plain(text: str) -> str:
    """Return a text as it is; where no font has Chinese characters, with question marks."""
    if font() is not None:
        return text
    return text.replace("×", "x").encode("latin-1", "replace").decode("latin-1")
