CREATE TABLE task_executions (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), workflow_id TEXT UNIQUE, tenant_id UUID, user_id UUID, status TEXT, prompt_tokens INTEGER, completion_tokens INTEGER, created_at TIMESTAMPTZ DEFAULT now(), completed_at TIMESTAMPTZ);
CREATE TABLE agent_executions (id SERIAL PRIMARY KEY, agent_id TEXT, execution_order INTEGER, mode TEXT);
CREATE TABLE tool_executions (id SERIAL PRIMARY KEY, tool_name TEXT, sandboxed BOOLEAN);
CREATE TABLE session_archives (id SERIAL PRIMARY KEY);
CREATE TABLE usage_daily_aggregates (day DATE PRIMARY KEY, tasks INTEGER);
CREATE INDEX idx_task_executions_status ON task_executions(status);
