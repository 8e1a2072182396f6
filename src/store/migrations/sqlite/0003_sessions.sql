CREATE TABLE sessions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    token TEXT NOT NULL,
    org TEXT NOT NULL,
    principal TEXT NOT NULL,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    idle INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    ended INTEGER,
    FOREIGN KEY (token) REFERENCES tokens (id)
) STRICT;
CREATE INDEX sessions_org ON sessions (org, seq);
CREATE INDEX sessions_ended ON sessions (ended);
