CREATE SCHEMA IF NOT EXISTS auth;
CREATE TABLE IF NOT EXISTS auth.tenants (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), name TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS auth.users (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), email TEXT, tenant_id UUID REFERENCES auth.tenants(id));
CREATE TABLE IF NOT EXISTS auth.api_keys (id SERIAL PRIMARY KEY, tenant_id UUID);
CREATE INDEX IF NOT EXISTS idx_users_tenant_id ON auth.users(tenant_id);
-- Applied twice, this fails: the name is taken.
INSERT INTO auth.tenants (name) VALUES ('development');
