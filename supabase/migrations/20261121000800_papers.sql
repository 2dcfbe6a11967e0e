-- The questions of a meeting, and apart from them what solves them. The app keeps both to
-- 1000000 bytes, of which escaping (proctoring.store.supabase.rows) may make a third more.

create table public.paper (
  meeting_id text collate "C" primary key references public.meeting (id),
  revision   integer not null check (revision >= 1),
  content    text not null
    check (octet_length(content) <= 1400000) check (json_typeof(content::json) = 'object'),
  saved_at   timestamptz not null,
  unique (meeting_id, revision)
);

-- Apart, so that nothing that reads a paper for a candidate can read what solves it.
create table public.answer_key (
  meeting_id text collate "C" primary key,
  revision   integer not null,
  content    text not null
    check (octet_length(content) <= 1400000) check (json_typeof(content::json) = 'object'),
  saved_at   timestamptz not null,
  foreign key (meeting_id, revision) references public.paper (meeting_id, revision)
    deferrable initially deferred
);

-- Both or neither. Only a higher revision takes the place of another; a repeated save is none.
create function public.save_paper(p_paper jsonb, p_key jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.paper := jsonb_populate_record(null::public.paper, p_paper);
  given_key public.answer_key := jsonb_populate_record(null::public.answer_key, p_key);
  known public.paper;
  known_key public.answer_key;
begin
  perform openproctor.lock_meeting(given.meeting_id);
  if (given.meeting_id, given.revision) <> (given_key.meeting_id, given_key.revision) then
    perform openproctor.reject('The answer key is not of this paper and revision.');
  end if;
  select * into known from public.paper where meeting_id = given.meeting_id;
  select * into known_key from public.answer_key where meeting_id = given.meeting_id;
  if known.revision >= given.revision then
    if (known.revision, known.content, known_key.content)
      is distinct from (given.revision, given.content, given_key.content)
    then
      perform openproctor.reject(
        format('The paper has the revision %s already.', known.revision));
    end if;
    return;
  end if;
  insert into public.paper select given.*
  on conflict (meeting_id) do update set
    revision = excluded.revision, content = excluded.content, saved_at = excluded.saved_at;
  insert into public.answer_key select given_key.*
  on conflict (meeting_id) do update set
    revision = excluded.revision, content = excluded.content, saved_at = excluded.saved_at;
end $$;

-- Null if there is none of a revision above p_after.
create function public.paper(p_meeting_id text, p_after integer) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select to_jsonb(p) from public.paper p
    where p.meeting_id = p_meeting_id and p.revision > p_after
  );
end $$;

create function public.answer_key(p_meeting_id text, p_after integer) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select to_jsonb(k) from public.answer_key k
    where k.meeting_id = p_meeting_id and k.revision > p_after
  );
end $$;

alter table public.paper enable row level security;
alter table public.answer_key enable row level security;
revoke all on public.paper, public.answer_key from public, anon, authenticated, service_role;
grant select, insert, update on public.paper, public.answer_key to service_role;

revoke execute on function
  public.save_paper(jsonb, jsonb), public.paper(text, integer), public.answer_key(text, integer)
  from public, anon, authenticated;
grant execute on function
  public.save_paper(jsonb, jsonb), public.paper(text, integer), public.answer_key(text, integer)
  to service_role;
