CREATE INDEX IF NOT EXISTS idx_sessions_context_gin ON sessions USING gin (context);
