"""Fapiao: asked for, issued, and corrected by a red-letter note."""

import io
from itertools import count

from control.billing.accounts import account_of
from control.billing.fapiao import services
from control.billing.fapiao.queries import find_request
from control.billing.fapiao.titles import Buyer
from control.billing.models import FapiaoBuyer, FapiaoKind, FapiaoRequest, Invoice
from kit import audit, clock
from kit.db import control_session
from tests.factories.billing import make_invoice
from tests.factories.records import packed, pdf
from tests.factories.trust import CREDIT_CODE

_numbers = count(25_000_000)
COMPANY = Buyer(
    buyer=FapiaoBuyer.COMPANY,
    name="深圳山海通信有限公司",
    tax_number=CREDIT_CODE,
    address="深圳市南山区科技园一路一号",
    phone="13800138000",
    bank="招商银行深圳分行",
    bank_account="6225880212345678",
)


def document(name: str = "发票.pdf") -> tuple[io.BytesIO, str]:
    return io.BytesIO(pdf()), name


def ofd(name: str = "发票.ofd") -> tuple[io.BytesIO, str]:
    return io.BytesIO(packed({"OFD.xml": b"<OFD/>", "Doc_0/Document.xml": b"<Document/>"})), name


def number() -> str:
    return f"2644200000{next(_numbers):010}"


def make_fapiao(
    workspace_id: int, *invoices: Invoice, kind: FapiaoKind = FapiaoKind.SPECIAL
) -> FapiaoRequest:
    """A request for a fapiao about some invoices, about a new one when none is given."""
    return services.ask(
        account_of(workspace_id),
        invoices or [make_invoice(workspace_id)],
        kind=kind,
        buyer=COMPANY,
        email="caiwu@example.com",
        by=audit.SYSTEM,
    )


def issue(found: FapiaoRequest, **changes: object) -> FapiaoRequest:
    """Issue a request, as the operator's page does."""
    given = {
        "number": number(),
        "issued_on": clock.today(),
        "amount": found.amount,
        "upload": document(),
        "version": found.version,
    }
    services.issue(found, by=audit.SYSTEM, **(given | changes))
    return again(found)


def give_back(found: FapiaoRequest, amount: int) -> FapiaoRequest:
    """Refund a part of the first invoice of a request."""
    found.items[0].invoice.refunded_amount += amount
    control_session().commit()
    return again(found)


def again(found: FapiaoRequest) -> FapiaoRequest:
    read = find_request(found.public_id)
    assert read is not None
    return read


def make_fapiao_world(workspace_id: int) -> dict[str, str]:
    """A fapiao that was issued and corrected, and the title it names; their public ids."""
    found = give_back(issue(make_fapiao(workspace_id)), 100)
    services.correct(
        found,
        number=number(),
        issued_on=clock.today(),
        amount=100,
        upload=ofd(),
        version=found.version,
        by=audit.SYSTEM,
    )
    found = again(found)
    return {
        "fapiao": found.public_id,
        "fapiao title": found.title.public_id,
        "red-letter note": found.corrections[0].public_id,
    }
