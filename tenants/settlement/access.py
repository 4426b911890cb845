"""Fetch what this module protects, by public id: 404 for what is not there or not yours."""

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kit.db import TenantModel, session
from kit.errors import Forbidden, Missing
from tenants.accounts.scopes import Reach
from tenants.channels import queries as channels
from tenants.channels.models import Channel
from tenants.settlement.models import CommissionLine, Journal, Payout, SettlementRun

_T = TypeVar("_T", bound=TenantModel)


def _one(model: type[_T], public_id: str) -> _T:
    found = session().scalars(select(model).where(model.public_id == public_id)).one_or_none()
    if found is None:
        raise Missing(public_id)
    return found


def _refuse_unreached(channel_id: int, reach: Reach) -> None:
    statement = channels.reached_ids(reach).where(Channel.id == channel_id)
    if session().scalar(statement) is None:
        raise Forbidden(str(channel_id))


def refuse_partial(reach: Reach) -> None:
    """Refuse who reaches only some channels what tells of all of them: runs and the ledger."""
    if not reach.is_everything:
        raise Forbidden("all channels")


def line(public_id: str, reach: Reach) -> CommissionLine:
    """Return a commission line for the back office; Forbidden where its channel is not reached."""
    found = _one(CommissionLine, public_id)
    _refuse_unreached(found.channel_id, reach)
    return found


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


def run(public_id: str, reach: Reach) -> SettlementRun:
    """Return a settlement run; Forbidden for who does not reach all channels."""
    refuse_partial(reach)
    return _one(SettlementRun, public_id)


def journal(public_id: str, reach: Reach) -> Journal:
    """Return a journal; Forbidden for who does not reach all channels."""
    refuse_partial(reach)
    return _one(Journal, public_id)


def payout(public_id: str, reach: Reach) -> Payout:
    """Return a payout; Forbidden where its channel is not reached."""
    found = _one(Payout, public_id)
    _refuse_unreached(found.channel_id, reach)
    return found


def channel(public_id: str, reach: Reach) -> Channel:
    """Return the channel whose money is looked at; a deleted one may still be owed."""
    found = _one(Channel, public_id)
    _refuse_unreached(found.id, reach)
    return found
