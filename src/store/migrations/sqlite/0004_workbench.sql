ALTER TABLE runs ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));

ALTER TABLE plans ADD COLUMN previous TEXT;
ALTER TABLE plans ADD COLUMN published_by TEXT;
ALTER TABLE plans ADD COLUMN published_at INTEGER;

CREATE TABLE plan_comments (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL,
    plan TEXT NOT NULL,
    id TEXT NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (org, id),
    FOREIGN KEY (org, plan) REFERENCES plans (org, id)
) STRICT;
CREATE INDEX plan_comments_plan ON plan_comments (org, plan, seq);

CREATE TABLE sheets (
    org TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (org, kind, name, version)
) STRICT;

CREATE TABLE analyses (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL,
    hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    model TEXT NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    size INTEGER NOT NULL,
    document BLOB NOT NULL,
    UNIQUE (org, hash)
) STRICT;
CREATE INDEX analyses_org ON analyses (org, seq);
