-- What a candidate is known again by, at whichever server, until they finish: sealed by the server
-- with each candidate's key.

create table public.enrolment (
  participant_id text collate "C" not null references public.participant (id),
  kind           text collate "C" not null check (octet_length(kind) between 1 and 160),
  content        bytea not null check (octet_length(content) between 1 and 33000),
  saved_at       timestamptz not null,
  primary key (participant_id, kind)
);

-- The newest of each kind counts, in whatever order they come. Nothing is kept of who has finished
-- or was erased; the participant's row is held until the commit, so that the end comes wholly
-- before or wholly after it.
create function public.save_enrolment(p_enrolled jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.enrolment := jsonb_populate_record(null::public.enrolment, p_enrolled);
begin
  perform openproctor.know_participant(given.participant_id);
  perform from public.participant
  where id = given.participant_id and finished_at is null and erased_at is null for share;
  if not found then
    return;
  end if;
  insert into public.enrolment as known select given.*
  on conflict (participant_id, kind) do update set
    content = excluded.content, saved_at = excluded.saved_at
    where known.saved_at < excluded.saved_at;
end $$;

create function public.enrolments(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(e) order by e.kind), '[]')
    from public.enrolment e where e.participant_id = p_participant_id
  );
end $$;

-- Ids of the participants of whom something is kept.
create function public.enrolled(p_meeting_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(p.id order by p.id), '[]') from public.participant p
    where p.meeting_id = p_meeting_id
      and exists (select from public.enrolment e where e.participant_id = p.id)
  );
end $$;

create function public.erase_enrolments(p_participant_id text) returns void
language plpgsql set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  delete from public.enrolment where participant_id = p_participant_id;
end $$;

-- The first finish counts, with its reason. What they were known again by goes, hold or not: it is
-- no record of what happened.
create or replace function public.finish(p_participant_id text, p_at timestamptz, p_reason text)
returns void language plpgsql set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  update public.participant set finished_at = p_at, finish_reason = p_reason
  where id = p_participant_id and finished_at is null;
  delete from public.enrolment where participant_id = p_participant_id;
end $$;

-- Key, name, answers and what they were known again by go, and the token ends. The first time
-- counts.
create or replace function public.erase(p_participant_id text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform openproctor.lock_to_erase(p_participant_id);
  update public.participant set name = '', erased_at = p_at
  where id = p_participant_id and erased_at is null;
  delete from public.answer where participant_id = p_participant_id;
  delete from public.enrolment where participant_id = p_participant_id;
  insert into public.participant_key values (p_participant_id, '')
  on conflict (participant_id) do update set wrapped = '';
  update public.capability set revoked_at = coalesce(revoked_at, p_at)
  where participant_id = p_participant_id;
  return public.erase_evidence(p_participant_id);
end $$;

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121001200' $$;

alter table public.enrolment enable row level security;
revoke all on public.enrolment from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.enrolment to service_role;

revoke execute on function
  public.save_enrolment(jsonb), public.enrolments(text), public.enrolled(text),
  public.erase_enrolments(text)
  from public, anon, authenticated;
grant execute on function
  public.save_enrolment(jsonb), public.enrolments(text), public.enrolled(text),
  public.erase_enrolments(text)
  to service_role;
