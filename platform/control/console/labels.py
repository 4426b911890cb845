"""Words for states and events as operators read them."""

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
EVENTS = {
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
