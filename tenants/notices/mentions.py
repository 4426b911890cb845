"""Whoever is mentioned in a comment hears of it; what it says stays on the record."""

from kit.i18n import lazy_gettext as _l
from tenants.accounts.kinds import kind_label
from tenants.notices import services
from tenants.notices.kinds import Kind, Placeholder, register
from tenants.records.mentions import Mention, on_mention

MENTIONED = register(
    Kind(
        code="records:mentioned",
        group=_l("Comments"),
        label=_l("Somebody mentioned you"),
        title=_l("{author} mentioned you in a comment ({record})"),
        whom=_l("Who is mentioned"),
        placeholders={
            "author": Placeholder(_l("Who wrote it"), "李明"),
            "record": Placeholder(_l("Kind of record"), _l("Customers"), kind_label),
        },
        path="/records/comments/{id}",
        icon="at",
    )
)


def tell(mention: Mention) -> None:
    """Tell those who are mentioned."""
    services.notify(
        MENTIONED,
        mention.comment.public_id,
        mention.people,
        by=mention.by,
        is_mention=True,
        author=mention.by.name,
        record=mention.comment.record_kind,
    )


on_mention.append(tell)
