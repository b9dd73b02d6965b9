CREATE TABLE users (id int);
CREATE TABLE audit_logs (id int);
