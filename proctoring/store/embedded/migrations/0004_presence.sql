-- Which servers hold candidates of a meeting now. Each writes its own rows every two seconds, so
-- what is older is of a server that is no more. Nothing refers to a meeting or a participant:
-- a server may speak of one whose record is still on its way.
CREATE TABLE presence (
  replica         TEXT NOT NULL CHECK (replica <> ''),
  meeting_id      TEXT NOT NULL,
  url             TEXT NOT NULL,
  participant_ids TEXT NOT NULL CHECK (json_type(participant_ids) = 'array'),
  seen_at         INTEGER NOT NULL,
  PRIMARY KEY (replica, meeting_id)
) STRICT;
CREATE INDEX presence_by_meeting ON presence (meeting_id, replica);
