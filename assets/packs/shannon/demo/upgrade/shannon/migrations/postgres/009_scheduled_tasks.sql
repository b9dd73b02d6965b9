ALTER TABLE task_executions ADD COLUMN IF NOT EXISTS trigger_type VARCHAR(32) NOT NULL DEFAULT 'api';
CREATE TABLE IF NOT EXISTS scheduled_tasks (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT NOT NULL);
