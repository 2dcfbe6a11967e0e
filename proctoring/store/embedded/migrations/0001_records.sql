-- Columns bear the names of the fields in proctoring.types.
-- A time is a whole number of microseconds since 1970-01-01 00:00 UTC.
-- 600000000 is proctoring.folding.FOLD in microseconds; a test holds the two together.

CREATE TABLE meeting (
  id           TEXT PRIMARY KEY CHECK (id <> ''),
  title        TEXT NOT NULL,
  opens_at     INTEGER NOT NULL,
  closes_at    INTEGER NOT NULL CHECK (closes_at > opens_at),
  length_s     INTEGER NOT NULL CHECK (length_s > 0),
  signals      TEXT NOT NULL,  -- JSON array of names
  instructions TEXT NOT NULL,
  preset       TEXT NOT NULL,
  created_at   INTEGER NOT NULL
) STRICT;

-- Hashes live apart, so that no SELECT * of a meeting or a participant can show one.
CREATE TABLE meeting_secret (
  meeting_id  TEXT PRIMARY KEY REFERENCES meeting (id),
  secret_hash TEXT NOT NULL CHECK (secret_hash <> '')
) STRICT;

CREATE TABLE participant (
  id              TEXT PRIMARY KEY CHECK (id <> ''),
  meeting_id      TEXT NOT NULL REFERENCES meeting (id),
  -- At most 120 characters of UTF-8. Counted in bytes: length() of text stops at a NUL.
  name            TEXT NOT NULL CHECK (length(CAST(name AS BLOB)) BETWEEN 1 AND 480),
  joined_at       INTEGER NOT NULL,
  consent_at      INTEGER,
  consent_version TEXT NOT NULL,
  started_at      INTEGER,
  finished_at     INTEGER,
  finish_reason   TEXT NOT NULL,
  UNIQUE (meeting_id, id)
) STRICT;

CREATE TABLE participant_secret (
  participant_id TEXT PRIMARY KEY,
  meeting_id     TEXT NOT NULL,
  resume_hash    TEXT NOT NULL CHECK (resume_hash <> ''),
  UNIQUE (meeting_id, resume_hash),
  FOREIGN KEY (meeting_id, participant_id) REFERENCES participant (meeting_id, id)
) STRICT;

-- Counts every change of an incident; a feed asks for what changed after one.
CREATE TABLE revision (
  only   INTEGER PRIMARY KEY CHECK (only = 1),
  latest INTEGER NOT NULL
) STRICT;
INSERT INTO revision VALUES (1, 0);

-- The ten minutes that begin with an occurrence, whose id it bears.
CREATE TABLE incident (
  id             TEXT PRIMARY KEY REFERENCES occurrence (id) DEFERRABLE INITIALLY DEFERRED,
  meeting_id     TEXT NOT NULL,
  participant_id TEXT NOT NULL,
  kind           TEXT NOT NULL CHECK (kind <> ''),
  opened_at      INTEGER NOT NULL,
  revision       INTEGER NOT NULL,
  UNIQUE (participant_id, kind, opened_at),
  UNIQUE (id, participant_id, kind),
  FOREIGN KEY (meeting_id, participant_id) REFERENCES participant (meeting_id, id)
) STRICT;
CREATE INDEX incident_by_meeting ON incident (meeting_id, revision);
CREATE INDEX incident_by_participant ON incident (participant_id, revision);

CREATE TABLE occurrence (
  arrival        INTEGER PRIMARY KEY,  -- 1, 2, 3 … in the order of saving
  id             TEXT NOT NULL UNIQUE CHECK (id <> ''),
  incident_id    TEXT NOT NULL,
  meeting_id     TEXT NOT NULL,
  participant_id TEXT NOT NULL,
  kind           TEXT NOT NULL,
  title          TEXT NOT NULL,
  summary        TEXT NOT NULL,
  advice         TEXT NOT NULL,
  category       TEXT NOT NULL CHECK (category IN ('conduct', 'technical')),
  severity       INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 2),
  weight         REAL NOT NULL CHECK (weight BETWEEN 0 AND 1),
  value          REAL NOT NULL,
  opened_at      INTEGER NOT NULL,
  last_seen_at   INTEGER NOT NULL CHECK (last_seen_at >= opened_at),
  closed_at      INTEGER CHECK (closed_at >= opened_at),
  FOREIGN KEY (meeting_id, participant_id) REFERENCES participant (meeting_id, id),
  FOREIGN KEY (incident_id, participant_id, kind) REFERENCES incident (id, participant_id, kind)
    DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX occurrence_by_kind ON occurrence (participant_id, kind, opened_at);
CREATE INDEX occurrence_open ON occurrence (participant_id, opened_at) WHERE closed_at IS NULL;
CREATE INDEX occurrence_by_incident ON occurrence (incident_id, opened_at, id);

-- Ten-minute folding, held by the database itself whatever a program does.
CREATE TRIGGER incidents_of_a_kind_are_ten_minutes_apart BEFORE INSERT ON incident
WHEN EXISTS (
  SELECT 1 FROM incident
  WHERE participant_id = NEW.participant_id AND kind = NEW.kind
    AND opened_at > NEW.opened_at - 600000000 AND opened_at < NEW.opened_at + 600000000
)
BEGIN
  SELECT RAISE(ABORT, 'two incidents of one kind within ten minutes');
END;

CREATE TRIGGER incidents_stay_where_they_are
BEFORE UPDATE OF id, meeting_id, participant_id, kind, opened_at ON incident
BEGIN
  SELECT RAISE(ABORT, 'an incident cannot be moved');
END;

CREATE TRIGGER occurrences_open_in_the_ten_minutes BEFORE INSERT ON occurrence
WHEN NOT EXISTS (
  SELECT 1 FROM incident
  WHERE id = NEW.incident_id
    AND NEW.opened_at >= opened_at AND NEW.opened_at < opened_at + 600000000
)
BEGIN
  SELECT RAISE(ABORT, 'an occurrence outside the ten minutes of its incident');
END;

CREATE TRIGGER occurrences_stay_in_the_ten_minutes
BEFORE UPDATE OF incident_id, opened_at ON occurrence
WHEN NOT EXISTS (
  SELECT 1 FROM incident
  WHERE id = NEW.incident_id
    AND NEW.opened_at >= opened_at AND NEW.opened_at < opened_at + 600000000
)
BEGIN
  SELECT RAISE(ABORT, 'an occurrence outside the ten minutes of its incident');
END;

-- The bytes are in data/evidence, in a file named by their hash.
CREATE TABLE evidence (
  id            TEXT PRIMARY KEY CHECK (id <> ''),
  occurrence_id TEXT NOT NULL REFERENCES occurrence (id),
  captured_at   INTEGER NOT NULL,
  media_type    TEXT NOT NULL CHECK (media_type IN ('image/jpeg', 'audio/wav')),
  size          INTEGER NOT NULL CHECK (size >= 0),
  sha256        TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*')
) STRICT;
CREATE INDEX evidence_by_occurrence ON evidence (occurrence_id, captured_at);

CREATE TABLE notice (
  occurrence_id TEXT PRIMARY KEY REFERENCES occurrence (id),
  shown_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE coverage_span (
  id             TEXT PRIMARY KEY CHECK (id <> ''),
  participant_id TEXT NOT NULL REFERENCES participant (id),
  signal         TEXT NOT NULL CHECK (signal <> ''),
  state          TEXT NOT NULL CHECK (state IN ('measured', 'degraded', 'not_measured')),
  reason         TEXT NOT NULL,
  started_at     INTEGER NOT NULL,
  ended_at       INTEGER NOT NULL CHECK (ended_at >= started_at)
) STRICT;
CREATE INDEX coverage_span_by_participant ON coverage_span (participant_id, started_at);
