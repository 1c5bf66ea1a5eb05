-- A careless SMS provider may give one message id twice. Then both deliveries
-- are kept, and the id finds the newest.
DROP INDEX attempts_by_provider_id;
CREATE INDEX attempts_by_provider_id ON attempts (provider_lookup) WHERE provider_lookup IS NOT NULL;
