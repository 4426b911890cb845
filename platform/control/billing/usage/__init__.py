"""What workspaces use of their plan: read by a sweep, told at 80 and 100 %, charged beyond it.

    reckoning   what use beyond soft limits costs: pure, the preview and the charge alike
    reading     one workspace: what it uses now, and whom to warn
    closing     one month of one workspace becomes charges, once
    sending     a charge becomes an invoice item at Stripe, once
    carrying    charges on an invoice: Stripe's, seen by the mirror, or one that we draw
    leaving     who has given the plan up gets a last invoice
    taking_back who pays by transfer from now on gets on ours what waited at Stripe
    waiving     an operator lets a charge off

Key words: a *reading* is what was used in a month when the sweep last looked; a *charge* is one
counted thing of one closed month beyond its soft limit.
"""
