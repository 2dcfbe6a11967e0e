-- What the examiner allows in a meeting.

-- What differs from proctoring.types.Policy(), which is what was made before allowed: a list of
-- labels, and what is true or false.
alter table public.meeting add column policy jsonb not null default '{}'
  check (octet_length(policy::text) <= 4000)
  check (jsonb_typeof(policy) = 'object')
  check (jsonb_typeof(coalesce(policy -> 'allowed_objects', '[]')) = 'array')
  check (not jsonb_path_exists(policy, '$.allowed_objects[*] ? (@.type() != "string")'))
  check (jsonb_typeof(policy) <> 'object' or not jsonb_path_exists(
    policy - 'allowed_objects', '$.* ? (@.type() != "boolean")'));

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001100' $$;
