-- What an examiner keeps beside an exam: who is invited, the versions of its policy, its lists.

-- 30000 bytes is proctoring.store.contents.LONGEST_SEALED_OFFICE. What was erased has no content.
CREATE TABLE office_record (
  id         TEXT PRIMARY KEY CHECK (length(CAST(id AS BLOB)) BETWEEN 1 AND 200),
  meeting_id TEXT NOT NULL REFERENCES meeting (id),
  kind       TEXT NOT NULL CHECK (length(CAST(kind AS BLOB)) BETWEEN 1 AND 40),
  revision   INTEGER NOT NULL CHECK (revision >= 1),
  token_hash TEXT NOT NULL CHECK (length(CAST(token_hash AS BLOB)) <= 200),
  content    TEXT NOT NULL CHECK (length(CAST(content AS BLOB)) <= 30000),
  saved_at   INTEGER NOT NULL,
  actor      TEXT NOT NULL CHECK (length(CAST(actor AS BLOB)) BETWEEN 1 AND 200)
) STRICT;
CREATE INDEX office_record_by_meeting ON office_record (meeting_id, kind);
CREATE INDEX office_record_by_token ON office_record (token_hash) WHERE token_hash <> '';
