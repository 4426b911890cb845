"""Grants of support access, operators inside, and verified companies."""

import io
from contextlib import nullcontext
from datetime import timedelta

from control.console.models import Operator
from control.console.services import sign_in
from control.support import services as support
from control.support.models import SupportGrant
from control.verification import papers
from control.verification import services as verification
from control.verification.models import CarrierAuthorisation, Verification
from control.verification.queries import verification_of
from control.workspaces.models import Workspace
from kit import audit, clock, tenancy
from kit.db import control_session, workspace_scope
from kit.tenancy import Workspace as Tenant
from tests.factories.control import OPERATOR_EMAIL, PASSWORD, make_operator
from tests.page import PageClient

CREDIT_CODE = "91440300MA5FMX2P1H"
DOCUMENT = "11010519491231002X"
REPRESENTATIVE = "赵山海"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
    b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


def row_of(tenant: Tenant) -> Workspace:
    """The control plane's row of a workspace, as it is now."""
    found = control_session().get(Workspace, tenant.id, populate_existing=True)
    assert found is not None
    return found


def make_grant(
    tenant: Tenant, *, hours: int = 4, may_write: bool = False, reason: str = "订单列表打不开"
) -> SupportGrant:
    return support.grant_access(
        row_of(tenant), hours=hours, reason=reason, may_write=may_write, by=audit.SYSTEM
    )


def handed_over(grant: SupportGrant) -> tuple[Operator, str]:
    """An operator with a hand-over for a grant; the token of it."""
    operator = make_operator()
    _operator, log_in = sign_in(OPERATOR_EMAIL, PASSWORD, ip_address=None, user_agent=None)
    return operator, support.hand_over(grant, log_in=log_in, by=operator)


def inside(client: PageClient, tenant: Tenant, grant: SupportGrant) -> PageClient:
    """A browser in which an operator has entered a workspace."""
    _operator, token = handed_over(grant)
    browser = client.at(tenant)
    answer = browser.submit(f"/support/enter?pass={token}", {"pass": token})
    assert answer.status_code == 303, answer.text
    return browser


def scan(name: str = "执照.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(PNG), name


def make_verification(tenant: Tenant, *, submitted: bool = True) -> Verification:
    """A complete verification of a workspace, handed in unless told otherwise."""
    served = tenancy.current_or_none() is tenant
    with nullcontext() if served else workspace_scope(tenant):
        licence = papers.keep(scan()[0], name="执照.png", field="licence")
        letter = papers.keep(scan()[0], name="授权书.png", field="scan")
    verification.describe_company(
        row_of(tenant),
        verification.Company(
            legal_name="深圳山海通信有限公司",
            credit_code=CREDIT_CODE,
            representative=REPRESENTATIVE,
            document=DOCUMENT,
            licence=licence,
        ),
        version=1,
        by=audit.SYSTEM,
    )
    verification.add_authorisation(
        row_of(tenant),
        carrier="mobile",
        valid_until=clock.today() + timedelta(days=200),
        paper=letter,
        by=audit.SYSTEM,
    )
    if submitted:
        verification.submit(row_of(tenant), by=audit.SYSTEM)
    found = verification_of(tenant.id)
    assert found is not None
    return found


def make_authorisation(tenant: Tenant) -> CarrierAuthorisation:
    return make_verification(tenant, submitted=False).authorisations[0]
