-- The replicas that were heard of lately. Instants here are the database's own.
CREATE TABLE replicas (
    id             uuid   NOT NULL PRIMARY KEY,
    serves         text   NOT NULL,             -- all, courier or webhook
    version        text   NOT NULL,
    seals_by       text   NOT NULL,             -- what its ciphertexts begin with
    started_at     bigint NOT NULL,
    beat_at        bigint NOT NULL,
    last_report_at bigint                       -- of Meta, as far as it knows
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- What one replica does for all, until its lease ends.
CREATE TABLE leads (
    task   text   NOT NULL PRIMARY KEY,
    holder uuid   NOT NULL,
    until  bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
