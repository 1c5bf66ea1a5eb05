-- A careless SMS provider may give one message id twice. Then both deliveries
-- are kept, and the id finds the newest.
--
-- Nothing else changes, but deliveries.bypass may now also say why SMS is not
-- tried.
DROP INDEX attempts_by_provider_id;
CREATE INDEX attempts_by_provider_id ON attempts (provider_lookup) WHERE provider_lookup IS NOT NULL;
