"""The demonstration's second workspace pays by transfer: every page of billing has something."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from control.billing.accounts import account_of
from control.billing.bookkeeping.entering import enter_missing
from control.billing.models import (
    Allocation,
    BankTransfer,
    FapiaoRequest,
    Invoice,
    TransferProof,
    UsageCharge,
)
from control.support.queries import open_grant
from control.verification.queries import verification_of
from control.workspaces.models import Workspace, WorkspaceState
from infra.demo import cli, paying
from infra.demo.plans import offer_plans
from kit import audit, clock
from kit.db import control_session


class Killed(Exception):
    """The process died between two deeds."""


@pytest.fixture
def tenant(acme):
    """A workspace that signed up long ago."""
    offer_plans(by=audit.SYSTEM)
    control = control_session()
    workspace = control.get_one(Workspace, acme.id)
    workspace.created_at = clock.now() - timedelta(days=paying.DAYS)
    workspace.trial_ends_at = workspace.created_at + timedelta(days=30)
    control.commit()
    return acme


def count(table, column: str) -> Counter[str]:
    return Counter(getattr(one, column) for one in control_session().scalars(select(table)))


def test_it_goes_on_where_it_was_killed_and_fills_every_page(tenant, monkeypatch):
    now = clock.now()

    def die(self: paying.Paying) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(paying.Paying, "_issue", die)
        with pytest.raises(Killed):
            paying.Paying(tenant, operator=cli.MAKER).live(now)
    for later in (now, now + timedelta(hours=5)):
        paying.Paying(tenant, operator=cli.MAKER).live(later)
    assert count(Invoice, "state") == {"paid": 4, "open": 1}
    assert count(TransferProof, "state") == {"confirmed": 4, "rejected": 1, "waiting": 1}
    assert count(FapiaoRequest, "state") == {"issued": 1, "requested": 1}
    assert count(BankTransfer, "direction") == {"received": 4}
    assert count(Allocation, "cause")["credit_used"] == 2
    assert count(UsageCharge, "state")["invoiced"] >= 2
    assert enter_missing() == 0
    account = account_of(tenant.id)
    assert account.workspace.state == WorkspaceState.ACTIVE
    assert verification_of(tenant.id).state == "submitted"
    assert open_grant(tenant.id) is not None
