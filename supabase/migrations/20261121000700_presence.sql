-- Which servers hold candidates of a meeting now. Each writes its own rows every two seconds, so
-- what is older is of a server that is no more. Nothing refers to a meeting or a participant:
-- a server may speak of one whose record is still on its way.

create table public.presence (
  replica         text collate "C" not null check (replica <> ''),
  meeting_id      text collate "C" not null,
  url             text not null,
  participant_ids text[] not null,
  seen_at         timestamptz not null,
  primary key (replica, meeting_id)
);
create index presence_by_meeting on public.presence (meeting_id, replica);

-- All that this server holds now, in place of what it said before. The lock lets a server that
-- asks again, because an answer was lost, wait for itself.
create function public.save_presence(p_replica text, p_held jsonb) returns void
language plpgsql set search_path = '' as $$
begin
  if exists (
    select from jsonb_populate_recordset(null::public.presence, p_held) given
    where given.replica <> p_replica
  ) then
    perform openproctor.reject(format('The server ''%s'' speaks for itself alone.', p_replica));
  end if;
  perform pg_advisory_xact_lock(hashtextextended('presence of ' || p_replica, 0));
  delete from public.presence where replica = p_replica;
  insert into public.presence
  select given.* from jsonb_populate_recordset(null::public.presence, p_held) given;
end $$;

create function public.presence(p_meeting_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(p) order by p.replica), '[]')
    from public.presence p where p.meeting_id = p_meeting_id
  );
end $$;

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121000700' $$;

alter table public.presence enable row level security;
revoke all on public.presence from public, anon, authenticated, service_role;
grant select, insert, delete on public.presence to service_role;

revoke execute on function public.save_presence(text, jsonb), public.presence(text)
  from public, anon, authenticated;
grant execute on function public.save_presence(text, jsonb), public.presence(text)
  to service_role;
