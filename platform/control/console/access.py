"""What operators may reach: every workspace and build by public id, only their own sessions."""

from typing import TypeVar

from control.archives.models import Archive, ArchiveWay
from control.archives.queries import find_archive, may_download
from control.billing import queries as billing
from control.billing.fapiao import queries as fapiao_queries
from control.billing.models import (
    BillingAccount,
    BillingPlan,
    Coupon,
    CreditNote,
    FapiaoCorrection,
    FapiaoRequest,
    Invoice,
    PlanVersion,
    StripeEvent,
    TransferProof,
    UsageCharge,
)
from control.billing.transfer.queries import find_credit_note, find_proof
from control.billing.usage.queries import find_charge
from control.closing.models import Certificate
from control.closing.queries import find_certificate
from control.console import queries
from control.console.models import Operator, OperatorSession
from control.migrating.queries import is_in_cell
from control.provisioning.models import Build
from control.support.models import SupportGrant
from control.support.queries import find_grant
from control.verification.models import Verification
from control.verification.queries import find_verification
from control.workspaces.models import Workspace
from control.workspaces.queries import find_workspace
from kit.errors import Missing
from kit.jobs.tables import Place
from kit.settings import get_settings

_Thing = TypeVar("_Thing")


def _there(found: _Thing | None, asked: str) -> _Thing:
    """Return what was found; Missing when nothing was."""
    if found is None:
        raise Missing(asked)
    return found


def workspace(public_id: str) -> Workspace:
    """Return a workspace; Missing when there is none."""
    return _there(find_workspace(public_id), public_id)


def build(public_id: str) -> Build:
    """Return a build; Missing when there is none."""
    return _there(queries.find_build(public_id), public_id)


def cell(name: str | None) -> str:
    """Return the name of a cell, the first when none is given; Missing for an unknown one."""
    cells = list(get_settings().cell_urls())
    if name is not None and name not in cells:
        raise Missing(name)
    return name or cells[0]


def schema(cell_name: str, name: str) -> str:
    """Return the opaque id of a workspace or pool member in a cell; Missing when not there."""
    if not is_in_cell(cell(cell_name), name):
        raise Missing(name)
    return name


def export(public_id: str) -> Archive:
    """Return an export that can be fetched; Missing for any other archive."""
    found = find_archive(public_id)
    if found is None or found.way != ArchiveWay.EXPORT or not may_download(found):
        raise Missing(public_id)
    return found


def certificate(public_id: str) -> Certificate:
    """Return a certificate that was issued; Missing when there is none."""
    return _there(find_certificate(public_id), public_id)


def support_grant(public_id: str) -> SupportGrant:
    """Return what a workspace gave; Missing when there is none."""
    return _there(find_grant(public_id), public_id)


def verification(public_id: str) -> Verification:
    """Return what a workspace has handed in; Missing when it never did."""
    found = find_verification(public_id)
    if found is None or found.submitted_at is None:
        raise Missing(public_id)
    return found


def own_session(operator: Operator, public_id: str) -> OperatorSession:
    """Return one of an operator's open sessions; Missing for anybody else's."""
    for session in queries.open_sessions(operator):
        if session.public_id == public_id:
            return session
    raise Missing(public_id)


def place(name: str) -> Place:
    """Return where background work is kept; Missing for an unknown name."""
    return _there(queries.place_of(name), name)


def billing_plan(public_id: str) -> BillingPlan:
    """Return a billing plan; Missing when there is none."""
    return _there(billing.find_plan(public_id), public_id)


def plan_version(public_id: str) -> PlanVersion:
    """Return a version of a billing plan; Missing when there is none."""
    return _there(billing.find_version(public_id), public_id)


def coupon(public_id: str) -> Coupon:
    """Return a coupon; Missing when there is none."""
    return _there(billing.find_coupon(public_id), public_id)


def billing_account(public_id: str) -> BillingAccount:
    """Return the account of a workspace; Missing when there is no workspace, or it has none."""
    return _there(billing.find_account(workspace(public_id)), public_id)


def invoice(public_id: str) -> Invoice:
    """Return an invoice; Missing when there is none."""
    return _there(billing.find_invoice(public_id), public_id)


def usage_charge(public_id: str) -> UsageCharge:
    """Return a charge beyond a plan; Missing when there is none."""
    found = find_charge(public_id)
    if found is None:
        raise Missing(public_id)
    return found


def stripe_event(public_id: str) -> StripeEvent:
    """Return an event of Stripe's; Missing when there is none."""
    return _there(billing.find_stripe_event(public_id), public_id)


def fapiao(public_id: str) -> FapiaoRequest:
    """Return a request for a fapiao; Missing when there is none."""
    return _there(fapiao_queries.find_request(public_id), public_id)


def red_letter(public_id: str, note: str) -> FapiaoCorrection:
    """Return a red-letter note to a fapiao; Missing when there is none."""
    return _there(fapiao_queries.find_correction(fapiao(public_id), note), note)


def credit_note(public_id: str) -> CreditNote:
    """Return a credit note of ours; Missing when there is none."""
    return _there(find_credit_note(public_id), public_id)


def transfer_proof(public_id: str) -> TransferProof:
    """Return what an owner handed in to show that he has paid; Missing when there is none."""
    return _there(find_proof(public_id), public_id)
