-- Who is staff, and for what, where staff sign in.

create table public.staff (
  entry    text collate "C" primary key
    check (position('@' in entry) > 0) check (octet_length(entry) <= 320),
  role     text not null check (role in ('examiner', 'proctor', 'reviewer')),
  added_at timestamptz not null
);

create function public.save_staff(p_staff jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  insert into public.staff
  select given.* from jsonb_populate_record(null::public.staff, p_staff) given
  on conflict (entry) do update set role = excluded.role, added_at = excluded.added_at;
end $$;

create function public.remove_staff(p_entry text) returns void
language plpgsql set search_path = '' as $$
begin
  delete from public.staff where entry = p_entry;
end $$;

create function public.staff() returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.entry), '[]') from public.staff s
$$;

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001000' $$;

alter table public.staff enable row level security;
revoke all on public.staff from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.staff to service_role;

revoke execute on function public.save_staff(jsonb), public.remove_staff(text), public.staff()
  from public, anon, authenticated;
grant execute on function public.save_staff(jsonb), public.remove_staff(text), public.staff()
  to service_role;
