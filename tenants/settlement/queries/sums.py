"""The sums of the ledger: equal in a workspace and in a true copy of it."""

LEDGER_SUMS = """
    SELECT 'entries ' || a.code || ' ' || e.currency AS name, sum(e.amount)::bigint AS amount
    FROM entries e JOIN accounts a ON a.id = e.account_id GROUP BY a.code, e.currency
    UNION ALL
    SELECT 'balances ' || code || ' ' || currency, sum(balance)::bigint
    FROM accounts GROUP BY code, currency
    UNION ALL
    SELECT 'lines ' || state || ' ' || currency, sum(amount)::bigint
    FROM commission_lines GROUP BY state, currency
    UNION ALL
    SELECT 'payouts ' || currency, sum(amount)::bigint FROM payouts GROUP BY currency
    ORDER BY name
"""
