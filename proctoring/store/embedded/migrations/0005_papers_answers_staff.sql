-- The questions of a meeting, what solves them, what candidates answer, and who is staff.

-- 1000000 bytes is proctoring.store.contents.LONGEST_PAPER; a test holds the two together.
CREATE TABLE paper (
  meeting_id TEXT PRIMARY KEY REFERENCES meeting (id),
  revision   INTEGER NOT NULL CHECK (revision >= 1),
  content    TEXT NOT NULL
    CHECK (length(CAST(content AS BLOB)) <= 1000000)
    CHECK (CASE WHEN json_valid(content) THEN json_type(content) = 'object' ELSE 0 END),
  saved_at   INTEGER NOT NULL,
  UNIQUE (meeting_id, revision)
) STRICT;

-- Apart, so that nothing that reads a paper for a candidate can read what solves it.
CREATE TABLE answer_key (
  meeting_id TEXT PRIMARY KEY,
  revision   INTEGER NOT NULL,
  content    TEXT NOT NULL
    CHECK (length(CAST(content AS BLOB)) <= 1000000)
    CHECK (CASE WHEN json_valid(content) THEN json_type(content) = 'object' ELSE 0 END),
  saved_at   INTEGER NOT NULL,
  FOREIGN KEY (meeting_id, revision) REFERENCES paper (meeting_id, revision)
    DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- 140000 bytes is proctoring.store.contents.LONGEST_SEALED_ANSWER.
CREATE TABLE answer (
  participant_id TEXT NOT NULL REFERENCES participant (id),
  question_id    TEXT NOT NULL CHECK (length(CAST(question_id AS BLOB)) BETWEEN 1 AND 200),
  revision       INTEGER NOT NULL CHECK (revision >= 1),
  content        TEXT NOT NULL CHECK (length(CAST(content AS BLOB)) <= 140000),
  saved_at       INTEGER NOT NULL,
  PRIMARY KEY (participant_id, question_id)
) STRICT;

CREATE TABLE staff (
  entry    TEXT PRIMARY KEY CHECK (entry LIKE '%@%' AND length(entry) <= 320),
  role     TEXT NOT NULL CHECK (role IN ('examiner', 'proctor', 'reviewer')),
  added_at INTEGER NOT NULL
) STRICT;
