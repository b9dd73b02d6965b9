INSERT INTO users VALUES ('admin', 'password123');
