-- The log of a meeting: it can only be added to, and each entry's hash takes in the one before
-- it. proctoring.audit.chain tells what the hash is; a test holds the two together.

create table public.audit (
  meeting_id text collate "C" not null references public.meeting (id),
  number     integer not null check (number >= 1),
  id         text collate "C" not null unique check (id <> ''),
  at         timestamptz not null,
  actor      text not null check (actor <> ''),
  action     text not null check (action <> ''),
  subject    text not null,
  detail     text not null,
  hash       text not null check (hash ~ '^[0-9a-f]{64}$'),
  primary key (meeting_id, number)
);

create function openproctor.audit_stays() returns trigger
language plpgsql set search_path = '' as $$
begin
  perform openproctor.reject('the log can only be added to');
  return null;
end $$;
create trigger audit_entries_never_change_and_never_go
  before update or delete or truncate on public.audit
  for each statement execute function openproctor.audit_stays();

create function openproctor.digest(p_text text) returns text
language sql immutable set search_path = '' as $$
  select encode(sha256(convert_to(p_text, 'UTF8')), 'hex')
$$;

create function openproctor.link(previous text, given public.audit) returns text
language sql immutable set search_path = '' as $$
  select openproctor.digest(
    previous
    || openproctor.digest(given.id)
    || openproctor.digest(given.meeting_id)
    || openproctor.digest(((extract(epoch from given.at) * 1000000)::bigint)::text)
    || openproctor.digest(given.actor)
    || openproctor.digest(given.action)
    || openproctor.digest(given.subject)
    || openproctor.digest(given.detail)
  )
$$;

create function public.append_audit(p_event jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  given public.audit := jsonb_populate_record(null::public.audit, p_event);
  known public.audit;
  last public.audit;
begin
  perform openproctor.lock_meeting(given.meeting_id);
  select * into known from public.audit where id = given.id;
  if found then
    given.number := known.number;
    given.hash := known.hash;
    if known is distinct from given then
      perform openproctor.reject(format('The id %s belongs to another event.', given.id));
    end if;
    return;
  end if;
  select * into last from public.audit
  where meeting_id = given.meeting_id order by number desc limit 1;
  given.number := coalesce(last.number, 0) + 1;
  given.hash := openproctor.link(coalesce(last.hash, repeat('0', 64)), given);
  insert into public.audit select given.*;
end $$;

create function public.audit_log(p_meeting_id text, p_after integer) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  perform openproctor.know_meeting(p_meeting_id);
  return (
    select coalesce(jsonb_agg(to_jsonb(a) order by a.number), '[]')
    from public.audit a where a.meeting_id = p_meeting_id and a.number > p_after
  );
end $$;

alter table public.audit enable row level security;
revoke all on public.audit from public, anon, authenticated, service_role;
grant select, insert on public.audit to service_role;

revoke execute on all functions in schema openproctor from public, anon, authenticated;
grant execute on all functions in schema openproctor to service_role;
revoke execute on function public.append_audit(jsonb), public.audit_log(text, integer)
  from public, anon, authenticated;
grant execute on function public.append_audit(jsonb), public.audit_log(text, integer)
  to service_role;
