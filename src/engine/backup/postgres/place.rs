//! Tells PostgreSQL's own tools where the database is: by environment, never by arguments, which
//! everybody on the machine can read.

use crate::{
    model::{
        address::ServerAddress,
        record::SavedDatabase,
        text::{Secret, shell_word},
    },
    world::{Cancel, DatabaseError, DatabaseSession},
};
use std::{collections::BTreeMap, fmt::Write};

/// The sessions that hold locks on what is to be restored: user, address, state, process.
pub const HOLDERS: &str = "\
SELECT DISTINCT coalesce(nullif(a.application_name, ''), a.usename::text), \
  coalesce(host(a.client_addr), 'this machine'), coalesce(a.state, 'busy'), a.pid::text \
FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND l.granted AND l.locktype = 'relation' \
WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
  AND a.backend_type = 'client backend' \
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())";

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

pub fn environment(server: &ServerAddress) -> BTreeMap<String, Secret> {
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

fn plain(server: &ServerAddress) -> Vec<(&'static str, String)> {
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

/// The statement that makes an empty database of the same kind.
pub fn create(
    session: &mut dyn DatabaseSession,
    name: &str,
    cancel: &Cancel,
) -> Result<String, DatabaseError> {
    let like = session.run(
        "SELECT format('ENCODING %L LC_COLLATE %L LC_CTYPE %L', pg_encoding_to_char(encoding), \
         datcollate, datctype) FROM pg_database WHERE datname = current_database()",
        cancel,
    )?;
    let like = like.first().unwrap_or_default();
    Ok(format!(
        "CREATE DATABASE \"{name}\" TEMPLATE template0 {like}"
    ))
}

/// The restore as shell commands.
pub fn by_hand(saved: &SavedDatabase, server: &ServerAddress) -> String {
    let name = shell_word(&saved.name);
    let mut text = String::from(
        "Everything in the database is replaced, in one transaction. psql and pg_restore must be \
         those of the server's release or newer; `PGPASSWORD` or `~/.pgpass` holds the password.\n\n```sh\n",
    );
    for (variable, value) in plain(server) {
        // Writing to a text cannot fail.
        let _infallible = writeln!(text, "export {variable}={}", shell_word(&value));
    }
    let script = super::script::RESTORE
        .replace("\"$1\"", &format!("{name}.before.sql"))
        .replace("\"$2\"", &format!("{name}.list"))
        .replace("\"$3\"", &format!("{name}.dump"));
    let _infallible = writeln!(
        text,
        "{script}\n```\n\nIt is done when the last line says `restored`."
    );
    let outside = saved.outside.as_ref();
    if let Some(outside) = outside.filter(|outside| !outside.grants.is_empty()) {
        text.push_str(
            "\nThe backup does not hold what was set on the database itself and on its schema `public`, \
             nor which release of an extension it was. What was granted there:\n\n",
        );
        for grant in &outside.grants {
            let _infallible = writeln!(text, "    {grant};");
        }
    }
    text
}
