"""The portal: what people of channels use, on a phone, inside WeChat's browser.

A surface: pages only, no tables. Not here: logging in (tenants.channels), the verbs it calls. A
channel sees only its own subtree, masked personal data, and its own share of the money.
"""
