"""What mails about invoices and transfers say."""

from control.billing.models import BankTransfer, BillingAccount, Invoice, TransferProof
from control.billing.transfer.queries import note_of
from control.billing.transfer.terms import terms_now
from control.domains.queries import workspace_url
from kit.i18n import format_date, format_money
from kit.i18n import gettext as _


def words(
    account: BillingAccount,
    about: str,
    *,
    invoice: Invoice | None,
    proof: TransferProof | None,
    transfer: BankTransfer | None,
) -> tuple[str, str]:
    """Return subject and text of a mail in the language in force; ValueError for an unknown one."""
    if about == "paid_back" and transfer is not None:
        return _paid_back(account, transfer)
    if invoice is None:
        raise ValueError(about)
    number = invoice.number or ""
    link = workspace_url(
        account.workspace.address, f"/settings/billing/invoices/{invoice.public_id}"
    )
    if about == "invoice":
        return _drawn(invoice, number, link)
    if about == "received" and transfer is not None:
        return _received(account, invoice, transfer, link)
    if about == "rejected" and proof is not None:
        return (
            _("The proof of transfer for invoice %(number)s was not accepted", number=number),
            _(
                "The operator could not confirm %(amount)s, paid on %(day)s. The reason:\n"
                "%(reason)s\n\nLook at it and hand in another proof here:\n\n%(link)s",
                amount=format_money(proof.amount, proof.currency),
                day=format_date(proof.paid_on),
                reason=proof.reason,
                link=link,
            ),
        )
    if about == "refunded" and transfer is not None:
        return _refunded(number, transfer, link)
    if about == "void":
        return (
            _("Invoice %(number)s is void", number=number),
            _(
                "Nothing of it is to be paid any more. If you have paid already, the money is "
                "not lost: it is kept as credit and used for the next invoice.\n\n%(link)s",
                link=link,
            ),
        )
    raise ValueError(about)


def _drawn(invoice: Invoice, number: str, link: str) -> tuple[str, str]:
    terms = terms_now()
    account = _(
        "Account name: %(name)s\nBank: %(bank)s\nAccount number: %(number)s",
        name=terms.account_name,
        bank=terms.bank,
        number=terms.account_number,
    )
    return (
        _("Invoice %(number)s", number=number),
        _(
            "Please transfer %(amount)s by %(day)s.\n\n%(account)s\n"
            "Payment reference: %(reference)s\n\n"
            "Afterwards hand in the bank's receipt here; there is the invoice as PDF, too:"
            "\n\n%(link)s",
            amount=format_money(invoice.remaining_amount, invoice.currency),
            day=format_date(invoice.due_at) if invoice.due_at else "",
            account=account,
            reference=invoice.reference,
            link=link,
        ),
    )


def _received(
    account: BillingAccount, invoice: Invoice, transfer: BankTransfer, link: str
) -> tuple[str, str]:
    sentences = [
        _(
            "We have received %(amount)s for invoice %(number)s.",
            amount=format_money(transfer.amount, transfer.currency),
            number=invoice.number or "",
        )
    ]
    if invoice.remaining_amount > 0:
        sentences.append(
            _(
                "%(amount)s of it are still to be paid.",
                amount=format_money(invoice.remaining_amount, invoice.currency),
            )
        )
    elif invoice.paid_amount:
        sentences.append(_("It is paid in full. Thank you."))
    if account.credit_amount:
        sentences.append(
            _(
                "%(amount)s are kept as your credit and used for the next invoice.",
                amount=format_money(account.credit_amount, account.currency),
            )
        )
    return (
        _("Your transfer has arrived"),
        " ".join(str(one) for one in sentences) + f"\n\n{link}",
    )


def _refunded(number: str, transfer: BankTransfer, link: str) -> tuple[str, str]:
    note = note_of(transfer)
    return (
        _("Invoice %(number)s was paid back", number=number),
        _(
            "We have transferred %(amount)s back to you on %(day)s. The reason:\n%(reason)s\n\n"
            "Bank reference: %(reference)s\nCredit note: %(note)s\n\n"
            "The credit note is there as PDF:\n\n%(link)s",
            amount=format_money(transfer.amount, transfer.currency),
            day=format_date(transfer.moved_on),
            reason=note.reason,
            reference=transfer.bank_reference,
            note=note.number,
            link=link,
        ),
    )


def _paid_back(account: BillingAccount, transfer: BankTransfer) -> tuple[str, str]:
    return (
        _("Money was paid back to you"),
        _(
            "We have transferred %(amount)s of your credit back to you on %(day)s.\n"
            "Bank reference: %(reference)s\n\n%(link)s",
            amount=format_money(transfer.amount, transfer.currency),
            day=format_date(transfer.moved_on),
            reference=transfer.bank_reference,
            link=workspace_url(account.workspace.address, "/settings/billing"),
        ),
    )
