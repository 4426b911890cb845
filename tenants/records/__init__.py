"""What any record of any module may have: attachments, comments, tags, a place in the recycle bin.

Keyed by the record's kind and public id; modules above register their kinds (`kinds.register`) and
none of them is imported here. The document library (文档库) lives here, too, for it keeps files the
same way. Not here: what may be done to a record itself, which its own module says.
"""
