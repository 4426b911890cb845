"""Fetch what this module protects, by public id: 404 for what is not there or not yours."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kit.db import TenantModel, session
from kit.errors import Missing
from tenants.channels.models import Channel
from tenants.settlement.models import CommissionLine, Journal, Payout, SettlementRun

_T = TypeVar("_T", bound=TenantModel)


def _one(model: type[_T], public_id: str) -> _T:
    found = session().scalars(select(model).where(model.public_id == public_id)).one_or_none()
    if found is None:
        raise Missing(public_id)
    return found


def line(public_id: str) -> CommissionLine:
    """Return a commission line for the back office."""
    return _one(CommissionLine, public_id)


def channel_line(public_id: str, *, channel: Channel) -> CommissionLine:
    """Return a channel's own line; another channel's is Missing, even of the same order."""
    found = (
        session()
        .scalars(
            select(CommissionLine)
            .where(CommissionLine.public_id == public_id, CommissionLine.channel_id == channel.id)
            .options(joinedload(CommissionLine.channel))
        )
        .one_or_none()
    )
    if found is None:
        raise Missing(public_id)
    return found


def run(public_id: str) -> SettlementRun:
    """Return a settlement run."""
    return _one(SettlementRun, public_id)


def journal(public_id: str) -> Journal:
    """Return a journal."""
    return _one(Journal, public_id)


def payout(public_id: str) -> Payout:
    """Return a payout."""
    return _one(Payout, public_id)


def channel(public_id: str) -> Channel:
    """Return the channel whose money is looked at; a deleted one may still be owed."""
    return _one(Channel, public_id)
