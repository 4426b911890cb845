"""Background work of billing: mails, uses of coupons, plans that end with a workspace, reviews."""

from datetime import timedelta

from flask_babel import force_locale
from sqlalchemy import or_, select, update

from control.billing import grace
from control.billing.accounts import TOLD_FORM, review
from control.billing.apart import each_apart
from control.billing.models import BillingAccount, Coupon, Subscription
from control.billing.online import mirror
from control.billing.online.fetching import fetch_subscription
from control.billing.schedule import schedule_now
from control.billing.telling import hears
from control.billing.transfer.redeeming import uses_here
from control.billing.wording import notice_words
from control.closing.queries import owner_of
from kit import audit, clock, mail
from kit.db import control_session, control_transaction, lock_row
from kit.i18n import gettext as _
from kit.i18n import lazy_gettext as _l
from kit.jobs import JobRun, job
from kit.payments import calling_stripe, has_stripe, set_here, stripe_client

BATCH = 200
_AN_HOUR = timedelta(hours=1)


@job("billing.send_notice", title=_l("Send a notice of billing"), stepped=True)
def send_notice(run: JobRun, *, account_id: int, about: str) -> None:
    """Tell the owner of a workspace one thing of his account, in his language."""
    if run.is_done("sent"):
        return
    account = control_session().get_one(BillingAccount, account_id)
    owner = owner_of(account.workspace_id)
    # It may have been asked to be deleted while the mail waited.
    if owner is None or not hears(account):
        return
    with force_locale(owner.locale):
        subject, sentence = notice_words(account, about)
        hello = _("Hello %(name)s,", name=owner.name)
    recipient = account.billing_email or owner.email
    # The read must be over before the network is used.
    control_session().rollback()
    mail.send(recipient, subject, f"{hello}\n\n{sentence}\n", message_id=run.id)
    run.mark("sent")


@job("billing.tell_customer", title=_l("Tell Stripe who stands on invoices"), stepped=True)
def tell_customer(run: JobRun, *, account_id: int) -> None:
    """Have Stripe's customer named as the owner entered it."""
    from control.billing.online.customers import tell_buyer

    if has_stripe() and not run.is_done("told"):
        tell_buyer(control_session().get_one(BillingAccount, account_id))
        run.mark("told")


@job("billing.set_retries", title=_l("Set the days between charges"), stepped=True, tries=3)
def set_retries(run: JobRun) -> None:
    """Have our own server charge cards again on the days in force; Stripe has no call for it."""
    days = schedule_now().retry_days
    control_session().rollback()
    if not run.is_done("set") and set_here({"retry_days": list(days)}):
        run.mark("set")


@job("billing.count_coupon", title=_l("Count the uses of a coupon"), stepped=True)
def count_coupon(run: JobRun, *, coupon_id: int) -> None:
    """Shut a code at Stripe that is used up, open one of which a use was given back.

    Stripe cannot be told a smaller number of uses, only whether there are any left.
    """
    del run
    code = control_session().get_one(Coupon, coupon_id).stripe_code_id
    if code is None or not has_stripe():
        return
    control_session().rollback()
    with calling_stripe():
        found = stripe_client().v1.promotion_codes.retrieve(code)
    with control_transaction():
        coupon = lock_row(control_session().get_one(Coupon, coupon_id))
        coupon.stripe_uses = found.times_redeemed
        most = coupon.most_uses
        is_left = most is None or uses_here(coupon) + coupon.stripe_uses < most
        is_open = coupon.is_active and is_left
    if found.active != is_open:
        with calling_stripe():
            stripe_client().v1.promotion_codes.update(code, {"active": is_open})


@job(
    "billing.follow_closing",
    title=_l("Stop renewals of a workspace that is to be deleted, or begin them again"),
    stepped=True,
)
def follow_closing(run: JobRun, *, workspace_id: int) -> None:
    """Have Stripe renew nothing for a workspace that waits to be deleted, and again if it stays.

    It asks what is so now, not what was when it was asked for: of two that meet the last one sees
    what the other did.
    """
    del run
    if not has_stripe():
        return
    wanted = {
        one.stripe_id: one.cancels_at is None
        for one in grace.out_of_step(workspace_id)
        if one.stripe_id is not None
    }
    for stripe_id, ends in wanted.items():
        control_session().rollback()
        with calling_stripe():
            stripe_client().v1.subscriptions.update(stripe_id, {"cancel_at_period_end": ends})
        ticket = mirror.take_ticket()
        found = fetch_subscription(stripe_id)
        with control_transaction():
            mirror.show_subscription(found, ticket=ticket)
            known = control_session().scalars(
                select(Subscription).where(Subscription.stripe_id == stripe_id)
            )
            subscription = lock_row(known.one())
            if subscription.ends_with_workspace != ends:
                grace.note(subscription, ends=ends, by=audit.SYSTEM)


def review_due() -> int:
    """Look again at the accounts whose day has come; return how many. Cheap when there are none.

    So too at those whose cell was told less by a former release. One that cannot be looked at is
    tried again in an hour, so that it stays in nobody's way.
    """
    due = (
        control_session()
        .scalars(
            select(BillingAccount.id)
            .where(
                or_(
                    BillingAccount.review_at <= clock.now(),
                    BillingAccount.told_form < TOLD_FORM,
                )
            )
            .order_by(BillingAccount.review_at)
            .limit(BATCH)
        )
        .all()
    )
    outcome = each_apart(
        "review",
        [(one, one) for one in due],
        lambda one: review(control_session().get_one(BillingAccount, one)),
    )
    if outcome.failed:
        with control_transaction() as control:
            control.execute(
                update(BillingAccount)
                .where(BillingAccount.id.in_(outcome.failed))
                .values(review_at=clock.now() + _AN_HOUR)
            )
    return outcome.done
