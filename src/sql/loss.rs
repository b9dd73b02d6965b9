//! What statements destroy, as far as their text shows it: tables, columns, rows. Overwriting
//! (`UPDATE`, `REPLACE`, changing a column's type) does not count as a loss here, nor does dropping
//! a definition whose rows are kept elsewhere or computed: a view, an index, a foreign table.

use super::{
    block,
    split::{Lines, Statement},
    words::{Word, begins_with as is},
};

/// Data that a statement destroys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The line in the file, from 1.
    pub line: usize,
    /// `drops column agent_executions.mode`.
    pub what: String,
    /// Only rows that a `WHERE` picks.
    pub picked: bool,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (line {})", self.what, self.line)
    }
}

/// What is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// A `table`, with all that is in it.
    Whole(&'static str),
    /// A `type`, with every column that needs it.
    ColumnsOf(&'static str),
    Owned,
    /// A `column`: a part of every row.
    Part(&'static str),
    AllRows,
    Rows,
}

impl Lost {
    fn of(self, name: &str) -> String {
        match self {
            Self::Whole(what) | Self::Part(what) => format!("drops {what} {name}"),
            Self::ColumnsOf(what) => format!("drops {what} {name} and every column that needs it"),
            Self::Owned => "drops everything a role owns".to_owned(),
            Self::AllRows => format!("empties {name}"),
            Self::Rows => format!("deletes rows of {name}"),
        }
    }

    fn at(self, line: usize, name: &str) -> Loss {
        Loss {
            line,
            what: self.of(name),
            picked: false,
        }
    }
}

/// What the statements destroy, as far as their text shows it.
pub fn losses(statements: &[Statement<'_>]) -> Vec<Loss> {
    let mut found = Vec::new();
    for statement in statements {
        let words = statement.words.as_slice();
        match words.first().map_or("", AsRef::as_ref) {
            "DO" => block::losses(statement, &mut found),
            "ALTER" => of_alter(statement, &mut found),
            "DROP" => of_drop(statement, &mut found),
            "TRUNCATE" => {
                let table = usize::from(is(&words[1..], &["TABLE"]));
                let named = clauses(&words[1 + table..]);
                found.extend(named.map(|table| Lost::AllRows.at(statement.line, &name(table).0)));
            }
            _ if runs_now(words) => of_rows(statement, &mut found),
            _ => {}
        }
    }
    found
}

/// What is lost with an object of this kind; `named` holds its name and, for a function, its
/// arguments.
pub(super) fn dropped(object: &str, named: &[impl AsRef<str>], cascades: bool) -> Option<Lost> {
    match object {
        "TABLE" => Some(Lost::Whole("table")),
        "SCHEMA" => Some(Lost::Whole("schema")),
        "DATABASE" => Some(Lost::Whole("database")),
        "EXTENSION" => Some(Lost::Whole("extension")),
        "OWNED" => Some(Lost::Owned),
        "TYPE" if cascades => Some(Lost::ColumnsOf("type")),
        "DOMAIN" if cascades => Some(Lost::ColumnsOf("domain")),
        "COLLATION" if cascades => Some(Lost::ColumnsOf("collation")),
        // A trigger's function has no arguments, and no column is computed by it.
        "FUNCTION" | "ROUTINE" if cascades && takes_something(named) => {
            Some(Lost::ColumnsOf("function"))
        }
        _ => None,
    }
}

fn takes_something(named: &[impl AsRef<str>]) -> bool {
    const LONGEST_NAME: usize = 8;
    let mut words = named.iter().map(AsRef::as_ref).take(LONGEST_NAME);
    words.any(|word| word == "(") && words.next().is_some_and(|word| word != ")")
}

/// What a `DROP` in `ALTER TABLE` or `ALTER TYPE` takes from every row, and the words from its name
/// on.
pub(super) fn part<'w, W: AsRef<str>>(altered: &str, after: &'w [W]) -> Option<(Lost, &'w [W])> {
    match (altered, after.first()?.as_ref()) {
        (_, "COLUMN") => Some((Lost::Part("column"), &after[1..])),
        ("TABLE", "CONSTRAINT") => None,
        ("TABLE", _) => Some((Lost::Part("column"), after)),
        (_, "ATTRIBUTE") => Some((Lost::Part("attribute"), &after[1..])),
        _ => None,
    }
}

fn of_drop(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    let Some((object, named)) = statement.words[1..].split_first() else {
        return;
    };
    let cascades = named.last().is_some_and(|word| &**word == "CASCADE");
    let lost = clauses(named).filter_map(|named| {
        let lost = dropped(object, named, cascades)?;
        Some(lost.at(statement.line, &name(named).0))
    });
    found.extend(lost);
    found.dedup();
}

/// `ALTER TABLE t DROP [COLUMN] c, …`, and `ALTER TYPE t DROP ATTRIBUTE a`, which takes it from
/// every row that holds the type. Only the first word of a clause is its action: `ALTER c DROP NOT
/// NULL` drops nothing.
fn of_alter(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    let words = &statement.words;
    let Some(altered @ ("TABLE" | "TYPE")) = words.get(1).map(AsRef::as_ref) else {
        return;
    };
    let mut lines = Lines::of_statement(statement);
    let (of, rest) = name(&words[2..]);
    for clause in clauses(rest) {
        let Some((action, after)) = clause.split_first().filter(|(word, _)| &***word == "DROP")
        else {
            continue;
        };
        if let Some((lost, named)) = part(altered, after) {
            let line = lines.of(action.at);
            found.push(lost.at(line, &format!("{of}.{}", name(named).0)));
        }
    }
}

/// Splits at the commas outside parentheses.
fn clauses<'w, 't>(words: &'w [Word<'t>]) -> impl Iterator<Item = &'w [Word<'t>]> {
    let mut depth = 0_usize;
    words.split(move |word| {
        match &**word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && &**word == ","
    })
}

/// The name at the beginning, with its schema, and the words after it. `IF EXISTS`, `ONLY` with its
/// parentheses and the `*` that includes child tables are not part of the name.
fn name<'w, 't>(words: &'w [Word<'t>]) -> (String, &'w [Word<'t>]) {
    let mut rest = words;
    let skip = |rest: &mut &'w [Word<'t>], expected: &[&str]| {
        if is(rest, expected) {
            *rest = &rest[expected.len()..];
        }
    };
    for before in [&["IF", "EXISTS"][..], &["ONLY"], &["("]] {
        skip(&mut rest, before);
    }
    let mut full = rest.first().map(Word::name).unwrap_or_default();
    rest = rest.get(1..).unwrap_or_default();
    while let [dot, part, after @ ..] = rest
        && &**dot == "."
    {
        full = format!("{full}.{}", part.name());
        rest = after;
    }
    for behind in [&[")"], &["*"]] {
        skip(&mut rest, behind);
    }
    (full, rest)
}

/// Whether everything in a statement happens when it runs; the body of a function, a trigger or a
/// rule that it creates does not.
fn runs_now(head: &[Word<'_>]) -> bool {
    let makes_table = || head.iter().take(4).any(|word| &**word == "TABLE");
    !is(head, &["CREATE"]) || makes_table()
}

/// `DELETE FROM t`, also after or inside a `WITH`, and `MERGE INTO t … THEN DELETE`.
fn of_rows(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    let words = &statement.words;
    let mut lines = Lines::of_statement(statement);
    let mut merged = None;
    // The last `DELETE` at each depth of parentheses: its `WHERE` may follow.
    let mut deletes: Vec<Option<usize>> = vec![None];
    for (n, word) in words.iter().enumerate() {
        let rest = &words[n..];
        match &**word {
            "(" => deletes.push(None),
            ")" if deletes.len() > 1 => drop(deletes.pop()),
            "WHERE" => {
                if let Some(delete) = deletes.last().copied().flatten() {
                    found[delete].picked = true;
                }
            }
            "MERGE" if is(rest, &["MERGE", "INTO"]) => merged = Some(&rest[2..]),
            "DELETE" if is(rest, &["DELETE", "FROM"]) => {
                if let Some(last) = deletes.last_mut() {
                    *last = Some(found.len());
                }
                found.push(Lost::Rows.at(lines.of(word.at), &name(&rest[2..]).0));
            }
            "DELETE" if n > 0 && &*words[n - 1] == "THEN" => {
                let table = merged.map(|table| name(table).0);
                let line = lines.of(word.at);
                found.extend(table.map(|table| Lost::Rows.at(line, &table)));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::split, *};
    use crate::model::rule::Dialect;

    fn lost(text: &str) -> Vec<String> {
        told(text, Dialect::Postgres)
    }

    fn told(text: &str, dialect: Dialect) -> Vec<String> {
        let losses = losses(&split(text, dialect).expect("statements"));
        losses
            .into_iter()
            .map(|loss| format!("{}: {}", loss.line, loss.what))
            .collect()
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it measures itself")]
    fn one_statement_of_many_lines_does_not_keep_anyone_waiting() {
        let columns: Vec<String> = (0..20_000).map(|n| format!("DROP COLUMN c{n}")).collect();
        let text = format!("ALTER TABLE t\n{}", columns.join(",\n"));
        let start = std::time::Instant::now();
        let lost = lost(&text);
        let took = start.elapsed();
        assert_eq!(lost[19_999], "20001: drops column t.c19999");
        assert!(took.as_secs() < 4, "{took:?}");
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
            (
                "TRUNCATE ONLY a, s.b RESTART IDENTITY CASCADE",
                vec!["1: empties a", "1: empties s.b"],
            ),
            (
                "DROP TABLE IF EXISTS old_a, \"B\".old_b CASCADE",
                vec!["1: drops table old_a", "1: drops table B.old_b"],
            ),
            ("DELETE FROM t WHERE n = 1", vec!["1: deletes rows of t"]),
            (
                "WITH g AS (SELECT 1)\nDELETE FROM ONLY s.a USING g",
                vec!["2: deletes rows of s.a"],
            ),
            (
                "WITH g AS (DELETE FROM a RETURNING *) SELECT * FROM g",
                vec!["1: deletes rows of a"],
            ),
            (
                "CREATE TABLE b AS WITH g AS (DELETE FROM a RETURNING *) SELECT * FROM g",
                vec!["1: deletes rows of a"],
            ),
            (
                "MERGE INTO a USING b ON a.n = b.n\nWHEN MATCHED AND a.old THEN DELETE WHEN MATCHED THEN DO NOTHING",
                vec!["2: deletes rows of a"],
            ),
            (
                "MERGE INTO a USING b ON a.n = b.n WHEN MATCHED THEN UPDATE SET n = 1",
                vec![],
            ),
            (
                "WITH g AS (SELECT 'DELETE FROM a' /* DELETE FROM a */) SELECT \"DELETE\" FROM g",
                vec![],
            ),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM a; SELECT 1; END",
                vec![],
            ),
            (
                "CREATE RULE r AS ON INSERT TO t DO ALSO DELETE FROM a",
                vec![],
            ),
            ("GRANT SELECT, DELETE ON t TO u", vec![]),
            (
                "ALTER TYPE s.t DROP ATTRIBUTE IF EXISTS x CASCADE, ADD ATTRIBUTE y int",
                vec!["1: drops attribute s.t.x"],
            ),
            (
                "DROP TYPE mood CASCADE",
                vec!["1: drops type mood and every column that needs it"],
            ),
            (
                "DROP INDEX i; DROP TRIGGER g ON t; DROP VIEW v; DROP FUNCTION f()",
                vec![],
            ),
            // The rows of the first are computed from others, those of the second are on another
            // server.
            ("DROP MATERIALIZED VIEW v; DROP FOREIGN TABLE a", vec![]),
            (
                "CREATE TABLE t (n int REFERENCES u ON DELETE CASCADE)",
                vec![],
            ),
            ("COMMENT ON TABLE t IS 'DROP TABLE u'", vec![]),
            // Names that are keywords elsewhere, and longer ways to write a table.
            (
                "ALTER TABLE t DROP identity",
                vec!["1: drops column t.identity"],
            ),
            (
                "ALTER TABLE t DROP IF EXISTS expression, ALTER c DROP EXPRESSION",
                vec!["1: drops column t.expression"],
            ),
            ("ALTER TABLE t * DROP c", vec!["1: drops column t.c"]),
            (
                "ALTER TABLE ONLY (s.t) DROP c",
                vec!["1: drops column s.t.c"],
            ),
            (
                "ALTER TABLE t ADD CHECK (n IN (1, 2)), DROP c",
                vec!["1: drops column t.c"],
            ),
            ("ALTER TYPE t RENAME ATTRIBUTE a TO drop", vec![]),
            (
                "DROP COLLATION c CASCADE; DROP COLLATION d",
                vec!["1: drops collation c and every column that needs it"],
            ),
            // A generated column may depend on the first function; the others are for triggers.
            (
                "DROP FUNCTION s.f(int, text), g() CASCADE",
                vec!["1: drops function s.f and every column that needs it"],
            ),
            (
                "DROP FUNCTION IF EXISTS f() CASCADE; DROP FUNCTION f(int); DROP VIEW v CASCADE",
                vec![],
            ),
            (
                "DROP OWNED BY a, b",
                vec!["1: drops everything a role owns"],
            ),
            ("\u{feff}DROP TABLE t", vec!["1: drops table t"]),
            (
                "WITH a AS (SELECT 1) -- b\rDELETE FROM t",
                vec!["1: deletes rows of t"],
            ),
            // Overwriting is not a loss.
            ("UPDATE t SET c = NULL", vec![]),
            ("ALTER TABLE t ALTER c TYPE int USING NULL", vec![]),
        ] {
            assert_eq!(lost(text), expected, "{text}");
        }
    }

    #[test]
    fn what_sqlite_reads_in_its_own_way_is_told_too() {
        for (text, expected) in [
            ("DROP TABLE `users`", vec!["1: drops table users"]),
            ("DROP TABLE [old users]", vec!["1: drops table old users"]),
            ("DROP TABLE main.'users'", vec!["1: drops table main.users"]),
            ("ALTER TABLE 'a' DROP 'b'", vec!["1: drops column a.b"]),
            ("\u{feff}DROP TABLE users", vec!["1: drops table users"]),
            (
                "/* /* */ DROP TABLE users; -- */",
                vec!["1: drops table users"],
            ),
            ("REPLACE INTO t VALUES (1)", vec![]),
        ] {
            assert_eq!(told(text, Dialect::Sqlite), expected, "{text}");
        }
    }

    #[test]
    fn rows_that_a_where_picks_are_told_from_all_rows() {
        for (text, picked) in [
            ("DELETE FROM t WHERE n = 1", vec![true]),
            ("DELETE FROM t", vec![false]),
            (
                "DELETE FROM t USING (SELECT 1 FROM u WHERE n = 1) u",
                vec![false],
            ),
            (
                "WITH a AS (DELETE FROM t RETURNING *) DELETE FROM u WHERE n IN (SELECT n FROM a)",
                vec![false, true],
            ),
            ("DROP TABLE t", vec![false]),
        ] {
            let losses = losses(&split(text, Dialect::Postgres).expect("statements"));
            let found: Vec<bool> = losses.iter().map(|loss| loss.picked).collect();
            assert_eq!(found, picked, "{text}");
        }
    }
}
