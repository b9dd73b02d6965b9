//! The files that docker compose reads if none is named, in the order in which it looks for them:
//! the first of each list that exists. If one is named, it reads only that one, without overrides.

pub const FILES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// Laid over the file from the first list, whichever that is.
pub const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];
