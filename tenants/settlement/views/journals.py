"""The ledger: every movement of money, with its entries."""

from typing import Any

from flask import Response, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response as BaseResponse

from kit.db import session
from kit.i18n import lazy_gettext as _l
from kit.security import requires
from kit.web import Column, Filter, Listing, StatusTabs, Tag, page
from tenants.accounts.models import User
from tenants.accounts.permissions import Permission
from tenants.accounts.realm import reach
from tenants.accounts.scopes import reach_of
from tenants.settlement import access, queries
from tenants.settlement.labels import ACCOUNTS, JOURNAL_COLOURS, JOURNALS
from tenants.settlement.models import Journal, JournalKind
from tenants.settlement.views.blueprint import blueprint, offer

SHOWN = 200
KINDS = {kind: Tag(JOURNALS[kind], JOURNAL_COLOURS[kind]) for kind in JournalKind}
JOURNALS_LIST = Listing(
    name="journals",
    columns=[
        Column("created_at", _l("Posted at"), kind="datetime"),
        Column("kind", _l("Kind"), kind="tag", tags=KINDS),
        Column("key", _l("Posting key"), kind="code", copy=True, text=True, hidden=True),
        Column("reason", _l("Reason"), wrap=True),
        Column("actor_name", _l("By")),
    ],
    filters=[
        Filter.text("key", _l("Posting key"), column=Journal.key, match="prefix"),
        Filter.date_range("posted", _l("Posted at"), column=Journal.created_at),
    ],
    tabs=StatusTabs(list(JOURNALS.items()), column=Journal.kind, name="kind"),
    row_url=lambda journal: url_for("settlement.journal", public_id=journal.public_id),
    empty_title=_l("No money has moved yet"),
    empty_hint=_l("Entries appear when commission is earned, settled or paid out."),
    empty_icon="book",
)


def _listed(person: User, _args: Any) -> Select[Any]:
    access.refuse_partial(reach_of(person, Permission.Settlement.VIEW))
    return queries.journals()


SOURCE = offer(JOURNALS_LIST, _l("Ledger"), _listed)


@blueprint.get("/ledger/")
@requires(Permission.Settlement.VIEW)
def journals() -> BaseResponse:
    access.refuse_partial(reach())
    return JOURNALS_LIST.respond(
        queries.journals(),
        session(),
        "settlement/journals.html",
    )


@blueprint.get("/ledger/<public_id>")
@requires(Permission.Settlement.VIEW)
def journal(public_id: str) -> Response:
    found = access.journal(public_id, reach())
    entries = queries.entries_of(found, limit=SHOWN + 1)
    return page(
        "settlement/journal.html",
        journal=found,
        kind=KINDS[JournalKind(found.kind)],
        entries=entries[:SHOWN],
        has_more=len(entries) > SHOWN,
        shown=SHOWN,
        accounts=ACCOUNTS,
        channels=queries.channel_names(entries),
        lines=queries.line_ids(entries),
    )
