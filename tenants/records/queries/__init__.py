"""Questions about attachments, documents, comments, tags and the recycle bin."""

from tenants.records.queries.binned import bin_rule, find_binned, in_the_bin
from tenants.records.queries.comments import comments_of, people_by_ids
from tenants.records.queries.files import (
    attachments_of,
    count_attachments,
    counts_of,
    find_attachment,
    find_document,
    links_of,
    recipients,
    same_attachment,
)
from tenants.records.queries.folders import (
    FolderRights,
    documents_in,
    every_folder,
    folder_path,
    folder_rights,
    has_children,
)
from tenants.records.queries.tags import (
    tag_by_name,
    tag_listing,
    tag_options,
    tagged_with,
    tags_by_record,
    tags_of,
    tags_of_kind,
)

__all__ = [
    "FolderRights",
    "attachments_of",
    "bin_rule",
    "comments_of",
    "count_attachments",
    "counts_of",
    "documents_in",
    "every_folder",
    "find_attachment",
    "find_binned",
    "find_document",
    "folder_path",
    "folder_rights",
    "has_children",
    "in_the_bin",
    "links_of",
    "people_by_ids",
    "recipients",
    "same_attachment",
    "tag_by_name",
    "tag_listing",
    "tag_options",
    "tagged_with",
    "tags_by_record",
    "tags_of",
    "tags_of_kind",
]
