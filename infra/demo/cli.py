"""`flask demo`: build the demonstration workspace once, and say who may log in."""

import random
from datetime import timedelta
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
from infra.demo.people import customers
from infra.demo.plans import offer_plans
from infra.demo.stock import PASSWORD, make_channels, make_products, make_stock
from infra.demo.trade import DAYS, SEED, Trade
from kit import audit, clock
from kit.db import control_transaction, session, transaction, workspace_scope
from kit.security import hash_password
from kit.settings import get_settings
from tenants.accounts import services as accounts
from tenants.accounts.models import Role, User
from tenants.catalogue.models import Product
from tenants.channels.models import ChannelUser
from tenants.customers.services import add_customers

ADDRESS = "demo"
MAKER = audit.System("demonstration")
PATIENCE = 2 * provisioning.LEASE.total_seconds()


def add_command(app: Flask, plane: TenantPlane) -> None:
    """Give the application its `demo` command."""

    @app.cli.command("demo")
    @click.option("--trade", is_flag=True, help="Live through its ninety days, once.")
    def demo(*, trade: bool) -> None:
        """Build the demonstration workspace if there is none, and say who may log in."""
        if trade:
            live()
        else:
            build(plane)


def build(plane: TenantPlane) -> None:
    """Build the demonstration workspace with its stock, unless it stands; print the log-ins."""
    tenant = directory.by_address(ADDRESS)
    if tenant is None:
        _provision(plane)
        directory.forget()
        tenant = directory.by_address(ADDRESS)
    if tenant is None:
        raise click.ClickException("The demonstration workspace could not be built.")
    offer_plans(by=MAKER)
    with workspace_scope(tenant):
        if session().scalar(select(Product.id).limit(1)) is None:
            _fill()
        _say(tenant.host)


def live() -> None:
    """Live through the demonstration's ninety days, or on from where they broke off."""
    tenant = directory.by_address(ADDRESS)
    if tenant is None:
        return
    with workspace_scope(tenant):

        def say(done: int, total: int) -> None:
            if done % 10 == 0 or done == total:
                click.echo(f"day {done} of {total}")

        Trade().run(clock.now(), say=say)


def _chance() -> random.Random:
    return random.Random(SEED)  # noqa: S311 - a demonstration should be the same each time


def _provision(plane: TenantPlane) -> None:
    owner = Owner(
        name="演示管理员",
        username="demo_owner",
        email="owner@demo.example.com",
        phone="13800000000",
        password_hash=hash_password(PASSWORD),
        locale="zh_Hans_CN",
    )
    with control_transaction() as control:
        # One that was stopped half-way stands already, and its build goes on.
        if control.scalar(select(Workspace.id).where(Workspace.address == ADDRESS)) is None:
            workspace = workspaces.register_workspace(
                name="树苗通信", address=ADDRESS, locale="zh_Hans_CN", by=MAKER, is_verified=True
            )
            provisioning.queue_build(workspace, owner=owner)
    engines = migrator_engines()
    give_up = monotonic() + PATIENCE
    while _is_building() and monotonic() < give_up:
        # A build whose process was killed is free again when its lease has ended.
        if not provision_one(plane, engines):
            sleep(1)
    for engine in engines.values():
        engine.dispose()


def _is_building() -> bool:
    with control_transaction() as control:
        state = control.scalar(select(Workspace.state).where(Workspace.address == ADDRESS))
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
    scheme = "http" if get_settings().is_development else "https"
    people = session().scalars(
        select(ChannelUser).where(ChannelUser.role == "owner").order_by(ChannelUser.id).limit(3)
    )
    click.echo(f"Back office   {scheme}://{host}/    demo_owner / {PASSWORD}")
    for person in people:
        door = f"Portal        {scheme}://{host}/portal/"
        click.echo(f"{door}    {person.username} / {PASSWORD}    {person.channel.name}")
