ALTER TABLE task_executions ADD COLUMN IF NOT EXISTS provider text;
