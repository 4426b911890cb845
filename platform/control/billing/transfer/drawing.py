"""Draw invoices of our own: gapless numbers, credit used up, the owner told; and make them void."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from control.billing.bookkeeping.entering import enter
from control.billing.buyers import details_of
from control.billing.models import (
    BillingAccount,
    Invoice,
    InvoiceReason,
    InvoiceSeries,
    InvoiceState,
    PlanPrice,
    ProofState,
    Provider,
    Series,
    Subscription,
    SubscriptionState,
    TransferProof,
    UsageCharge,
)
from control.billing.online.taxes import rates_now
from control.billing.transfer import ledger
from control.billing.transfer.effect import take_effect
from control.billing.transfer.quoting import Quote
from control.billing.transfer.redeeming import give_back
from control.billing.transfer.telling import tell
from control.billing.transfer.terms import terms_now
from control.billing.usage.carrying import put_on, take_off
from control.verification.queries import verification_of
from control.workspaces.directory import as_tenant
from kit import audit, clock, ids, tenancy
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _

DRAWN = audit.Event.named("billing:invoice_drawn", "invoice", "amount", "currency", "reason")
VOIDED = audit.Event.named("billing:invoice_void", "invoice", "amount", "currency", "reason")
_PREFIXES = {Series.INVOICE: "ST", Series.CREDIT_NOTE: "CR"}


@dataclass(frozen=True, slots=True)
class BillTo:
    """To whom an invoice goes."""

    name: str
    tax_id: str = ""
    address: str = ""


def bill_to(account: BillingAccount) -> BillTo:
    """Return to whom invoices of an account go: whom its owner names, else who is known."""
    said, known = details_of(account), verification_of(account.workspace_id)
    if said is None:
        return BillTo((known.legal_name if known else "") or account.workspace.name)
    # The address lies under the workspace's key.
    with tenancy.enter(as_tenant(account.workspace)):
        parts = (said.state, said.city, said.address, said.postal_code)
    return BillTo(said.name, said.tax_id, " ".join(one for one in parts if one))


def draw(
    account: BillingAccount,
    quote: Quote,
    reason: InvoiceReason,
    *,
    price: PlanPrice | None = None,
    extra_seats: int = 0,
    subscription: Subscription | None = None,
    charges: Sequence[UsageCharge] = (),
    period: tuple[datetime, datetime] | None = None,
    not_due_before: datetime | None = None,
    by: audit.Actor,
) -> Invoice:
    """Issue an invoice for a quote, pay it from credit as far as that goes, and tell the owner.

    The charges whose lines the quote has are on it from now on. The account's row is held. Paid
    by credit alone, it takes effect at once.
    """
    now = clock.now()
    due = now + timedelta(days=terms_now().due_days)
    with control_transaction() as control:
        account = lock_row(account)
        buyer, rate = bill_to(account), rates_now().get(quote.currency)
        invoice = Invoice(
            account_id=account.id,
            subscription_id=subscription.id if subscription else None,
            provider=Provider.TRANSFER,
            number=next_number(Series.INVOICE),
            state=InvoiceState.OPEN,
            reason=reason,
            currency=quote.currency,
            total_amount=quote.due_now,
            tax_amount=rate.tax_in(quote.due_now) if rate else 0,
            paid_amount=0,
            remaining_amount=quote.due_now,
            issued_at=now,
            due_at=max(due, not_due_before) if not_due_before else due,
            attempts=0,
            period_began_at=period[0] if period else None,
            period_ends_at=period[1] if period else None,
            lines=[line.stored(account.workspace.locale) for line in quote.lines],
            price_id=price.id if price else None,
            extra_seats=extra_seats,
            bill_to={"name": buyer.name, "tax_id": buyer.tax_id},
        )
        control.add(invoice)
        control.flush()
        with tenancy.enter(as_tenant(account.workspace)):
            invoice.bill_to_address = buyer.address
        put_on(invoice, charges)
        audit.record_control(
            DRAWN,
            account,
            by=by,
            invoice=invoice.number,
            amount=invoice.total_amount,
            currency=invoice.currency,
            reason=invoice.reason,
        )
        ledger.use_credit(account, invoice)
        if not settle(invoice, by=by):
            tell(account, "invoice", invoice=invoice)
        enter(account, invoice)
        return invoice


def settle(invoice: Invoice, *, by: audit.Actor) -> bool:
    """Close an invoice of which nothing remains, and give what it is for; False while it is open.

    The account's row is held.
    """
    if invoice.state not in ledger.OPEN or invoice.remaining_amount > 0:
        return False
    invoice.state = InvoiceState.PAID
    invoice.paid_at = clock.now()
    control_session().flush()
    take_effect(invoice, by=by)
    control_session().flush()
    return True


def void(
    invoice: Invoice,
    *,
    reason: str,
    by: audit.Actor,
    in_doubt: bool = False,
    ends_plan: bool = False,
) -> int:
    """Let an open invoice count as never issued; return how much of it went to the credit.

    What it was to begin never begins, and with `ends_plan` what it was to renew is not renewed.
    Refused once it is paid and, unless `in_doubt`, while a proof of it waits.
    """
    with control_transaction() as control:
        account = lock_row(invoice.account)
        invoice = lock_row(invoice)
        if invoice.provider != Provider.TRANSFER or invoice.state not in ledger.OPEN:
            raise Refused(_("Only an invoice that is still to be paid can be made void."))
        if not in_doubt and has_waiting_proof(invoice):
            raise Refused(
                _("A proof of transfer for this invoice waits to be confirmed or rejected first.")
            )
        back = ledger.take_off(account, invoice)
        take_off(invoice)
        invoice.state = InvoiceState.VOID
        invoice.remaining_amount = 0
        subscription = invoice.subscription
        if subscription is not None and invoice.reason == InvoiceReason.CREATE:
            subscription.state = SubscriptionState.INCOMPLETE_EXPIRED
            subscription.ended_at = clock.now()
            give_back(subscription)
        if ends_plan and subscription is not None and invoice.reason == InvoiceReason.CYCLE:
            subscription.cancels_at = subscription.period_ends_at
        control.flush()
        audit.record_control(
            VOIDED,
            account,
            by=by,
            invoice=invoice.number,
            amount=back,
            currency=invoice.currency,
            reason=reason,
        )
        enter(account, invoice)
        return back


def has_waiting_proof(invoice: Invoice) -> bool:
    """Tell whether an operator is still to look at a proof of an invoice."""
    found = control_session().scalar(
        select(TransferProof.id)
        .where(
            TransferProof.invoice_id == invoice.id,
            TransferProof.state == ProofState.WAITING,
        )
        .limit(1)
    )
    return found is not None


def next_number(series: Series) -> str:
    """Return the next number of this year; nobody draws another until this one is committed."""
    year = clock.today().year
    first = {"public_id": ids.new(), "created_at": clock.now(), "last_number": 1}
    number = control_session().scalar(
        upsert(InvoiceSeries)
        .values(series=series, year=year, **first)
        .on_conflict_do_update(
            index_elements=[InvoiceSeries.series, InvoiceSeries.year],
            set_={"last_number": InvoiceSeries.last_number + 1},
        )
        .returning(InvoiceSeries.last_number)
    )
    return f"{_PREFIXES[series]}-{year}-{number:06}"
