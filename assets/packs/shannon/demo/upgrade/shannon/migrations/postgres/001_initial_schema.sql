CREATE TABLE users (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), external_id TEXT UNIQUE, updated_at TIMESTAMPTZ DEFAULT now());
CREATE TABLE sessions (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), user_id UUID REFERENCES users(id), tenant_id UUID, context JSONB DEFAULT '{}', created_at TIMESTAMPTZ DEFAULT now(), updated_at TIMESTAMPTZ DEFAULT now());
CREATE TABLE token_usage (id SERIAL PRIMARY KEY, task_id UUID, provider TEXT, model TEXT, prompt_tokens INTEGER, completion_tokens INTEGER);
CREATE TABLE audit_logs (id SERIAL PRIMARY KEY, what TEXT);
CREATE INDEX idx_users_external_id ON users(external_id);
CREATE OR REPLACE FUNCTION update_updated_at() RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = now(); -- a semicolon inside
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER update_users_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION update_updated_at();
CREATE TRIGGER update_sessions_updated_at BEFORE UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION update_updated_at();
