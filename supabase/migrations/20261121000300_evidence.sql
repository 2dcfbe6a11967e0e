-- Pictures and sounds: their records here, their bytes in a private bucket of Storage, named
-- <meeting>/<participant>/<sha256>.<extension>, so that one candidate's can be destroyed whole.

create table public.evidence (
  id            text collate "C" primary key check (id <> ''),
  occurrence_id text collate "C" not null references public.occurrence (id),
  captured_at   timestamptz not null,
  media_type    text not null check (media_type in ('image/jpeg', 'audio/wav')),
  size          integer not null check (size >= 0),
  sha256        text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  is_erased     boolean not null default false
);
create index evidence_by_occurrence on public.evidence (occurrence_id, captured_at);

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('evidence', 'evidence', false, 20971520, array['image/jpeg', 'audio/wav'])
on conflict (id) do update set
  public = excluded.public,
  file_size_limit = excluded.file_size_limit,
  allowed_mime_types = excluded.allowed_mime_types;

create function openproctor.check_not_erased(p_participant_id text) returns void
language plpgsql stable set search_path = '' as $$
begin
  if (openproctor.know_participant(p_participant_id)).erased_at is not null then
    perform openproctor.reject(
      format('The data of participant ''%s'' were erased.', p_participant_id));
  end if;
end $$;

create function openproctor.folder(owner public.occurrence) returns text
language sql immutable set search_path = '' as $$
  select owner.meeting_id || '/' || owner.participant_id
$$;

-- Where the bytes go; null if they were erased, so that a repeated save does not bring them back.
create function public.evidence_folder(p_evidence_id text, p_occurrence_id text) returns text
language plpgsql stable set search_path = '' as $$
declare
  owner public.occurrence := openproctor.know_occurrence(p_occurrence_id);
begin
  perform openproctor.check_not_erased(owner.participant_id);
  if exists (select from public.evidence where id = p_evidence_id and is_erased) then
    return null;
  end if;
  return openproctor.folder(owner);
end $$;

-- After its bytes are in Storage.
create function public.save_evidence(p_evidence jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.evidence := jsonb_populate_record(null::public.evidence, p_evidence);
  known public.evidence;
  owner public.occurrence := openproctor.know_occurrence(given.occurrence_id);
begin
  perform openproctor.lock_meeting(owner.meeting_id);
  perform openproctor.check_not_erased(owner.participant_id);
  insert into public.evidence select given.* on conflict (id) do nothing;
  if found then
    owner := openproctor.know_occurrence(given.occurrence_id);  -- it may have moved meanwhile
    perform openproctor.mark_changed(owner.meeting_id, array[owner.incident_id]);
    return;
  end if;
  select * into strict known from public.evidence where id = given.id;
  known.is_erased := given.is_erased;
  if known is distinct from given then
    perform openproctor.reject(format('The id %s belongs to other evidence.', given.id));
  end if;
end $$;

-- The record, with the folder of its bytes and its meeting.
create function public.evidence_place(p_evidence_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
declare
  found_ jsonb;
begin
  select to_jsonb(e) || jsonb_build_object('meeting_id', o.meeting_id, 'folder', openproctor.folder(o))
  into found_
  from public.evidence e join public.occurrence o on o.id = e.occurrence_id
  where e.id = p_evidence_id;
  if found_ is null then
    perform openproctor.unknown('evidence', p_evidence_id);
  end if;
  return found_;
end $$;

create function public.evidence_list(p_occurrence_ids text[]) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.captured_at, e.id), '[]')
  from public.evidence e where e.occurrence_id = any (p_occurrence_ids)
$$;

create function public.evidence_of(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(e) order by e.captured_at, e.id), '[]')
    from public.evidence e join public.occurrence o on o.id = e.occurrence_id
    where o.participant_id = p_participant_id
  );
end $$;

alter table public.evidence enable row level security;
revoke all on public.evidence from public, anon, authenticated, service_role;
grant select, insert, update on public.evidence to service_role;

revoke execute on all functions in schema openproctor from public, anon, authenticated;
grant execute on all functions in schema openproctor to service_role;
revoke execute on function
  public.evidence_folder(text, text), public.save_evidence(jsonb), public.evidence_place(text),
  public.evidence_list(text[]), public.evidence_of(text)
  from public, anon, authenticated;
grant execute on function
  public.evidence_folder(text, text), public.save_evidence(jsonb), public.evidence_place(text),
  public.evidence_list(text[]), public.evidence_of(text)
  to service_role;
