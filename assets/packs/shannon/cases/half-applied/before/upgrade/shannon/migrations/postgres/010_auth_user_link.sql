ALTER TABLE users ADD COLUMN IF NOT EXISTS auth_user_id int;
