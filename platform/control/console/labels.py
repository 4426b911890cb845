"""Words for states and events as operators read them."""

from control.archives.models import ArchiveState
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
JOB_STATES = {
    JobState.DEAD: Tag(_l("Dead"), "red"),
    JobState.REFUSED: Tag(_l("Refused"), "orange"),
    JobState.WAITING: Tag(_l("Waiting"), "gray"),
    JobState.SENT: Tag(_l("Handed to a worker"), "azure"),
    JobState.RUNNING: Tag(_l("Running"), "blue"),
}
OPERATIONS = {
    "workspace.restore": _l("Restore from an archive"),
    "workspace.clone": _l("Sandbox"),
    "workspace.delete": _l("Deletion"),
}
OPERATION_STATES = {
    OperationState.QUEUED: Tag(_l("Queued"), "gray"),
    OperationState.RUNNING: Tag(_l("Running"), "azure"),
    OperationState.DONE: Tag(_l("Done"), "green"),
    OperationState.FAILED: Tag(_l("Failed"), "red"),
    OperationState.CANCELLED: Tag(_l("Cancelled"), "gray"),
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
ARCHIVE_STATES = {
    ArchiveState.OFFERED: Tag(_l("Link mailed"), "azure"),
    ArchiveState.QUEUED: Tag(_l("Waiting for its turn"), "gray"),
    ArchiveState.MAKING: Tag(_l("Being made"), "azure"),
    ArchiveState.READY: Tag(_l("Ready"), "green"),
    ArchiveState.FAILED: Tag(_l("Failed"), "red"),
    ArchiveState.EXPIRED: Tag(_l("Deleted"), "gray"),
}
EVENTS = {
    "archive:asked": _l("Export asked for"),
    "archive:offered": _l("Link to an export mailed"),
    "archive:ready": _l("Export ready"),
    "archive:failed": _l("Export failed"),
    "archive:fetched": _l("Archive fetched"),
    "archive:expired": _l("Archive deleted"),
    "workspace:closing": _l("Deletion asked for"),
    "workspace:kept": _l("Deletion taken back"),
    "workspace:given_up": _l("Could not be built"),
    "workspace:restored": _l("Restored from an archive"),
    "workspace:cloned": _l("Sandbox asked for"),
    "workspace:deleted": _l("Removed"),
    "workspace:registered": _l("Registered"),
    "workspace:opened": _l("Built and opened"),
    "workspace:suspended": _l("Suspended"),
    "workspace:resumed": _l("Resumed"),
    "build:retried": _l("Build tried again"),
}
ACTORS = {
    "visitor": _l("Visitor"),
    "system": _l("System"),
    "operator": _l("Platform operator"),
}
