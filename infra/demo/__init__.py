"""The demonstration: ninety days of trade in one workspace, months of billing in another.

Made with a moved clock, and nothing is written past the verbs, so ledger, timeline and audit agree
with each other. Document numbers have a right check digit under the area code 999999, which is no
place: they are nobody's. What is beside the trade says on its face that it is a demonstration.
"""
