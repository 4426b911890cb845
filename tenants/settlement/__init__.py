"""Money of channels: milestones, commission lines, the ledger, settlement runs and payouts.

Not here: orders (they call this module), carrier bills (tenants.reconciliation, later). Items are
known by their public id only. Key words: *pending* is earned but not confirmed, *settled* is
confirmed, *paid* is money sent; a mistake is a *reversal*, never an edit.
"""
