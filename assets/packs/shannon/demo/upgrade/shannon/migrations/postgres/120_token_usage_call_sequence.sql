ALTER TABLE token_usage ADD COLUMN IF NOT EXISTS call_sequence INTEGER DEFAULT 0;
CREATE INDEX IF NOT EXISTS idx_token_usage_task_call_seq ON token_usage(task_id, call_sequence);
