"""What the application's cursor sends, and what it does not."""

import pytest

from kit.db.statements import StatementRefused, check_statement


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "\n  select 1",
        "((SELECT 1) UNION SELECT 2)",
        "-- why\nSELECT 1",
        "/* why */ SELECT 1",
        "/* a * b / c */SELECT 1",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "INSERT INTO x VALUES (1)",
        "VALUES (1)",
        "MERGE INTO x USING y ON true WHEN MATCHED THEN DELETE",
        "SAVEPOINT sa_1",
        "RELEASE SAVEPOINT sa_1",
        "ROLLBACK TO SAVEPOINT sa_1",
        "show transaction isolation level",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SET LOCAL lock_timeout TO '1s'",
        "SET LOCAL statement_timeout = 60000",
        "COPY users FROM STDIN",
        'COPY "users" (id, "name") TO STDOUT WITH (FORMAT binary)',
        "COPY (SELECT * FROM users WHERE (a = 1)) TO STDOUT (FORMAT csv)",
        'DECLARE "c_1" CURSOR FOR SELECT 1',
    ],
)
def test_it_sends(statement):
    check_statement(statement.encode())


@pytest.mark.parametrize(
    "statement",
    [
        "",
        ";",
        "SET ROLE x",
        "\tset local role x",
        "/* SELECT */ SET ROLE x",
        "/* /* */ SELECT */ SET ROLE x",
        "-- \rSET ROLE x /*\nSELECT */",
        "(SET ROLE x)",
        "\ufeffSELECT 1",
        "RESET ROLE",
        "ROLLBACK",
        "ROLLBACK AND CHAIN",
        "COMMIT",
        "BEGIN",
        "EXPLAIN SELECT 1",
        "SET TRANSACTION READ WRITE",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE",
        "SET LOCAL search_path TO x",
        "SET LOCAL statement_timeout TO 0, x",
        "SET statement_timeout TO 0",
        "COPY users TO PROGRAM 'x'",
        "COPY users TO '/tmp/x'",
        "COPY users FROM '/tmp/x' (FORMAT csv)",
        "COPY (SELECT 1) TO PROGRAM 'TO STDOUT'",
        'DECLARE "c_1" CURSOR WITH HOLD FOR SELECT 1',
        "FETCH ALL FROM c_1",
        "CREATE TABLE x (id int)",
    ],
)
def test_it_does_not_send(statement):
    with pytest.raises(StatementRefused, match="the application does not send"):
        check_statement(statement.encode())
