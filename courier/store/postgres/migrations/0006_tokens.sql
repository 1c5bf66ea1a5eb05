-- The deliveries that login pages ask about, by an HMAC of the token that the page made up.
CREATE TABLE tokens (
    token_lookup bytea  NOT NULL PRIMARY KEY,
    delivery_id  uuid   NOT NULL,
    until        bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);
