"""Verification in the console: the queue, the decision, and what it changes."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from control.signup.models import Signup
from control.verification import services as verification
from control.verification.models import Verification, VerificationState
from control.verification.papers import signed
from control.workspaces.directory import directory
from control.workspaces.services import register_workspace
from kit import audit, clock
from kit.audit import AuditEntry, ControlAuditEntry
from kit.db import apart, control_session, session, workspace_scope
from kit.errors import Refused, Stale
from tests.control.test_console_pages import log_in
from tests.factories.control import make_operator, make_signup
from tests.factories.trust import CREDIT_CODE, DOCUMENT, REPRESENTATIVE, make_verification, row_of


@pytest.fixture
def console(client):
    make_operator()
    browser = client.at("console")
    assert log_in(browser).status_code == 303
    return browser


@pytest.fixture
def waiting(acme) -> Verification:
    """acme has handed in, as one who signed up would."""
    row = row_of(acme)
    row.is_verified = False
    control_session().commit()
    return make_verification(acme)


def reread(found: Verification) -> Verification:
    again = control_session().get(Verification, found.id, populate_existing=True)
    assert again is not None
    return again


def path(found: Verification, act: str = "") -> str:
    return f"/console/verifications/{found.public_id}{act}"


def test_who_signs_up_begins_unverified(db):
    made = register_workspace(name="x", address="newone", locale="en", by=audit.SYSTEM)
    assert made.is_verified is False


def test_the_queue_shows_what_waits(console, waiting, acme):
    page = console.get("/console/verifications?state=submitted")
    assert "深圳山海通信有限公司" in page.text
    assert CREDIT_CODE in page.text
    assert console.get(f"/console/verifications?q={CREDIT_CODE}").text.count(CREDIT_CODE)
    assert console.get("/console/verifications?export=xlsx").mimetype.endswith("sheet")


def test_drafts_are_nobodys_business(console, acme):
    draft = make_verification(acme, submitted=False)
    assert "深圳山海" not in console.get("/console/verifications").text
    assert console.get(path(draft)).status_code == 404


def test_personal_data_is_masked(console, waiting):
    page = console.get(path(waiting)).text
    assert REPRESENTATIVE not in page
    assert DOCUMENT not in page
    assert "110********2X" in page.replace("110*********2X", "110********2X")


def test_a_reveal_is_in_both_logs(console, waiting, acme, work):
    answer = console.submit(path(waiting, "/reveal/document"), {"reason": "核对营业执照"})
    assert DOCUMENT in answer.text
    work()
    entry = (
        control_session()
        .scalars(
            select(ControlAuditEntry).where(ControlAuditEntry.event == "verification:revealed")
        )
        .one()
    )
    assert entry.details == {"field": "document", "reason": "核对营业执照"}
    with workspace_scope(acme):
        inner = session().scalars(
            select(AuditEntry).where(AuditEntry.event == "verification:revealed")
        )
        assert inner.one().actor_name == "平台小李"


def test_no_reveal_without_a_reason(console, waiting):
    answer = console.submit(path(waiting, "/reveal/document"), {"reason": " "})
    assert answer.status_code == 422
    assert DOCUMENT not in answer.text


def test_passing_opens_the_doors(console, waiting, acme, sent, work):
    token = console.token(path(waiting))
    answer = console.post(
        path(waiting, "/pass"), data={"csrf_token": token, "version": waiting.version}
    )
    assert answer.status_code == 303
    work()
    assert reread(waiting).state == VerificationState.PASSED
    directory.forget()
    tenant = directory.by_address("acme")
    assert tenant.is_verified
    assert dict(tenant.authorised)["mobile"] == clock.today() + timedelta(days=200)
    with apart("main", role="simtree_control") as cell:
        limits = cell.scalar(
            text("SELECT limits FROM workspaces WHERE workspace = :schema"),
            {"schema": acme.schema},
        )
    assert limits["verified"] is True
    assert list(limits["authorised"]) == ["mobile"]
    with workspace_scope(acme):
        inner = session().scalars(
            select(AuditEntry).where(AuditEntry.event == "verification:passed")
        )
        assert inner.one().actor_kind == "operator"


def test_a_page_that_is_old_passes_nothing(console, waiting, acme):
    token, old = console.token(path(waiting)), waiting.version
    verification.withdraw(row_of(acme), by=audit.SYSTEM)
    verification.submit(row_of(acme), by=audit.SYSTEM)
    console.post(path(waiting, "/pass"), data={"csrf_token": token, "version": old})
    assert reread(waiting).state == VerificationState.SUBMITTED
    with pytest.raises(Stale):
        verification.pass_verification(waiting, version=old, by=audit.SYSTEM)


def test_returning_says_of_each_field_what_is_wrong(console, waiting, acme, work):
    answer = console.submit(
        path(waiting),
        {"licence": "扫描件模糊", "version": waiting.version},
    )
    assert answer.status_code == 405
    page = console.token(path(waiting))
    answer = console.post(
        path(waiting, "/return"),
        data={"csrf_token": page, "licence": "扫描件模糊", "version": waiting.version},
    )
    assert answer.status_code == 303
    found = reread(waiting)
    assert (found.state, found.remarks) == (VerificationState.RETURNED, {"licence": "扫描件模糊"})
    assert row_of(acme).is_verified is False
    work()
    with workspace_scope(acme):
        inner = session().scalars(
            select(AuditEntry).where(AuditEntry.event == "verification:returned")
        )
        assert inner.one().details == {"remarks": {"licence": "扫描件模糊"}}


def test_returning_without_a_remark_is_refused(console, waiting):
    token = console.token(path(waiting))
    answer = console.post(
        path(waiting, "/return"), data={"csrf_token": token, "version": waiting.version}
    )
    assert answer.status_code == 422
    assert reread(waiting).state == VerificationState.SUBMITTED


def test_revoking_shuts_the_doors(console, waiting, acme):
    verification.pass_verification(waiting, version=waiting.version, by=audit.SYSTEM)
    answer = console.submit(path(waiting, "/revoke"), {"reason": "执照已注销"})
    assert answer.status_code == 303
    directory.forget()
    assert directory.by_address("acme").is_verified is False
    assert reread(waiting).remarks == {"": "执照已注销"}


def test_revoking_needs_a_reason(console, waiting, acme):
    verification.pass_verification(waiting, version=waiting.version, by=audit.SYSTEM)
    assert console.submit(path(waiting, "/revoke"), {"reason": ""}).status_code == 422
    assert row_of(acme).is_verified is True


def test_what_is_decided_cannot_be_decided_again(waiting):
    verification.pass_verification(waiting, version=waiting.version, by=audit.SYSTEM)
    again = reread(waiting)
    with pytest.raises(Refused):
        verification.pass_verification(again, version=again.version, by=audit.SYSTEM)


def test_two_operators_at_once_decide_once(waiting):
    version = waiting.version
    verification.return_verification(
        waiting, remarks={"licence": "x"}, version=version, by=audit.SYSTEM
    )
    with pytest.raises(Refused):
        verification.pass_verification(waiting, version=version, by=audit.SYSTEM)
    assert reread(waiting).state == VerificationState.RETURNED


def test_a_scan_opens_by_a_signed_link_and_is_logged(console, waiting, acme, work):
    page = console.get(path(waiting)).text
    link = page.partition('src="/console/papers/')[2].partition('"')[0]
    answer = console.get(f"/console/papers/{link}")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    work()
    with workspace_scope(acme):
        inner = session().scalars(
            select(AuditEntry).where(AuditEntry.event == "verification:looked_at")
        )
        assert inner.first() is not None


def test_a_link_is_one_operators_and_short(console, waiting, monkeypatch):
    other = signed(waiting.public_id, "licence", reader="0" * 26)
    assert console.get(f"/console/papers/{other}").status_code == 404
    assert console.get("/console/papers/forged").status_code == 404


@pytest.mark.parametrize("days", [30, 7, 1, 0])
def test_owners_are_reminded_before_an_authorisation_ends(acme, days, sent, work, monkeypatch):
    signup = make_signup()
    control_session().get(Signup, signup.id).workspace_id = acme.id
    control_session().commit()
    found = make_verification(acme)
    verification.pass_verification(found, version=found.version, by=audit.SYSTEM)
    until = found.authorisations[0].valid_until
    monkeypatch.setattr(clock, "today", lambda: until - timedelta(days=days))
    work()
    assert (verification.remind(), verification.remind()) == (1, 0)
    work()
    assert any(one.recipient == signup.email for one in sent())


def test_nobody_is_reminded_too_early(acme):
    found = make_verification(acme)
    verification.pass_verification(found, version=found.version, by=audit.SYSTEM)
    assert verification.remind() == 0


@pytest.mark.parametrize("page", ["/console/verifications", "/console/support"])
def test_strangers_are_sent_to_the_log_in(client, page, db):
    make_operator()
    assert client.at("console").get(page).status_code == 302


def test_who_was_verified_before_there_was_verification_can_be_revoked(console, acme):
    row = row_of(acme)
    page = f"/console/workspaces/{row.public_id}"
    assert row.is_verified
    assert f"{page}/unverify" in console.get(page).text
    assert console.submit(f"{page}/unverify", {"reason": ""}).status_code == 422
    assert console.submit(f"{page}/unverify", {"reason": "从未提交资料"}).status_code == 303
    assert not row_of(acme).is_verified
    assert f"{page}/unverify" not in console.get(page).text
    # Its own people see why.
    found = control_session().scalars(select(Verification)).one()
    assert (found.state, found.remarks) == (VerificationState.REVOKED, {"": "从未提交资料"})
    again = console.submit(f"{page}/unverify", {"reason": "again"})
    assert again.status_code == 422
