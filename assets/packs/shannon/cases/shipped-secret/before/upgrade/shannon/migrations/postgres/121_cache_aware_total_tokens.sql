ALTER TABLE token_usage ADD COLUMN IF NOT EXISTS cache_aware_total_tokens INTEGER DEFAULT 0;
ALTER TABLE task_executions ADD COLUMN IF NOT EXISTS cache_aware_total_tokens INTEGER DEFAULT 0;
-- 112 made the column that is read here.
UPDATE token_usage
   SET cache_aware_total_tokens = coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0) + cache_read_tokens
 WHERE cache_aware_total_tokens = 0;
UPDATE task_executions
   SET cache_aware_total_tokens = coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0) + cache_read_tokens
 WHERE cache_aware_total_tokens = 0;
CREATE INDEX IF NOT EXISTS idx_task_executions_cache_aware_total
    ON task_executions(cache_aware_total_tokens DESC) WHERE cache_aware_total_tokens > 0;
