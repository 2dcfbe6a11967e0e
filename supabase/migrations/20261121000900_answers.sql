-- What candidates answer: sealed by the server with each candidate's key, like the names.

create table public.answer (
  participant_id text collate "C" not null references public.participant (id),
  question_id    text collate "C" not null
    check (octet_length(question_id) between 1 and 800),  -- 200, and escaped four times that
  revision       integer not null check (revision >= 1),
  content        text not null check (octet_length(content) <= 140000),
  saved_at       timestamptz not null,
  primary key (participant_id, question_id)
);

-- The highest revision counts, in whatever order they come. The participant's row is held until
-- the commit, so that an erasure comes wholly before or wholly after it; candidates do not wait
-- for each other.
create function public.save_answer(p_answer jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.answer := jsonb_populate_record(null::public.answer, p_answer);
begin
  perform from public.participant where id = given.participant_id for share;
  perform openproctor.check_not_erased(given.participant_id);
  insert into public.answer as known select given.*
  on conflict (participant_id, question_id) do update set
    revision = excluded.revision, content = excluded.content, saved_at = excluded.saved_at
    where known.revision < excluded.revision;
end $$;

create function public.answers(p_participant_id text) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_participant(p_participant_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(a) order by a.question_id), '[]')
    from public.answer a where a.participant_id = p_participant_id
  );
end $$;

-- Key, name and answers go, and the token ends. The first time counts.
create or replace function public.erase(p_participant_id text, p_at timestamptz) returns jsonb
language plpgsql set search_path = '' as $$
begin
  perform openproctor.lock_to_erase(p_participant_id);
  update public.participant set name = '', erased_at = p_at
  where id = p_participant_id and erased_at is null;
  delete from public.answer where participant_id = p_participant_id;
  insert into public.participant_key values (p_participant_id, '')
  on conflict (participant_id) do update set wrapped = '';
  update public.capability set revoked_at = coalesce(revoked_at, p_at)
  where participant_id = p_participant_id;
  return public.erase_evidence(p_participant_id);
end $$;

alter table public.answer enable row level security;
revoke all on public.answer from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.answer to service_role;

revoke execute on function public.save_answer(jsonb), public.answers(text)
  from public, anon, authenticated;
grant execute on function public.save_answer(jsonb), public.answers(text) to service_role;
