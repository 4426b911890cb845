"""One thing of every kind in the open workspace, and which rule of the URL map wants which."""

import io
import re
from collections.abc import Iterator, Mapping

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from control.billing.accounts import account_of
from kit import audit, files, jobs, tenancy
from kit.audit import AuditEntry
from kit.db import session, transaction
from kit.security.realms import realm_of
from kit.web.listing.bulk import find_verb
from tenants.accounts.dictionary import Carrier
from tenants.accounts.models import Passkey, ShareAccess, Unit, UserSession
from tenants.accounts.services import share_record
from tenants.bulk import many
from tenants.channels import services as channels
from tenants.customers.kinds import CUSTOMER
from tenants.numbers import services as numbers
from tenants.orders import services as orders
from tenants.orders.services.activation import Told
from tenants.records.jobs import empty_bin
from tenants.settlement.models import CommissionLine, Journal, Payout, SettlementRun
from tenants.settlement.services import settle
from tests.factories.accounts import make_role, make_user, owner, sign_in
from tests.factories.approvals import make_approvals
from tests.factories.archives import make_archive
from tests.factories.billing import make_charge, make_credit_note, make_invoice, make_transfer
from tests.factories.bulk import checked, make_export, make_template, xlsx
from tests.factories.carriers import make_account
from tests.factories.catalogue import make_product, make_rate
from tests.factories.channels import make_chain, make_grade, make_person
from tests.factories.customers import make_customer
from tests.factories.desk import make_view
from tests.factories.fapiao import make_fapiao_world
from tests.factories.notices import make_notices
from tests.factories.numbers import make_card, make_number, make_pool
from tests.factories.orders import DAY, make_order, tell
from tests.factories.records import make_records
from tests.factories.settlement import make_payout
from tests.factories.setup import make_article, make_report, picture
from tests.factories.trust import make_authorisation, make_grant

TENANT_REALMS = {"office", "portal"}

# The longest beginning that fits names the kind behind <public_id>.
PREFIXES = {
    "/users/": "user",
    "/roles/": "role",
    "/units/": "unit",
    "/account/sessions/": "session",
    "/account/passkeys/": "passkey",
    "/channels/": "channel",
    "/channels/grades/": "grade",
    "/channels/invitations/": "invitation",
    "/channels/people/": "person",
    "/customers/": "customer",
    "/products/": "product",
    "/orders/": "order",
    "/orders/items/": "item",
    "/orders/of-customer/": "customer",
    "/numbers/": "number",
    "/cards/": "card",
    "/pools/": "pool",
    "/segments/": "segment",
    "/carriers/": "account",
    "/imports/": "import",
    "/imports/templates/": "import template",
    "/exports/": "export",
    "/many/": "run over many rows",
    "/approvals/": "approval",
    "/approvals/absences/": "absence",
    "/desk/views/": "view",
    "/settings/approvals/": "flow",
    "/settings/approvals/steps/": "flow step",
    "/settings/workspace/exports/": "archive",
    "/settings/billing/invoices/": "invoice",
    "/settings/billing/fapiao/": "fapiao",
    "/settings/billing/fapiao/titles/": "fapiao title",
    "/settings/billing/credit-notes/": "credit note",
    "/settings/billing/proofs/": "transfer proof",
    "/notices/": "notice",
    "/announcements/": "announcement",
    "/channels/announcements/": "announcement",
    "/portal/announcements/": "announcement",
    "/reminders/": "reminder",
    "/reminders/of/": "order",
    "/reminders/new/": "order",
    "/reminders/follow/": "order",
    "/reminders/unfollow/": "order",
    "/audit/rows/": "entry",
    "/help/own/": "article",
    "/help/reports/": "report",
    "/settings/tags/": "tag",
    "/settings/support/": "support grant",
    "/settings/verification/authorisations/": "authorisation",
    "/records/": "customer",
    "/approvals/of/": "customer",
    "/records/attachments/": "attachment",
    "/records/comments/": "comment",
    "/records/links/": "file link",
    "/documents/": "document",
    "/documents/folders/": "folder",
    "/recycle-bin/": "customer",
    "/settlement/lines/": "line",
    "/settlement/runs/": "run",
    "/settlement/payouts/": "payout",
    "/settlement/ledger/": "journal",
    "/settlement/balances/": "channel",
    "/portal/orders/": "order",
    "/portal/team/": "child",
    "/portal/commission/": "line",
    "/portal/take/": "product",
}
# Arguments that name no object of a workspace by themselves.
NAMES = {
    "product_id": "product",
    "record_kind": "record kind",
    "rate_id": "rate",
    "msisdn": "msisdn",
    "field": "field",
    "share_id": "share",
    "note": "red-letter note",
    "milestone": "milestone",
    "month": "month",
    "line": "row",
    "which": "authorisation",
    "task_id": "task",
}
# Rules with an argument that no object of a workspace stands behind.
WITHOUT_OBJECT = {
    "imports.template": "a kind of file, the same in every workspace",
    "imports.upload": "a kind of file, the same in every workspace",
    "accounts.prove_mail": "a secret that was mailed; it has a test of its own",
    "accounts.invitation": "a secret that was mailed; it has a test of its own",
    "accounts.send_step_code": "one of two ways, for whoever is at the door",
    "accounts.step_link": "a secret that was mailed; it has a test of its own",
    "notice_settings.template": "a kind of notice, the same in every workspace",
    "notice_settings.usual": "a kind of notice, the same in every workspace",
    "notice_settings.platform": "a platform, the same in every workspace",
    "notice_settings.test_platform": "a platform, the same in every workspace",
    "customer_messages.words": "a kind of message, the same in every workspace",
    "customer_messages.usual_words": "a kind of message, the same in every workspace",
    "imports.templates": "a kind of file; its templates have addresses of their own",
    "imports.new_template": "a kind of file, the same in every workspace",
    "exports.new": "a list, the same in every workspace",
    "setup.values": "a type of the dictionary, the same in every workspace",
    "setup.new_value": "a type of the dictionary, the same in every workspace",
    "setup.edit_value": "a value; its test is in tests/tenants/setup",
    "setup.act_on_value": "a value; its test is in tests/tenants/setup",
    "setup.edit_rule": "a kind of document, the same in every workspace",
    "setup.parameter": "a parameter, the same in every workspace",
    "setup.reset_parameter": "a parameter, the same in every workspace",
    "help.article": "an article of ours, the same in every workspace",
    "log.progress": "a job's id, which another workspace's table does not have",
    "files.open_link": "a signed link; it has a test of its own",
    "accounts.reset": "a secret that was mailed; it has a test of its own",
    "search.look_up": "finds as the search does, within rights; it has a test of its own",
    "portal_join.show": "a secret that was sent; it has a test of its own",
}


def make_world() -> dict[str, str]:
    """Make one thing of each kind; return its public id by kind."""
    user = make_user()
    sign_in(user)
    customer = make_customer()
    passkey = Passkey(
        user_id=owner().id,
        name="蓝色钥匙",
        credential_id="world",
        public_half="world",
        sign_count=0,
        host="elsewhere.example.com",
        transports=[],
    )
    session().add(passkey)
    chain = make_chain(5_000, grade=make_grade())
    person = make_person(chain[-1])
    invitation, _token = channels.invite(chain[-1], role="clerk", name="小新", by=audit.SYSTEM)
    product = make_product(carrier=Carrier.MOBILE)
    rate = make_rate(product, 10_000, timing="at_once")
    number = make_number(pool=make_pool(name="世界"))
    order = make_order(product=product, channel=chain[-1], number=number, card=make_card())
    item = order.items[0]
    orders.pass_audit(order, by=audit.SYSTEM)
    tell(item, Told.ACTIVATED)
    settle(until=DAY, key="world", by=audit.SYSTEM)
    proof = files.store(io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 100)).key
    make_payout(chain[-1], 100, proof_key=proof, proof_name="凭证.png", paid_on=DAY)
    segment = numbers.add_segment(
        prefix="1390513", carrier=Carrier.MOBILE, province="江苏", city="扬州", by=audit.SYSTEM
    )
    customer = make_customer()
    made = {
        "user": user,
        "unit": _newest(Unit),
        "role": make_role(permissions=["order:view"]),
        "session": _newest(UserSession),
        "channel": chain[0],
        "child": chain[1],
        "grade": chain[0].grade,
        "invitation": invitation,
        "person": person,
        "customer": customer,
        "passkey": passkey,
        "share": share_record(
            CUSTOMER,
            customer,
            target=user,
            access=ShareAccess.READ,
            ends_on=None,
            by=owner(),
        ),
        **make_records(customer, user),
        "product": product,
        "rate": rate,
        "order": order,
        "item": item,
        "number": number,
        "card": item.card,
        "pool": number.pool,
        "segment": segment,
        "account": make_account(),
        "view": make_view(owner()),
        **make_approvals(),
        **make_notices(order),
        "line": _newest(CommissionLine),
        "run": _newest(SettlementRun),
        "payout": _newest(Payout),
        "journal": _newest(Journal),
        "entry": _newest(AuditEntry),
        "article": make_article(),
        "report": make_report(file=picture(), file_name="截图.png"),
    }
    ids = {kind: thing.public_id for kind, thing in made.items()}
    words = {"msisdn": number.msisdn, "field": "phone", "milestone": "activated", "month": "0"}
    words["record kind"] = "customer"
    words["support grant"] = make_grant(tenancy.current()).public_id
    words["authorisation"] = make_authorisation(tenancy.current()).public_id
    with transaction():
        words["task"] = jobs.enqueue(empty_bin, asked_by=owner().public_id)
    words["stripe invoice"] = make_invoice(tenancy.current().id).public_id
    proof = make_transfer(tenancy.current())
    words |= {"transfer proof": proof.public_id, "invoice": proof.invoice.public_id}
    words["credit note"] = make_credit_note(tenancy.current()).public_id
    words |= make_fapiao_world(tenancy.current().id)
    words["usage charge"] = make_charge(account_of(tenancy.current().id)).public_id
    words["archive"] = make_archive(tenancy.current().id).public_id
    words |= {"import template": make_template().public_id, "export": make_export().public_id}
    verb = find_verb("customers.delete")
    assert verb is not None
    words["run over many rows"] = many.begin(
        verb, [make_customer().public_id], {}, back="/", by=owner()
    ).public_id
    head = ["号段", "运营商", "省", "市"]
    brought = checked(xlsx(head, ["1390514", "中国移动", "江苏", ""]), kind="segments")
    return ids | words | {"import": brought.public_id, "row": "2"}


def _newest(model: type) -> object:
    return session().scalars(select(model).order_by(model.id.desc()).limit(1)).one()


def rules(app: Flask, *realms: str) -> Iterator[Rule]:
    """Yield the rules of the workspaces' realms (all of them unless named)."""
    for rule in app.url_map.iter_rules():
        realm = realm_of(app, rule.endpoint.rpartition(".")[0])
        if realm is not None and realm.name in (realms or TENANT_REALMS):
            yield rule


def kind_of(rule: Rule, argument: str) -> str | None:
    """Return the kind of thing that an argument of a rule stands for, None when unknown."""
    if argument in NAMES:
        return NAMES[argument]
    if argument != "public_id":
        return None
    fitting = [prefix for prefix in PREFIXES if rule.rule.startswith(prefix)]
    return PREFIXES[max(fitting, key=len)] if fitting else None


def address(rule: Rule, things: Mapping[str, str]) -> str | None:
    """Return a rule's address filled with things, None when an argument is not known."""
    path = rule.rule
    for argument in rule.arguments:
        kind = kind_of(rule, argument)
        if kind is None:
            return None
        path = re.sub(rf"<(?:\w+:)?{argument}>", things[kind], path)
    return path
