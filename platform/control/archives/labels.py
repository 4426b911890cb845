"""Words for archives, the same to operators and to owners."""

from control.archives.models import ArchiveState
from kit.i18n import lazy_gettext as _l
from kit.web import Tag

ARCHIVE_STATES = {
    ArchiveState.OFFERED: Tag(_l("Link mailed"), "azure"),
    ArchiveState.QUEUED: Tag(_l("Waiting for its turn"), "gray"),
    ArchiveState.MAKING: Tag(_l("Being made"), "azure"),
    ArchiveState.READY: Tag(_l("Ready"), "green"),
    ArchiveState.FAILED: Tag(_l("Failed"), "red"),
    ArchiveState.EXPIRED: Tag(_l("Deleted"), "gray"),
}
