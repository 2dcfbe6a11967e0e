"""The verbs of the Supabase store by subject: each is one call of a database function."""
