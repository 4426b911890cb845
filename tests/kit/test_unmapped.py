"""Columns that are in the table and in no statement of this release."""

import pytest
from sqlalchemy import Column, Integer, Text, create_engine, inspect, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from kit.db import unmapped


@pytest.fixture
def probe():
    class Base(DeclarativeBase):
        pass

    class Probe(Base):
        __tablename__ = "probes"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    return Probe


def test_no_statement_names_it_and_the_table_has_it(probe):
    engine = create_engine("sqlite://")
    # The schema of a workspace that is not updated yet.
    probe.metadata.create_all(engine)
    unmapped(probe, Column("nickname", Text))
    with Session(engine) as session:
        session.add(probe(id=1, name="a"))
        session.commit()
        found = session.scalars(select(probe)).one()
        found.name = "b"
        session.commit()
    assert "nickname" in probe.__table__.columns
    assert "nickname" not in inspect(probe).columns
    engine.dispose()


def test_a_column_that_rows_cannot_do_without_is_refused(probe):
    with pytest.raises(ValueError, match="rows of this release lack stars"):
        unmapped(probe, Column("stars", Integer, nullable=False))
    unmapped(probe, Column("stars", Integer, nullable=False, server_default="0"))
