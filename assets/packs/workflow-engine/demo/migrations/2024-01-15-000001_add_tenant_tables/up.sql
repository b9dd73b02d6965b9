-- Every table knows its tenant.
CREATE TABLE IF NOT EXISTS tenants (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name VARCHAR(255) NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX idx_tenants_name ON tenants (name);

ALTER TABLE events ADD COLUMN IF NOT EXISTS tenant_id UUID;
ALTER TABLE event_store ADD COLUMN IF NOT EXISTS tenant_id UUID;
ALTER TABLE event_snapshots ADD COLUMN IF NOT EXISTS tenant_id UUID;
ALTER TABLE event_subscriptions ADD COLUMN IF NOT EXISTS tenant_id UUID;
ALTER TABLE event_projections ADD COLUMN IF NOT EXISTS tenant_id UUID;
ALTER TABLE event_dead_letter_queue ADD COLUMN IF NOT EXISTS tenant_id UUID;
ALTER TABLE agents ADD COLUMN IF NOT EXISTS tenant_id UUID;
ALTER TABLE users ADD COLUMN IF NOT EXISTS tenant_id UUID;

CREATE INDEX IF NOT EXISTS idx_events_tenant_id ON events (tenant_id);
CREATE INDEX IF NOT EXISTS idx_event_store_tenant_id ON event_store (tenant_id);
CREATE INDEX IF NOT EXISTS idx_event_snapshots_tenant_id ON event_snapshots (tenant_id);
CREATE INDEX IF NOT EXISTS idx_event_subscriptions_tenant_id ON event_subscriptions (tenant_id);
CREATE INDEX IF NOT EXISTS idx_event_projections_tenant_id ON event_projections (tenant_id);
CREATE INDEX IF NOT EXISTS idx_event_dead_letter_queue_tenant_id ON event_dead_letter_queue (tenant_id);
CREATE INDEX IF NOT EXISTS idx_agents_tenant_id ON agents (tenant_id);
CREATE INDEX IF NOT EXISTS idx_users_tenant_id ON users (tenant_id);

ALTER TABLE event_store ENABLE ROW LEVEL SECURITY;
CREATE POLICY event_store_tenant_isolation ON event_store
    FOR ALL
    USING (tenant_id IS NULL OR tenant_id = current_setting('app.current_tenant_id', true)::uuid);

CREATE OR REPLACE FUNCTION update_updated_at_column() RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER update_tenants_updated_at BEFORE UPDATE ON tenants
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
