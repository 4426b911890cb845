"""What a tenant revision may not do: hold a long lock, take from under the models, leave its plane.

A revision runs in thousands of workspaces while people are at work in them, and the release before
it is served a while longer. Tables that a revision itself makes are empty and its own: most rules
do not hold for them. migrations/README.md shows the ways that are open instead.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import MetaData

from kit.db.migrating import created_tables, directory, rendered_statements, revisions

EXEMPT: Mapping[tuple[str, str], str] = {
    ("0009", "index"): "written before the rule, when no workspace was in use",
    ("0010", "rows"): "one row of a table that has three when a workspace is made",
    ("0011", "rows"): "one row of a table that has eight when a workspace is made",
    ("0014", "rows"): "seven rows of a table that has eight when a workspace is made",
    ("0015", "rows"): "one row of a table that has eight when a workspace is made",
    ("0016", "rows"): "rows of roles and people, of which a workspace has dozens",
    ("0018", "rows"): "one row of a table that has eight when a workspace is made",
    ("0019", "rows"): "two rows of a table that has eight when a workspace is made",
    ("0020", "rows"): "one row of a table that has eight when a workspace is made",
    ("0025", "rows"): "one row of a table that has eight when a workspace is made",
    ("0026", "rows"): "one row of a table that has eight when a workspace is made",
    ("0033", "rows"): "two rows of a table that has eight when a workspace is made",
    ("0034", "rows"): "two rows of a table that has eight when a workspace is made",
    ("0036", "rows"): "one row of a table that has eight when a workspace is made",
    ("0037", "rows"): "one row of a table that has eight when a workspace is made",
}
"""Findings that are let pass: (revision, rule) and the reason."""

RULES: Mapping[str, str] = {
    "index": "an index on a table in use is built with postgresql_concurrently=True, in a revision"
    " alone",
    "unique": "a unique or primary key is made from an index that was built concurrently before"
    " (USING INDEX)",
    "constraint": "a CHECK or foreign key is added NOT VALID, and validated by a later revision",
    "validate": "a constraint is validated by a later revision than the one that adds it, alone",
    "not_null": "SET NOT NULL scans the table under its strongest lock: first add"
    " CHECK (column IS NOT NULL) NOT VALID, then validate it, then set it",
    "default": "a default that differs from row to row, an identity or a generated column rewrites"
    " the table: add the column without it and fill it by a job",
    "filled": "a NOT NULL column without a default fails where there are rows",
    "type": "a change of type rewrites the table: add a new column, fill it by a job, drop the old",
    "rename": "nothing is renamed: the release before still says the old name. Add, fill, drop",
    "drop": "what the models still map is not dropped: take it out of them one release before",
    "rows": "rows are changed by a job, in portions, not under the locks of a revision",
    "lock": "this locks or rewrites whole tables",
    "plane": "a tenant revision names no other schema, role or setting: it runs in each workspace",
    "transaction": "the roll-out begins and ends transactions",
}

_STRINGS = re.compile(r"'(?:[^']|'')*'")
_TABLE = r"(?:ONLY )?(?:IF EXISTS )?\"?(\w+)\"?"
_ALTER = re.compile(rf"^ALTER TABLE {_TABLE} (.*)$", re.IGNORECASE | re.DOTALL)
_INDEX = re.compile(
    r"^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).*? ON (?:ONLY )?\"?(\w+)", re.IGNORECASE
)
_DROP_TABLE = re.compile(r"^DROP TABLE (?:IF EXISTS )?\"?(\w+)", re.IGNORECASE)
_ROWS = re.compile(r"^(?:UPDATE|DELETE FROM|MERGE INTO) (?:ONLY )?\"?(\w+)", re.IGNORECASE)
_LOCKS = re.compile(
    r"^(?:LOCK|CLUSTER|VACUUM|TRUNCATE|REINDEX(?! .*CONCURRENTLY)|REFRESH|CREATE TRIGGER|"
    r"ALTER TABLE .* SET (?:UN)?LOGGED|ALTER TABLE .* SET TABLESPACE)",
    re.IGNORECASE,
)
_PLANE = re.compile(
    r"\b(?:control|cell|public|pg_temp|information_schema|t_\w{26})\.\w|"
    r"^SET |^RESET |\bset_config\b|^(?:CREATE|ALTER|DROP) (?:ROLE|USER|SCHEMA|DATABASE|EXTENSION)",
    re.IGNORECASE,
)
_TRANSACTION = re.compile(
    r"^(?:BEGIN|START|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|ABORT)\b", re.IGNORECASE
)
_STEADY = re.compile(r"\b(?:now|current_timestamp|array|jsonb_build_object)\s*\(", re.IGNORECASE)
_REWRITES = re.compile(
    r"\bGENERATED\b|\b(?:SMALL|BIG)?SERIAL\b|\bDEFAULT\b[^,]*\w\s*\(", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a statement of a revision breaks."""

    revision: str
    rule: str
    statement: str

    def __str__(self) -> str:
        """Say what is wrong and what to do."""
        return f"{self.revision} {self.rule}: {RULES[self.rule]}\n    {self.statement}"


@dataclass(slots=True)
class Earlier:
    """What earlier revisions did that later ones may rely on, as `check` reads them in order."""

    validated: set[str] = field(default_factory=set)
    kept_full: dict[tuple[str, str], str] = field(default_factory=dict)


def findings(mapped: MetaData) -> list[Finding]:
    """Return what the tenant line does wrong, but for what is exempt."""
    line = Earlier()
    found: list[Finding] = []
    for script in reversed(list(directory("tenants").walk_revisions("base", "heads"))):
        found += check(script.revision, rendered_statements(script.module), mapped, line)
    # A revision that mixes is refused by the renderer itself.
    revisions("tenants")
    return [one for one in found if (one.revision, one.rule) not in EXEMPT]


def check(
    revision: str, rendered: Sequence[str], mapped: MetaData, line: Earlier | None = None
) -> list[Finding]:
    """Return what one revision does wrong; `line` carries what those before it did."""
    line = line or Earlier()
    statements = [one for text in rendered for one in _split(text)]
    own = created_tables(statements)
    added: set[str] = set()
    found = []
    for statement in statements:
        plain = _STRINGS.sub("''", statement)
        found += [
            Finding(revision, rule, " ".join(statement.split())[:200])
            for rule in (*_anywhere(plain), *_one(plain, own, mapped, line, added))
        ]
    return found


def _split(text: str) -> Iterator[str]:
    """Yield the statements of a text, without comments; a semicolon in quotes parts nothing."""
    text = re.sub(r"--[^\n]*", "", text)
    for part in re.findall(r"(?:'(?:[^']|'')*'|[^;'])+", text):
        if part.strip():
            yield " ".join(part.split())


def _anywhere(statement: str) -> Iterator[str]:
    if _PLANE.search(statement):
        yield "plane"
    if _TRANSACTION.search(statement):
        yield "transaction"
    if _LOCKS.search(statement):
        yield "lock"


def _one(
    statement: str, own: frozenset[str], mapped: MetaData, line: Earlier, added: set[str]
) -> Iterator[str]:
    for pattern, rule in ((_INDEX, "index"), (_ROWS, "rows")):
        if (match := pattern.match(statement)) and match[1] not in own:
            yield rule
    if (match := _DROP_TABLE.match(statement)) and match[1] in mapped.tables:
        yield "drop"
    match = _ALTER.match(statement)
    if match is None or match[1] in own:
        return
    table = match[1]
    for action in re.split(r",\s*(?=(?:ADD|DROP|ALTER|RENAME|VALIDATE)\b)", match[2]):
        yield from _action(table, action, mapped, line, added)


def _action(
    table: str, action: str, mapped: MetaData, line: Earlier, added: set[str]
) -> Iterator[str]:
    upper = action.upper()
    if upper.startswith("RENAME"):
        yield "rename"
    elif match := re.match(r"VALIDATE CONSTRAINT \"?(\w+)", action, re.IGNORECASE):
        if match[1] in added:
            yield "validate"
        line.validated.add(f"{table}.{match[1]}")
    elif match := re.match(
        r"DROP (?:COLUMN )?(?!CONSTRAINT)(?:IF EXISTS )?\"?(\w+)", action, re.IGNORECASE
    ):
        if table in mapped.tables and match[1] in mapped.tables[table].columns:
            yield "drop"
    elif match := re.match(r"ALTER (?:COLUMN )?\"?(\w+)\"? (.*)", action, re.IGNORECASE):
        yield from _alter_column(table, match[1], match[2].upper(), line)
    elif re.match(r"ADD (?:CONSTRAINT|CHECK|FOREIGN|UNIQUE|PRIMARY|EXCLUDE)\b", upper):
        yield from _add_constraint(table, action, line, added)
    elif upper.startswith("ADD"):
        yield from _add_column(upper)


def _alter_column(table: str, column: str, change: str, line: Earlier) -> Iterator[str]:
    if re.match(r"(?:SET DATA )?TYPE\b", change):
        yield "type"
    elif change.startswith("SET NOT NULL"):
        name = line.kept_full.get((table, column))
        if name is None or f"{table}.{name}" not in line.validated:
            yield "not_null"
    elif "GENERATED" in change:
        yield "default"


def _add_constraint(table: str, action: str, line: Earlier, added: set[str]) -> Iterator[str]:
    upper = action.upper()
    name = re.match(r"ADD CONSTRAINT \"?(\w+)", action, re.IGNORECASE)
    if name:
        added.add(name[1])
    if re.search(r"\b(?:CHECK|FOREIGN KEY)\b", upper):
        if not upper.endswith("NOT VALID"):
            yield "constraint"
        full = re.search(r"CHECK \(\s*\"?(\w+)\"? IS NOT NULL\s*\)", action, re.IGNORECASE)
        if full and name:
            line.kept_full[table, full[1]] = name[1]
    elif "USING INDEX" not in upper:
        yield "unique"


def _add_column(upper: str) -> Iterator[str]:
    if _REWRITES.search(_STEADY.sub("", upper)):
        yield "default"
    if re.search(r"\b(?:REFERENCES|CHECK)\b", upper):
        yield "constraint"
    if re.search(r"\b(?:UNIQUE|PRIMARY KEY)\b", upper):
        yield "unique"
    if "NOT NULL" in upper and "DEFAULT" not in upper and "GENERATED" not in upper:
        yield "filled"
