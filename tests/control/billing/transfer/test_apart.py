"""One account that cannot be worked on is told of, and stops none of the others."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from control.billing import jobs
from control.billing.accounts import account_of
from control.billing.models import BillingAccount, Invoice, Subscription
from control.billing.transfer.renewing import do_due
from control.workspaces.models import Workspace
from kit import clock
from kit.audit import ControlAuditEntry
from kit.db import control_session
from tests.control.billing.transfer.conftest import later


@pytest.fixture
def poisoned(account, rival) -> int:
    """Its neighbour's account, whose trial ends at a time that no program can say."""
    other = control_session().scalar(
        text("SELECT id FROM control.workspaces WHERE schema = :it"), {"it": rival.schema}
    )
    found = account_of(other).id
    # The first in every line.
    control_session().execute(
        text("UPDATE control.billing_accounts SET review_at = '2020-01-01' WHERE id = :it"),
        {"it": found},
    )
    control_session().execute(
        text("UPDATE control.workspaces SET trial_ends_at = 'infinity' WHERE id = :it"),
        {"it": other},
    )
    control_session().commit()
    return found


def told_of(account_id) -> list[tuple[str, str]]:
    public_id = control_session().scalar(
        text("SELECT public_id FROM control.billing_accounts WHERE id = :it"), {"it": account_id}
    )
    found = control_session().query(ControlAuditEntry).filter_by(subject_id=public_id)
    return [
        (one.details["work"], one.details["error"])
        for one in found
        if one.event == "billing:work_failed"
    ]


def test_the_others_are_looked_at(poisoned, account, held):
    later(40)
    account.review_at = clock.now()
    control_session().commit()
    assert jobs.review_due() == 1
    assert account.standing == "past_due"
    assert told_of(poisoned) == [("review", "DataError")]
    # In an hour again, and told of once a day.
    assert jobs.review_due() == 0
    later(0.1)
    jobs.review_due()
    assert len(told_of(poisoned)) == 1
    later(1)
    jobs.review_due()
    assert len(told_of(poisoned)) == 2


def test_the_others_get_their_invoices(poisoned, bought, account):
    with_the_same = {
        name: getattr(bought, name)
        for name in (
            *("provider", "state", "plan_version_id", "interval", "currency", "started_at"),
            *("period_began_at",),
        )
    }
    control_session().add(
        Subscription(
            account_id=poisoned,
            period_ends_at=bought.period_ends_at - timedelta(days=1),
            **with_the_same,
        )
    )
    control_session().commit()
    later(20)
    assert do_due() == 1
    drawn = control_session().query(Invoice).filter_by(reason="subscription_cycle")
    assert [one.account_id for one in drawn] == [account.id]
    assert told_of(poisoned) == [("renewing", "DataError")]
    assert control_session().get(BillingAccount, poisoned) is not None
    assert control_session().query(Workspace).filter_by(id=account.workspace_id).one()
