"""The verbs of the embedded store by subject: each is one transaction of what is beside."""
