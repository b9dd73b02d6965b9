ALTER TABLE tool_executions DROP COLUMN IF EXISTS sandboxed;
