ALTER TABLE token_usage ADD COLUMN IF NOT EXISTS agent_id int;
