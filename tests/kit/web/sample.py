"""A list of orders, as a module would declare it, over one small table."""

import datetime as dt

from markupsafe import Markup
from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
)
from sqlalchemy import (
    Column as SqlColumn,
)

from kit.web import BulkAction, Column, Filter, Listing, RowAction, StatusTabs, Tag

metadata = MetaData()
orders = Table(
    "orders",
    metadata,
    SqlColumn("id", Integer, primary_key=True),
    SqlColumn("public_id", String, nullable=False),
    SqlColumn("number", String, nullable=False),
    SqlColumn("status", String, nullable=False),
    SqlColumn("amount", Integer, nullable=False),
    SqlColumn("due_on", Date),
    SqlColumn("placed_at", DateTime(timezone=True), nullable=False),
    SqlColumn("urgent", Boolean, nullable=False),
)
START = dt.datetime(2026, 8, 1, 4, 0, tzinfo=dt.UTC)

LISTING = Listing(
    "orders",
    [
        Column("number", "Number", sort="number", copy=True, text=True),
        Column("status", "Status", kind="tag", tags={"new": Tag("New", "blue"), "done": "Done"}),
        Column("amount", "Amount", kind="money", sort="amount"),
        Column("due_on", "Due", kind="date", sort="due_on"),
        Column(
            "placed_at",
            "Placed",
            kind="datetime",
            sort="placed_at",
            exported=lambda row: row.placed_at.replace(tzinfo=dt.UTC),
            markup=lambda _row: Markup("<time>x</time>"),
        ),
        Column("secret", "Secret", value=lambda _row: "internal", export=False, hidden=True),
    ],
    filters=[
        Filter.search(lambda statement, value: statement.where(orders.c.number.contains(value))),
        Filter.text("number", "Number"),
        Filter.choice(
            "state",
            "State",
            [("new", "New"), ("done", "Done")],
            column=orders.c.status,
            multiple=True,
        ),
        Filter.date_range("placed_at", "Placed"),
        Filter.date_range("due_on", "Due", folded=True),
        Filter.flag("urgent", "Urgent"),
    ],
    tabs=StatusTabs([("new", "New"), ("done", "Done")]),
    row_url=lambda row: f"/orders/{row.public_id}",
    actions=[
        RowAction("Open", lambda row: f"/orders/{row.public_id}", drawer=True),
        RowAction(
            "Cancel",
            lambda _row: "/cancel",
            post=True,
            confirm=lambda row: f"Cancel {row.number}?",
            visible=lambda row: row.status == "new",
        ),
    ],
    bulk=[BulkAction("Audit", "/audit", "checks", confirm="Sure?")],
)
