ALTER TABLE auth.tenants ADD COLUMN IF NOT EXISTS workspace_retention_days INTEGER DEFAULT 7;
