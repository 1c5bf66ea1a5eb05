-- What reports are made of: what was counted of the deliveries that were accepted in a span,
-- 3600 or 86400 seconds long. Each change of a delivery adds its part in the same commit, to the
-- row of its hour and of its day. channel is '' for deliveries as a whole. No row names a person.
--
-- phone_1 to phone_16 are the deliveries that came to the phone within 0.5, 1, 1.5, 2, 3, 4, 6, 8,
-- 12, 20, 30, 45, 60, 120, 300 and 900 s, each without those before it; phone_17 are the later ones.
CREATE TABLE tallies (
    span       bigint NOT NULL,
    began      bigint NOT NULL,
    shard      bigint NOT NULL,                       -- keeps replicas from waiting for each other
    country    text NOT NULL,
    purpose    text NOT NULL,
    channel    text NOT NULL,
    messages   bigint NOT NULL,
    suppressed bigint NOT NULL,
    sent       bigint NOT NULL,
    delivered  bigint NOT NULL,
    read       bigint NOT NULL,
    used       bigint NOT NULL,
    fell_back  bigint NOT NULL,
    failed     bigint NOT NULL,
    phone_1    bigint NOT NULL,
    phone_2    bigint NOT NULL,
    phone_3    bigint NOT NULL,
    phone_4    bigint NOT NULL,
    phone_5    bigint NOT NULL,
    phone_6    bigint NOT NULL,
    phone_7    bigint NOT NULL,
    phone_8    bigint NOT NULL,
    phone_9    bigint NOT NULL,
    phone_10   bigint NOT NULL,
    phone_11   bigint NOT NULL,
    phone_12   bigint NOT NULL,
    phone_13   bigint NOT NULL,
    phone_14   bigint NOT NULL,
    phone_15   bigint NOT NULL,
    phone_16   bigint NOT NULL,
    phone_17   bigint NOT NULL,
    PRIMARY KEY (span, began, shard, country, purpose, channel)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

-- Why some of them were suppressed or failed, in words of our own.
CREATE TABLE tally_reasons (
    span       bigint NOT NULL,
    began      bigint NOT NULL,
    shard      bigint NOT NULL,
    country    text NOT NULL,
    purpose    text NOT NULL,
    channel    text NOT NULL,
    measure    text NOT NULL,
    reason     text NOT NULL,
    n          bigint NOT NULL,
    PRIMARY KEY (span, began, shard, country, purpose, channel, measure, reason)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
