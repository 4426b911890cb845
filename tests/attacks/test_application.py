"""The same on the application's level: headers, cookies, sessions, caches, jobs, files, secrets."""

import io
import uuid

import pytest
from sqlalchemy import func, select

from control.workspaces.directory import directory
from kit import crypto, files, ids
from kit.db import apart, session, workspace_scope
from kit.errors import Missing, Refused
from kit.jobs import find_job
from kit.jobs.tables import cell_effects, cell_outbox
from kit.jobs.worker import work
from tenants.accounts import services
from tenants.accounts.jobs import SECRET
from tenants.accounts.models import PasswordReset, ResetWay, User
from tenants.channels import services as channels
from tests.attacks.catalogue import attempt
from tests.databases import PEOPLE_PASSWORD
from tests.factories.accounts import make_user, owner, sign_in
from tests.factories.channels import make_channel
from tests.page import PageClient
from tests.stored import content

WEB = "headers, cookies and addresses"
SECRETS = "jobs, files and secrets"
NEW = "Other-house-2026"


@pytest.fixture
def thief(client, in_acme, rival) -> PageClient:
    """A browser at rival's host that holds acme's cookie."""
    token = sign_in(owner())
    session().commit()
    browser = client.at(rival)
    browser.set_cookie("office", token, domain=rival.host)
    return browser


def _at_the_door(answer) -> bool:
    return answer.status_code == 302 and "/login" in answer.location


@attempt(
    "cookie", WEB, "acme's log-in cookie at rival's host", stopped_by="sessions are rows of acme"
)
def test_a_cookie_is_worth_nothing_elsewhere(thief):
    assert _at_the_door(thief.get("/users/"))


@attempt(
    "header", WEB, "rival's host beside acme's in other headers", stopped_by="only Host counts"
)
@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Host", "X-Host", "X-Original-Host", "X-HTTP-Host-Override", "Forwarded",
     "X-Forwarded-Server", "X-Workspace", "X-Tenant"],
)  # fmt: skip
def test_no_other_header_names_the_workspace(thief, in_acme, header):
    value = f"host={in_acme.host}" if header == "Forwarded" else in_acme.host
    assert _at_the_door(thief.get("/users/", headers={header: value}))


@attempt("host", WEB, "hosts that look like acme's", stopped_by="one label before the base domain")
@pytest.mark.parametrize(
    ("host", "status"),
    [("{host}.evil.test", 404), ("acme.evil.test", 404), ("x.{host}", 404),
     ("evil.test#{host}", 404), ("{host}@evil.test", 404), ("t_{schema}.simtree.test", 404)],
)  # fmt: skip
def test_a_host_is_exactly_one_workspaces(thief, in_acme, host, status):
    made = host.format(host=in_acme.host, schema=in_acme.schema)
    answer = thief.get("/login", headers={"Host": made})
    assert answer.status_code in {status, 400}


@attempt("address", WEB, "rival's host in the request line's query and body", stopped_by="unread")
def test_no_parameter_names_the_workspace(thief, in_acme):
    for name in ("workspace", "host", "schema", "tenant"):
        assert _at_the_door(thief.get(f"/users/?{name}={in_acme.schema}"))


@attempt("signed-cookie", WEB, "acme's signed cookie at rival's host", stopped_by="it names nobody")
def test_the_signed_cookie_opens_nothing(client, in_acme, rival):
    token = sign_in(owner())
    session().commit()
    browser = client.at(in_acme)
    browser.set_cookie("office", token, domain=in_acme.host)
    assert browser.get("/users/").status_code == 200
    signed = browser.get_cookie("simtree", domain=in_acme.host)
    stranger = client.at(rival)
    stranger.set_cookie("simtree", signed.value if signed else "x", domain=rival.host)
    stranger.set_cookie("office", token, domain=rival.host)
    assert _at_the_door(stranger.get("/users/"))


@attempt("directory", WEB, "one host's cached workspace for another's", stopped_by="keyed by label")
def test_the_directory_does_not_mix_hosts(acme, rival):
    for _ in range(3):
        assert directory.by_address("acme").schema == acme.schema
        assert directory.by_address("rival").schema == rival.schema
        assert directory.by_schema(acme.schema).host == acme.host
    assert acme.key("x") != rival.key("x")


@attempt("cache", WEB, "acme's ETag at rival's host", stopped_by="pages are private, files by key")
def test_an_etag_of_acme_is_not_rivals(thief, in_acme):
    for path in ("/login", "/brand/logo"):
        answer = thief.get(path, headers={"If-None-Match": "*", "If-Modified-Since": "x"})
        assert answer.status_code in {200, 404}
        assert in_acme.name not in answer.text


@attempt(
    "job-id", SECRETS, "the id of acme's job, asked for at rival", stopped_by="keyed by workspace"
)
def test_a_job_is_its_own_workspaces(in_acme, rival):
    services.ask_reset(owner().username, way=ResetWay.MAIL)
    session().commit()
    job_id = str(session().scalars(select(cell_outbox.c.id)).one())
    assert find_job(job_id)
    session().commit()
    with workspace_scope(rival):
        assert find_job(job_id) is None


@attempt(
    "job-for-other", SECRETS, "acme's job sent to a worker as rival's", stopped_by="no such row"
)
@pytest.mark.parametrize("cell", ["main", "elsewhere"])
def test_a_job_runs_for_nobody_else(in_acme, rival, cell):
    services.ask_reset(owner().username, way=ResetWay.MAIL)
    session().commit()
    job_id = str(session().scalars(select(cell_outbox.c.id)).one())
    work(cell, rival.schema, job_id)
    work(cell, rival.schema, str(uuid.uuid4()))
    with apart("main") as own:
        rows = own.execute(select(cell_outbox.c.workspace, cell_outbox.c.state)).all()
        assert rows == [(in_acme.schema, "waiting")]
        assert own.scalar(select(func.count()).select_from(cell_effects)) == 0


@attempt("file-key", SECRETS, "the key of acme's file at rival", stopped_by="a folder for each")
def test_a_file_is_its_own_workspaces(in_acme, rival):
    key = files.store(io.BytesIO(b"acme's")).key
    assert content(key) == b"acme's"
    with workspace_scope(rival):
        for wrong in (key, f"../{in_acme.schema}/{key[:4]}/{key}", f"../../{key}", "/etc/passwd"):
            with pytest.raises(Missing):
                files.size_of(wrong)
            files.remove(wrong)
    assert files.size_of(key)


@attempt(
    "cipher", SECRETS, "acme's encrypted value in rival's row", stopped_by="another key, bound"
)
def test_a_cipher_is_its_own_workspaces(in_acme, rival):
    public_id = ids.new()
    sealed = crypto.encrypt("13800138000", label="users.phone", public_id=public_id)
    index = crypto.blind_index("13800138000", label="users.phone")
    with workspace_scope(rival):
        with pytest.raises(Exception, match="bound to another place"):
            crypto.decrypt(sealed, label="users.phone", public_id=public_id)
        assert crypto.blind_index("13800138000", label="users.phone") != index


@attempt(
    "reset-link", SECRETS, "a reset link of acme at rival", stopped_by="its digest is acme's row"
)
def test_a_reset_link_is_its_own_workspaces(in_acme, rival, client):
    services.ask_reset(owner().username, way=ResetWay.MAIL)
    session().commit()
    token = _secret_of_the_newest_reset()
    session().commit()
    with workspace_scope(rival):
        before = session().scalars(select(User.password_hash)).all()
        with pytest.raises(Refused):
            services.reset_by_link(token, password=NEW, again=NEW)
        assert session().scalars(select(User.password_hash)).all() == before
        session().rollback()
    assert client.at(rival).get(f"/reset/{token}").status_code == 410
    assert services.reset_by_link(token, password=NEW, again=NEW).id == owner().id


@attempt("reset-code", SECRETS, "a reset code of acme at rival", stopped_by="keyed per workspace")
def test_a_reset_code_is_its_own_workspaces(in_acme, rival):
    twin = make_user(username="the_same", phone="13900139001")
    services.ask_reset(twin.username, way=ResetWay.SMS)
    session().commit()
    code = _secret_of_the_newest_reset()
    session().commit()
    with workspace_scope(rival):
        other = make_user(username="the_same", phone="13900139001")
        session().commit()
        with pytest.raises(Refused):
            services.reset_by_code(other.username, code=code, password=NEW, again=NEW)


def _secret_of_the_newest_reset() -> str:
    import base64

    body = (
        session()
        .scalars(select(cell_outbox.c.body).order_by(cell_outbox.c.created_at.desc()))
        .first()
    )
    reset = (
        session()
        .scalars(select(PasswordReset).where(PasswordReset.public_id == body["reset"]))
        .one()
    )
    return crypto.decrypt(base64.b64decode(body["sealed"]), label=SECRET, public_id=reset.public_id)


@attempt(
    "invitation", SECRETS, "an invitation of acme at rival", stopped_by="its digest is acme's row"
)
def test_an_invitation_is_its_own_workspaces(in_acme, rival, client):
    _invitation, token = channels.invite(make_channel(), role="owner", name="新人", by=owner())
    session().commit()
    assert client.at(in_acme).get(f"/join/{token}").status_code == 200
    assert client.at(rival).get(f"/join/{token}").status_code == 404


@attempt(
    "password", SECRETS, "acme's password at rival", stopped_by="people are rows of a workspace"
)
def test_a_password_is_its_own_workspaces(in_acme, rival, client):
    page = client.at(rival)
    answer = page.submit("/login", {"username": "acme_owner", "password": PEOPLE_PASSWORD})
    assert answer.status_code != 302
    assert _at_the_door(page.get("/users/"))
