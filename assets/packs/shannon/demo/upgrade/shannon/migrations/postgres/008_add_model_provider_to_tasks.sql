ALTER TABLE task_executions
    ADD COLUMN IF NOT EXISTS model_used TEXT,
    ADD COLUMN IF NOT EXISTS provider TEXT;
