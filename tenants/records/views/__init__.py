"""Pages and boxes of attachments, comments, tags, documents, links and the recycle bin."""

from tenants.records import jobs, kinds
from tenants.records.views import (
    attachments,
    binned,
    comments,
    documents,
    folders,
    links,
    parts,
    tags,
)
from tenants.records.views.blueprint import bin_, files, library, records, tag_settings

blueprints = (records, tag_settings, library, files, bin_)

__all__ = [
    "attachments",
    "binned",
    "blueprints",
    "comments",
    "documents",
    "folders",
    "jobs",
    "kinds",
    "links",
    "parts",
    "tags",
]
