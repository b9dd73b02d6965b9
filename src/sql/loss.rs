//! What statements destroy, as far as their text shows it.

use super::{
    split::{Lines, Statement},
    words::{Word, begins_with as is},
};

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
        let head = &statement.words;
        if is(head, &["DO"]) {
            of_block(statement, &mut found);
        } else if is(head, &["ALTER", "TABLE"]) || is(head, &["ALTER", "TYPE"]) {
            of_alter(statement, &mut found);
        } else if let Some(what) = whole(head) {
            let line = statement.line;
            found.extend(what.into_iter().map(|what| Loss { line, what }));
        } else if runs_now(head) {
            of_rows(statement, &mut found);
        }
    }
    found
}

/// One for each name that the statement lists.
fn whole(head: &[Word<'_>]) -> Option<Vec<String>> {
    let each = |skip: usize, told: &dyn Fn(String) -> String| {
        let listed = head[skip.min(head.len())..].split(|word| &**word == ",");
        Some(listed.map(|words| told(name(words))).collect())
    };
    let cascade = head.iter().any(|word| &**word == "CASCADE");
    match head.first()?.as_ref() {
        "TRUNCATE" => {
            let skip = 1 + usize::from(is(&head[1..], &["TABLE"]));
            each(skip, &|name| format!("empties {name}"))
        }
        // The rows of a materialized view and of a foreign table are kept elsewhere: what goes with
        // them is a definition.
        "DROP" => match head.get(1)?.as_ref() {
            what @ ("TABLE" | "SCHEMA" | "DATABASE" | "EXTENSION") => {
                each(2, &|name| format!("drops {} {name}", what.to_lowercase()))
            }
            "OWNED" => Some(vec!["drops everything a role owns".to_owned()]),
            what @ ("TYPE" | "DOMAIN") if cascade => each(2, &|name| {
                let what = what.to_lowercase();
                format!("drops {what} {name} and every column of it")
            }),
            _ => None,
        },
        _ => None,
    }
}

/// The name at the beginning, with its schema; `IF EXISTS` and `ONLY` are no names.
fn name(words: &[Word<'_>]) -> String {
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
    let plain = |word: &Word<'_>| match word.strip_prefix('"') {
        Some(_) => word.trim_matches('"').to_owned(),
        None => word.to_lowercase(),
    };
    let mut full = words.first().map(plain).unwrap_or_default();
    let mut rest = words.get(1..).unwrap_or_default();
    while let [dot, part, after @ ..] = rest
        && &**dot == "."
    {
        full = format!("{full}.{}", plain(part));
        rest = after;
    }
    full
}

/// Whether what stands anywhere in a statement happens with it; what a function, a trigger or a rule
/// is made of does not.
fn runs_now(head: &[Word<'_>]) -> bool {
    let makes_table = || head.iter().take(4).any(|word| &**word == "TABLE");
    !is(head, &["CREATE"]) || makes_table()
}

/// `DELETE FROM t`, also after a `WITH` or inside of one, and `MERGE INTO t … THEN DELETE`.
fn of_rows(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    let head = &statement.words;
    let mut lines = Lines::of_statement(statement);
    let mut merged = None;
    for n in 0..head.len() {
        let rest = &head[n..];
        if is(rest, &["MERGE", "INTO"]) {
            merged = Some(&rest[2..]);
        }
        let table = match merged {
            _ if is(rest, &["DELETE", "FROM"]) => &rest[2..],
            Some(table) if n > 0 && &*head[n - 1] == "THEN" && is(rest, &["DELETE"]) => table,
            Some(_) | None => continue,
        };
        found.push(Loss {
            line: lines.of(head[n].at),
            what: format!("deletes rows of {}", name(table)),
        });
    }
}

/// `ALTER TABLE t DROP [COLUMN] c, …`: constraints, defaults and the like are no data. `ALTER TYPE t
/// DROP ATTRIBUTE a` takes it from every row that holds the type.
fn of_alter(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    let head = &statement.words;
    let mut lines = Lines::of_statement(statement);
    let table = name(&head[2..]);
    for (n, word) in head.iter().enumerate() {
        // The action of a clause is its first word: `ALTER c DROP NOT NULL` is none of these.
        let begins_clause = n > 2 && (&*head[n - 1] == "," || first_clause(head, n));
        if &**word != "DROP" || !begins_clause {
            continue;
        }
        let kept = ["CONSTRAINT", "DEFAULT", "NOT", "IDENTITY", "EXPRESSION"];
        let after = &head[n + 1..];
        if after
            .first()
            .is_some_and(|next| kept.contains(&next.as_ref()))
        {
            continue;
        }
        let (kind, column) = match after.first().map(AsRef::as_ref) {
            Some("ATTRIBUTE") if is(head, &["ALTER", "TYPE"]) => ("attribute", &after[1..]),
            Some("COLUMN") => ("column", &after[1..]),
            Some(_) | None => ("column", after),
        };
        found.push(Loss {
            line: lines.of(word.at),
            what: format!("drops {kind} {table}.{}", name(column)),
        });
    }
}

/// Whether the clause at this word is the first after the table's name.
fn first_clause(head: &[Word<'_>], n: usize) -> bool {
    let mut at = 2;
    for words in [&["IF", "EXISTS"][..], &["ONLY"][..]] {
        if is(&head[at.min(head.len())..], words) {
            at += words.len();
        }
    }
    at += 1;
    while head.get(at).is_some_and(|word| &**word == ".") {
        at += 2;
    }
    at == n
}

/// Inside a block of code everything counts that looks like it, in texts too: it may be executed.
fn of_block(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    const PATTERNS: [(&[&str], &str); 7] = [
        (&["DROP", "TABLE"], "may drop a table"),
        (&["DROP", "COLUMN"], "may drop a column"),
        (&["DROP", "ATTRIBUTE"], "may drop an attribute"),
        (&["DROP", "SCHEMA"], "may drop a schema"),
        (&["TRUNCATE"], "may empty a table"),
        (&["DELETE", "FROM"], "may delete rows"),
        (&["THEN", "DELETE"], "may delete rows"),
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
            let loss = Loss {
                line: statement.line,
                what: format!("{what}, in a block of code"),
            };
            if found.last() != Some(&loss) {
                found.push(loss);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::split, *};

    fn lost(text: &str) -> Vec<String> {
        let losses = losses(&split(text).expect("statements"));
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
                vec!["1: drops type mood and every column of it"],
            ),
            (
                "DROP INDEX i; DROP TRIGGER g ON t; DROP VIEW v; DROP FUNCTION f()",
                vec![],
            ),
            // The first is computed from other rows, the second lies on another server.
            ("DROP MATERIALIZED VIEW v; DROP FOREIGN TABLE a", vec![]),
            (
                "CREATE TABLE t (n int REFERENCES u ON DELETE CASCADE)",
                vec![],
            ),
            (
                "DO $$ BEGIN EXECUTE 'ALTER TABLE t DROP COLUMN c'; END $$",
                vec!["1: may drop a column, in a block of code"],
            ),
            (
                "DO $$ BEGIN IF n THEN DELETE FROM t; END IF; END $$",
                vec!["1: may delete rows, in a block of code"],
            ),
            (
                "DO $$ BEGIN MERGE INTO a USING b ON a.n = b.n WHEN MATCHED THEN DELETE; END $$",
                vec!["1: may delete rows, in a block of code"],
            ),
            ("COMMENT ON TABLE t IS 'DROP TABLE u'", vec![]),
        ] {
            assert_eq!(lost(text), expected, "{text}");
        }
    }
}
