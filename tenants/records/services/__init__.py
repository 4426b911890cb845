"""Verbs of attachments, documents, links, comments, tags and the recycle bin."""

from tenants.records.services.attachments import (
    MOST,
    attach,
    delete_attachment,
    purge_attachment,
    rename_attachment,
    restore_attachment,
)
from tenants.records.services.bin import forget_record, purge, purge_old, restore, set_bin_rule
from tenants.records.services.comments import (
    EDITABLE_FOR,
    add_comment,
    delete_comment,
    edit_comment,
    may_change,
)
from tenants.records.services.documents import (
    add_document,
    delete_document,
    move_document,
    purge_document,
    rename_document,
    restore_document,
)
from tenants.records.services.folders import (
    Grants,
    add_folder,
    edit_folder,
    grant_folder,
    remove_folder,
)
from tenants.records.services.intake import LARGEST, Taken, set_scanned, take_in
from tenants.records.services.links import end_link, make_link, open_link, token_of
from tenants.records.services.tags import add_tag, edit_tag, put_tag, remove_tag, set_tags, take_tag

__all__ = [
    "EDITABLE_FOR",
    "LARGEST",
    "MOST",
    "Grants",
    "Taken",
    "add_comment",
    "add_document",
    "add_folder",
    "add_tag",
    "attach",
    "delete_attachment",
    "delete_comment",
    "delete_document",
    "edit_comment",
    "edit_folder",
    "edit_tag",
    "end_link",
    "forget_record",
    "grant_folder",
    "make_link",
    "may_change",
    "move_document",
    "open_link",
    "purge",
    "purge_attachment",
    "purge_document",
    "purge_old",
    "put_tag",
    "remove_folder",
    "remove_tag",
    "rename_attachment",
    "rename_document",
    "restore",
    "restore_attachment",
    "restore_document",
    "set_bin_rule",
    "set_scanned",
    "set_tags",
    "take_in",
    "take_tag",
    "token_of",
]
