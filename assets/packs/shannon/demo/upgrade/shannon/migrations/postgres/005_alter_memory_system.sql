-- Reshapes the tables of executions, in a transaction of its own.

BEGIN;

ALTER TABLE agent_executions
    ADD COLUMN IF NOT EXISTS workflow_id VARCHAR(255);
ALTER TABLE agent_executions
    DROP COLUMN IF EXISTS execution_order,
    DROP COLUMN IF EXISTS mode;
ALTER TABLE tool_executions
    ADD COLUMN IF NOT EXISTS workflow_id VARCHAR(255);
ALTER TABLE tool_executions
    DROP COLUMN IF EXISTS sandboxed;

COMMIT;