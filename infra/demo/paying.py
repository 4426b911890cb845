"""A second workspace, which pays by bank transfer: months of invoices, proofs, charges and fapiao.

Each deed looks first whether it was done, so that a demonstration that was killed goes on; all of
them lie in the past when the first process starts that acts by the clock.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select

from control.billing import buyers
from control.billing.accounts import account_of, live_subscription, review
from control.billing.fapiao import services as fapiao
from control.billing.fapiao.titles import Buyer
from control.billing.models import (
    BillingAccount,
    FapiaoBuyer,
    FapiaoKind,
    FapiaoRequest,
    FapiaoState,
    Interval,
    Invoice,
    InvoiceState,
    ProofState,
    TaxIdKind,
    TransferProof,
    UsageReading,
)
from control.billing.plans import offered_versions, price_of
from control.billing.transfer import proving
from control.billing.transfer.booking import Movement
from control.billing.transfer.proving import Claim
from control.billing.transfer.receiving import receive
from control.billing.transfer.renewing import renew
from control.billing.usage.closing import close_month
from control.billing.usage.reading import read_account, zone_of
from control.billing.usage.reckoning import Month, month_at
from control.support import queries as support_queries
from control.support import services as support
from control.verification import services as verification
from control.verification.queries import verification_of
from control.workspaces.models import Workspace
from infra.demo import papers
from kit import audit, clock
from kit.db import control_session, session, workspace_scope
from kit.tenancy import Workspace as Tenant
from tenants.accounts.api_calls import calls_in, count_call
from tenants.accounts.dictionary import Carrier
from tenants.accounts.models import User
from tenants.billing import services as billing
from tenants.billing.fapiao import services as own_fapiao
from tenants.trust import services as trust

DAYS = 142
"""How long ago it signed up: it has paid for four months since its thirty days on trial."""
PLAN = "starter"
COMPANY = "青禾通信（演示）有限公司"
CREDIT_CODE = "91999999MA0DEM001C"
# The example that the standard of these numbers gives (GB 11643).
DOCUMENT = "11010519491231002X"
CALLS = (134, 112, 126, 145, 108)
CALLS_NOW = 86
_SETTLED = timedelta(hours=2)

Deed = tuple[datetime, Callable[[], None]]


class Paying:
    """What the people of the second workspace did, and what the operator answered."""

    def __init__(self, tenant: Tenant, *, operator: audit.Actor) -> None:
        self.tenant = tenant
        self.operator = operator
        self.account_id = self._account.id
        self.began = self._account.workspace.created_at

    def live(self, until: datetime) -> None:
        """Do all that was to be done by an instant and is not done yet."""
        for at, deed in sorted(self._deeds(until), key=lambda one: one[0]):
            if at <= until:
                with clock.moved(at):
                    deed()
        review(self._account)

    def _deeds(self, until: datetime) -> Iterator[Deed]:
        def day(number: float) -> datetime:
            return self.began + timedelta(days=number)

        yield day(1), self._name_buyer
        yield day(1.1), self._order
        # Each falls into the last fortnight of a period, however long its months are.
        for turn, drawn in enumerate((1.2, 48, 79, 109, 139.5)):
            yield day(drawn), self._renew
            yield day(drawn + 2), partial(self._pay, turn)
            if turn == 2:
                yield day(drawn + 2.5), partial(self._reject, turn)
                yield day(drawn + 2.8), partial(self._pay, turn, proofs=1)
            if drawn < DAYS - 3:
                yield day(drawn + 3), partial(self._confirm, turn)
        yield day(52), self._ask_for_ordinary
        yield day(54), self._issue
        yield day(120), self._ask_for_special
        yield day(DAYS - 0.3), self._verify
        yield day(DAYS - 0.01), self._let_in
        yield from self._months(day(31), until)

    def _months(self, since: datetime, until: datetime) -> Iterator[Deed]:
        """Read each month shortly before its end, and charge it shortly after."""
        for calls in CALLS:
            month = month_at(since, zone_of(self._account))
            if month.ends_at > until:
                break
            before = month.ends_at - timedelta(hours=1)
            yield before, partial(self._use, month, calls)
            yield month.ends_at + _SETTLED, partial(self._close, month)
            since = month.ends_at
        now = month_at(until, zone_of(self._account))
        yield until, partial(self._use, now, CALLS_NOW)

    @property
    def _account(self) -> BillingAccount:
        return account_of(self.tenant.id)

    @property
    def _workspace(self) -> Workspace:
        return self._account.workspace

    @contextmanager
    def _as_owner(self) -> Iterator[User]:
        with workspace_scope(self.tenant):
            owner = session().scalars(select(User).order_by(User.id)).first()
            assert owner is not None
            yield owner

    def _invoices(self) -> list[Invoice]:
        found = control_session().scalars(
            select(Invoice).where(Invoice.account_id == self.account_id).order_by(Invoice.id)
        )
        return list(found)

    def _proofs(self, invoice: Invoice) -> list[TransferProof]:
        found = control_session().scalars(
            select(TransferProof)
            .where(TransferProof.invoice_id == invoice.id)
            .order_by(TransferProof.id)
        )
        return list(found)

    def _requests(self, kind: FapiaoKind) -> list[FapiaoRequest]:
        found = control_session().scalars(
            select(FapiaoRequest).where(
                FapiaoRequest.account_id == self.account_id, FapiaoRequest.kind == kind
            )
        )
        return list(found)

    def _name_buyer(self) -> None:
        if buyers.details_of(self._account) is not None:
            return
        named = buyers.Named(
            name=COMPANY,
            country="CN",
            state="广东省",
            city="深圳市",
            postal_code="518000",
            address="南山区演示路 1 号",
            tax_kind=TaxIdKind.CN_TIN,
            tax_id=CREDIT_CODE,
        )
        with self._as_owner() as owner:
            buyers.name_buyer(
                self._account, named, email="caiwu@qinghe.example.com", version=1, by=owner
            )

    def _order(self) -> None:
        if self._invoices():
            return
        version = next(one for one in offered_versions() if one.plan.code == PLAN)
        price = price_of(version, "CNY", Interval.MONTH)
        assert price is not None
        with self._as_owner() as owner:
            billing.order_by_transfer(price, extra_seats=2, moment=clock.now(), by=owner)

    def _renew(self) -> None:
        bought = live_subscription(self._account)
        if bought is not None:
            renew(bought, by=self.operator)

    def _pay(self, turn: int, *, proofs: int = 0) -> None:
        """Hand in a proof for the n-th invoice, unless there are more of it than so many."""
        invoice = self._invoices()[turn]
        if len(self._proofs(invoice)) > proofs:
            return
        paid = invoice.remaining_amount
        # Somebody rounds up once: what is too much becomes credit.
        claim = Claim(
            paid + (1_000 if turn == 1 else 0),
            clock.today(),
            f"demo-proof-{invoice.number}-{proofs}",
            COMPANY,
        )
        scan = papers.receipt(claim.amount, invoice.currency, invoice.reference)
        with self._as_owner() as owner:
            billing.hand_in_proof(
                self._invoices()[turn], claim, (io.BytesIO(scan), "银行回单.png"), by=owner
            )

    def _reject(self, turn: int) -> None:
        proof = self._proofs(self._invoices()[turn])[0]
        if proof.state == ProofState.WAITING:
            proving.reject(
                proof,
                reason="回单截图不完整，看不到付款户名，请重新上传。",
                version=proof.version,
                by=self.operator,
            )

    def _confirm(self, turn: int) -> None:
        invoice = self._invoices()[turn]
        if invoice.state != InvoiceState.OPEN:
            return
        proof = self._proofs(invoice)[-1]
        movement = Movement(
            proof.amount,
            proof.currency,
            bank_reference=f"DEMO{self.began:%Y%m%d}{turn:04}",
            moved_on=proof.paid_on,
            submission=f"demo-receipt-{invoice.number}",
        )
        receive(invoice, movement, by=self.operator, proof=proof)

    def _use(self, month: Month, calls: int) -> None:
        """Call the interface so often in a month, and have the sweep read it."""
        if self._reading(month) is not None:
            return
        with workspace_scope(self.tenant):
            for _call in range(calls_in(month.name), calls):
                count_call()
        read_account(self.account_id)

    def _close(self, month: Month) -> None:
        reading = self._reading(month)
        if reading is not None:
            close_month(reading)

    def _reading(self, month: Month) -> int | None:
        return control_session().scalar(
            select(UsageReading.id).where(
                UsageReading.account_id == self.account_id, UsageReading.month == month.first
            )
        )

    def _ask(self, kind: FapiaoKind, buyer: Buyer, turns: slice) -> None:
        if self._requests(kind):
            return
        with self._as_owner() as owner:
            own_fapiao.ask(
                self._account,
                self._invoices()[turns],
                kind=kind,
                buyer=buyer,
                known=None,
                email="caiwu@qinghe.example.com",
                by=owner,
            )

    def _ask_for_ordinary(self) -> None:
        buyer = Buyer(buyer=FapiaoBuyer.COMPANY, name=COMPANY, tax_number=CREDIT_CODE)
        self._ask(FapiaoKind.ORDINARY, buyer, slice(0, 1))

    def _ask_for_special(self) -> None:
        buyer = Buyer(
            buyer=FapiaoBuyer.COMPANY,
            name=COMPANY,
            tax_number=CREDIT_CODE,
            address="深圳市南山区演示路 1 号",
            phone="13800000021",
            bank="演示银行深圳分行",
            bank_account="0000000000000000",
        )
        self._ask(FapiaoKind.SPECIAL, buyer, slice(1, 3))

    def _issue(self) -> None:
        request = self._requests(FapiaoKind.ORDINARY)[0]
        if request.state != FapiaoState.REQUESTED:
            return
        fapiao.issue(
            request,
            number="00000000000000000001",
            issued_on=clock.today(),
            amount=request.amount,
            upload=(io.BytesIO(papers.fapiao()), "电子发票.pdf"),
            version=request.version,
            by=self.operator,
        )

    def _verify(self) -> None:
        """Hand the company's papers in; they wait for the operator."""
        if verification_of(self.tenant.id) is not None:
            return
        licence, letter = papers.licence("BUSINESS LICENCE"), papers.licence("CARRIER'S LETTER")
        with self._as_owner() as owner:
            trust.describe_company(
                legal_name=COMPANY,
                credit_code=CREDIT_CODE,
                representative="陈演示",
                document=DOCUMENT,
                licence=(io.BytesIO(licence), "营业执照.png"),
                version=1,
                by=owner,
            )
            trust.add_authorisation(
                Carrier.UNICOM,
                valid_until=clock.today() + timedelta(days=300),
                scan=(io.BytesIO(letter), "联通授权书.png"),
                by=owner,
            )
            verification.submit(self._workspace, by=owner)

    def _let_in(self) -> None:
        """Let the operator look in for three days, once."""
        if control_session().scalar(support_queries.grants_of(self.tenant.id).limit(1)):
            return
        with self._as_owner() as owner:
            support.grant_access(
                self._workspace,
                hours=72,
                reason="续费回单已上传，请帮忙核对",
                may_write=False,
                by=owner,
            )
