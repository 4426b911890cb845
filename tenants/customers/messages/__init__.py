"""Messages to customers: what happens to their orders, told by SMS and mail.

Off until the workspace switches it on, for each event, way and language: texts cost money. What
can be told is a *kind* (tenants.notices.customer_kinds) that its module registers; it calls
`services.inform` in its own transaction. Nothing leaves in the *quiet hours*. Not here: what our
own people are told (tenants.notices).
"""
