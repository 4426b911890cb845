"""Everything that knows no business: the ground both planes stand on.

Not here: any word of the SIM trade. Nothing of ours is imported by this package.
"""
