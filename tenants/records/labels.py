"""How the words of records, files, tags and the recycle bin read."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.wording import Detail, describe
from tenants.records import events
from tenants.records.bins import bin_label
from tenants.records.models import FileKind, ScanState, TagColour

SCAN_STATES = {
    ScanState.WAITING: _l("Being looked at for viruses"),
    ScanState.INFECTED: _l("A virus was found: locked"),
}
COLOURS = {
    TagColour.BLUE: _l("Blue"),
    TagColour.GREEN: _l("Green"),
    TagColour.ORANGE: _l("Orange"),
    TagColour.RED: _l("Red"),
    TagColour.PURPLE: _l("Purple"),
    TagColour.TEAL: _l("Teal"),
    TagColour.YELLOW: _l("Yellow"),
    TagColour.GRAY: _l("Grey"),
}
FILE_KINDS = {FileKind.ATTACHMENT: _l("Attachment"), FileKind.DOCUMENT: _l("Library file")}
_RESULTS = {ScanState.CLEAN: _l("No virus")}

describe(
    {
        events.ATTACHED.name: _l("Attachment added"),
        events.ATTACHMENT_RENAMED.name: _l("Attachment renamed"),
        events.ATTACHMENT_DELETED.name: _l("Attachment deleted"),
        events.ATTACHMENT_RESTORED.name: _l("Attachment restored"),
        events.ATTACHMENT_PURGED.name: _l("Attachment destroyed"),
        events.FILE_SCANNED.name: _l("File looked at for viruses"),
        events.FOLDER_ADDED.name: _l("Folder added"),
        events.FOLDER_EDITED.name: _l("Folder changed"),
        events.FOLDER_GRANTED.name: _l("Rights to a folder changed"),
        events.FOLDER_REMOVED.name: _l("Folder removed"),
        events.DOCUMENT_ADDED.name: _l("Document added"),
        events.DOCUMENT_RENAMED.name: _l("Document renamed"),
        events.DOCUMENT_MOVED.name: _l("Document moved"),
        events.DOCUMENT_DELETED.name: _l("Document deleted"),
        events.DOCUMENT_RESTORED.name: _l("Document restored"),
        events.DOCUMENT_PURGED.name: _l("Document destroyed"),
        events.LINK_MADE.name: _l("Link to a file made"),
        events.LINK_USED.name: _l("Link to a file used"),
        events.LINK_ENDED.name: _l("Link to a file ended"),
        events.COMMENTED.name: _l("Comment written"),
        events.COMMENT_EDITED.name: _l("Comment changed"),
        events.COMMENT_DELETED.name: _l("Comment taken back"),
        events.BIN_RULE_SET.name: _l("Rule of the recycle bin changed"),
    },
    details={
        "name": _l("File or folder"),
        "record_kind": Detail(_l("Kind of record"), show=bin_label),
        "record": Detail(_l("Record"), internal=True),
        "media_type": _l("Kind of file"),
        "size": _l("Size in bytes"),
        "sha256": Detail(_l("Checksum"), internal=True),
        "file_kind": Detail(_l("Kind of file"), FILE_KINDS),
        "file": Detail(_l("File"), internal=True),
        "result": Detail(_l("Result"), _RESULTS),
        "folder": _l("Folder"),
        "parent": _l("Folder above"),
        "before": _l("Before"),
        "after": _l("After"),
        "readers": _l("May read"),
        "writers": _l("May write"),
        "recipient": _l("Who may open it"),
        "expires_at": _l("Valid until"),
        "mentions": _l("Mentioned"),
        "days": _l("Days"),
    },
    subjects={
        "Attachment": _l("Attachment"),
        "Document": _l("Library file"),
        "Folder": _l("Folder"),
        "FileLink": _l("Link to a file"),
        "Comment": _l("Comment"),
        "BinRule": _l("Recycle bin"),
    },
)
describe(
    {
        events.TAG_ADDED.name: _l("Tag added"),
        events.TAG_EDITED.name: _l("Tag changed"),
        events.TAG_REMOVED.name: _l("Tag removed"),
        events.TAGGED.name: _l("Tag put on"),
        events.UNTAGGED.name: _l("Tag taken off"),
    },
    details={
        "name": _l("Tag"),
        "record_kind": Detail(_l("Kind of record"), show=bin_label, internal=True),
        "before": _l("Before"),
        "after": _l("After"),
        "colour": Detail(_l("Colour"), COLOURS),
    },
    subjects={"RecordTag": _l("Tag")},
)
