"""Two who ask for a fapiao about one invoice, or decide about one request, at the same time."""

import pytest

from control.billing.accounts import account_of
from control.billing.fapiao import queries, services
from control.billing.models import FapiaoKind, FapiaoState
from kit import audit, tenancy
from kit.db import control_session
from tests.factories.billing import make_invoice
from tests.factories.fapiao import COMPANY, make_fapiao
from tests.racing import done

pytestmark = pytest.mark.real_commits


def ask(invoice_ids):
    account = account_of(tenancy.current().id)
    services.ask(
        account,
        queries.invoices_named(account, invoice_ids),
        kind=FapiaoKind.SPECIAL,
        buyer=COMPANY,
        email="cw@example.com",
        by=audit.SYSTEM,
    )
    return True


def test_one_of_many_asks_for_an_invoice_and_a_title_is_entered_once(at_once):
    workspace_id = tenancy.current().id
    shared = make_invoice(workspace_id).public_id
    others = [make_invoice(workspace_id).public_id for _each in range(6)]
    control_session().rollback()
    answers = at_once([lambda other=other: ask([shared, other]) for other in others])
    assert len(done(answers)) == 1
    account = account_of(workspace_id)
    assert len(queries.titles(account)) == 1
    assert len(queries.askable(account)) == 5


def test_withdrawn_or_rejected_but_not_both(at_once):
    public_id = make_fapiao(tenancy.current().id, make_invoice(tenancy.current().id)).public_id
    control_session().rollback()

    def withdraw():
        services.withdraw(queries.find_request(public_id), by=audit.SYSTEM)
        return True

    def reject():
        found = queries.find_request(public_id)
        services.reject(found, reason="no", version=found.version, by=audit.SYSTEM)
        return True

    answers = at_once([withdraw, reject] * 3)
    assert len(done(answers)) == 1
    assert queries.find_request(public_id).state in {FapiaoState.WITHDRAWN, FapiaoState.REJECTED}
