-- Room for what a delivery may learn while its code lives, so that its row never grows.
-- When a row grows in a full page, SQLite moves the rows around it to other pages and
-- leaves copies of them where they were, which secure_delete does not overwrite: codes
-- among them.
ALTER TABLE deliveries ADD COLUMN room BLOB;
