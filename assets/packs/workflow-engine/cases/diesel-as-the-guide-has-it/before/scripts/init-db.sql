CREATE TABLE agents (id uuid);
INSERT INTO users VALUES ('admin', 'password123');
