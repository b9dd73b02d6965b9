//! Tells PostgreSQL's own tools where the database is: by environment, never by arguments, which
//! everybody on the machine can read.

use crate::model::{address::ServerAddress, text::Secret};
use std::collections::BTreeMap;

/// The query parameters of an address that libpq knows, with their environment variables.
const OPTIONS: [(&str, &str); 8] = [
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("gssencmode", "PGGSSENCMODE"),
    ("options", "PGOPTIONS"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
];

pub fn of_tools(server: &ServerAddress) -> BTreeMap<String, Secret> {
    let mut env: BTreeMap<String, Secret> = plain(server)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .collect();
    if let Some(password) = &server.password {
        env.insert("PGPASSWORD".to_owned(), password.clone());
    }
    let fixed = [
        ("PGCONNECT_TIMEOUT", "10"),
        ("PGAPPNAME", "switchback"),
        // Messages are parsed: which table is being dumped, and why a restore was refused.
        ("LC_ALL", "C"),
    ];
    env.extend(fixed.map(|(name, value)| (name.to_owned(), Secret::new(value))));
    env
}

/// The same without the password and what is only for this program.
pub fn plain(server: &ServerAddress) -> Vec<(&'static str, String)> {
    let mut plain = vec![
        ("PGHOST", server.bare_host().to_owned()),
        ("PGPORT", server.port.to_string()),
    ];
    if let Some(user) = &server.user {
        plain.push(("PGUSER", user.clone()));
    }
    if let Some(name) = &server.name {
        plain.push(("PGDATABASE", name.clone()));
    }
    for (key, value) in &server.options {
        if let Some((_, variable)) = OPTIONS.iter().find(|(known, _)| known == key) {
            plain.push((variable, value.clone()));
        }
    }
    plain
}
