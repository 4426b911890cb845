"""Our own papers as PDF: an invoice and how to transfer it, a credit note and what went back."""

import io
from collections.abc import Sequence
from typing import Any

from control.billing.models import CreditNote, Invoice, InvoiceState
from control.billing.transfer.terms import terms_now
from control.workspaces.directory import as_tenant
from control.workspaces.models import WorkspaceState
from kit import tenancy
from kit.i18n import format_date, format_money, speaking
from kit.i18n import gettext as _
from kit.pdf_font import font

_FAMILY = "invoice"
_MARGIN = 20
_GREY, _INK = (110, 120, 125), (20, 30, 35)


def invoice_pdf(invoice: Invoice, language: str) -> bytes:
    """Return an invoice as PDF in a language; Refused on a server without a Chinese font."""
    with speaking(language):
        pdf = _document(invoice.number or "")
        _head(pdf, invoice)
        _lines(pdf, invoice, language)
        _sums(pdf, invoice)
        if invoice.state == InvoiceState.OPEN:
            _how_to_pay(pdf, invoice)
    return _written(pdf)


def credit_note_pdf(note: CreditNote, language: str) -> bytes:
    """Return a credit note as PDF in a language; Refused on a server without a Chinese font."""
    invoice = note.invoice
    with speaking(language):
        pdf = _document(note.number)
        _issuer(pdf, _("Credit note %(number)s", number=note.number))
        _buyer(pdf, invoice)
        _pair(pdf, _("For invoice"), invoice.number or "")
        _pair(pdf, _("Issued"), format_date(note.issued_at))
        _pair(pdf, _("Reason"), note.reason)
        pdf.ln(6)
        _table(pdf, [(_("Paid back of invoice %(number)s", number=invoice.number or ""), 1,
                      -note.amount)], note.currency)  # fmt: skip
        sums = [(_("Total, tax included"), -note.amount)]
        if note.tax_amount:
            sums.append((_("Of it tax"), -note.tax_amount))
        _add_up(pdf, sums, note.currency)
        _text(pdf, _("Paid back by bank transfer"), size=13)
        pdf.ln(2)
        _pair(pdf, _("Day on the bank's statement"), format_date(note.transfer.moved_on))
        _pair(pdf, _("Bank reference"), note.transfer.bank_reference)
    return _written(pdf)


def _written(pdf: Any) -> bytes:
    out = io.BytesIO()
    pdf.output(out)
    return out.getvalue()


def _document(title: str) -> Any:
    # The library is loaded only where a PDF is written.
    from fpdf import FPDF

    path, place = font()
    pdf = FPDF(format="A4")
    pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
    pdf.set_auto_page_break(auto=True, margin=_MARGIN)
    pdf.add_font(_FAMILY, "", path, collection_font_number=place)
    pdf.set_title(title)
    pdf.set_draw_color(220, 226, 228)
    pdf.add_page()
    return pdf


def _text(pdf: Any, text: str, *, size: float = 10, colour: tuple[int, int, int] = _INK) -> None:
    pdf.set_font(_FAMILY, size=size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.6, text, new_x="LMARGIN", new_y="NEXT")


def _pair(pdf: Any, label: str, value: str) -> None:
    pdf.set_font(_FAMILY, size=10)
    pdf.set_text_color(*_GREY)
    pdf.cell(45, 7, label)
    pdf.set_text_color(*_INK)
    pdf.multi_cell(0, 7, value, new_x="LMARGIN", new_y="NEXT")


def _address(invoice: Invoice) -> str:
    workspace = invoice.account.workspace
    if workspace.state == WorkspaceState.CLOSED:
        # Its key is gone, and with it what lay under it.
        return ""
    with tenancy.enter(as_tenant(workspace)):
        return invoice.bill_to_address


def _issuer(pdf: Any, title: str) -> None:
    _text(pdf, terms_now().account_name, size=10, colour=_GREY)
    pdf.ln(4)
    _text(pdf, title, size=20)
    pdf.ln(4)


def _buyer(pdf: Any, invoice: Invoice) -> None:
    _pair(pdf, _("Invoice to"), invoice.bill_to.get("name", ""))
    if invoice.bill_to.get("tax_id"):
        _pair(pdf, _("Tax number"), invoice.bill_to["tax_id"])
    if address := _address(invoice):
        _pair(pdf, _("Billing address"), address)


def _head(pdf: Any, invoice: Invoice) -> None:
    _issuer(pdf, _("Invoice %(number)s", number=invoice.number or ""))
    _buyer(pdf, invoice)
    if invoice.issued_at:
        _pair(pdf, _("Issued"), format_date(invoice.issued_at))
    if invoice.due_at:
        _pair(pdf, _("Due"), format_date(invoice.due_at))
    said = {
        InvoiceState.PAID: _("Paid"),
        InvoiceState.VOID: _("Void"),
    }.get(InvoiceState(invoice.state))
    if said:
        _pair(pdf, _("State"), said)
    pdf.ln(6)


def _lines(pdf: Any, invoice: Invoice, language: str) -> None:
    rows = [
        (one.get("texts", {}).get(language) or one["text"], one["quantity"], one["amount"])
        for one in invoice.lines
    ]
    _table(pdf, rows, invoice.currency)


def _table(pdf: Any, rows: Sequence[tuple[str, int, int]], currency: str) -> None:
    wide = pdf.w - 2 * _MARGIN
    pdf.set_fill_color(238, 242, 243)
    pdf.set_font(_FAMILY, size=9)
    for label, share, align in (
        (_("What"), 0.62, "L"),
        (_("Count"), 0.13, "R"),
        (_("Amount"), 0.25, "R"),
    ):
        pdf.cell(wide * share, 8, label, border="B", align=align, fill=True)
    pdf.ln(8)
    pdf.set_font(_FAMILY, size=10)
    for text, quantity, amount in rows:
        top = pdf.get_y()
        pdf.multi_cell(wide * 0.62, 7, text, new_x="RIGHT", new_y="TOP", align="L")
        bottom = pdf.get_y() + 7 * max(
            1, len(pdf.multi_cell(wide * 0.62, 7, text, dry_run=True, output="LINES"))
        )
        pdf.set_xy(_MARGIN + wide * 0.62, top)
        pdf.cell(wide * 0.13, 7, str(quantity), align="R")
        pdf.cell(wide * 0.25, 7, format_money(amount, currency), align="R")
        pdf.set_y(bottom)
        pdf.line(_MARGIN, bottom, _MARGIN + wide, bottom)


def _sums(pdf: Any, invoice: Invoice) -> None:
    sums = [(_("Total, tax included"), invoice.total_amount)]
    if invoice.tax_amount:
        sums.append((_("Of it tax"), invoice.tax_amount))
    if invoice.paid_amount:
        sums.append((_("Paid"), invoice.paid_amount))
        sums.append((_("Still to pay"), invoice.remaining_amount))
    if invoice.refunded_amount:
        sums.append((_("Paid back"), invoice.refunded_amount))
    _add_up(pdf, sums, invoice.currency)


def _add_up(pdf: Any, sums: Sequence[tuple[str, int]], currency: str) -> None:
    pdf.ln(2)
    for label, amount in sums:
        pdf.set_font(_FAMILY, size=11)
        pdf.cell(0, 8, f"{label}    {format_money(amount, currency)}", align="R")
        pdf.ln(8)
    pdf.ln(6)


def _how_to_pay(pdf: Any, invoice: Invoice) -> None:
    terms = terms_now()
    _text(pdf, _("Please pay by bank transfer"), size=13)
    pdf.ln(2)
    _pair(pdf, _("Account name"), terms.account_name)
    _pair(pdf, _("Bank"), terms.bank)
    _pair(pdf, _("Account number"), terms.account_number)
    _pair(pdf, _("Payment reference"), invoice.reference)
    _pair(pdf, _("Amount"), format_money(invoice.remaining_amount, invoice.currency))
    if terms.note:
        _pair(pdf, _("Note"), terms.note)
    pdf.ln(2)
    _text(
        pdf,
        _("Write the payment reference into the transfer, so that we know whose it is."),
        size=9,
        colour=_GREY,
    )
