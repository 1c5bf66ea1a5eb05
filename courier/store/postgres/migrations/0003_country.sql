-- The country of the number, so that operators can look for it; '' where it was not noted.
ALTER TABLE deliveries ADD COLUMN country text NOT NULL DEFAULT '';
