-- Fails on every database that has more than this migration: other tables use the function.
DROP FUNCTION update_updated_at_column();
DROP TABLE tenants;
