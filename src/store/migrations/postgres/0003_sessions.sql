CREATE TABLE sessions (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    token TEXT COLLATE "C" NOT NULL,
    org TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    idle BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    ended BIGINT,
    FOREIGN KEY (token) REFERENCES tokens (id)
);
CREATE INDEX sessions_org ON sessions (org, seq);
CREATE INDEX sessions_ended ON sessions (ended);
