"""Questions about commission and the ledger."""

from tenants.settlement.queries.balances import (
    Balances,
    ChannelSummary,
    balances,
    balances_of_all,
    channel_summary,
)
from tenants.settlement.queries.explanation import Explanation, explain
from tenants.settlement.queries.lines import (
    lines,
    lines_of_channel,
    lines_of_items,
)
from tenants.settlement.queries.runs import (
    Preview,
    channel_names,
    entries_of,
    journals,
    line_ids,
    payouts,
    preview,
    run_channels,
    runs,
    why_it_waits,
)

__all__ = [
    "Balances",
    "ChannelSummary",
    "Explanation",
    "Preview",
    "balances",
    "balances_of_all",
    "channel_names",
    "channel_summary",
    "entries_of",
    "explain",
    "journals",
    "line_ids",
    "lines",
    "lines_of_channel",
    "lines_of_items",
    "payouts",
    "preview",
    "run_channels",
    "runs",
    "why_it_waits",
]
