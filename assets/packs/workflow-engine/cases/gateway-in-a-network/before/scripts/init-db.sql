CREATE TABLE agents (id uuid);
INSERT INTO users (username) VALUES ('admin');
