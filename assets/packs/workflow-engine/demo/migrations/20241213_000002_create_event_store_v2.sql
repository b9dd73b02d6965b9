-- Never ran anywhere: diesel runs folders only, and PostgreSQL refuses the expression because the
-- day of a moment depends on the time zone of whoever asks.
CREATE TABLE IF NOT EXISTS event_store_partitioned (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    occurred_at TIMESTAMPTZ NOT NULL,
    partition_date DATE GENERATED ALWAYS AS (date(occurred_at)) STORED
);
