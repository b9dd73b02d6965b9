//! Scripted databases: a test says what a statement gives.

use super::{Fault, Faults, dead, lock};
use crate::{
    model::{
        address::Address,
        rule::{Dialect, Thing},
    },
    world::{Access, Cancel, DatabaseError, DatabaseSession, Databases, Opening, Rows, look_for},
};
use std::sync::{Arc, Mutex};

type Script = Box<dyn Fn(&str, &str) -> Option<Result<Rows, DatabaseError>> + Send + Sync>;

/// The first script with an answer answers; without one nothing answers there. A script is given
/// the address, as it is shown, and the statement.
#[derive(Clone, Default)]
pub struct FakeDatabases {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    scripts: Mutex<Vec<Script>>,
    ran: Mutex<Vec<(String, String)>>,
    faults: Arc<Faults>,
}

impl FakeDatabases {
    pub(super) fn new(faults: Arc<Faults>) -> Self {
        let shared = Shared {
            faults,
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Adds a script before the ones that are there.
    pub fn script(
        &self,
        script: impl Fn(&str, &str) -> Option<Result<Rows, DatabaseError>> + Send + Sync + 'static,
    ) {
        lock(&self.shared.scripts).insert(0, Box::new(script));
    }

    /// Answers statements that hold this text with one value, or with no row.
    pub fn answer(&self, part: &str, value: Option<&str>) {
        let (part, value) = (part.to_owned(), value.map(str::to_owned));
        self.script(move |_, statement| {
            statement.contains(&part).then(|| {
                let row = |value: &String| vec![Some(value.clone())];
                Ok(Rows {
                    rows: value.iter().map(row).collect(),
                    changed: 0,
                })
            })
        });
    }

    /// Makes a thing exist, or be missing.
    pub fn has(&self, thing: &Thing, there: bool) {
        let Ok(named) = thing.named() else {
            return;
        };
        let value = there.then_some("1");
        for dialect in [Dialect::Postgres, Dialect::Sqlite] {
            let mut asked = Asked {
                dialect,
                statements: Vec::new(),
            };
            // What cannot be asked in a dialect is not answered in it either.
            if look_for(&mut asked, named, &Cancel::default()).is_ok() {
                for query in &asked.statements {
                    self.answer(query, value);
                }
            }
        }
    }

    /// Every statement that was sent, in order, with the address it was sent to.
    pub fn ran(&self) -> Vec<(String, String)> {
        lock(&self.shared.ran).clone()
    }
}

impl Databases for FakeDatabases {
    fn open(
        &self,
        opening: &Opening,
        cancel: &Cancel,
    ) -> Result<Box<dyn DatabaseSession>, DatabaseError> {
        let at = opening.address.to_string();
        if cancel.pulled() {
            return Err(DatabaseError::Cancelled { at });
        }
        if let Err(error) = self.shared.faults.alive() {
            let why = error.to_string();
            return Err(DatabaseError::NoAnswer { at, why });
        }
        Ok(Box::new(Session {
            shared: self.shared.clone(),
            at,
            access: opening.access,
            dialect: match opening.address {
                Address::Sqlite(_) => Dialect::Sqlite,
                Address::Postgres(_) | Address::Redis(_) => Dialect::Postgres,
            },
        }))
    }
}

/// Only writes down what it is asked.
struct Asked {
    dialect: Dialect,
    statements: Vec<String>,
}

impl DatabaseSession for Asked {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn run(&mut self, statement: &str, _cancel: &Cancel) -> Result<Rows, DatabaseError> {
        self.statements.push(statement.to_owned());
        Ok(Rows::default())
    }
}

struct Session {
    shared: Arc<Shared>,
    at: String,
    access: Access,
    dialect: Dialect,
}

impl DatabaseSession for Session {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn run(&mut self, statement: &str, cancel: &Cancel) -> Result<Rows, DatabaseError> {
        let at = self.at.clone();
        let lost = |why: String| DatabaseError::Lost {
            at: at.clone(),
            why,
        };
        if cancel.pulled() {
            return Err(DatabaseError::Cancelled { at });
        }
        let faults = &self.shared.faults;
        let fault = match self.access {
            Access::Look => faults.alive().map(|()| None),
            Access::Change => faults.turn(),
        };
        let fault = fault.map_err(|error| lost(error.to_string()))?;
        if let Some(Fault::CrashWithin { .. }) = fault {
            return Err(lost(dead().to_string()));
        }
        lock(&self.shared.ran).push((self.at.clone(), statement.to_owned()));
        let scripted = lock(&self.shared.scripts)
            .iter()
            .find_map(|script| script(&self.at, statement));
        if fault.is_some() {
            return Err(lost(dead().to_string()));
        }
        scripted.unwrap_or_else(|| {
            Err(DatabaseError::NoAnswer {
                at: self.at.clone(),
                why: "nothing is scripted".to_owned(),
            })
        })
    }
}
