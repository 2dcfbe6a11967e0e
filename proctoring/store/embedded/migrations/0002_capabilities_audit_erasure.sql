-- Who may do what is a capability; two tables of hashes become one.

CREATE TABLE capability (
  id             TEXT PRIMARY KEY CHECK (id <> ''),
  meeting_id     TEXT NOT NULL REFERENCES meeting (id),
  role           TEXT NOT NULL CHECK (role IN ('examiner', 'proctor', 'reviewer', 'candidate')),
  token_hash     TEXT NOT NULL UNIQUE CHECK (token_hash <> ''),
  created_at     INTEGER NOT NULL,
  participant_id TEXT,
  expires_at     INTEGER,
  revoked_at     INTEGER,
  CHECK ((role = 'candidate') = (participant_id IS NOT NULL)),
  FOREIGN KEY (meeting_id, participant_id) REFERENCES participant (meeting_id, id)
) STRICT;
CREATE INDEX capability_by_meeting ON capability (meeting_id, created_at);

INSERT INTO capability (id, meeting_id, role, token_hash, created_at)
SELECT lower(hex(randomblob(16))), meeting_id, 'proctor', secret_hash, meeting.created_at
FROM meeting_secret JOIN meeting ON meeting.id = meeting_id;

INSERT INTO capability (id, meeting_id, role, token_hash, created_at, participant_id)
SELECT lower(hex(randomblob(16))), s.meeting_id, 'candidate', resume_hash, joined_at, participant_id
FROM participant_secret AS s JOIN participant ON participant.id = participant_id;

DROP TABLE meeting_secret;
DROP TABLE participant_secret;

-- A name may be sealed, which makes it longer. SQLite changes a CHECK only by a new table;
-- foreign keys are not enforced during a migration, and checked at its end.
CREATE TABLE participant_new (
  id              TEXT PRIMARY KEY CHECK (id <> ''),
  meeting_id      TEXT NOT NULL REFERENCES meeting (id),
  name            TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) <= 2000),
  joined_at       INTEGER NOT NULL,
  consent_at      INTEGER,
  consent_version TEXT NOT NULL,
  started_at      INTEGER,
  finished_at     INTEGER,
  finish_reason   TEXT NOT NULL,
  erased_at       INTEGER,
  CHECK ((name = '') = (erased_at IS NOT NULL)),
  UNIQUE (meeting_id, id)
) STRICT;
INSERT INTO participant_new SELECT *, NULL FROM participant;
DROP TABLE participant;
ALTER TABLE participant_new RENAME TO participant;

-- The key that a participant's name, pictures and sounds are sealed with, itself sealed.
-- The row stays when the key is erased, so that no other key can take its place.
CREATE TABLE participant_key (
  participant_id TEXT PRIMARY KEY REFERENCES participant (id),
  wrapped        TEXT NOT NULL
) STRICT;

-- While there is a row, nothing of the meeting is erased.
CREATE TABLE legal_hold (
  meeting_id TEXT PRIMARY KEY REFERENCES meeting (id),
  reason     TEXT NOT NULL CHECK (reason <> '')
) STRICT;

ALTER TABLE evidence ADD COLUMN is_erased INTEGER NOT NULL DEFAULT 0 CHECK (is_erased IN (0, 1));

-- proctoring.audit.chain tells what hash is.
CREATE TABLE audit (
  meeting_id TEXT NOT NULL REFERENCES meeting (id),
  number     INTEGER NOT NULL CHECK (number >= 1),
  id         TEXT NOT NULL UNIQUE CHECK (id <> ''),
  at         INTEGER NOT NULL,
  actor      TEXT NOT NULL CHECK (actor <> ''),
  action     TEXT NOT NULL CHECK (action <> ''),
  subject    TEXT NOT NULL,
  detail     TEXT NOT NULL,
  hash       TEXT NOT NULL CHECK (length(hash) = 64),
  PRIMARY KEY (meeting_id, number)
) STRICT;

CREATE TRIGGER audit_entries_never_change BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the log can only be added to');
END;

CREATE TRIGGER audit_entries_never_go BEFORE DELETE ON audit
BEGIN
  SELECT RAISE(ABORT, 'the log can only be added to');
END;
