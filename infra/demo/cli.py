"""`flask demo`: build the demonstration workspaces once, and say who may log in."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep

import click
from flask import Flask
from sqlalchemy import select

from control.plane import Owner, TenantPlane
from control.provisioning import services as provisioning
from control.provisioning.process import migrator_engines, provision_one
from control.workspaces import services as workspaces
from control.workspaces.directory import directory
from control.workspaces.models import Workspace, WorkspaceState
from infra.demo import paying
from infra.demo.people import customers
from infra.demo.plans import offer_plans
from infra.demo.stock import PASSWORD, make_channels, make_products, make_stock
from infra.demo.trade import DAYS, SEED, Trade
from kit import audit, clock
from kit.db import control_transaction, session, transaction, workspace_scope
from kit.security import hash_password
from kit.settings import get_settings
from kit.tenancy import Workspace as Tenant
from tenants.accounts import services as accounts
from tenants.accounts.models import Role, User
from tenants.catalogue.models import Product
from tenants.channels.models import ChannelUser
from tenants.customers.services import add_customers

MAKER = audit.System("demonstration")
PATIENCE = 2 * provisioning.LEASE.total_seconds()


def add_command(app: Flask, plane: TenantPlane) -> None:
    """Give the application its `demo` command."""

    @app.cli.command("demo")
    @click.option("--trade", is_flag=True, help="Live through its ninety days, once.")
    def demo(*, trade: bool) -> None:
        """Build the demonstration's workspaces if there are none, and say who may log in."""
        if trade:
            live()
        else:
            build(plane)


@dataclass(frozen=True, slots=True)
class Shown:
    """A workspace of the demonstration; `days` ago it signed up."""

    address: str
    name: str
    owner_name: str
    phone: str
    is_verified: bool = True
    days: int = 0

    @property
    def owner(self) -> Owner:
        """Who may log in first."""
        return Owner(
            name=self.owner_name,
            username=f"{self.address}_owner",
            email=f"owner@{self.address}.example.com",
            phone=self.phone,
            password_hash=hash_password(PASSWORD),
            locale="zh_Hans_CN",
        )


TRADING = Shown("demo", "树苗通信", "演示管理员", "13800000000")
PAYING = Shown("qinghe", "青禾通信", "陈青禾", "13800000020", is_verified=False, days=paying.DAYS)


def build(plane: TenantPlane) -> None:
    """Build the demonstration's workspaces, unless they stand; print the log-ins."""
    offer_plans(by=MAKER)
    trading, paying_one = _standing(TRADING, plane), _standing(PAYING, plane)
    with workspace_scope(trading):
        if session().scalar(select(Product.id).limit(1)) is None:
            _fill()
        _say(trading.host)
    paying.Paying(paying_one, operator=MAKER).live(clock.now())
    _say_office(paying_one.host, PAYING)


def _standing(shown: Shown, plane: TenantPlane) -> Tenant:
    tenant = directory.by_address(shown.address)
    if tenant is None:
        _provision(plane, shown)
        directory.forget()
        tenant = directory.by_address(shown.address)
    if tenant is None:
        raise click.ClickException(f"The workspace {shown.address} could not be built.")
    return tenant


def live() -> None:
    """Live through the demonstration's ninety days, or on from where they broke off."""
    tenant = directory.by_address(TRADING.address)
    if tenant is None:
        return
    with workspace_scope(tenant):

        def say(done: int, total: int) -> None:
            if done % 10 == 0 or done == total:
                click.echo(f"day {done} of {total}")

        Trade().run(clock.now(), say=say)


def _chance() -> random.Random:
    return random.Random(SEED)  # noqa: S311 - a demonstration should be the same each time


def _provision(plane: TenantPlane, shown: Shown) -> None:
    with clock.moved(_signed_up(shown)), control_transaction() as control:
        # One that was stopped half-way stands already, and its build goes on.
        if control.scalar(select(Workspace.id).where(Workspace.address == shown.address)) is None:
            workspace = workspaces.register_workspace(
                name=shown.name,
                address=shown.address,
                locale="zh_Hans_CN",
                by=MAKER,
                is_verified=shown.is_verified,
            )
            provisioning.queue_build(workspace, owner=shown.owner)
    engines = migrator_engines()
    give_up = monotonic() + PATIENCE
    while _is_building(shown) and monotonic() < give_up:
        # A build whose process was killed is free again when its lease has ended.
        if not provision_one(plane, engines):
            sleep(1)
    for engine in engines.values():
        engine.dispose()


def _signed_up(shown: Shown) -> datetime:
    return clock.now() - timedelta(days=shown.days)


def _is_building(shown: Shown) -> bool:
    with control_transaction() as control:
        state = control.scalar(select(Workspace.state).where(Workspace.address == shown.address))
    return state == WorkspaceState.PROVISIONING


def _fill() -> None:
    chance = _chance()
    now = clock.now()
    since = (now - timedelta(days=DAYS + 2)).date()
    with clock.moved(now - timedelta(days=DAYS + 1)), transaction() as work:
        owner = work.scalars(select(User)).first()
        assert owner is not None
        accounts.add_user(
            username="demo_service",
            name="客服小林",
            email="service@demo.example.com",
            phone="13800000009",
            roles=[work.scalars(select(Role).where(Role.code == "customer_service")).one()],
            password=PASSWORD,
            by=owner,
        )
        channels, _ = make_channels(owner)
        make_products(owner, since)
        make_stock(chance, owner, [channel for channel in channels if channel.depth == 1])
        add_customers(customers(chance, 800), by=owner)


def _say(host: str) -> None:
    people = session().scalars(
        select(ChannelUser).where(ChannelUser.role == "owner").order_by(ChannelUser.id).limit(3)
    )
    _say_office(host, TRADING)
    for person in people:
        door = f"Portal        {_scheme()}://{host}/portal/"
        click.echo(f"{door}    {person.username} / {PASSWORD}    {person.channel.name}")


def _say_office(host: str, shown: Shown) -> None:
    door = f"Back office   {_scheme()}://{host}/    {shown.address}_owner / {PASSWORD}"
    click.echo(f"{door}    {shown.name}")


def _scheme() -> str:
    return "http" if get_settings().is_development else "https"
