//! How a file of statements has to be sent, and what it destroys.

use super::{
    lex::{Kind, tokens},
    split::{Statement, line_of},
};

/// Whether the statements of a file can be one transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// All or nothing.
    Together,
    /// All or nothing: the file begins and ends its one transaction itself. Its own `BEGIN` and
    /// `COMMIT` are left out, so that what is recorded about the file is part of it.
    ItsOwn,
    /// This statement (its place, from 0) cannot be in a transaction: each is sent alone.
    Alone { because: usize },
    /// The file begins and ends transactions in its middle: each is sent as it stands.
    AsItStands,
}

pub fn manner(statements: &[Statement<'_>]) -> Manner {
    let heads: Vec<Vec<String>> = statements.iter().map(|one| words(one.text)).collect();
    let control: Vec<usize> = (0..heads.len())
        .filter(|&n| controls_transactions(&heads[n]))
        .collect();
    let spans = control == [0, heads.len().saturating_sub(1)]
        && begins(&heads[0])
        && commits(&heads[heads.len() - 1]);
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

/// The words of a statement in capitals, names as they are; texts and comments are left out.
fn words(text: &str) -> Vec<String> {
    placed_words(text)
        .into_iter()
        .map(|(_, word)| word)
        .collect()
}

/// The words with their places.
fn placed_words(text: &str) -> Vec<(usize, String)> {
    let word = |token: super::lex::Token| {
        let piece = &text[token.at.clone()];
        let word = match token.kind {
            Kind::Word => piece.to_uppercase(),
            Kind::Name | Kind::Symbol(_) => piece.to_owned(),
            Kind::Text | Kind::Comment => return None,
        };
        Some((token.at.start, word))
    };
    // A statement that was split can be read.
    let all = tokens(text).unwrap_or_default();
    all.into_iter().filter_map(word).collect()
}

fn is(head: &[String], expected: &[&str]) -> bool {
    head.len() >= expected.len() && head.iter().zip(expected).all(|(one, other)| one == other)
}

fn controls_transactions(head: &[String]) -> bool {
    let first = head.first().map(String::as_str);
    matches!(
        first,
        Some("BEGIN" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE")
    ) || is(head, &["START", "TRANSACTION"])
        || is(head, &["PREPARE", "TRANSACTION"])
}

fn begins(head: &[String]) -> bool {
    is(head, &["BEGIN"]) || is(head, &["START", "TRANSACTION"])
}

fn commits(head: &[String]) -> bool {
    is(head, &["COMMIT"]) || is(head, &["END"])
}

/// What PostgreSQL or SQLite refuses, or does differently, inside a transaction.
fn alone(head: &[String]) -> bool {
    let has = |word: &str| head.iter().any(|one| one == word);
    let first = head.first().map(String::as_str).unwrap_or_default();
    let second = head.get(1).map(String::as_str).unwrap_or_default();
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

/// The index that a statement makes without a transaction: if it is interrupted, the index stays,
/// unusable, and `IF NOT EXISTS` takes it for one that is there.
pub fn makes_index(statement: &str) -> Option<String> {
    let head = words(statement);
    let rest = head.strip_prefix(["CREATE".to_owned()].as_slice())?;
    let rest = rest
        .strip_prefix(["UNIQUE".to_owned()].as_slice())
        .unwrap_or(rest);
    if !is(rest, &["INDEX", "CONCURRENTLY"]) {
        return None;
    }
    let after = &rest[2..];
    let after = if is(after, &["IF", "NOT", "EXISTS"]) {
        &after[3..]
    } else {
        after
    };
    let name = after.first().filter(|name| *name != "ON")?;
    Some(match name.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
        None => name.to_lowercase(),
    })
}

/// Data that a statement destroys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// In the file, from 1.
    pub line: usize,
    /// `drops column agent_executions.mode`.
    pub what: String,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (line {})", self.what, self.line)
    }
}

/// What the statements destroy, as far as their text shows it.
pub fn losses(statements: &[Statement<'_>]) -> Vec<Loss> {
    let mut found = Vec::new();
    for statement in statements {
        let head = words(statement.text);
        if is(&head, &["DO"]) {
            of_block(statement, &mut found);
        } else if is(&head, &["ALTER", "TABLE"]) {
            of_alter(statement, &mut found);
        } else if let Some(what) = whole(&head) {
            found.push(Loss {
                line: statement.line,
                what,
            });
        }
    }
    found
}

fn whole(head: &[String]) -> Option<String> {
    let from = |skip: usize| name(&head[skip.min(head.len())..]);
    let cascade = head.iter().any(|word| word == "CASCADE");
    match head.first()?.as_str() {
        "TRUNCATE" => Some(format!(
            "empties {}",
            from(1 + usize::from(is(&head[1..], &["TABLE"])))
        )),
        "DELETE" => Some(format!("deletes rows of {}", from(2))),
        "DROP" => match head.get(1)?.as_str() {
            what @ ("TABLE" | "SCHEMA" | "DATABASE" | "EXTENSION") => {
                Some(format!("drops {} {}", what.to_lowercase(), from(2)))
            }
            "OWNED" => Some("drops everything a role owns".to_owned()),
            what @ ("TYPE" | "DOMAIN") if cascade => Some(format!(
                "drops {} {} and every column of it",
                what.to_lowercase(),
                from(2)
            )),
            _ => None,
        },
        _ => None,
    }
}

/// The name at the beginning, with its schema; `IF EXISTS` and `ONLY` are no names.
fn name(words: &[String]) -> String {
    let words = if is(words, &["IF", "EXISTS"]) {
        &words[2..]
    } else {
        words
    };
    let words = if is(words, &["ONLY"]) {
        &words[1..]
    } else {
        words
    };
    let plain = |word: &String| match word.strip_prefix('"') {
        Some(_) => word.trim_matches('"').to_owned(),
        None => word.to_lowercase(),
    };
    let mut full = words.first().map(plain).unwrap_or_default();
    let mut rest = words.get(1..).unwrap_or_default();
    while let [dot, part, after @ ..] = rest
        && dot == "."
    {
        full = format!("{full}.{}", plain(part));
        rest = after;
    }
    full
}

/// `ALTER TABLE t DROP [COLUMN] c, …`: constraints, defaults and the like are no data.
fn of_alter(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    let head = words(statement.text);
    let table = name(&head[2..]);
    for (n, (at, word)) in placed_words(statement.text).into_iter().enumerate() {
        // The action of a clause is its first word: `ALTER c DROP NOT NULL` is none of these.
        let begins_clause = n > 2 && (head[n - 1] == "," || first_clause(&head, n));
        if word != "DROP" || !begins_clause {
            continue;
        }
        let kept = ["CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION"];
        let after = &head[n + 1..];
        if after
            .first()
            .is_some_and(|next| kept.contains(&next.as_str()))
        {
            continue;
        }
        let column = name(if is(after, &["COLUMN"]) {
            &after[1..]
        } else {
            after
        });
        found.push(Loss {
            line: statement.line + line_of(statement.text, at) - 1,
            what: format!("drops column {table}.{column}"),
        });
    }
}

/// Whether the clause at this word is the first after the table's name.
fn first_clause(head: &[String], n: usize) -> bool {
    let mut at = 2;
    for words in [&["IF", "EXISTS"][..], &["ONLY"][..]] {
        if is(&head[at.min(head.len())..], words) {
            at += words.len();
        }
    }
    at += 1;
    while head.get(at).is_some_and(|word| word == ".") {
        at += 2;
    }
    at == n
}

/// Inside a block of code everything counts that looks like it, in texts too: it may be executed.
fn of_block(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    const PATTERNS: [(&[&str], &str); 5] = [
        (&["DROP", "TABLE"], "may drop a table"),
        (&["DROP", "COLUMN"], "may drop a column"),
        (&["DROP", "SCHEMA"], "may drop a schema"),
        (&["TRUNCATE"], "may empty a table"),
        (&["DELETE", "FROM"], "may delete rows"),
    ];
    let body: String = statement
        .text
        .chars()
        .map(|c| {
            if c == '_' || c.is_alphanumeric() {
                c
            } else {
                ' '
            }
        })
        .collect();
    let words: Vec<String> = body.split_whitespace().map(str::to_uppercase).collect();
    for (pattern, what) in PATTERNS {
        if words
            .windows(pattern.len())
            .any(|window| is(window, pattern))
        {
            found.push(Loss {
                line: statement.line,
                what: format!("{what}, in a block of code"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::split, *};

    fn how(text: &str) -> Manner {
        manner(&split(text).expect("statements"))
    }

    fn lost(text: &str) -> Vec<String> {
        let losses = losses(&split(text).expect("statements"));
        losses
            .into_iter()
            .map(|loss| format!("{}: {}", loss.line, loss.what))
            .collect()
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
    fn what_is_destroyed_is_named_with_its_line() {
        let text = "ALTER TABLE a\n  DROP COLUMN IF EXISTS one,\n  DROP two,\n  DROP CONSTRAINT c,\n  ALTER x DROP NOT NULL;\nDROP TABLE IF EXISTS auth.old;";
        assert_eq!(
            lost(text),
            [
                "2: drops column a.one",
                "3: drops column a.two",
                "6: drops table auth.old"
            ]
        );
        for (text, expected) in [
            (
                "ALTER TABLE IF EXISTS ONLY s.t DROP c",
                vec!["1: drops column s.t.c"],
            ),
            ("TRUNCATE TABLE t", vec!["1: empties t"]),
            ("DELETE FROM t WHERE n = 1", vec!["1: deletes rows of t"]),
            (
                "DROP TYPE mood CASCADE",
                vec!["1: drops type mood and every column of it"],
            ),
            (
                "DROP INDEX i; DROP TRIGGER g ON t; DROP VIEW v; DROP FUNCTION f()",
                vec![],
            ),
            (
                "CREATE TABLE t (n int REFERENCES u ON DELETE CASCADE)",
                vec![],
            ),
            (
                "DO $$ BEGIN EXECUTE 'ALTER TABLE t DROP COLUMN c'; END $$",
                vec!["1: may drop a column, in a block of code"],
            ),
            ("COMMENT ON TABLE t IS 'DROP TABLE u'", vec![]),
        ] {
            assert_eq!(lost(text), expected, "{text}");
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
            assert_eq!(makes_index(text).as_deref(), expected, "{text}");
        }
    }
}
