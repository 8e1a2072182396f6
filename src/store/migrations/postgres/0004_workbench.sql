ALTER TABLE runs ADD COLUMN title TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN note TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN pinned BIGINT NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));

ALTER TABLE plans ADD COLUMN previous TEXT COLLATE "C";
ALTER TABLE plans ADD COLUMN published_by TEXT COLLATE "C";
ALTER TABLE plans ADD COLUMN published_at BIGINT;

CREATE TABLE plan_comments (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL,
    plan TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    UNIQUE (org, id),
    FOREIGN KEY (org, plan) REFERENCES plans (org, id)
);
CREATE INDEX plan_comments_plan ON plan_comments (org, plan, seq);

CREATE TABLE sheets (
    org TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, kind, name, version)
);

CREATE TABLE analyses (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    size BIGINT NOT NULL,
    document BYTEA NOT NULL,
    UNIQUE (org, hash)
);
CREATE INDEX analyses_org ON analyses (org, seq);
