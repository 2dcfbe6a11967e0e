"""The verbs of the synced store by subject: kept here first, and asked for here first."""
