-- INSERT INTO users stood here; the password was password123.
CREATE TABLE agents (id uuid);
