"""What an audit row can say about files, comments, tags and the recycle bin.

Names of files stand only where the file is the company's, in the library: those of attachments are
often people's names, and an audit row outlives the person's data.
"""

from kit.audit import Event

ATTACHED = Event.named(
    "attachment:added", "record_kind", "record", "media_type", "size", "sha256"
)  # fmt: skip
ATTACHMENT_RENAMED = Event.named("attachment:renamed", "record_kind", "record")
ATTACHMENT_DELETED = Event.named("attachment:deleted", "record_kind", "record", "sha256")
ATTACHMENT_RESTORED = Event.named("attachment:restored", "record_kind", "record")
ATTACHMENT_PURGED = Event.named("attachment:purged", "record_kind", "record", "sha256")
FILE_SCANNED = Event.named("file:scanned", "file_kind", "result")

FOLDER_ADDED = Event.named("folder:added", "name", "parent")
FOLDER_EDITED = Event.named("folder:edited", "before", "after", "parent")
FOLDER_GRANTED = Event.named("folder:granted", "name", "readers", "writers")
FOLDER_REMOVED = Event.named("folder:removed", "name")
DOCUMENT_ADDED = Event.named("document:added", "name", "folder", "media_type", "size", "sha256")
DOCUMENT_RENAMED = Event.named("document:renamed", "before", "after")
DOCUMENT_MOVED = Event.named("document:moved", "name", "before", "after")
DOCUMENT_DELETED = Event.named("document:deleted", "name", "sha256")
DOCUMENT_RESTORED = Event.named("document:restored", "name")
DOCUMENT_PURGED = Event.named("document:purged", "name", "sha256")

LINK_MADE = Event.named("file_link:made", "file_kind", "file", "recipient", "expires_at")
LINK_USED = Event.named("file_link:used", "file_kind", "file", "recipient")
LINK_ENDED = Event.named("file_link:ended", "file_kind", "file", "recipient")

COMMENTED = Event.named("comment:added", "record_kind", "record", "mentions")
COMMENT_EDITED = Event.named("comment:edited", "record_kind", "record", "mentions")
COMMENT_DELETED = Event.named("comment:deleted", "record_kind", "record")

TAG_ADDED = Event.named("tag:added", "record_kind", "name", "colour")
TAG_EDITED = Event.named("tag:edited", "record_kind", "before", "after", "colour")
TAG_REMOVED = Event.named("tag:removed", "record_kind", "name", "count")
TAGGED = Event.named("record:tagged", "record_kind", "name")
UNTAGGED = Event.named("record:untagged", "record_kind", "name")

BIN_RULE_SET = Event.named("bin_rule:set", "days")
DOCUMENTS_EXPORTED = Event.named("documents:exported", "count", "filters")
BIN_EXPORTED = Event.named("bin:exported", "count", "filters")
