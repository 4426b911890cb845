"""Billing by bank transfer (对公转账): our own invoices, proofs, money that came, renewals.

Nothing here calls anybody: what Stripe does for cards is done by verbs and by the clock. *Offer*:
an invoice whose plan or seats are given when it is paid. *Renewal*: the invoice of the next
period. *Proof*: what an owner hands in. *Receipt*: money on our bank account, booked by an
operator under the bank's own reference. *Credit*: what was paid too much.
"""
