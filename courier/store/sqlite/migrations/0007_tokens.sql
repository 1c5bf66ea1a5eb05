-- The deliveries that login pages ask about, by an HMAC of the token that the page made up.
CREATE TABLE tokens (
    token_lookup BLOB    NOT NULL PRIMARY KEY,
    delivery_id  BLOB    NOT NULL,
    until        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
