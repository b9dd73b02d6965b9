CREATE TABLE event_store (id uuid);
