"""Fapiao 发票: a workspace asks for one about what it paid, an operator issues or rejects it.

The tax authority's own system makes the document; here is who asked for what, what came of it, and
the file. Key words: *title* (who is named on it), *holds* (an invoice that is asked for already),
*red-letter note* (what takes back a part of one that was issued).
"""
