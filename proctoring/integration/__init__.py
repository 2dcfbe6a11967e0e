"""What other programs have here: their keys, what they asked for twice, and whom to tell.

All of it is this server's own, in the file `api.db` beside the records; none of it names a person.
"""
