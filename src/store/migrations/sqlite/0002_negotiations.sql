CREATE TABLE negotiations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    org TEXT NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE negotiation_seats (
    negotiation TEXT NOT NULL,
    org TEXT NOT NULL,
    party TEXT NOT NULL,
    PRIMARY KEY (negotiation, org),
    UNIQUE (negotiation, party),
    UNIQUE (negotiation, org, party),
    FOREIGN KEY (negotiation) REFERENCES negotiations (id)
) STRICT;
CREATE INDEX negotiation_seats_org ON negotiation_seats (org);

CREATE TABLE negotiation_files (
    negotiation TEXT NOT NULL,
    party TEXT NOT NULL CHECK (party <> ''),
    org TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL,
    mediation INTEGER NOT NULL CHECK (mediation IN (0, 1)),
    salt TEXT NOT NULL,
    seal TEXT NOT NULL,
    author TEXT NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (negotiation, party),
    FOREIGN KEY (negotiation, org, party) REFERENCES negotiation_seats (negotiation, org, party)
) STRICT;

CREATE TABLE negotiation_rounds (
    negotiation TEXT NOT NULL,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    org TEXT NOT NULL,
    party TEXT NOT NULL CHECK (party <> ''),
    line TEXT NOT NULL,
    hash TEXT NOT NULL,
    author TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (negotiation, number),
    UNIQUE (negotiation, id),
    FOREIGN KEY (negotiation, org, party) REFERENCES negotiation_seats (negotiation, org, party)
) STRICT;

CREATE TRIGGER negotiation_rounds_no_update BEFORE UPDATE ON negotiation_rounds
BEGIN SELECT RAISE(ABORT, 'rounds are append-only'); END;
CREATE TRIGGER negotiation_rounds_no_delete BEFORE DELETE ON negotiation_rounds
BEGIN SELECT RAISE(ABORT, 'rounds are append-only'); END;
