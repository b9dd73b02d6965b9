CREATE TABLE agents (id uuid);
