CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    org TEXT NOT NULL,
    principal TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    request TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_org ON audit (org, seq);

CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
WHEN NEW.id <> OLD.id OR NEW.seq < OLD.seq OR NEW.seq > OLD.seq + 1
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TABLE models (
    org TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (org, name, version)
) STRICT;

CREATE TABLE datasets (
    org TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL,
    provenance TEXT NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    files TEXT NOT NULL,
    PRIMARY KEY (org, name, version)
) STRICT;

CREATE TABLE dataset_files (
    org TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    file TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (org, name, version, file),
    FOREIGN KEY (org, name, version) REFERENCES datasets (org, name, version)
) STRICT;

CREATE TABLE runs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL,
    hash TEXT NOT NULL,
    model TEXT NOT NULL,
    status TEXT NOT NULL,
    engine TEXT NOT NULL,
    document_hash TEXT NOT NULL,
    document_size INTEGER NOT NULL,
    summary TEXT NOT NULL,
    labels TEXT NOT NULL,
    revision INTEGER NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (org, hash)
) STRICT;
CREATE INDEX runs_org ON runs (org, seq);

CREATE TABLE run_documents (
    org TEXT NOT NULL,
    hash TEXT NOT NULL,
    request BLOB NOT NULL,
    document BLOB NOT NULL,
    PRIMARY KEY (org, hash),
    FOREIGN KEY (org, hash) REFERENCES runs (org, hash) ON DELETE CASCADE
) STRICT;

CREATE TABLE run_labels (
    org TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (org, hash, name),
    FOREIGN KEY (org, hash) REFERENCES runs (org, hash) ON DELETE CASCADE
) STRICT;

CREATE TABLE servers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    alive_until INTEGER NOT NULL
) STRICT;

CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
    server TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    last_event INTEGER NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    UNIQUE (org, id)
) STRICT;
CREATE INDEX jobs_org ON jobs (org, seq);
CREATE INDEX jobs_server ON jobs (server, state);

CREATE TABLE job_documents (
    org TEXT NOT NULL,
    id TEXT NOT NULL,
    request BLOB NOT NULL,
    result BLOB,
    PRIMARY KEY (org, id),
    FOREIGN KEY (org, id) REFERENCES jobs (org, id)
) STRICT;

CREATE TABLE job_events (
    org TEXT NOT NULL,
    id TEXT NOT NULL,
    event INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (org, id, event),
    FOREIGN KEY (org, id) REFERENCES jobs (org, id)
) STRICT;

CREATE TABLE claims (
    org TEXT NOT NULL,
    principal TEXT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    attempt INTEGER NOT NULL,
    locked_until INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    status INTEGER,
    headers TEXT,
    body BLOB,
    PRIMARY KEY (org, principal, route, key)
) STRICT;
CREATE INDEX claims_expires ON claims (expires);

CREATE TABLE tokens (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    hash TEXT NOT NULL UNIQUE,
    org TEXT NOT NULL,
    principal TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'planner', 'approver', 'admin', 'auditor')),
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    revoked INTEGER,
    last_used INTEGER
) STRICT;
CREATE INDEX tokens_org ON tokens (org, seq);

CREATE TABLE plans (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    org TEXT NOT NULL,
    id TEXT NOT NULL,
    run TEXT NOT NULL,
    title TEXT NOT NULL,
    note TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('submitted', 'approved', 'rejected', 'withdrawn')),
    revision INTEGER NOT NULL,
    maker TEXT NOT NULL,
    created INTEGER NOT NULL,
    decided_by TEXT,
    decided_at INTEGER,
    comment TEXT NOT NULL,
    UNIQUE (org, id),
    FOREIGN KEY (org, run) REFERENCES runs (org, hash),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> maker)
) STRICT;
CREATE INDEX plans_org ON plans (org, seq);
CREATE INDEX plans_run ON plans (org, run);
