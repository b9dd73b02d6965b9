CREATE TABLE decomposition_patterns (id SERIAL PRIMARY KEY, pattern JSONB);
CREATE TABLE user_preferences (id SERIAL PRIMARY KEY, user_id UUID);
CREATE INDEX idx_user_preferences_user ON user_preferences(user_id);
