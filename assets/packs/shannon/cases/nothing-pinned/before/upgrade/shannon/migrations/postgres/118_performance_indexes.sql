-- Must be applied outside a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_task_executions_completed_at
    ON task_executions(completed_at DESC) WHERE status IN ('COMPLETED', 'FAILED');
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_task_executions_tenant_user_created
    ON task_executions(tenant_id, user_id, created_at DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_token_usage_task_provider_model
    ON token_usage(task_id, provider, model);
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_sessions_user_tenant_created
    ON sessions(user_id, tenant_id, created_at DESC) WHERE deleted_at IS NULL;
