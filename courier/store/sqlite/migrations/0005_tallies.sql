-- What reports are made of: what was counted of the deliveries that were accepted in a span,
-- 3600 or 86400 seconds long. Each change of a delivery adds its part in the same commit, to the
-- row of its hour and of its day. channel is '' for deliveries as a whole. No row names a person.
--
-- phone_1 to phone_16 are the deliveries that came to the phone within 0.5, 1, 1.5, 2, 3, 4, 6, 8,
-- 12, 20, 30, 45, 60, 120, 300 and 900 s, each without those before it; phone_17 are the later ones.
CREATE TABLE tallies (
    span       INTEGER NOT NULL,
    began      INTEGER NOT NULL,
    shard      INTEGER NOT NULL,                       -- always 0: one process writes
    country    TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    channel    TEXT NOT NULL,
    messages   INTEGER NOT NULL,
    suppressed INTEGER NOT NULL,
    sent       INTEGER NOT NULL,
    delivered  INTEGER NOT NULL,
    read       INTEGER NOT NULL,
    used       INTEGER NOT NULL,
    fell_back  INTEGER NOT NULL,
    failed     INTEGER NOT NULL,
    phone_1    INTEGER NOT NULL,
    phone_2    INTEGER NOT NULL,
    phone_3    INTEGER NOT NULL,
    phone_4    INTEGER NOT NULL,
    phone_5    INTEGER NOT NULL,
    phone_6    INTEGER NOT NULL,
    phone_7    INTEGER NOT NULL,
    phone_8    INTEGER NOT NULL,
    phone_9    INTEGER NOT NULL,
    phone_10   INTEGER NOT NULL,
    phone_11   INTEGER NOT NULL,
    phone_12   INTEGER NOT NULL,
    phone_13   INTEGER NOT NULL,
    phone_14   INTEGER NOT NULL,
    phone_15   INTEGER NOT NULL,
    phone_16   INTEGER NOT NULL,
    phone_17   INTEGER NOT NULL,
    PRIMARY KEY (span, began, shard, country, purpose, channel)
) STRICT, WITHOUT ROWID;

-- Why some of them were suppressed or failed, in words of our own.
CREATE TABLE tally_reasons (
    span       INTEGER NOT NULL,
    began      INTEGER NOT NULL,
    shard      INTEGER NOT NULL,
    country    TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    channel    TEXT NOT NULL,
    measure    TEXT NOT NULL,
    reason     TEXT NOT NULL,
    n          INTEGER NOT NULL,
    PRIMARY KEY (span, began, shard, country, purpose, channel, measure, reason)
) STRICT, WITHOUT ROWID;
