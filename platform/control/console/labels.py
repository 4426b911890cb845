"""Words for states and events as operators read them."""

from control.cells.queries import CellStatus
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
    WorkspaceState.CLOSED: Tag(_l("Closed"), "gray"),
}
BUILD_STATES = {
    BuildState.QUEUED: Tag(_l("Queued"), "gray"),
    BuildState.BUILDING: Tag(_l("Building"), "azure"),
    BuildState.DONE: Tag(_l("Done"), "green"),
    BuildState.FAILED: Tag(_l("Failed"), "red"),
}
JOB_STATES = {
    JobState.DEAD: Tag(_l("Dead"), "red"),
    JobState.REFUSED: Tag(_l("Refused"), "orange"),
    JobState.WAITING: Tag(_l("Waiting"), "gray"),
    JobState.SENT: Tag(_l("Handed to a worker"), "azure"),
    JobState.RUNNING: Tag(_l("Running"), "blue"),
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
EVENTS = {
    "workspace:registered": _l("Registered"),
    "workspace:opened": _l("Built and opened"),
    "workspace:suspended": _l("Suspended"),
    "workspace:resumed": _l("Resumed"),
    "build:retried": _l("Build tried again"),
    "workspace:moved": _l("Moved to another cell"),
}
ACTORS = {
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
