CREATE SCHEMA auth;
CREATE TABLE auth.tenants (id int);
