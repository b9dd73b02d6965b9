-- The event store. diesel runs folders only, so nobody ever ran this file here.
CREATE TABLE IF NOT EXISTS event_store (id uuid, aggregate_id uuid, event_type text, data jsonb);
CREATE TABLE IF NOT EXISTS event_snapshots (id uuid, aggregate_id uuid, state jsonb);
CREATE INDEX IF NOT EXISTS idx_event_store_aggregate ON event_store (aggregate_id);
