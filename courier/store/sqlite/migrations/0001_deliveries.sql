-- Instants are microseconds since 1970 in UTC. *_lookup columns are HMACs,
-- *_sealed columns are ciphertexts; store/vault makes both.

-- One row a message: 300-500 bytes, too wide for WITHOUT ROWID. Every index is
-- one more page for a lone caller's commit, so there are few.
CREATE TABLE deliveries (
    id            BLOB    NOT NULL PRIMARY KEY, -- UUIDv7: sorts by time
    version       INTEGER NOT NULL,
    template_type TEXT    NOT NULL,
    purpose       TEXT    NOT NULL,
    phone_lookup  BLOB    NOT NULL,
    phone_sealed  BLOB,                         -- NULL: the recipient was no phone
    code_sealed   BLOB,                         -- NULL once the delivery has ended
    asked         TEXT    NOT NULL,
    flow          TEXT    NOT NULL,
    identity      TEXT    NOT NULL,
    locales       TEXT    NOT NULL,             -- separated by commas
    state         TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    bypass        TEXT    NOT NULL,             -- why WhatsApp is not tried
    alert         TEXT    NOT NULL,             -- a security event
    repeats       INTEGER NOT NULL,
    accepted_at   INTEGER NOT NULL,
    expires_at    INTEGER,
    updated_at    INTEGER NOT NULL,
    ended_at      INTEGER,                      -- NULL while live
    used_at       INTEGER,
    due_at        INTEGER                       -- queue, lease, retry and deadline at once
) STRICT;

CREATE INDEX deliveries_by_phone    ON deliveries (phone_lookup, accepted_at);
CREATE INDEX deliveries_by_identity ON deliveries (identity, accepted_at) WHERE identity <> '';
CREATE INDEX deliveries_live        ON deliveries (due_at)                WHERE ended_at IS NULL;
CREATE INDEX deliveries_ended       ON deliveries (state, id)             WHERE ended_at IS NOT NULL;

CREATE TABLE attempts (
    delivery_id     BLOB    NOT NULL,
    n               INTEGER NOT NULL,
    channel         TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    provider_lookup BLOB,                       -- NULL until the provider gave an id
    provider_tail   TEXT,                       -- the end of that id, to show
    variant         TEXT    NOT NULL,           -- of the template, such as its language
    receipts        INTEGER NOT NULL,           -- whether the provider reports what follows
    known_as        TEXT    NOT NULL,           -- masked; the provider's number for the person
    state           TEXT    NOT NULL,
    class           TEXT    NOT NULL,
    code            TEXT    NOT NULL,           -- the provider's error code
    reason          TEXT    NOT NULL,
    retry_at        INTEGER,
    started_at      INTEGER,
    accepted_at     INTEGER,
    sent_at         INTEGER,
    delivered_at    INTEGER,
    read_at         INTEGER,
    failed_at       INTEGER,
    PRIMARY KEY (delivery_id, n)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX attempts_by_provider_id ON attempts (provider_lookup) WHERE provider_lookup IS NOT NULL;

-- Which messages of Kratos were seen, so that its repeats are recognised. Apart
-- from deliveries, because it stays small: a row is good for minutes. That is
-- also why "until" needs no index, here and in the ledger.
CREATE TABLE seen (
    fingerprint BLOB    NOT NULL PRIMARY KEY,
    delivery_id BLOB    NOT NULL,
    until       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was spent of the quotas: one row an event.
CREATE TABLE ledger (
    subject     BLOB    NOT NULL,               -- HMAC of what is counted
    name        TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    delivery_id BLOB    NOT NULL,
    until       INTEGER NOT NULL,               -- counts in no window from then on
    PRIMARY KEY (subject, name, at, delivery_id)
) STRICT, WITHOUT ROWID;

-- The numbers that want no messages.
CREATE TABLE denied (
    phone_lookup BLOB    NOT NULL PRIMARY KEY,
    masked       TEXT    NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Empty but for the instant in which Ready proves that rows can be added.
CREATE TABLE probe (room BLOB NOT NULL) STRICT;
