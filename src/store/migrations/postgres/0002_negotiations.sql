CREATE TABLE negotiations (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    org TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE negotiation_seats (
    negotiation TEXT COLLATE "C" NOT NULL,
    org TEXT COLLATE "C" NOT NULL,
    party TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (negotiation, org),
    UNIQUE (negotiation, party),
    UNIQUE (negotiation, org, party),
    FOREIGN KEY (negotiation) REFERENCES negotiations (id)
);
CREATE INDEX negotiation_seats_org ON negotiation_seats (org);

CREATE TABLE negotiation_files (
    negotiation TEXT COLLATE "C" NOT NULL,
    party TEXT COLLATE "C" NOT NULL CHECK (party <> ''),
    org TEXT COLLATE "C" NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    mediation BIGINT NOT NULL CHECK (mediation IN (0, 1)),
    salt TEXT COLLATE "C" NOT NULL,
    seal TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    updated BIGINT NOT NULL,
    PRIMARY KEY (negotiation, party),
    FOREIGN KEY (negotiation, org, party) REFERENCES negotiation_seats (negotiation, org, party)
);

CREATE TABLE negotiation_rounds (
    negotiation TEXT COLLATE "C" NOT NULL,
    number BIGINT NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    org TEXT COLLATE "C" NOT NULL,
    party TEXT COLLATE "C" NOT NULL CHECK (party <> ''),
    line TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    author TEXT COLLATE "C" NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (negotiation, number),
    UNIQUE (negotiation, id),
    FOREIGN KEY (negotiation, org, party) REFERENCES negotiation_seats (negotiation, org, party)
);

CREATE FUNCTION negotiation_rounds_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rounds are append-only';
END $$;
CREATE TRIGGER negotiation_rounds_no_update BEFORE UPDATE ON negotiation_rounds
FOR EACH ROW EXECUTE FUNCTION negotiation_rounds_refuse();
CREATE TRIGGER negotiation_rounds_no_delete BEFORE DELETE ON negotiation_rounds
FOR EACH ROW EXECUTE FUNCTION negotiation_rounds_refuse();
CREATE TRIGGER negotiation_rounds_no_truncate BEFORE TRUNCATE ON negotiation_rounds
FOR EACH STATEMENT EXECUTE FUNCTION negotiation_rounds_refuse();
