-- The phrases that are listened for in a meeting: one more list of texts in its policy.

-- The last of the five checks of 20261121001100_policy.sql let no other list in.
alter table public.meeting drop constraint meeting_policy_check4;
alter table public.meeting
  add check (jsonb_typeof(coalesce(policy -> 'phrases', '[]')) = 'array'),
  add check (not jsonb_path_exists(policy, '$.phrases[*] ? (@.type() != "string")')),
  add check (jsonb_typeof(policy) <> 'object' or not jsonb_path_exists(
    policy - 'allowed_objects' - 'phrases', '$.* ? (@.type() != "boolean")'));

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001300' $$;
