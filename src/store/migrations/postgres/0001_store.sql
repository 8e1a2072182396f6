CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    org TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    object TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    request TEXT COLLATE "C" NOT NULL,
    previous TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_org ON audit (org, seq);

CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW
WHEN (NEW.id <> OLD.id OR NEW.seq < OLD.seq OR NEW.seq > OLD.seq + 1) EXECUTE FUNCTION audit_refuse();

CREATE TABLE models (
    org TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, name, version)
);

CREATE TABLE datasets (
    org TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    size BIGINT NOT NULL,
    provenance TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    files TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, name, version)
);

CREATE TABLE dataset_files (
    org TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (org, name, version, file),
    FOREIGN KEY (org, name, version) REFERENCES datasets (org, name, version)
);

CREATE TABLE runs (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    engine TEXT COLLATE "C" NOT NULL,
    document_hash TEXT COLLATE "C" NOT NULL,
    document_size BIGINT NOT NULL,
    summary TEXT COLLATE "C" NOT NULL,
    labels TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    UNIQUE (org, hash)
);
CREATE INDEX runs_org ON runs (org, seq);

CREATE TABLE run_documents (
    org TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL,
    document BYTEA NOT NULL,
    PRIMARY KEY (org, hash),
    FOREIGN KEY (org, hash) REFERENCES runs (org, hash) ON DELETE CASCADE
);

CREATE TABLE run_labels (
    org TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, hash, name),
    FOREIGN KEY (org, hash) REFERENCES runs (org, hash) ON DELETE CASCADE
);

CREATE TABLE servers (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    alive_until BIGINT NOT NULL
);

CREATE TABLE jobs (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    server TEXT COLLATE "C" NOT NULL,
    request_hash TEXT COLLATE "C" NOT NULL,
    last_event BIGINT NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    started BIGINT,
    ended BIGINT,
    UNIQUE (org, id)
);
CREATE INDEX jobs_org ON jobs (org, seq);
CREATE INDEX jobs_server ON jobs (server, state);

CREATE TABLE job_documents (
    org TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    request BYTEA NOT NULL,
    result BYTEA,
    PRIMARY KEY (org, id),
    FOREIGN KEY (org, id) REFERENCES jobs (org, id)
);

CREATE TABLE job_events (
    org TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    event BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    data TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (org, id, event),
    FOREIGN KEY (org, id) REFERENCES jobs (org, id)
);

CREATE TABLE claims (
    org TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    route TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    request_hash TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    attempt BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    status BIGINT,
    headers TEXT COLLATE "C",
    body BYTEA,
    PRIMARY KEY (org, principal, route, key)
);
CREATE INDEX claims_expires ON claims (expires);

CREATE TABLE tokens (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    hash TEXT COLLATE "C" NOT NULL UNIQUE,
    org TEXT COLLATE "C" NOT NULL,
    principal TEXT COLLATE "C" NOT NULL,
    role TEXT COLLATE "C" NOT NULL CHECK (role IN ('viewer', 'planner', 'approver', 'admin', 'auditor')),
    note TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    revoked BIGINT,
    last_used BIGINT
);
CREATE INDEX tokens_org ON tokens (org, seq);

CREATE TABLE plans (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    run TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL CHECK (state IN ('submitted', 'approved', 'rejected', 'withdrawn')),
    revision BIGINT NOT NULL,
    maker TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    decided_by TEXT COLLATE "C",
    decided_at BIGINT,
    comment TEXT COLLATE "C" NOT NULL,
    UNIQUE (org, id),
    FOREIGN KEY (org, run) REFERENCES runs (org, hash),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> maker)
);
CREATE INDEX plans_org ON plans (org, seq);
CREATE INDEX plans_run ON plans (org, run);
