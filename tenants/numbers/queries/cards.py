"""Which SIM cards there are, and what they are used for."""

from collections.abc import Mapping

from sqlalchemy import func, select

from kit.db import session
from tenants.accounts.scopes import Reach
from tenants.numbers.models import CardState, SimCard
from tenants.numbers.msisdn import normalise_iccid
from tenants.numbers.queries.filters import reached


def find_card(iccid: str) -> SimCard | None:
    """Return a SIM card by its ICCID, None when we have none of that name."""
    try:
        name = normalise_iccid(iccid)
    except ValueError:
        return None
    return session().scalars(select(SimCard).where(SimCard.iccid == name)).one_or_none()


def card_usage(reach: Reach) -> Mapping[CardState, int]:
    """Return how many SIM cards that are reached are in each state, in one query."""
    counted_by = select(SimCard.state, func.count()).where(reached(reach, SimCard))
    rows = session().execute(counted_by.group_by(SimCard.state))
    counted = {CardState(state): count for state, count in rows}
    return {state: counted.get(state, 0) for state in CardState}
