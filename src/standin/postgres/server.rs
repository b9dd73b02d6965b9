//! The server: a thread for each connection. A statement outside a transaction reads the file and
//! writes it; a transaction works on a copy that replaces the file when it is committed.

use super::{
    Refusal, Rows, catalog, file,
    store::{Store, statements},
    tools,
    wire::{self, Answer, Standing},
};
use crate::standin::{Call, Failed, engine, home::Home};
use std::{
    fs, io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

/// One statement at a time, whoever sends it.
static TURN: Mutex<()> = Mutex::new(());

/// `PORT VERSION`.
pub(in crate::standin) fn serve(call: Call<'_>) -> Result<(), Failed> {
    let (port, _) = engine::port_and_version(&call.args)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map_err(|error| Failed::new(format!("port {port}: {error}")))?;
    let home = call.home;
    std::thread::scope(|scope| {
        for stream in listener.incoming().flatten() {
            // A client that breaks off is its own business; the next one is served.
            scope.spawn(move || drop(talk(stream, home)));
        }
    });
    Ok(())
}

fn talk(mut stream: TcpStream, home: &Home) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let Some(said) = wire::open(&mut stream)? else {
        return Ok(());
    };
    let name = said.get("database").or_else(|| said.get("user"));
    let name = name.cloned().unwrap_or_default();
    let mut answer = Answer::default();
    if !file(home, &name).is_file() {
        let said = format!("database \"{name}\" does not exist");
        answer.refused("FATAL", &Refusal::new("3D000", said));
        return answer.send(&mut stream);
    }
    answer.welcome();
    answer.send(&mut stream)?;
    let mut session = Session {
        home,
        file: file(home, &name),
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

struct Session<'h> {
    home: &'h Home,
    file: PathBuf,
    standing: Standing,
    /// What the open transaction has made of the database.
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

    /// What is asked of the database or changes it: in the open transaction, or by itself.
    fn in_database(&mut self, word: &str, sql: &str) -> Result<Done, Refusal> {
        if let Some(done) = self.databases(sql) {
            return done.map_err(broken).map(|()| Done::Tag(word.to_owned()));
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

    /// Making and dropping whole databases.
    fn databases(&self, sql: &str) -> Option<Result<(), Failed>> {
        let name = |rest: &str| rest.split('"').nth(1).unwrap_or_default().to_owned();
        if let Some(rest) = sql.strip_prefix("CREATE DATABASE ") {
            return Some(Store::default().save(&file(self.home, &name(rest))));
        }
        let rest = sql.strip_prefix("DROP DATABASE IF EXISTS ")?;
        let path = file(self.home, &name(rest));
        Some(match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            Ok(()) | Err(_) => Ok(()),
        })
    }
}

fn on(store: &mut Store, word: &str, sql: &str) -> Result<Done, Refusal> {
    // A restore begins by taking away what is there, and makes what was dumped.
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
