"""Records kept here first and in a remote store as well."""
