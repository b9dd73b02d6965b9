//! The files that docker compose reads where none is named, in the order in which it looks for them:
//! the first of each list that is there. Where one is named it reads that, and nothing over it.

pub const FILES: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];

/// Laid over the first, whichever that is.
pub const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];
