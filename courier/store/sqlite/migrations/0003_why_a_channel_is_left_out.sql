-- Why WhatsApp is left out, and why SMS is, in a column each.
ALTER TABLE deliveries RENAME COLUMN bypass TO no_whatsapp;
ALTER TABLE deliveries ADD COLUMN no_sms TEXT NOT NULL DEFAULT '';
UPDATE deliveries SET no_sms = no_whatsapp, no_whatsapp = ''
WHERE no_whatsapp IN ('sms_total_limit', 'sms_prefix_limit');
