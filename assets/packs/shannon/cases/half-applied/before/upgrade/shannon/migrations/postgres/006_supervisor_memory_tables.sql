CREATE TABLE decomposition_patterns (id int);
