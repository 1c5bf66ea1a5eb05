-- The trace that a delivery belongs to, as a W3C traceparent, so that what another process does
-- about it stands in the same trace; '' where it is in none.
ALTER TABLE deliveries ADD COLUMN trace TEXT NOT NULL DEFAULT '';
