"""Words for states and events as operators read them."""

from control.backups.models import BackupKind, BackupState
from control.cells.queries import CellStatus
from control.migrating.models import RolloutState
from control.migrating.plan import RingName
from control.operations.models import OperationState
from control.provisioning.models import BuildState
from control.workspaces.models import WorkspaceState
from kit.i18n import lazy_gettext as _l
from kit.jobs.tables import JobState
from kit.web import Tag

WORKSPACE_STATES = {
    WorkspaceState.PROVISIONING: Tag(_l("Being built"), "azure"),
    WorkspaceState.TRIAL: Tag(_l("Trial"), "teal"),
    WorkspaceState.ACTIVE: Tag(_l("In good standing"), "green"),
    WorkspaceState.PAST_DUE: Tag(_l("Past due"), "yellow"),
    WorkspaceState.READ_ONLY: Tag(_l("Read-only"), "orange"),
    WorkspaceState.SUSPENDED: Tag(_l("Suspended"), "red"),
    WorkspaceState.CLOSING: Tag(_l("To be deleted"), "red"),
    WorkspaceState.CLOSED: Tag(_l("Closed"), "gray"),
}
BUILD_STATES = {
    BuildState.QUEUED: Tag(_l("Queued"), "gray"),
    BuildState.BUILDING: Tag(_l("Building"), "azure"),
    BuildState.DONE: Tag(_l("Done"), "green"),
    BuildState.FAILED: Tag(_l("Failed"), "red"),
}
BACKUP_STATES = {
    BackupState.GOOD: Tag(_l("Good"), "green"),
    BackupState.BAD: Tag(_l("Damaged"), "red"),
    BackupState.PRUNED: Tag(_l("Deleted"), "gray"),
}
BACKUP_KINDS = {
    BackupKind.PHYSICAL: _l("Physical, with log"),
    BackupKind.LOGICAL: _l("Logical, no log"),
}
JOB_STATES = {
    JobState.DEAD: Tag(_l("Dead"), "red"),
    JobState.REFUSED: Tag(_l("Refused"), "orange"),
    JobState.WAITING: Tag(_l("Waiting"), "gray"),
    JobState.SENT: Tag(_l("Handed to a worker"), "azure"),
    JobState.RUNNING: Tag(_l("Running"), "blue"),
    JobState.CANCELLED: Tag(_l("Cancelled"), "gray"),
    JobState.EXPIRED: Tag(_l("Too late"), "yellow"),
    JobState.DONE: Tag(_l("Done"), "green"),
}
QUEUE_NAMES = {
    "interactive": _l("Somebody waits for it"),
    "normal": _l("Usual"),
    "bulk": _l("Large"),
}
OPERATION_STATES = {
    OperationState.QUEUED: Tag(_l("Queued"), "gray"),
    OperationState.RUNNING: Tag(_l("Running"), "azure"),
    OperationState.DONE: Tag(_l("Done"), "green"),
    OperationState.FAILED: Tag(_l("Failed"), "red"),
    OperationState.CANCELLED: Tag(_l("Taken back"), "orange"),
}
MOVE_STEPS = {
    "": _l("Waiting for the provisioner"),
    "build": _l("Building the empty schema"),
    "copy": _l("Copying the tables"),
    "follow": _l("Following what is written meanwhile"),
    "fence": _l("Closed: waiting for the last writers"),
    "drain": _l("Closed: taking over the last writes"),
    "compare": _l("Closed: comparing both copies"),
    "clean": _l("Moved: clearing away the old copy"),
    "undo": _l("Taking it back"),
}
CELL_DOWN = Tag(_l("No answer"), "red")
CELL_CLOSED = Tag(_l("Closed for new workspaces"), "orange")
CELL_FULL = Tag(_l("Full"), "yellow")
CELL_OPEN = Tag(_l("Takes new workspaces"), "green")
ROLLOUT_STATES = {
    RolloutState.RUNNING: Tag(_l("Running"), "azure"),
    RolloutState.DONE: Tag(_l("Done"), "green"),
    RolloutState.STOPPED: Tag(_l("Stopped"), "red"),
    RolloutState.BROKEN_OFF: Tag(_l("Broken off"), "orange"),
}
RINGS: dict[str, object] = {
    RingName.CANARIES: _l("the canaries"),
    RingName.PERCENT: _l("the first one per cent"),
    RingName.REST: _l("all others"),
    RingName.NAMED: _l("those named"),
}
CELL_STATES = {
    "live": Tag(_l("Live"), "green"),
    "pool": Tag(_l("Warm pool"), "azure"),
    "moving": Tag(_l("Moving"), "yellow"),
    "leaving": Tag(_l("Leaving"), "gray"),
}
OPERATIONS = {
    "workspace.restore": _l("Restore from an archive"),
    "workspace.clone": _l("Sandbox"),
    "workspace.delete": _l("Deletion"),
}
STEPS = {
    "proving": _l("Checking the archive"),
    "writing": _l("Writing the archive"),
    "files": _l("Files"),
    "rows": _l("Records"),
    "opening": _l("Opening"),
    "shutting": _l("Shutting"),
    "counting": _l("Counting"),
    "schema": _l("Records"),
    "role": _l("Database role"),
    "caches": _l("Caches"),
    "keys": _l("Keys"),
}
GRANT_STATES = {
    "open": Tag(_l("Doors open"), "orange"),
    "over": Tag(_l("Doors shut"), "gray"),
}
GRANT_MODES: dict[bool, object] = {
    False: _l("Look only"),
    True: _l("Look and change"),
}
EVENTS = {
    "address:asked": _l("Asked for the address of a workspace"),
    "signup:submitted": _l("Signed up"),
    "signup:mailed_again": _l("Mail of a sign-up sent again"),
    "signup:withdrawn": _l("Sign-up withdrawn"),
    "signup:verified": _l("Mail address proved"),
    "signup:purged": _l("Old sign-up deleted"),
    "operator:created": _l("Operator made"),
    "operator:signed_in": _l("Signed in"),
    "operator:locked": _l("Locked after wrong passwords"),
    "operator:signed_out": _l("Signed out"),
    "operator:session_ended": _l("Ended a log-in"),
    "operator:way_back_right": _l("Right to let administrators back in"),
    "workspace:way_back_asked": _l("Way back in opened for the administrator"),
    "operator:password_changed": _l("Changed the password"),
    "job:retried": _l("Work tried again"),
    "job:discarded": _l("Work given up"),
    "job:cancelled": _l("Work cancelled"),
    "jobs:retried": _l("All work of a cause tried again"),
    "jobs:discarded": _l("All work of a cause given up"),
    "jobs:paused": _l("Work paused"),
    "jobs:resumed": _l("Work resumed"),
    "jobs:shared": _l("Share of the workers set"),
    "rollout:asked": _l("Roll-out begun"),
    "rollout:ended": _l("Roll-out ended"),
    "archive:asked": _l("Export asked for"),
    "archive:offered": _l("Link to an export mailed"),
    "archive:ready": _l("Export ready"),
    "archive:failed": _l("Export failed"),
    "archive:fetched": _l("Archive fetched"),
    "archive:expired": _l("Archive deleted"),
    "archive:uploaded": _l("Archive brought in"),
    "backup:taken": _l("Backup taken"),
    "backup:verified": _l("Backup checked"),
    "backup:drilled": _l("Restore drilled"),
    "backup:pruned": _l("Backup removed"),
    "workspace:closing": _l("Deletion asked for"),
    "workspace:kept": _l("Deletion taken back"),
    "workspace:given_up": _l("Could not be built"),
    "workspace:standing": _l("What it may do changed with what is paid"),
    "billing:schedule": _l("Days of dunning changed"),
    "billing:customer": _l("Became Stripe's customer"),
    "billing:checkout": _l("Went to Checkout"),
    "billing:portal": _l("Opened Stripe's portal"),
    "billing:plan_changed": _l("Plan or seats changed"),
    "billing:given_up": _l("Gave the plan up"),
    "billing:giving_up_taken_back": _l("Keeps the plan after all"),
    "billing:subscription": _l("Subscription changed at Stripe"),
    "billing:invoice": _l("Invoice changed at Stripe"),
    "billing:event_replayed": _l("Event of Stripe's applied again"),
    "billing:plan_added": _l("Billing plan added"),
    "billing:plan_edited": _l("Billing plan changed"),
    "billing:version_drafted": _l("Draft of a plan's version begun"),
    "billing:version_edited": _l("Draft of a plan's version changed"),
    "billing:version_published": _l("Plan's version published"),
    "billing:version_discarded": _l("Draft of a plan's version discarded"),
    "billing:coupon_added": _l("Coupon added"),
    "billing:coupon_offered": _l("Coupon made at Stripe"),
    "billing:coupon_switched_off": _l("Coupon switched off"),
    "billing:trial_extended": _l("Trial extended"),
    "billing:reviewed": _l("Account reviewed by hand"),
    "billing:money_back_asked": _l("Asked to take an invoice back"),
    "billing:money_back": _l("Invoice taken back"),
    "billing:details_changed": _l("Company and tax number on invoices changed"),
    "billing:tax_rate": _l("Tax rate set"),
    "fapiao:asked": _l("Fapiao asked for"),
    "fapiao:withdrawn": _l("Request for a fapiao withdrawn"),
    "fapiao:issued": _l("Fapiao issued"),
    "fapiao:rejected": _l("Request for a fapiao rejected"),
    "fapiao:corrected": _l("Red-letter note issued"),
    "fapiao:revealed": _l("Personal data of a fapiao's title revealed"),
    "fapiao:title_forgotten": _l("Title of a fapiao forgotten"),
    "billing:reconcile_asked": _l("Comparison with Stripe asked for"),
    "billing:reconciled": _l("Compared with Stripe"),
    "console:list_exported": _l("List exported"),
    "workspace:restored": _l("Restored from an archive"),
    "workspace:cloned": _l("Sandbox asked for"),
    "workspace:deleted": _l("Removed"),
    "workspace:registered": _l("Registered"),
    "workspace:opened": _l("Built and opened"),
    "workspace:suspended": _l("Suspended"),
    "workspace:resumed": _l("Resumed"),
    "build:retried": _l("Build tried again"),
    "workspace:moved": _l("Moved to another cell"),
    "operation:asked": _l("Work on a workspace asked for"),
    "operation:stop_asked": _l("Running work on a workspace taken back"),
    "cell:closed": _l("Cell closed for new workspaces"),
    "cell:opened": _l("Cell opened for new workspaces"),
    "operation:cancelled": _l("Work on a workspace taken back"),
    "support:granted": _l("Support access given"),
    "support:revoked": _l("Support access ended by the workspace"),
    "support:lapsed": _l("Support access ended by itself"),
    "support:handed_over": _l("Way into a workspace asked for"),
    "support:entered": _l("Operator entered the workspace"),
    "support:left": _l("Operator left the workspace"),
    "verification:changed": _l("Data of the company changed"),
    "verification:authorisation_added": _l("Authorisation of a carrier added"),
    "verification:authorisation_removed": _l("Authorisation of a carrier removed"),
    "verification:submitted": _l("Verification handed in"),
    "verification:withdrawn": _l("Verification taken back to be changed"),
    "verification:passed": _l("Verification passed"),
    "verification:returned": _l("Verification returned"),
    "verification:revoked": _l("Verification revoked"),
    "verification:revealed": _l("Personal data of a verification revealed"),
    "verification:looked_at": _l("Scan of a verification opened"),
}
DETAILS = {
    "grant": _l("Support access"),
    "hours": _l("For how many hours"),
    "may_write": _l("May change things"),
    "fields": _l("Fields"),
    "field": _l("Field"),
    "carrier": _l("Carrier"),
    "carriers": _l("Carriers"),
    "valid_until": _l("Valid until"),
    "legal_name": _l("Company as on the licence"),
    "remarks": _l("Remarks"),
    "paper": _l("Scan"),
    "address": _l("Address"),
    "count": _l("Pieces"),
    "weight": _l("Weight"),
    "in_flight": _l("At once at most"),
    "per_minute": _l("A minute at most"),
    "person": _l("Person"),
    "allowed": _l("Allowed"),
    "terms_version": _l("Version of the terms"),
    "mails": _l("Mails"),
    "workspace": _l("Workspace"),
    "revision": _l("Revision"),
    "state": _l("State"),
    "reason": _l("Reason"),
    "cause": _l("Because of"),
    "before": _l("Before"),
    "after": _l("After"),
    "amount": _l("Amount"),
    "price": _l("Price"),
    "extra_seats": _l("Further seats"),
    "stripe_id": _l("At Stripe"),
    "stripe_customer": _l("Customer at Stripe"),
    "plan": _l("Billing plan"),
    "number": _l("Version"),
    "coupon": _l("Coupon"),
    "fapiao": _l("Kind of fapiao"),
    "fapiao_number": _l("Fapiao number"),
    "invoices": _l("Invoices"),
    "title": _l("Title of the fapiao"),
    "days": _l("Days"),
    "invoice": _l("Invoice"),
    "way": _l("In which way"),
    "currency": _l("Currency"),
    "submission": _l("Form"),
    "missed": _l("Events that had not arrived"),
    "requeued": _l("Events applied again"),
    "drifted": _l("Differences mended"),
    "list": _l("List"),
    "kind": _l("Kind of work"),
    "cell": _l("Cell"),
    "source": _l("From cell"),
    "target": _l("To cell"),
    "rows": _l("Rows"),
    "total": _l("All to be updated"),
    "done": _l("Updated"),
    "failed": _l("Failed"),
    "left_out": _l("Left out"),
    "archive": _l("Archive"),
    "backup": _l("Backup"),
    "certificate": _l("Certificate"),
    "error": _l("Error"),
    "file_name": _l("File"),
    "files": _l("Files"),
    "findings": _l("Findings"),
    "ip_address": _l("Network address"),
    "is_good": _l("All was well"),
    "places": _l("Places"),
    "rpo": _l("Work that would be lost (seconds)"),
    "rto": _l("Time to restore (seconds)"),
    "sandbox": _l("Sandbox"),
    "size": _l("Size"),
}
ACTORS = {
    "user": _l("Workspace"),
    "visitor": _l("Visitor"),
    "system": _l("System"),
    "operator": _l("Platform operator"),
}


def cell_state(cell: CellStatus) -> Tag:
    """Return the one word that matters most about a cell."""
    if not cell.is_up:
        return CELL_DOWN
    if not cell.is_open:
        return CELL_CLOSED
    return CELL_OPEN if cell.room else CELL_FULL
