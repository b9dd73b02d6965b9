CREATE TABLE IF NOT EXISTS scheduled_tasks (id int);
