"""Saved views, list settings, past queries, favourites and home pages."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kit.db import Encrypted, TenantModel, Versioned, states
from kit.personal import plain
from tenants.accounts.models import Role, User


class Audience(StrEnum):
    """Who is offered a saved view."""

    OWN = "own"
    ROLE = "role"
    WORKSPACE = "workspace"


class SavedView(Versioned, TenantModel):
    """What is asked of a list, under a name.

    `query` is encrypted: people look for persons by phone and document.
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        states(Audience, "audience"),
        CheckConstraint("(audience = 'role') = (role_id IS NOT NULL)", name="role_has_a_role"),
        UniqueConstraint("user_id", "listing", "name"),
        Index(None, "listing", "audience"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    listing: Mapped[str]
    name: Mapped[str]
    audience: Mapped[str] = mapped_column(default=Audience.OWN)
    role_id: Mapped[int | None] = mapped_column(ForeignKey(Role.id), index=True)

    query_cipher: Mapped[bytes | None]
    query = Encrypted(plain, indexed=False, tail=False)

    role: Mapped[Role | None] = relationship()


class ListSetting(TenantModel):
    """How a person has a list when nothing is asked: columns in order, density, a view."""

    __tablename__ = "list_settings"
    __table_args__ = (UniqueConstraint("user_id", "listing"),)

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    listing: Mapped[str]
    columns: Mapped[list[str]]
    density: Mapped[str] = mapped_column(default="")
    view_id: Mapped[int | None] = mapped_column(
        ForeignKey(SavedView.id, ondelete="SET NULL"), index=True
    )


class PastQuery(TenantModel):
    """What a person asked of a list, and how many records it found; 10,001 are more than 10,000."""

    __tablename__ = "past_queries"
    __table_args__ = (
        UniqueConstraint("user_id", "listing", "query_index"),
        Index(None, "user_id", "listing", "asked_at"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    listing: Mapped[str]
    found: Mapped[int]
    asked_at: Mapped[datetime]

    query_cipher: Mapped[bytes | None]
    query_index: Mapped[str | None]
    query = Encrypted(plain, tail=False)
    words_cipher: Mapped[bytes | None]
    words = Encrypted(plain, indexed=False, tail=False)


class Favourite(TenantModel):
    """A page or a record that a person keeps at hand.

    `kind` is a kind of record with its public id as `key`, or "page" with the page's endpoint. It
    gives no right: what may not be seen any more is left out.
    """

    __tablename__ = "favourites"
    __table_args__ = (UniqueConstraint("user_id", "kind", "key"),)

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    kind: Mapped[str]
    key: Mapped[str]


class HomeLayout(TenantModel):
    """How a person has his home page: its blocks in order, and those he put away."""

    __tablename__ = "home_layouts"

    user_id: Mapped[int] = mapped_column(ForeignKey(User.id), unique=True)
    blocks: Mapped[list[str]]
    hidden: Mapped[list[str]]
