"""The workspace's side of verification: enter it, hand it in, take it back."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from control.verification import services as verification
from control.verification.models import VerificationState
from control.verification.queries import verification_of
from kit import audit, clock, files
from kit.audit import AuditEntry
from kit.db import control_session, session, workspace_scope
from tests.factories.accounts import PASSWORD, agent, owner, signed_in
from tests.factories.trust import (
    CREDIT_CODE,
    DOCUMENT,
    PNG,
    REPRESENTATIVE,
    make_verification,
    row_of,
    scan,
)

PAGE = "/settings/verification/"
COMPANY = f"{PAGE}company"
LETTER = f"{PAGE}authorisations/new"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


@pytest.fixture
def boss(client, in_acme):
    return signed_in(client, owner())


@pytest.fixture
def colleague(client, in_acme):
    return signed_in(client, agent())


def typed(**changes):
    return {
        "legal_name": "深圳山海通信有限公司",
        "credit_code": CREDIT_CODE,
        "representative": REPRESENTATIVE,
        "document": DOCUMENT,
        "licence": scan(),
    } | changes


def letter(**changes):
    until = clock.today() + timedelta(days=100)
    return {
        "carrier": "mobile",
        "valid_until": until.isoformat(),
        "scan": scan("授权书.png"),
    } | changes


def test_it_works_from_the_first_page_to_the_queue(boss, acme):
    assert boss.get(PAGE).status_code == 200
    assert boss.submit(COMPANY, typed()).status_code == 303
    assert boss.submit(LETTER, letter()).status_code == 303
    token = boss.token(PAGE)
    answer = boss.post(f"{PAGE}hand-in", data={"csrf_token": token, "password": PASSWORD})
    assert answer.status_code == 303
    found = verification_of(acme.id)
    assert found.state == VerificationState.SUBMITTED
    assert (found.representative, found.document) == (REPRESENTATIVE, DOCUMENT)
    assert REPRESENTATIVE.encode() not in found.representative_cipher
    page = boss.get(PAGE).text
    assert REPRESENTATIVE not in page
    assert DOCUMENT not in page
    events = set(session().scalars(select(AuditEntry.event)))
    assert {
        "verification:changed",
        "verification:authorisation_added",
        "verification:submitted",
    } <= events


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"credit_code": CREDIT_CODE[:-1] + "A"}, "credit_code"),
        ({"credit_code": "123"}, "credit_code"),
        ({"legal_name": " "}, "legal_name"),
        ({"document": "110105194912310021"}, "document"),
        ({"licence": (io.BytesIO(b"<svg/>"), "x.png")}, "licence"),
        ({"licence": (io.BytesIO(PNG), "x.pdf")}, "licence"),
        ({"licence": (io.BytesIO(b"MZ"), "x.exe")}, "licence"),
        ({"licence": (io.BytesIO(b""), "x.png")}, "licence"),
    ],
)
def test_it_refuses_bad_input(boss, acme, wrong, field):
    before = files.stored_keys()
    answer = boss.submit(COMPANY, typed(**wrong))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    if field != "legal_name":
        assert "深圳山海通信有限公司" in answer.text
    assert verification_of(acme.id) is None
    # A scan that came with what was refused is not kept either.
    assert files.stored_keys() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"carrier": "elsewhere"}, "carrier"),
        ({"valid_until": "2020-01-01"}, "valid_until"),
        ({"valid_until": "tomorrow"}, "valid_until"),
        ({"scan": (io.BytesIO(b""), "")}, "scan"),
        ({"scan": (io.BytesIO(b"plain"), "a.png")}, "scan"),
    ],
)
def test_an_authorisation_refuses_bad_input(boss, acme, wrong, field):
    before = files.stored_keys()
    answer = boss.submit(LETTER, letter(**wrong))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    found = verification_of(acme.id)
    assert found is None or not found.authorisations
    assert files.stored_keys() == before


def test_a_pdf_is_taken_and_shown(boss, acme):
    assert boss.submit(COMPANY, typed(licence=(io.BytesIO(PDF), "执照.pdf"))).status_code == 303
    answer = boss.get(f"{PAGE}papers/licence")
    assert answer.mimetype == "application/pdf"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_empty_personal_fields_keep_what_is_there(boss, acme):
    boss.submit(COMPANY, typed())
    page = boss.get(COMPANY).text
    assert REPRESENTATIVE not in page
    assert DOCUMENT not in page
    kept = {"representative": "", "document": "", "licence": (io.BytesIO(b""), "")}
    answer = boss.submit(COMPANY, typed(legal_name="深圳山海二号", **kept))
    assert answer.status_code == 303
    found = verification_of(acme.id)
    assert (found.legal_name, found.document) == ("深圳山海二号", DOCUMENT)
    assert found.licence_key


def test_a_new_scan_takes_the_place_of_the_old(boss, acme):
    boss.submit(LETTER, letter())
    old = verification_of(acme.id).authorisations[0].file_key
    boss.submit(LETTER, letter())
    found = verification_of(acme.id).authorisations
    assert len(found) == 1
    assert found[0].file_key != old
    assert old not in files.stored_keys()


def test_nothing_is_handed_in_half(boss, acme):
    boss.submit(COMPANY, typed())
    token = boss.token(PAGE)
    answer = boss.post(f"{PAGE}hand-in", data={"csrf_token": token, "password": PASSWORD})
    assert answer.status_code == 422
    assert verification_of(acme.id).state == VerificationState.DRAFT


def test_handing_in_asks_for_the_password(boss, acme):
    make_verification(acme, submitted=False)
    token = boss.token(PAGE)
    answer = boss.post(f"{PAGE}hand-in", data={"csrf_token": token, "password": "wrong"})
    assert answer.status_code == 422
    assert verification_of(acme.id).state == VerificationState.DRAFT


def test_what_is_reviewed_is_not_changed_under_the_eyes(boss, acme):
    make_verification(acme)
    answer = boss.submit(COMPANY, typed(legal_name="别的公司"))
    assert answer.status_code == 422
    assert boss.post(f"{PAGE}take-back", data={"csrf_token": boss.token(PAGE)}).status_code == 303
    assert boss.submit(COMPANY, typed(legal_name="别的公司")).status_code == 303


def test_what_was_returned_is_said_beside_its_field(boss, acme):
    found = make_verification(acme)
    verification.return_verification(
        found, remarks={"licence": "扫描件模糊"}, version=found.version, by=audit.SYSTEM
    )
    assert "扫描件模糊" in boss.get(PAGE).text
    assert "扫描件模糊" in boss.get(COMPANY).text


def test_a_stale_form_saves_nothing(boss, acme):
    boss.submit(COMPANY, typed())
    answer = boss.submit(COMPANY, typed(legal_name="旧页面", version="1"))
    assert answer.status_code == 422
    assert verification_of(acme.id).legal_name == "深圳山海通信有限公司"


def test_an_authorisation_goes_with_its_scan(boss, acme):
    found = make_verification(acme, submitted=False)
    one = found.authorisations[0]
    key, path = one.file_key, f"{PAGE}authorisations/{one.public_id}/remove"
    assert boss.post(path, data={"csrf_token": boss.token(PAGE)}).status_code == 303
    assert verification_of(acme.id).authorisations == []
    assert key not in files.stored_keys()


@pytest.mark.parametrize("path", [PAGE, COMPANY, LETTER, f"{PAGE}papers/licence"])
def test_it_needs_the_permission(colleague, path):
    assert colleague.get(path).status_code == 403


def test_strangers_get_404(boss, rival):
    found = make_verification(rival, submitted=False)
    one = found.authorisations[0].public_id
    assert boss.get(f"{PAGE}papers/licence").status_code == 404
    assert boss.get(f"{PAGE}papers/{one}").status_code == 404
    path = f"{PAGE}authorisations/{one}/remove"
    assert boss.post(path, data={"csrf_token": boss.token(PAGE)}).status_code == 404
    assert verification_of(rival.id).authorisations


def test_home_says_so_until_it_is_passed(boss, acme, client):
    assert "企业认证通过前" not in boss.get("/home/").text
    row_of(acme).is_verified = False
    control_session().commit()
    from control.workspaces.directory import directory

    directory.forget()
    page = boss.get("/home/").text
    assert "企业认证通过前" in page
    assert PAGE in page
    with workspace_scope(acme):
        assert "企业认证通过前" in signed_in(client, agent()).get("/home/").text


@pytest.mark.parametrize("path", [PAGE, COMPANY, LETTER])
def test_it_speaks_english(boss, path):
    boss.set_cookie("language", "en", domain="acme.simtree.test")
    assert boss.get(path).status_code == 200
