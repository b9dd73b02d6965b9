CREATE TABLE task_executions (id int);
