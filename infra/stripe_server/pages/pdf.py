"""A plain PDF of an invoice or a credit note: enough to have something to download."""

from fpdf import FPDF

from infra.stripe_server.faults import Body
from infra.stripe_server.invoices.lines import spelled
from infra.stripe_server.times import day


def document(body: Body) -> bytes:
    """Return the PDF of an invoice or a credit note."""
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=18)
    title = "Credit note" if body["object"] == "credit_note" else "Invoice"
    pdf.cell(0, 12, _plain(f"{title} {body['number'] or '(draft)'}"), new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", size=10)
    currency = body["currency"]
    for text in (
        "Made by a server for development and tests: no tax document.",
        f"Date: {day(body['created'])}",
        f"Customer: {body.get('customer_name') or ''} {body.get('customer_email') or ''}",
    ):
        pdf.cell(0, 6, _plain(text), new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    for line in body["lines"]["data"]:
        pdf.cell(140, 7, _plain(line["description"] or ""))
        pdf.cell(0, 7, spelled(line["amount"], currency), align="R", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("Helvetica", style="B", size=11)
    pdf.cell(140, 9, "Total")
    pdf.cell(0, 9, spelled(body["total"], currency), align="R", new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _plain(text: str) -> str:
    """Return what the PDF's own letters can say; Chinese shows as question marks."""
    return text.replace("×", "x").encode("latin-1", "replace").decode("latin-1")
