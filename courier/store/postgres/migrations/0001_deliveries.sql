-- Instants are microseconds since 1970 in UTC, as in SQLite: to_timestamp(at / 1e6)
-- shows one. *_lookup columns are HMACs, *_sealed columns are ciphertexts;
-- store/vault makes both.
--
-- A delivery is written some six times within seconds and then no more. Room on its
-- page keeps most of these writes there; vacuum comes early, because it is the few
-- live rows that are asked for all the time.

CREATE TABLE deliveries (
    id            uuid    NOT NULL PRIMARY KEY, -- UUIDv7: sorts by time
    version       bigint  NOT NULL,
    template_type text    NOT NULL,
    purpose       text    NOT NULL,
    phone_lookup  bytea   NOT NULL,
    phone_sealed  bytea,                        -- NULL: the recipient was no phone
    code_sealed   bytea,                        -- NULL once the delivery has ended
    asked         text    NOT NULL,
    flow          text    NOT NULL,
    identity      text    NOT NULL,
    locales       text    NOT NULL,             -- separated by commas
    state         text    NOT NULL,
    reason        text    NOT NULL,
    no_whatsapp   text    NOT NULL,             -- why WhatsApp is left out
    no_sms        text    NOT NULL,             -- why SMS is
    alert         text    NOT NULL,             -- a security event
    repeats       integer NOT NULL,
    accepted_at   bigint  NOT NULL,
    expires_at    bigint,
    updated_at    bigint  NOT NULL,
    ended_at      bigint,                       -- NULL while live
    used_at       bigint,
    due_at        bigint                        -- queue, lease, retry and deadline at once
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE INDEX deliveries_by_phone    ON deliveries (phone_lookup, accepted_at);
CREATE INDEX deliveries_by_identity ON deliveries (identity, accepted_at) WHERE identity <> '';
CREATE INDEX deliveries_live        ON deliveries (due_at)                WHERE ended_at IS NULL;
CREATE INDEX deliveries_ended       ON deliveries (state, id)             WHERE ended_at IS NOT NULL;

CREATE TABLE attempts (
    delivery_id     uuid    NOT NULL,
    n               integer NOT NULL,
    channel         text    NOT NULL,
    provider        text    NOT NULL,
    provider_lookup bytea,                      -- NULL until the provider gave an id
    provider_tail   text,                       -- the end of that id, to show
    variant         text    NOT NULL,           -- of the template, such as its language
    receipts        boolean NOT NULL,           -- whether the provider reports what follows
    known_as        text    NOT NULL,           -- masked; the provider's number for the person
    state           text    NOT NULL,
    class           text    NOT NULL,
    code            text    NOT NULL,           -- the provider's error code
    reason          text    NOT NULL,
    retry_at        bigint,
    started_at      bigint,
    accepted_at     bigint,
    sent_at         bigint,
    delivered_at    bigint,
    read_at         bigint,
    failed_at       bigint,
    PRIMARY KEY (delivery_id, n)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- A careless provider may give one id twice: then it finds the newest.
CREATE INDEX attempts_by_provider_id ON attempts (provider_lookup, delivery_id) WHERE provider_lookup IS NOT NULL;

-- Which messages of Kratos were seen, so that its repeats are recognised. Apart
-- from deliveries, because it stays small: a row is good for minutes. That is
-- also why "until" needs no index, here and in the ledger.
CREATE TABLE seen (
    fingerprint bytea  NOT NULL PRIMARY KEY,
    delivery_id uuid   NOT NULL,
    until       bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- What was spent of the quotas: one row an event.
CREATE TABLE ledger (
    subject     bytea  NOT NULL,                -- HMAC of what is counted
    name        text   NOT NULL,
    at          bigint NOT NULL,
    delivery_id uuid   NOT NULL,
    until       bigint NOT NULL,                -- counts in no window from then on
    PRIMARY KEY (subject, name, at, delivery_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

-- The numbers that want no messages.
CREATE TABLE denied (
    phone_lookup bytea  NOT NULL PRIMARY KEY,
    masked       text   NOT NULL,
    at           bigint NOT NULL
);

-- Empty but for the instant in which Ready proves that rows can be added.
CREATE TABLE probe (room integer NOT NULL);
