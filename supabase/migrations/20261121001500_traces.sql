-- What was observed of each candidate, about a minute in each row: sealed by the server with each
-- candidate's key, like the pictures, and gone when those go.

create table public.trace (
  id             text collate "C" primary key check (octet_length(id) between 1 and 800),
  participant_id text collate "C" not null references public.participant (id),
  started_at     timestamptz not null,
  ended_at       timestamptz not null,
  content        bytea not null check (octet_length(content) between 1 and 1000100),
  constraint trace_times check (ended_at >= started_at)
);
create index trace_by_participant on public.trace (participant_id, started_at, id);

-- The participant's row is held until the commit, so that an erasure comes wholly before or wholly
-- after it; candidates do not wait for each other.
create function public.save_trace(p_trace jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.trace := jsonb_populate_record(null::public.trace, p_trace);
  known public.trace;
begin
  perform from public.participant where id = given.participant_id for share;
  perform openproctor.check_not_erased(given.participant_id);
  insert into public.trace select given.* on conflict (id) do nothing;
  if not found then
    select * into strict known from public.trace where id = given.id;
    if known is distinct from given then
      perform openproctor.reject(format('The id %s belongs to another trace.', given.id));
    end if;
  end if;
end $$;

create function public.traces(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(t) order by t.started_at, t.id), '[]')
    from public.trace t where t.participant_id = p_participant_id
  );
end $$;

-- Ids of the participants of whom there are any.
create function public.traced(p_meeting_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(p.id order by p.id), '[]') from public.participant p
    where p.meeting_id = p_meeting_id
      and exists (select from public.trace t where t.participant_id = p.id)
  );
end $$;

-- How many pieces of evidence had bytes, and the objects to delete now. The objects of earlier
-- erasures are among them, so that repeating one that was cut short ends it. What was observed goes
-- with them; `erase` calls this, too.
create or replace function public.erase_evidence(p_participant_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  erased integer;
begin
  perform openproctor.lock_to_erase(p_participant_id);
  delete from public.trace where participant_id = p_participant_id;
  update public.evidence e set is_erased = true
  from public.occurrence o
  where o.id = e.occurrence_id and o.participant_id = p_participant_id and not e.is_erased;
  get diagnostics erased = row_count;
  return jsonb_build_object('count', erased, 'objects', (
    select coalesce(jsonb_agg(distinct jsonb_build_object(
      'folder', openproctor.folder(o), 'sha256', e.sha256, 'media_type', e.media_type)), '[]')
    from public.evidence e join public.occurrence o on o.id = e.occurrence_id
    where o.participant_id = p_participant_id
  ));
end $$;

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001500' $$;

alter table public.trace enable row level security;
revoke all on public.trace from public, anon, authenticated, service_role;
grant select, insert, delete on public.trace to service_role;

revoke execute on function
  public.save_trace(jsonb), public.traces(text), public.traced(text)
  from public, anon, authenticated;
grant execute on function
  public.save_trace(jsonb), public.traces(text), public.traced(text)
  to service_role;
