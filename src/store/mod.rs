//! What the service keeps: models, datasets, runs, tokens and the audit log, on SQLite or PostgreSQL.
