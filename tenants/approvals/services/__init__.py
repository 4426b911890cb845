"""The verbs of approvals, one file for each subject."""

from tenants.approvals.services.absences import add_absence, end_absence
from tenants.approvals.services.deciding import (
    approve,
    recall,
    reject,
    return_to_submitter,
    send_back,
)
from tenants.approvals.services.flows import (
    Rule,
    add_flow,
    add_step,
    edit_flow,
    edit_step,
    move_step,
    remove_step,
)
from tenants.approvals.services.handing import Place, add_signer, may_transfer, remind, transfer
from tenants.approvals.services.submitting import refuse_pending, submit

__all__ = [
    "Place",
    "Rule",
    "add_absence",
    "add_flow",
    "add_signer",
    "add_step",
    "approve",
    "edit_flow",
    "edit_step",
    "end_absence",
    "may_transfer",
    "move_step",
    "recall",
    "refuse_pending",
    "reject",
    "remind",
    "remove_step",
    "return_to_submitter",
    "send_back",
    "submit",
    "transfer",
]
