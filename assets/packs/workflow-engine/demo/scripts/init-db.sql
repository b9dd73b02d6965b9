-- Base tables, made by the database's container when its volume was new.
CREATE TABLE IF NOT EXISTS agents (id uuid, name text, endpoint text);
CREATE TABLE IF NOT EXISTS events (id uuid, event_type text, event_data jsonb);
CREATE TABLE IF NOT EXISTS sessions (id uuid, session_type text);
CREATE TABLE IF NOT EXISTS users (id uuid, username text, password_hash text);
