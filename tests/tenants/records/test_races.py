"""Several at once, with real commits: limits hold, a link counts, a reader reads to the end."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import func, select

from kit import audit, clock, files
from kit.db import session, workspace_scope
from kit.errors import Missing, Refused
from tenants.accounts.models import User
from tenants.customers.models import Customer
from tenants.records import queries, services
from tenants.records.models import Attachment, FileLink, RecordTag, TagUse
from tenants.records.views.sending import send
from tests.factories import accounts
from tests.factories.customers import make_customer
from tests.factories.records import make_attachment, make_document, make_link, make_tag, png

pytestmark = pytest.mark.real_commits


@pytest.fixture
def workspace(module_app):
    from control.workspaces.directory import directory

    found = directory.by_address("acme")
    assert found is not None
    with workspace_scope(found):
        yield found


def at_once(app, workspace, verbs: Sequence[Callable[[], Any]]) -> list[bool]:
    """Run verbs in threads that start together; return which of them were done."""
    session().rollback()
    start, done = threading.Barrier(len(verbs)), [False] * len(verbs)

    def run(place: int) -> None:
        with app.app_context(), workspace_scope(workspace):
            start.wait()
            try:
                verbs[place]()
                done[place] = True
            except (Refused, Missing, LookupError):
                pass

    threads = [threading.Thread(target=run, args=[place]) for place in range(len(verbs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    session().rollback()
    return done


def _row(model, public_id):
    return session().scalars(select(model).where(model.public_id == public_id)).one()


def test_two_uploads_at_the_limit_leave_fifty(module_app, workspace):
    customer, me = make_customer(), accounts.owner()
    key = customer.public_id
    session().add_all(
        Attachment(
            record_kind="customer", record_id=key, name=f"{place}.png", media_type="image/png",
            size=1, sha256=str(place), file_key="0" * 26, scan_state="clean",
            uploaded_by_id=me.id, uploaded_by_name=me.name, deleted_at=None,
        )
        for place in range(49)
    )  # fmt: skip
    session().commit()
    before = len(files.stored_keys())

    def bring():
        make_attachment(_row(Customer, key), body=png())

    assert at_once(module_app, workspace, [bring] * 3).count(True) == 1
    assert queries.count_attachments("customer", key) == services.MOST
    assert len(files.stored_keys()) == before + 1


def test_the_same_file_twice_at_once_is_kept_once(module_app, workspace):
    key, body = make_customer().public_id, png()
    session().commit()

    def bring():
        make_attachment(_row(Customer, key), body=body)

    assert at_once(module_app, workspace, [bring] * 3).count(True) == 1
    assert queries.count_attachments("customer", key) == 1


def test_a_link_for_once_opens_once(module_app, workspace):
    reader = accounts.make_user()
    link = make_link(make_document(), reader, most_uses=1)
    token, key, who = services.token_of(link), link.public_id, reader.public_id
    session().commit()

    def open_it():
        services.open_link(token, _row(User, who))

    assert at_once(module_app, workspace, [open_it] * 4).count(True) == 1
    assert _row(FileLink, key).uses == 1


def test_who_is_reading_reads_to_the_end(module_app, workspace):
    body = png() + b"0" * 3_000_000
    row = make_attachment(make_customer(), body=body)
    key, file_key = row.public_id, row.file_key
    with module_app.test_request_context():
        answer = send(row)
    parts = iter(answer.response)
    digest = hashlib.sha256(next(parts))

    def destroy():
        row = _row(Attachment, key)
        row.deleted_at = clock.now()
        services.purge_attachment(row, by=audit.SYSTEM)

    session().rollback()
    assert at_once(module_app, workspace, [destroy]) == [True]
    for part in parts:
        digest.update(part)
    assert digest.hexdigest() == hashlib.sha256(body).hexdigest()
    answer.close()
    with pytest.raises(Missing):
        files.size_of(file_key)


def test_a_tag_removed_while_it_is_put_on_leaves_no_trace(module_app, workspace):
    tag, customer = make_tag(), make_customer()
    tag_key, key = tag.public_id, customer.public_id
    session().commit()
    verbs = [
        lambda: services.put_tag(_row(RecordTag, tag_key), _row(Customer, key), by=audit.SYSTEM),
        lambda: services.remove_tag(_row(RecordTag, tag_key), by=audit.SYSTEM),
    ]
    assert at_once(module_app, workspace, verbs)[1]
    assert session().scalar(select(func.count()).where(TagUse.record_id == key)) == 0


def test_a_comment_changed_twice_at_once_is_one_of_them(module_app, workspace):
    from tenants.records.models import Comment

    me, customer = accounts.owner(), make_customer()
    one = services.add_comment("customer", customer, body="零", by=me)
    key, who = one.public_id, me.public_id

    def change(body: str) -> Callable[[], None]:
        return lambda: services.edit_comment(_row(Comment, key), body=body, by=_row(User, who))

    assert at_once(module_app, workspace, [change("一"), change("二")]) == [True, True]
    assert _row(Comment, key).body in {"一", "二"}
