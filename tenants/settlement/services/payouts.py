"""Payouts: money that was sent to a channel, recorded once and never beyond what is payable."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from kit import audit, clock, tenancy
from kit.db import transaction
from kit.errors import Refused
from kit.i18n import format_money
from kit.i18n import gettext as _
from tenants.channels.models import Channel, ChannelState
from tenants.settlement.models import (
    AccountCode,
    JournalKind,
    Payout,
    PayoutMethod,
)
from tenants.settlement.services import ledger

PAID = audit.Event.named("payout:recorded", "channel", "amount", "method", "reference")


def pay(
    channel: Channel,
    *,
    amount: int,
    method: str,
    reference: str,
    paid_on: date,
    proof_key: str | None,
    proof_name: str,
    remark: str,
    key: str,
    by: audit.Actor,
) -> Payout:
    """Record money sent to a channel; the same key returns the payout that stands.

    Refuses more than the channel's payable balance, nothing, a date to come and a frozen
    channel.
    """
    currency = tenancy.current().currency
    with transaction() as session:
        payable = ledger.open_accounts(channel, currency)[AccountCode.PAYABLE]
        balance = ledger.lock_accounts([payable.id])[payable.id]
        if standing := _standing(session, key, channel, amount):
            return standing
        session.refresh(channel, ["state", "frozen_reason"])
        _refuse(channel, amount=amount, balance=balance, currency=currency, paid_on=paid_on)
        cash = ledger.house_account(AccountCode.CASH, currency)
        journal = ledger.post(
            JournalKind.PAID,
            key=f"paid:{key}",
            entries=[ledger.Side(payable, -amount), ledger.Side(cash, amount)],
            reason=remark,
            by=by,
        )
        payout = Payout(
            key=key,
            channel_id=channel.id,
            amount=amount,
            currency=currency,
            method=PayoutMethod(method),
            reference=reference,
            paid_on=paid_on,
            proof_key=proof_key,
            proof_name=proof_name,
            remark=remark,
            journal_id=journal.id,
            actor_name=by.actor_name,
        )
        session.add(payout)
        session.flush()
        audit.record(
            PAID,
            payout,
            by=by,
            channel=channel.name,
            amount=amount,
            method=payout.method,
            reference=reference,
        )
        return payout


def _standing(session: Session, key: str, channel: Channel, amount: int) -> Payout | None:
    payout = session.scalars(select(Payout).where(Payout.key == key)).one_or_none()
    if payout is not None and (payout.channel_id, payout.amount) != (channel.id, amount):
        raise ledger.KeyReused(key)
    return payout


def _refuse(channel: Channel, *, amount: int, balance: int, currency: str, paid_on: date) -> None:
    if channel.state == ChannelState.FROZEN:
        raise Refused(
            _(
                "%(channel)s is frozen (%(reason)s); unfreeze it before paying.",
                channel=channel.name,
                reason=channel.frozen_reason or "",
            )
        )
    if amount <= 0:
        raise Refused(_("Enter an amount above zero."), field="amount")
    if amount > balance:
        raise Refused(
            _(
                "Only %(balance)s is payable to %(channel)s.",
                balance=format_money(max(balance, 0), currency),
                channel=channel.name,
            ),
            field="amount",
        )
    if paid_on > clock.today():
        raise Refused(_("The date lies in the future."), field="paid_on")
