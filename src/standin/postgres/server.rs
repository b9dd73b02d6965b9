//! The server: a thread for each connection. A statement outside a transaction reads the file and
//! writes it; a transaction works on a copy that replaces the file when it is committed.

use super::{
    Refusal, Rows, catalog, file, no_database,
    store::{Store, statements},
    tools,
    wire::{self, Answer, Standing},
};
use crate::standin::{Call, Failed, engine, home::Home};
use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// Serializes all statements, of all connections.
static TURN: Mutex<()> = Mutex::new(());

/// The password of every database's owner, in the variable that the real server's image uses.
const PASSWORD: &str = "POSTGRES_PASSWORD";

/// Serves; the arguments are `PORT VERSION`.
pub(in crate::standin) fn serve(call: Call<'_>) -> Result<(), Failed> {
    let (port, _) = engine::port_and_version(&call.args)?;
    // A password is required, because everybody on the machine can reach the port.
    let password = std::env::var(PASSWORD).unwrap_or_default();
    if password.is_empty() {
        let said = "Error: Database is uninitialized and superuser password is not specified.";
        return Err(Failed::new(said));
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| Failed::new(format!("port {port}: {error}")))?;
    let (home, password) = (call.home, password.as_str());
    std::thread::scope(|scope| {
        for stream in listener.incoming().flatten() {
            // A client that disconnects does not concern the others: the next one is served.
            scope.spawn(move || drop(talk(stream, home, password)));
        }
    });
    Ok(())
}

fn talk(mut stream: TcpStream, home: &Home, password: &str) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let Some(said) = wire::open(&mut stream)? else {
        return Ok(());
    };
    let Some(given) = wire::password(&mut stream)? else {
        return Ok(());
    };
    let mut answer = Answer::default();
    let file = match let_in(&said, given == password, home) {
        Ok(file) => file,
        Err(refusal) => {
            answer.refused("FATAL", &refusal);
            return answer.send(&mut stream);
        }
    };
    answer.welcome();
    answer.send(&mut stream)?;
    let mut session = Session {
        home,
        file,
        standing: Standing::Idle,
        copy: Store::default(),
    };
    while let Some((kind, text)) = wire::next(&mut stream)? {
        let mut answer = Answer::default();
        match kind {
            b'Q' => session.query(&text, &mut answer),
            b'X' => return Ok(()),
            _ => {
                let said = "the stand-in knows simple queries only";
                answer.refused("FATAL", &Refusal::new("0A000", said));
                return answer.send(&mut stream);
            }
        }
        answer.ready(session.standing);
        answer.send(&mut stream)?;
    }
    Ok(())
}

/// The file of the requested database, if the client knows the password and the database exists.
fn let_in(
    said: &BTreeMap<String, String>,
    knows_password: bool,
    home: &Home,
) -> Result<PathBuf, Refusal> {
    let user = said.get("user").map_or("", String::as_str);
    if !knows_password {
        let said = format!("password authentication failed for user \"{user}\"");
        return Err(Refusal::new("28P01", said));
    }
    let name = said.get("database").map_or(user, String::as_str);
    let file = file(home, name).filter(|file| file.is_file());
    file.ok_or_else(|| no_database(name))
}

struct Session<'h> {
    home: &'h Home,
    file: PathBuf,
    standing: Standing,
    /// The database as changed by the open transaction.
    copy: Store,
}

enum Done {
    Rows(Rows),
    Tag(String),
}

impl Session<'_> {
    fn query(&mut self, text: &str, answer: &mut Answer) {
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        for statement in statements(text) {
            match self.statement(&statement) {
                Ok(Done::Rows(rows)) => answer.rows(&rows),
                Ok(Done::Tag(tag)) => answer.done(&tag),
                Err(refusal) => {
                    if self.standing == Standing::InTransaction {
                        self.standing = Standing::Failed;
                    }
                    answer.refused("ERROR", &refusal);
                    return;
                }
            }
        }
    }

    fn statement(&mut self, sql: &str) -> Result<Done, Refusal> {
        let word = sql.split_whitespace().next().unwrap_or_default();
        let word = word.to_uppercase();
        match word.as_str() {
            "ROLLBACK" | "COMMIT" => return self.end(&word),
            _ if self.standing == Standing::Failed => {
                let said = "current transaction is aborted, commands ignored until end of transaction block";
                return Err(Refusal::new("25P02", said));
            }
            "BEGIN" if self.standing == Standing::Idle => {
                self.copy = Store::load(&self.file).map_err(broken)?;
                self.standing = Standing::InTransaction;
            }
            "BEGIN" | "SET" | "ANALYZE" => {}
            _ => return self.in_database(&word, sql),
        }
        Ok(Done::Tag(word))
    }

    fn end(&mut self, word: &str) -> Result<Done, Refusal> {
        let kept = word == "COMMIT" && self.standing == Standing::InTransaction;
        self.standing = Standing::Idle;
        if kept {
            self.copy.save(&self.file).map_err(broken)?;
        }
        let word = if kept { "COMMIT" } else { "ROLLBACK" };
        Ok(Done::Tag(word.to_owned()))
    }

    /// Queries or changes the database: within the open transaction, or on its own.
    fn in_database(&mut self, word: &str, sql: &str) -> Result<Done, Refusal> {
        if let Some(done) = self.databases(sql) {
            return done.map(|()| Done::Tag(word.to_owned()));
        }
        if self.standing == Standing::InTransaction {
            return on(&mut self.copy, word, sql);
        }
        let mut store = Store::load(&self.file).map_err(broken)?;
        let before = store.clone();
        let done = on(&mut store, word, sql)?;
        if store != before {
            store.save(&self.file).map_err(broken)?;
        }
        Ok(done)
    }

    /// Creates or drops a whole database, if the statement does that.
    fn databases(&self, sql: &str) -> Option<Result<(), Refusal>> {
        let named = |rest: &str| named(self.home, rest);
        if let Some(rest) = sql.strip_prefix("CREATE DATABASE ") {
            let made = |path: PathBuf| Store::default().save(&path).map_err(broken);
            return Some(named(rest).and_then(made));
        }
        let rest = sql.strip_prefix("DROP DATABASE IF EXISTS ")?;
        let dropped = |path: PathBuf| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(broken(error.into())),
            Ok(()) | Err(_) => Ok(()),
        };
        Some(named(rest).and_then(dropped))
    }
}

/// The file of the database whose quoted name is in the statement.
fn named(home: &Home, sql: &str) -> Result<PathBuf, Refusal> {
    let name = sql.split('"').nth(1).unwrap_or_default();
    let refused = || Refusal::new("42602", format!("invalid name of a database: \"{name}\""));
    file(home, name).ok_or_else(refused)
}

fn on(store: &mut Store, word: &str, sql: &str) -> Result<Done, Refusal> {
    // A restore first drops what is there, then recreates what was dumped.
    if word == "DO" {
        *store = Store::default();
        return Ok(Done::Tag(word.to_owned()));
    }
    if let Some(dumped) = tools::dumped(sql) {
        *store = dumped.map_err(broken)?;
        return Ok(Done::Rows(Rows::new()));
    }
    if let Some(rows) = catalog::ask(store, sql) {
        return rows.map(Done::Rows);
    }
    let changed = store.change(sql)?;
    Ok(Done::Tag(match word {
        "INSERT" => format!("INSERT 0 {changed}"),
        "DELETE" => format!("DELETE {changed}"),
        _ => word.to_owned(),
    }))
}

fn broken(failed: Failed) -> Refusal {
    Refusal::new("XX000", failed.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(database: &str) -> BTreeMap<String, String> {
        let said = [("user", "aiworkflow"), ("database", database)];
        said.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn nobody_is_let_in_without_the_password_and_no_file_outside_is_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::at(&folder.path().join(".switchback"));
        let own = file(&home, "app").expect("a name");
        Store::default().save(&own).expect("a database");
        assert_eq!(let_in(&asked("app"), true, &home), Ok(own.clone()));
        let refused = let_in(&asked("app"), false, &home).expect_err("no password");
        assert_eq!(refused.code, "28P01");

        let victim = folder.path().join("victim");
        let json = victim.with_extension("json");
        fs::write(&json, "precious").expect("a file");
        let victim = victim.display().to_string();
        let refused = let_in(&asked(&victim), true, &home).expect_err("no database");
        assert_eq!(refused.code, "3D000");
        let mut session = Session {
            home: &home,
            file: own,
            standing: Standing::Idle,
            copy: Store::default(),
        };
        for name in [victim.as_str(), "../../victim"] {
            for verb in ["CREATE DATABASE", "DROP DATABASE IF EXISTS"] {
                let done = session.statement(&format!("{verb} \"{name}\""));
                let code = done.err().map(|refusal| refusal.code);
                assert_eq!(code, Some("42602"), "{verb} {name}");
            }
        }
        assert_eq!(fs::read_to_string(&json).expect("still there"), "precious");
    }
}
