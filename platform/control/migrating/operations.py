"""The provisioner's part: one workspace migrated because an operator asks for it."""

from control.migrating.plan import make_plan
from control.migrating.rollout import roll_out
from control.migrating.services import RETRY, usual_policy
from control.operations.registry import OperationRun, operation
from kit.errors import Refused
from kit.i18n import gettext as _


@operation(RETRY)
def migrate_workspace(run: OperationRun) -> None:
    """Bring one workspace to this release; its error is the operation's when it fails."""
    cell, schema = run.operation.body["cell"], run.operation.body["schema"]
    run.step("migrate")
    engines = {cell: run.engines[cell]}
    plan = make_plan(engines, only=frozenset({schema}))
    if plan.unreachable:
        raise Refused(_("The cell %(name)s does not answer.", name=cell))
    if plan.moving:
        raise Refused(_("The workspace is being moved; it is updated when it has arrived."))
    account = roll_out(plan, run.plane, engines, policy=usual_policy(threads=1))
    for error in account.failed.values():
        raise Refused(error)
    run.result["revision"] = plan.head
