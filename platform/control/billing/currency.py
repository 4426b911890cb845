"""In which currency a workspace pays: chosen when it signs up, and until it first buys."""

from sqlalchemy import select

from control.billing.accounts import refuse_sandbox
from control.billing.models import (
    BillingAccount,
    Invoice,
    InvoiceState,
    Subscription,
    SubscriptionState,
)
from control.billing.plans import sold_currencies
from kit import audit
from kit.db import control_session, control_transaction, lock_row
from kit.errors import Refused
from kit.i18n import gettext as _

CHOSEN = audit.Event.named("billing:currency_chosen", "before", "after")
_NEVER_BEGUN = (SubscriptionState.INCOMPLETE_EXPIRED, SubscriptionState.INCOMPLETE)


def choose_currency(account: BillingAccount, currency: str, *, by: audit.Actor) -> str:
    """Have a workspace pay in another currency; return the one before.

    Refused once anything was bought or is ordered: credit, coupons and what is owed have one
    currency, as has a customer at Stripe.
    """
    with control_transaction():
        account = lock_row(account)
        refuse_sandbox(account)
        if currency not in sold_currencies():
            raise Refused(_("Nothing is sold in this currency any more."), field="currency")
        if not can_choose_currency(account):
            raise Refused(
                _("The plan is paid in %(currency)s; it stays so.", currency=account.currency),
                field="currency",
            )
        before = account.currency
        if currency != before:
            account.currency = currency
            account.version += 1
            audit.record_control(CHOSEN, account, by=by, before=before, after=currency)
        return before


def can_choose_currency(account: BillingAccount) -> bool:
    """Tell whether nothing was bought, ordered or invoiced so far that has a currency."""
    control = control_session()
    bought = (
        select(Subscription.id)
        .where(Subscription.account_id == account.id, Subscription.state.not_in(_NEVER_BEGUN))
        .limit(1)
    )
    invoiced = (
        select(Invoice.id)
        .where(Invoice.account_id == account.id, Invoice.state != InvoiceState.VOID)
        .limit(1)
    )
    return (
        account.credit_amount == 0
        and account.workspace.sandbox_of_id is None
        and control.scalar(bought) is None
        and control.scalar(invoiced) is None
    )
