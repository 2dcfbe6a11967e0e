-- What is kept under a key, and the end of it. The bytes in Storage are deleted by the app
-- through Storage's own API, after these functions have said that they are gone: deleting a
-- row of storage.objects would leave the bytes behind.

-- The row stays when the key is erased, so that no other key can take its place.
create table public.participant_key (
  participant_id text collate "C" primary key references public.participant (id),
  wrapped        text not null
);

-- While there is a row, nothing of the meeting is erased.
create table public.legal_hold (
  meeting_id text collate "C" primary key references public.meeting (id),
  reason     text not null check (reason <> '')
);

create function public.add_key(p_participant_id text, p_wrapped text) returns text
language plpgsql set search_path = '' as $$
declare
  kept text;
begin
  perform openproctor.lock_meeting((openproctor.know_participant(p_participant_id)).meeting_id);
  perform openproctor.check_not_erased(p_participant_id);
  insert into public.participant_key values (p_participant_id, p_wrapped)
  on conflict (participant_id) do nothing;
  select wrapped into strict kept from public.participant_key
  where participant_id = p_participant_id;
  return kept;
end $$;

create function public.key(p_participant_id text) returns text
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select nullif(wrapped, '') from public.participant_key
    where participant_id = p_participant_id
  );
end $$;

create function public.hold(p_meeting_id text, p_reason text) returns void
language plpgsql set search_path = '' as $$
begin
  perform openproctor.lock_meeting(p_meeting_id);
  delete from public.legal_hold where meeting_id = p_meeting_id;
  if p_reason <> '' then
    insert into public.legal_hold values (p_meeting_id, p_reason);
  end if;
end $$;

create function public.held(p_meeting_id text) returns text
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return coalesce((select reason from public.legal_hold where meeting_id = p_meeting_id), '');
end $$;

-- Locks the meeting, so that a hold comes wholly before an erasure or wholly after it.
create function openproctor.lock_to_erase(p_participant_id text) returns void
language plpgsql set search_path = '' as $$
declare
  of_meeting text := (openproctor.know_participant(p_participant_id)).meeting_id;
  because text;
begin
  perform openproctor.lock_meeting(of_meeting);
  select reason into because from public.legal_hold where meeting_id = of_meeting;
  if found then
    perform openproctor.reject(
      format('The meeting is on legal hold (%s): nothing of it can be erased.', because));
  end if;
end $$;

-- How many pieces of evidence had bytes, and the objects to delete now. The objects of earlier
-- erasures are among them, so that repeating one that was cut short ends it.
create function public.erase_evidence(p_participant_id text) returns jsonb
language plpgsql set search_path = '' as $$
declare
  erased integer;
begin
  perform openproctor.lock_to_erase(p_participant_id);
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

-- Key and name go, and the token ends. The first time counts.
create function public.erase(p_participant_id text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform openproctor.lock_to_erase(p_participant_id);
  update public.participant set name = '', erased_at = p_at
  where id = p_participant_id and erased_at is null;
  insert into public.participant_key values (p_participant_id, '')
  on conflict (participant_id) do update set wrapped = '';
  update public.capability set revoked_at = coalesce(revoked_at, p_at)
  where participant_id = p_participant_id;
  return public.erase_evidence(p_participant_id);
end $$;

-- What proctoring.store.supabase.client asks for at its start. The newest migration replaces it.
create or replace function public.schema_version() returns text
language sql immutable set search_path = '' as $$ select '20261121000600' $$;

alter table public.participant_key enable row level security;
alter table public.legal_hold enable row level security;
revoke all on public.participant_key, public.legal_hold
  from public, anon, authenticated, service_role;
grant select, insert, update on public.participant_key to service_role;
grant select, insert, update, delete on public.legal_hold to service_role;

revoke execute on all functions in schema openproctor from public, anon, authenticated;
grant execute on all functions in schema openproctor to service_role;
revoke execute on function
  public.add_key(text, text), public.key(text), public.hold(text, text), public.held(text),
  public.erase_evidence(text), public.erase(text, timestamptz), public.schema_version()
  from public, anon, authenticated;
grant execute on function
  public.add_key(text, text), public.key(text), public.hold(text, text), public.held(text),
  public.erase_evidence(text), public.erase(text, timestamptz), public.schema_version()
  to service_role;
