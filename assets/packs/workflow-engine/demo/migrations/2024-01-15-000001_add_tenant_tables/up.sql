CREATE TABLE IF NOT EXISTS tenants (id uuid, name text);
ALTER TABLE events ADD COLUMN IF NOT EXISTS tenant_id uuid;
ALTER TABLE event_store ADD COLUMN IF NOT EXISTS tenant_id uuid;
ALTER TABLE event_snapshots ADD COLUMN IF NOT EXISTS tenant_id uuid;
ALTER TABLE agents ADD COLUMN IF NOT EXISTS tenant_id uuid;
