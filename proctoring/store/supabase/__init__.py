"""Records in a project of Supabase."""
