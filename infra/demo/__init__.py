"""The demonstration workspace: ninety days of trade, made through the verbs with a moved clock.

Nothing is written past the verbs, so ledger, timeline and audit agree with each other. Document
numbers have a right check digit under the area code 999999, which is no place: they are nobody's.
"""
