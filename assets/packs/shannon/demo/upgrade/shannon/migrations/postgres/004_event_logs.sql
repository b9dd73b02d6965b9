CREATE TABLE IF NOT EXISTS event_logs (id SERIAL PRIMARY KEY, payload JSONB);
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'task_executions' AND column_name = 'response') THEN
        ALTER TABLE task_executions ADD COLUMN response JSONB DEFAULT '{}';
        CREATE INDEX idx_task_executions_response ON task_executions USING GIN (response);
    END IF;
END $$;
