//! How a file of statements has to be sent.

use super::{
    split::Statement,
    words::{Word, begins_with as is},
};

/// Whether the statements of a file can be one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// All or nothing.
    Together,
    /// All or nothing, in a transaction that the file itself begins and ends. Its `COMMIT` is sent
    /// only after the row that records the file.
    ItsOwn,
    /// The statement at index `because` cannot be in a transaction: each is sent alone.
    Alone { because: usize },
    /// The file begins or ends transactions in the middle: each statement is sent as it stands.
    AsItStands,
}

impl Manner {
    /// Whether either all statements are done or none.
    pub fn is_all_or_nothing(self) -> bool {
        matches!(self, Self::Together | Self::ItsOwn)
    }
}

pub fn manner(statements: &[Statement<'_>]) -> Manner {
    let heads: Vec<&[Word]> = statements.iter().map(|one| one.words.as_slice()).collect();
    let control: Vec<usize> = (0..heads.len())
        .filter(|&n| controls_transactions(heads[n]))
        .collect();
    let spans = control == [0, heads.len().saturating_sub(1)]
        && begins(heads[0])
        && commits(heads[heads.len() - 1]);
    match (
        heads.iter().position(|head| alone(head)),
        control.as_slice(),
    ) {
        (_, [_, ..]) if !spans => Manner::AsItStands,
        (None, []) => Manner::Together,
        (Some(because), _) => Manner::Alone { because },
        (None, _) => Manner::ItsOwn,
    }
}

fn controls_transactions(head: &[Word<'_>]) -> bool {
    let first = head.first().map(AsRef::as_ref);
    matches!(
        first,
        Some("BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE")
    ) || is(head, &["START", "TRANSACTION"])
        || is(head, &["PREPARE", "TRANSACTION"])
}

fn begins(head: &[Word<'_>]) -> bool {
    is(head, &["BEGIN"]) || is(head, &["START", "TRANSACTION"])
}

fn commits(head: &[Word<'_>]) -> bool {
    is(head, &["COMMIT"]) || is(head, &["END"])
}

/// Whether PostgreSQL or SQLite refuses the statement inside a transaction, or treats it
/// differently there.
fn alone(head: &[Word<'_>]) -> bool {
    let has = |word: &str| head.iter().any(|one| &**one == word);
    let first = head.first().map(AsRef::as_ref).unwrap_or_default();
    let second = head.get(1).map(AsRef::as_ref).unwrap_or_default();
    match first {
        "VACUUM" | "PRAGMA" => true,
        "CREATE" | "DROP" | "REINDEX" => {
            (has("INDEX") && has("CONCURRENTLY"))
                || matches!(
                    second,
                    "DATABASE" | "TABLESPACE" | "SUBSCRIPTION" | "SYSTEM"
                )
                || (first == "REINDEX" && has("CONCURRENTLY"))
        }
        "ALTER" => {
            matches!(second, "SYSTEM")
                || (second == "TYPE" && has("ADD") && has("VALUE"))
                || (has("DETACH") && has("CONCURRENTLY"))
        }
        "CLUSTER" => head.len() == 1,
        _ => false,
    }
}

/// The index that a statement builds outside any transaction. If that is interrupted, an unusable
/// index stays behind, which `IF NOT EXISTS` takes for an existing one.
pub fn makes_index(statement: &Statement<'_>) -> Option<String> {
    let head = &statement.words;
    let unique = usize::from(head.get(1).is_some_and(|word| &**word == "UNIQUE"));
    let rest = head.get(1 + unique..)?;
    if !is(head, &["CREATE"]) || !is(rest, &["INDEX", "CONCURRENTLY"]) {
        return None;
    }
    let after = &rest[2..];
    let after = if is(after, &["IF", "NOT", "EXISTS"]) {
        &after[3..]
    } else {
        after
    };
    let name = after.first().filter(|name| &***name != "ON")?;
    Some(name.name())
}

#[cfg(test)]
mod tests {
    use super::{super::split, *};
    use crate::model::rule::Dialect;

    fn how(text: &str) -> Manner {
        manner(&split(text, Dialect::Postgres).expect("statements"))
    }

    #[test]
    fn a_file_is_one_transaction_unless_it_cannot_be() {
        for (text, expected) in [
            (
                "CREATE TABLE t (n int); INSERT INTO t VALUES (1);",
                Manner::Together,
            ),
            ("BEGIN; CREATE TABLE t (n int); COMMIT;", Manner::ItsOwn),
            ("START TRANSACTION; SELECT 1; END", Manner::ItsOwn),
            ("BEGIN; SELECT 1; COMMIT; SELECT 2;", Manner::AsItStands),
            ("BEGIN; a; COMMIT; BEGIN; b; COMMIT;", Manner::AsItStands),
            (
                "SELECT 1; CREATE UNIQUE INDEX CONCURRENTLY i ON t (n)",
                Manner::Alone { because: 1 },
            ),
            ("-- CONCURRENTLY\nCREATE INDEX i ON t (n)", Manner::Together),
            ("COMMENT ON TABLE t IS 'VACUUM'", Manner::Together),
            (
                "ALTER TYPE mood ADD VALUE 'calm'; INSERT INTO m VALUES ('calm')",
                Manner::Alone { because: 0 },
            ),
            (
                "PRAGMA foreign_keys = off; SELECT 1",
                Manner::Alone { because: 0 },
            ),
            ("DO $$ BEGIN PERFORM 1; COMMIT; END $$", Manner::Together),
            ("", Manner::Together),
        ] {
            assert_eq!(how(text), expected, "{text}");
        }
    }

    #[test]
    fn the_index_of_a_concurrent_statement_is_found() {
        for (text, expected) in [
            (
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS Idx_A ON t (n)",
                Some("idx_a"),
            ),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY \"A b\" ON t (n)",
                Some("A b"),
            ),
            ("CREATE INDEX CONCURRENTLY ON t (n)", None),
            ("CREATE INDEX i ON t (n)", None),
        ] {
            let statements = split(text, Dialect::Postgres).expect("a statement");
            assert_eq!(makes_index(&statements[0]).as_deref(), expected, "{text}");
        }
    }
}
