"""Audit rows as people read them."""

from kit import audit
from tenants.accounts.queries import log_of
from tenants.accounts.timeline import as_events
from tenants.accounts.wording import as_text
from tenants.numbers.events import ALLOCATED, POOL_EDITED
from tests.factories import accounts
from tests.page import DEFAULT, speaking


def _row(event, **details):
    user = accounts.make_user()
    audit.record(event, user, by=audit.SYSTEM, **details)
    return next(one for one in log_of(user.public_id) if one.event == event.name)


def test_a_change_says_what_was_and_what_is(in_acme):
    row = _row(POOL_EDITED, changes={"name": ["甲池", "乙池"], "alert_below": [0, 50]})
    with speaking(DEFAULT):
        assert "甲池 → 乙池" in as_text(row)
        assert "– → 50" in as_text(row)
        assert "alert_below" not in as_text(row)


def test_ids_of_records_stand_in_the_audit_log_alone(in_acme):
    row = _row(ALLOCATED, item_id="01m3tffj9scw7wyp56dt6k8fre")
    with speaking(DEFAULT):
        assert as_text(row) == ""
        assert "01m3tffj9scw7wyp56dt6k8fre" in as_text(row, internal=True)


def test_the_application_is_no_person(in_acme):
    row = _row(ALLOCATED, item_id="x")
    with speaking(DEFAULT):
        assert as_events([row])[0].who == "系统"
