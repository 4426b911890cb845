"""What was done with many rows of a list in the background: progress, and a result for each."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as BaseResponse

from kit import audit, jobs
from kit.db import session
from kit.errors import Missing
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs.tables import JobState
from kit.security import RealmBlueprint, signed_in
from kit.web import Column, Filter, Listing, Outcome, Tag, go
from kit.web.listing.bulk import WORDS, Verb, find_verb, use_background
from tenants.accounts.realm import OFFICE, signed_in_user
from tenants.accounts.services import record_export
from tenants.accounts.timeline import describe_export
from tenants.bulk import many
from tenants.bulk.models import BulkRow, BulkRun

EXPORTED = audit.Event.named("bulk_rows:exported", "count", "filters")
blueprint = RealmBlueprint(
    "many", __name__, realm=OFFICE, url_prefix="/many", template_folder="../templates"
)
_COLOURS = {
    Outcome.DONE: "green",
    Outcome.REFUSED: "red",
    Outcome.DENIED: "orange",
    Outcome.GONE: "gray",
}


def _tag(row: BulkRow) -> Tag:
    if row.outcome is None:
        return Tag(_l("Waiting"), "gray")
    outcome = Outcome(row.outcome)
    return Tag(WORDS[outcome], _COLOURS[outcome])


LISTING = Listing(
    name="bulk-rows",
    columns=[
        Column("place", _l("No."), kind="number", sort=BulkRow.place),
        Column("name", _l("Record"), value=lambda row: row.name or "–", width="lg"),
        Column("outcome", _l("Result"), value=_tag, kind="tag"),
        Column("sentence", _l("Why not"), width="lg"),
    ],
    filters=[
        Filter.choice(
            "outcome",
            _l("Result"),
            [(one.value, WORDS[one]) for one in Outcome],
            column=BulkRow.outcome,
        )
    ],
    default_sort="place",
    empty_title=_l("Nothing here"),
    empty_icon="checks",
)
describe_export(EXPORTED, _l("Results of many rows exported"), LISTING)


@blueprint.get("/<public_id>")
@signed_in
def show(public_id: str) -> BaseResponse:
    """Show who asked for it how far it is, and what became of each row; a list like any other."""
    made = _own(public_id)
    verb = find_verb(made.verb)
    settled, done = many.counts(made)
    job = jobs.find_job(made.job_id) if made.job_id else None

    def log(count: int, filters: Any) -> None:
        record_export(EXPORTED, count=count, filters=filters, by=signed_in_user())

    return LISTING.respond(
        select(BulkRow).where(BulkRow.run_id == made.id),
        session(),
        "bulk/many.html",
        on_export=log,
        made=made,
        title=verb.title if verb else made.verb,
        settled=settled,
        done=done,
        percent=settled * 100 // max(1, made.row_count),
        has_died=job is not None and job.has_ended and made.finished_at is None,
        was_stopped=job is not None and job.state == JobState.CANCELLED,
    )


def _own(public_id: str) -> BulkRun:
    found = many.find_run(public_id)
    if found is None or found.user_id != signed_in_user().id:
        raise Missing(public_id)
    return found


def _begin(verb: Verb, keys: Sequence[str], values: Mapping[str, str], back: str) -> BaseResponse:
    made = many.begin(verb, keys, values, back=back, by=signed_in_user())
    return go(
        url_for("many.show", public_id=made.public_id),
        _("%(count)s rows are being worked through in the background.", count=f"{len(keys):,}"),
    )


use_background(_begin)
