"""Who may do what to which table: driven by the models, the same in script and migration."""

from sqlalchemy import MetaData

from kit.db.models import ControlModel, TenantModel

_ALL = "SELECT, INSERT, UPDATE, DELETE"
_APPEND = "SELECT, INSERT"


def append_only_tables(base: type[TenantModel] | type[ControlModel]) -> frozenset[str]:
    """Return the names of a plane's tables that may only grow."""
    return frozenset(
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in base.registry.mappers
        if getattr(mapper.class_, "append_only", False)
    )


def table_grants(
    metadata: MetaData,
    append_only: frozenset[str],
    *,
    role: str,
    schema: str,
    only: frozenset[str] | None = None,
) -> str:
    """Return the GRANT statements of a plane's tables for a role; `only` some, when given."""
    groups: dict[str, list[str]] = {_ALL: [], _APPEND: []}
    for table in metadata.sorted_tables:
        if only is not None and table.name not in only:
            continue
        rights = _APPEND if table.name in append_only else _ALL
        groups[rights].append(f"{schema}.{table.name}")
    return "".join(
        f"GRANT {rights} ON {', '.join(names)} TO {role};\n"
        for rights, names in groups.items()
        if names
    )
