"""Approvals: who has to agree to a document before it takes effect, and who did, when and how.

Not here: what a document is and what its approval brings about; the module that owns it registers
a *kind* (kinds.py). Key words: a *flow* is a kind's steps as they are set up; an *approval* is one
submission going through them; a *turn* is the stay at one step; a *signer* is asked at a step.
"""
