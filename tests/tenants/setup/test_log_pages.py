"""The operation log's pages: field by field, from where, filtered, exported, verified."""

from sqlalchemy import select

from kit import audit, seals
from kit.audit import AuditEntry
from kit.db import session, workspace_scope
from tenants.accounts import wording
from tenants.setup.services import log as log_services
from tests.factories import accounts
from tests.factories.customers import make_customer

EDITED = audit.Event.named("contact:edited", "changes")


def newest() -> AuditEntry:
    return session().scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def test_a_row_says_what_was_and_what_is_from_where_and_with_what(in_acme, client):
    browser = accounts.signed_in(client, accounts.owner())
    typed = {"name": "服务台", "phone": "400-800-1234", "hours": "", "chat": "", "remark": ""}
    answer = browser.submit("/help/contact", typed, headers={"User-Agent": "Firefox/130 Windows"})
    assert answer.location == "/help/contact"
    entry = newest()
    assert (entry.event, entry.device) == ("contact:edited", "Firefox/130 Windows")
    page = browser.get(f"/audit/rows/{entry.public_id}").text
    for words in ("服务台", "400-800-1234", "Firefox · Windows", "127.0.0.1", "修改前"):
        assert words in page
    assert "Firefox" in browser.get("/audit/?event=contact%3Aedited").text


def test_lines_tell_changes_from_plain_details(in_acme):
    user = accounts.owner()
    audit.record(EDITED, user, by=user, changes={"name": ["", "甲"], "qr_key": [None, None]})
    session().commit()
    first, second = wording.as_lines(newest())
    assert (first.is_change, first.before, first.after) == (True, "", "甲")
    assert (second.before, second.after) == ("", "")


def test_a_row_leads_to_its_record_for_who_may_open_it(in_acme, client):
    customer = make_customer(by=accounts.owner())
    entry = (
        session()
        .scalars(select(AuditEntry).where(AuditEntry.subject_id == customer.public_id))
        .first()
    )
    link = f"/customers/{customer.public_id}"
    path = f"/audit/rows/{entry.public_id}"
    assert link in accounts.signed_in(client, accounts.owner()).get(path).text
    auditor = accounts.make_user(roles=[accounts.role("auditor")])
    assert link not in accounts.signed_in(client, auditor).get(path).text
    assert accounts.signed_in(client, accounts.agent()).get(path).status_code == 403


def test_the_log_is_filtered_by_kind_person_address_and_day(in_acme, client):
    make_customer(by=accounts.owner())
    browser = accounts.signed_in(client, accounts.owner())
    for query, found in (
        ("kind=Customer", True),
        ("kind=Channel", False),
        ("actors=system", False),
        ("address=203.0.113.1", False),
        ("at_from=2001-01-01&at_to=2001-01-02", False),
    ):
        rows = browser.get(f"/audit/?{query}").text
        assert ("新增客户" in rows.partition("<tbody")[2]) == found, query


def test_the_box_shows_the_last_seal_and_who_may_has_the_log_verified(in_acme, client):
    session().commit()
    seals.seal()
    browser = accounts.signed_in(client, accounts.owner())
    assert "已封存到" in browser.get("/audit/").text
    token = browser.token("/audit/")
    waiting = browser.post("/audit/verify", data={"csrf_token": token}).location
    assert "正在校验" in browser.get(waiting).text
    assert accounts.run_jobs() == ["done"]
    assert browser.get(waiting).location == "/audit/seals"
    assert "日志与封存时一致" in browser.get("/audit/seals").text
    assert browser.get("/audit/verify/nonsense").location == "/audit/seals"


def test_findings_are_named_on_the_page(in_acme, client):
    entry = newest()
    report = seals.Report(proven=4, sealed=None)
    report.altered.add(entry.id)
    report.broken.add(7)
    report.missing.add(*range(1, 80))
    log_services.record_check("1", report, by=audit.SYSTEM)
    page = accounts.signed_in(client, accounts.owner()).get("/audit/seals").text
    assert "日志与封存时不一致" in page
    assert entry.public_id in page
    assert report.missing.count == 79
    assert len(report.missing.ids) == seals.NAMED


def test_verifying_is_a_right_of_its_own(in_acme, client):
    role = accounts.make_role(permissions=["audit:view"])
    browser = accounts.signed_in(client, accounts.make_user(roles=[role]))
    assert "/audit/verify" not in browser.get("/audit/").text
    token = browser.token("/help/reports/new")
    assert browser.post("/audit/verify", data={"csrf_token": token}).status_code == 403


def test_another_workspaces_row_is_not_there(in_acme, rival, client):
    path = f"/audit/rows/{newest().public_id}"
    session().commit()
    with workspace_scope(rival):
        browser = accounts.signed_in(client, accounts.owner())
    assert browser.get(path).status_code == 404
