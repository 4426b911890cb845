"""The platform's own books (D046): entries, the accounts they go to, and sums for any month.

Entries follow from the mirror: whoever changes an invoice or a credit calls `enter`, and what was
missed is entered by the clock. They are never changed; what is taken back is an entry, too.
"""

from control.billing.bookkeeping.entering import enter, enter_missing

__all__ = ["enter", "enter_missing"]
