"""The tenant plane: what happens inside one workspace, module by module in the order of the arrow.

Nothing here knows which workspace it serves; kit.tenancy does.
"""
