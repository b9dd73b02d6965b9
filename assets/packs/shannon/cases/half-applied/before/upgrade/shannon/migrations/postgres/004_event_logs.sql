CREATE TABLE IF NOT EXISTS event_logs (id int);
