//! Sending statements: a few of a rule, or a file of them. What can be one transaction is one; what
//! cannot says how far it came. One migration at a time: on PostgreSQL an advisory lock is held.

use super::{
    context::{Context, Scope},
    failure::ActionError,
    listener::OnLine,
    performed::Performed,
};
use crate::{
    model::{
        address::Address,
        limits,
        path::RelPath,
        plan::Target,
        rule::{Database, Dialect, Sql, SqlFile},
        survey::AppliedSeen,
        units::{self, Span},
    },
    sql::{self, Manner, Statement},
    world::{
        Access, Cancel, DatabaseError, DatabaseSession, Opening, Stream, applied, forget, look_for,
        record,
    },
};

const STATEMENT_LIMIT: Span = Span::from_secs(300);
const LOOK_LIMIT: Span = Span::from_secs(30);
const LOCK_WAIT: Span = Span::from_secs(30);
const LOCK_LOOK_EVERY: Span = Span::from_ms(250);
/// Any number, the same in every switchback: `switchba` in ASCII.
const LOCK_KEY: i64 = 0x7377_6974_6368_6261;

/// Connects to a database.
pub fn open(
    context: &Context,
    address: Address,
    access: Access,
    limit: Span,
    cancel: &Cancel,
) -> Result<Box<dyn DatabaseSession>, DatabaseError> {
    let opening = Opening {
        address,
        access,
        limit: limit.duration(),
    };
    context.world.databases.open(&opening, cancel)
}

/// Connects to a database of the plan.
pub fn connect(
    scope: Scope<'_>,
    database: &str,
    access: Access,
    limit: Option<Span>,
) -> Result<Box<dyn DatabaseSession>, ActionError> {
    let address = scope.context.database(database, scope.hop)?;
    let limit = limit.unwrap_or(match access {
        Access::Look => LOOK_LIMIT,
        Access::Change => STATEMENT_LIMIT,
    });
    let session = open(scope.context, address, access, limit, scope.cancel);
    session.map_err(ActionError::of_database)
}

/// Carries out the statements of a rule.
pub fn statements(
    scope: Scope<'_>,
    rule: &Sql,
    lines: OnLine<'_>,
) -> Result<Performed, ActionError> {
    let text = scope.fill(&rule.statement);
    let text = text.map_err(ActionError::without_effect)?;
    let (database, limit) = (&rule.database, rule.limit);
    let session = connect(scope, database, Access::Change, limit);
    let mut session = session.map_err(ActionError::without_effect)?;
    let wrong = |error: sql::SplitError| not_begun(error.to_string());
    let statements = sql::split(&text, session.dialect()).map_err(wrong)?;
    let manner = if rule.alone {
        Manner::Alone { because: 0 }
    } else {
        sql::manner(&statements)
    };
    let mut sending = Sending {
        context: scope.context,
        session: session.as_mut(),
        lock_wait: LOCK_WAIT,
        cancel: scope.cancel,
        lines,
    };
    sending.all(&statements, manner, |session| match &rule.forget {
        Some(row) => forget(session, row, scope.cancel),
        None => Ok(()),
    })
}

/// Whether the statements of a rule are one transaction: then all of them were done, or none.
pub fn all_or_nothing(context: &Context, rule: &Sql, hop: usize) -> bool {
    let database = context.plan.databases.get(&rule.database);
    let dialect = database.and_then(Database::dialect);
    let (Ok(text), Some(dialect)) = (context.fill(&rule.statement, hop), dialect) else {
        return false;
    };
    let statements = sql::split(&text, dialect);
    !rule.alone && statements.is_ok_and(|all| sql::manner(&all).is_all_or_nothing())
}

/// Applies a file, unless it turns out, once the lock is held, to be applied already.
pub fn file(scope: Scope<'_>, rule: &SqlFile, lines: OnLine<'_>) -> Result<Performed, ActionError> {
    let text = bound_text(scope.context, &rule.file)?;
    let (database, limit) = (&rule.database, rule.limit);
    let session = connect(scope, database, Access::Change, limit);
    let mut session = session.map_err(ActionError::without_effect)?;
    let wrong = |error: sql::SplitError| not_begun(format!("{}, {error}", rule.file));
    let statements = sql::split(&text, session.dialect()).map_err(wrong)?;
    let mut sending = Sending {
        context: scope.context,
        session: session.as_mut(),
        lock_wait: rule.lock_wait.unwrap_or(LOCK_WAIT),
        cancel: scope.cancel,
        lines,
    };
    sending.lock().map_err(ActionError::without_effect)?;
    let end = sending.apply(rule, &statements);
    // Best effort: closing the session gives it back too, a moment later.
    let _given_back = sending.unlock();
    end
}

/// The text of the file, provided that it still is what the plan was made from.
fn bound_text(context: &Context, file: &RelPath) -> Result<String, ActionError> {
    let content = context
        .world
        .files
        .read(&file.under(&context.root), limits::TEXT_FILE.bytes())
        .map_err(|error| not_begun(error.to_string()))?;
    let Some(content) = content else {
        return Err(not_begun(format!("{file} is not there any more")));
    };
    match context.plan.targets.get(file) {
        Some(Target::Present { digest, .. }) if *digest == content.digest => {}
        Some(Target::Present { .. } | Target::Absent) | None => {
            let why = format!(
                "{file} is not the file that the plan was made from, and a run carries out no other: put \
                 that one back, or roll back and plan with the new one"
            );
            return Err(not_begun(why));
        }
    }
    String::from_utf8(content.bytes).map_err(|_| not_begun(format!("{file} is not UTF-8 text")))
}

/// An error before any change was sent.
fn not_begun(why: String) -> ActionError {
    ActionError::without_effect(unexpected(why))
}

fn unexpected(why: String) -> ActionError {
    ActionError::Unexpected {
        output: why.clone(),
        why,
    }
}

/// A session with what it needs to execute statements.
struct Sending<'s> {
    context: &'s Context,
    session: &'s mut dyn DatabaseSession,
    lock_wait: Span,
    cancel: &'s Cancel,
    lines: OnLine<'s>,
}

impl Sending<'_> {
    fn apply(
        &mut self,
        rule: &SqlFile,
        statements: &[Statement<'_>],
    ) -> Result<Performed, ActionError> {
        let row = rule.record.as_ref();
        let seen = applied(self.session, &rule.made, rule.again, row, self.cancel);
        let seen = seen.map_err(ActionError::of_database);
        match seen.map_err(ActionError::without_effect)? {
            AppliedSeen::Applied(told) => return Ok(format!("was applied already: {told}").into()),
            AppliedSeen::Unrecorded(told) => {
                if let Some(row) = row {
                    record(self.session, row, self.cancel).map_err(ActionError::of_database)?;
                }
                return Ok(format!("was applied already: {told}; recorded now").into());
            }
            AppliedSeen::Half(told) => {
                let why = format!(
                    "half applied: {told}; look at the file and finish it or undo it by hand, then \
                     try again"
                );
                return Err(not_begun(why));
            }
            AppliedSeen::Not(_) | AppliedSeen::Unclear(_) => {}
        }
        let cancel = self.cancel;
        self.all(statements, sql::manner(statements), |session| match row {
            Some(row) => record(session, row, cancel).map(drop),
            None => Ok(()),
        })
    }

    /// Executes them in the given manner; `last` runs as a part of them.
    fn all(
        &mut self,
        statements: &[Statement<'_>],
        manner: Manner,
        last: impl FnOnce(&mut dyn DatabaseSession) -> Result<(), DatabaseError>,
    ) -> Result<Performed, ActionError> {
        let of = statements.len();
        let inner = match manner {
            Manner::ItsOwn => &statements[1..of - 1],
            Manner::Together | Manner::Alone { .. } | Manner::AsItStands => statements,
        };
        let together = manner.is_all_or_nothing();
        if together {
            self.begin((manner == Manner::ItsOwn).then_some(&statements[0]))?;
        }
        let skipped = usize::from(manner == Manner::ItsOwn);
        let mut rows = 0;
        for (n, statement) in inner.iter().enumerate() {
            let number = n + 1 + skipped;
            self.tell(&format!(
                "statement {number} of {of}, line {}",
                statement.line
            ));
            match self.one(statement, manner) {
                Ok(changed) => rows += changed,
                Err(error) => return Err(self.failed(error, statement, number, of, manner)),
            }
        }
        let end = last(self.session);
        let end = match (end, together) {
            (Ok(()), true) => self.run("COMMIT").map(drop),
            (end, _) => end,
        };
        end.map_err(|error| self.not_committed(error, together))?;
        let sent = units::count(of, "statement");
        let detail = match rows {
            0 => sent,
            some => format!("{sent}, {} changed", units::count(some, "row")),
        };
        Ok(Performed { detail, rows })
    }

    /// A `COMMIT` that failed. Both databases still answer one that was cancelled or timed out, and
    /// the session waits for that: the outcome is unknown only if no answer came.
    fn not_committed(&mut self, error: DatabaseError, together: bool) -> ActionError {
        let lost = matches!(error, DatabaseError::Lost { .. });
        let error = ActionError::of_database(error);
        if !together || lost {
            return error;
        }
        self.roll_back();
        ActionError::without_effect(error)
    }

    /// Rolls back. If even that fails the session is gone, and the server does it by itself.
    fn roll_back(&mut self) {
        let _best_effort = self.session.run("ROLLBACK", &Cancel::default());
    }

    fn run(&mut self, statement: &str) -> Result<u64, DatabaseError> {
        let rows = self.session.run(statement, self.cancel)?;
        Ok(rows.changed)
    }

    /// A file's own `BEGIN` is sent as it is: it may set an isolation level.
    fn begin(&mut self, own: Option<&Statement<'_>>) -> Result<(), ActionError> {
        let begin = match self.session.dialect() {
            Dialect::Postgres => {
                let wait = self.lock_wait.ms();
                self.run(own.map_or("BEGIN", |own| own.text))
                    .and_then(|_| self.run(&format!("SET LOCAL lock_timeout = {wait}")))
            }
            // Takes the write lock at once, so that another writer is met before anything is done.
            Dialect::Sqlite => self.run("BEGIN IMMEDIATE"),
        };
        let begin = begin.map(drop).map_err(ActionError::of_database);
        begin.map_err(ActionError::without_effect)
    }

    fn one(&mut self, statement: &Statement<'_>, manner: Manner) -> Result<u64, DatabaseError> {
        if let (Manner::Alone { .. }, Dialect::Postgres) = (manner, self.session.dialect())
            && let Some(index) = sql::makes_index(statement)
        {
            self.drop_invalid(&index)?;
        }
        self.run(statement.text)
    }

    /// Drops the index that an interrupted `CREATE INDEX CONCURRENTLY` left behind: it is unusable,
    /// and `IF NOT EXISTS` would leave it so.
    fn drop_invalid(&mut self, index: &str) -> Result<(), DatabaseError> {
        use crate::{model::rule::Named, world::Presence};
        let named = Named::Index { table: None, index };
        match look_for(self.session, named, self.cancel)? {
            Presence::Unusable(_) => {
                self.tell(&format!(
                    "drops the index {index}, which was left half made"
                ));
                let name = sql::quote::name(index);
                self.run(&format!("DROP INDEX CONCURRENTLY {name}"))
                    .map(drop)
            }
            Presence::There | Presence::Missing => Ok(()),
        }
    }

    fn tell(&mut self, line: &str) {
        (self.lines)(Stream::Out, &self.context.clean(line));
    }

    /// The error for a failed statement: what it leaves behind, and where it was.
    fn failed(
        &mut self,
        error: DatabaseError,
        statement: &Statement<'_>,
        number: usize,
        of: usize,
        manner: Manner,
    ) -> ActionError {
        let left = match manner {
            Manner::Together | Manner::ItsOwn => "nothing of it was done",
            Manner::Alone { .. } if number == 1 => "nothing of it was done",
            Manner::Alone { .. } => "the statements before it are done",
            Manner::AsItStands => "what was committed before it is done",
        };
        if !matches!(manner, Manner::Alone { .. }) {
            self.roll_back();
        }
        let rolled_back =
            manner.is_all_or_nothing() && !matches!(error, DatabaseError::Lost { .. });
        let failed = self.told_where(error, statement, number, of, left);
        match rolled_back {
            true => ActionError::without_effect(failed),
            false => failed,
        }
    }

    fn told_where(
        &mut self,
        error: DatabaseError,
        statement: &Statement<'_>,
        number: usize,
        of: usize,
        left: &str,
    ) -> ActionError {
        match &error {
            DatabaseError::Statement { code, position, .. } => {
                let line = statement.line + lines_before(statement.text, *position);
                let holders = self.holders(code).unwrap_or_default();
                let why =
                    format!("statement {number} of {of} (line {line}): {error}{holders}; {left}");
                ActionError::Unexpected {
                    output: format!("{error} ({code})"),
                    why,
                }
            }
            DatabaseError::TimedOut { .. } => {
                let why = format!(
                    "statement {number} of {of} (line {}): {error}; {left}",
                    statement.line
                );
                ActionError::Unexpected {
                    output: error.to_string(),
                    why,
                }
            }
            DatabaseError::NoAnswer { .. }
            | DatabaseError::Refused { .. }
            | DatabaseError::OfAShell { .. }
            | DatabaseError::NoDatabase { .. }
            | DatabaseError::NoFile { .. }
            | DatabaseError::NotADatabase { .. }
            | DatabaseError::HalfWritten { .. }
            | DatabaseError::NoStatements { .. }
            | DatabaseError::Unasked { .. }
            | DatabaseError::Cancelled { .. }
            | DatabaseError::Lost { .. } => ActionError::of_database(error),
        }
    }

    /// If another session's lock was in the way, names those with the longest open transactions.
    fn holders(&mut self, code: &str) -> Option<String> {
        const LOCK_NOT_AVAILABLE: &str = "55P03";
        if code != LOCK_NOT_AVAILABLE {
            return None;
        }
        let query = "SELECT 'pid ' || pid || ' (' || coalesce(nullif(application_name, ''), usename) \
                     || ', ' || state || ' for ' || round(extract(epoch FROM now() - xact_start)) || ' s)' \
                     FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() \
                     AND datname = current_database() ORDER BY xact_start LIMIT 3";
        let rows = self.session.run(query, &Cancel::default()).ok()?;
        let told: Vec<String> = rows.texts().collect();
        (!told.is_empty()).then(|| format!("; in a transaction: {}", told.join(", ")))
    }

    /// Waits for the lock by asking again and again: a session that waits inside the server would
    /// keep `CREATE INDEX CONCURRENTLY` of the other one waiting for ever.
    fn lock(&mut self) -> Result<(), ActionError> {
        if self.session.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let clock = self.context.world.clock.clone();
        let begin = clock.monotonic();
        loop {
            let asked = format!("SELECT pg_try_advisory_lock({LOCK_KEY})");
            let rows = self.session.run(&asked, self.cancel);
            if rows.map_err(ActionError::of_database)?.first() == Some("t") {
                return Ok(());
            }
            if clock.monotonic().saturating_sub(begin) >= self.lock_wait.duration() {
                let why = format!(
                    "another migration of this database is under way{}; wait for it, or end it",
                    self.other_migration().unwrap_or_default()
                );
                return Err(unexpected(why));
            }
            if !clock.sleep(LOCK_LOOK_EVERY.duration(), self.cancel) {
                return Err(ActionError::Cancelled);
            }
        }
    }

    fn other_migration(&mut self) -> Option<String> {
        let query = "SELECT ': pid ' || a.pid || ' since ' || a.backend_start FROM pg_locks l \
                     JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted \
                     AND a.datname = current_database() LIMIT 1";
        let rows = self.session.run(query, &Cancel::default()).ok()?;
        rows.first().map(str::to_owned)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        match self.session.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => {
                let statement = format!("SELECT pg_advisory_unlock({LOCK_KEY})");
                self.session.run(&statement, &Cancel::default()).map(drop)
            }
        }
    }
}

/// Line feeds before a place, counted in characters from 0.
fn lines_before(text: &str, position: Option<usize>) -> usize {
    let before = text.chars().take(position.unwrap_or(0));
    before.filter(|c| *c == '\n').count()
}
