"""The control plane: who our workspaces are, how they come to be, what they pay.

Not here: anything inside a workspace. wsgi.py hands this package the tenant plane as one object;
it never imports it.
"""
