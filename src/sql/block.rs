//! What a `DO` block may destroy. Whatever looks like a destructive statement counts, even inside a
//! string, which may be executed: `EXECUTE 'DROP ' || 'TABLE t'`.

use super::{
    lex::{Kind, tokens},
    loss::{Loss, Lost, dropped, part},
    split::Statement,
};
use crate::model::rule::Dialect;

/// How deep strings inside strings are read as code; below that only their words count.
const DEEPEST: usize = 8;

pub(super) fn losses(statement: &Statement<'_>, found: &mut Vec<Loss>) {
    let mut words = Vec::new();
    spoken(statement.text, 0, &mut words);
    let mut all: Vec<Lost> = Vec::new();
    for lost in words.split(|word| word == ";").flat_map(of_words) {
        if !all.contains(&lost) {
            all.push(lost);
        }
    }
    found.extend(all.into_iter().map(|lost| Loss {
        line: statement.line,
        what: format!("{}, in a block of code", perhaps(lost)),
        picked: false,
    }));
}

fn perhaps(lost: Lost) -> String {
    match lost {
        Lost::Whole(what @ "extension") | Lost::Part(what @ "attribute") => {
            format!("may drop an {what}")
        }
        Lost::Whole(what) | Lost::Part(what) => format!("may drop a {what}"),
        Lost::ColumnsOf(what) => format!("may drop a {what} and every column that needs it"),
        Lost::Owned => "may drop everything a role owns".to_owned(),
        Lost::AllRows => "may empty a table".to_owned(),
        Lost::Rows => "may delete rows".to_owned(),
    }
}

/// Collects the words of the code in capitals, including those inside its names and strings. Of
/// code that is not SQL, or is incomplete, it collects plain words.
fn spoken(code: &str, depth: usize, words: &mut Vec<String>) {
    let pieces = match depth {
        DEEPEST => None,
        _ => tokens(code, Dialect::Postgres).ok(),
    };
    let Some(pieces) = pieces else {
        let of_word = |c: char| c == '_' || c.is_alphanumeric();
        let plain = code.split(|c| !of_word(c)).filter(|word| !word.is_empty());
        words.extend(plain.map(str::to_uppercase));
        return;
    };
    for piece in pieces {
        let text = &code[piece.at];
        match piece.kind {
            Kind::Word | Kind::Symbol(_) if text != "|" => words.push(text.to_uppercase()),
            Kind::Name | Kind::Text => spoken(&inside(text), depth + 1, words),
            Kind::Word | Kind::Symbol(_) | Kind::Comment => {}
        }
    }
}

/// A string without its quotes; escaped line ends and tabs become blanks.
fn inside(text: &str) -> String {
    let tag = match text.strip_prefix('$').and_then(|rest| rest.find('$')) {
        Some(end) => end + 2,
        None => 1,
    };
    let inner = text.get(tag..text.len() - tag).unwrap_or_default();
    ["\\n", "\\r", "\\t"]
        .iter()
        .fold(inner.to_owned(), |inner, escape| inner.replace(escape, " "))
}

/// What one statement of the block may destroy, whatever control flow surrounds it.
fn of_words(words: &[String]) -> Vec<Lost> {
    let mut found = Vec::new();
    let cascades = words.iter().any(|word| word == "CASCADE");
    let mut altered = "";
    // Inside a clause that alters a column: `ALTER c DROP NOT NULL` destroys nothing.
    let mut of_column = false;
    for (n, word) in words.iter().enumerate() {
        let after = &words[n + 1..];
        let next = after.first().map_or("", String::as_str);
        match word.as_str() {
            "," => of_column = false,
            "ALTER" => match next {
                "TABLE" | "TYPE" => (altered, of_column) = (next, false),
                _ => of_column = true,
            },
            "DROP" => {
                let whole = dropped(next, after.get(1..).unwrap_or_default(), cascades);
                let part = part(altered, after).filter(|_| !of_column);
                found.extend(whole.or(part.map(|(lost, _)| lost)));
            }
            // Followed by one of these, it is a privilege or the event of a trigger.
            "TRUNCATE" if !matches!(next, "ON" | "," | "OR") => found.push(Lost::AllRows),
            "DELETE" if next == "FROM" || (n > 0 && words[n - 1] == "THEN") => {
                found.push(Lost::Rows);
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{losses, split};
    use crate::model::rule::Dialect;

    #[test]
    fn what_a_block_may_do_is_told_as_it_would_be_outside() {
        let column = "may drop a column";
        for (body, expected) in [
            ("EXECUTE 'ALTER TABLE t DROP COLUMN c';", vec![column]),
            ("ALTER TABLE t DROP c;", vec![column]),
            (
                "ALTER TABLE t ALTER b DROP NOT NULL, DROP identity;",
                vec![column],
            ),
            ("EXECUTE 'ALTER TABLE ' || t || ' DROP c';", vec![column]),
            (
                "EXECUTE format('ALTER TABLE %I.%I DROP %I', s, t, c);",
                vec![column],
            ),
            (
                "ALTER TABLE t ALTER b DROP IDENTITY, DROP CONSTRAINT c;",
                vec![],
            ),
            ("ALTER TABLE t ADD c int; DROP INDEX i;", vec![]),
            (
                "ALTER TYPE t DROP ATTRIBUTE a;",
                vec!["may drop an attribute"],
            ),
            ("DROP /* old */ TABLE t;", vec!["may drop a table"]),
            ("DROP -- old\n TABLE t;", vec!["may drop a table"]),
            ("EXECUTE 'DROP ' || 'TABLE t';", vec!["may drop a table"]),
            (
                "EXECUTE E'SELECT 1;\\nDROP TABLE t';",
                vec!["may drop a table"],
            ),
            (
                "EXECUTE 'DO $x$ BEGIN EXECUTE ''DROP TABLE t''; END $x$';",
                vec!["may drop a table"],
            ),
            (
                "DROP EXTENSION vector CASCADE;",
                vec!["may drop an extension"],
            ),
            (
                "DROP OWNED BY app;",
                vec!["may drop everything a role owns"],
            ),
            (
                "DROP TYPE mood CASCADE;",
                vec!["may drop a type and every column that needs it"],
            ),
            ("DROP TYPE mood; DROP VIEW v CASCADE;", vec![]),
            (
                "DROP FUNCTION f(int) CASCADE;",
                vec!["may drop a function and every column that needs it"],
            ),
            ("DROP FUNCTION f() CASCADE;", vec![]),
            ("TRUNCATE t; TRUNCATE u;", vec!["may empty a table"]),
            ("GRANT TRUNCATE ON t TO u;", vec![]),
            ("IF n THEN DELETE FROM t; END IF;", vec!["may delete rows"]),
            (
                "MERGE INTO a USING b ON a.n = b.n WHEN MATCHED THEN DELETE;",
                vec!["may delete rows"],
            ),
            ("-- DROP TABLE t\nPERFORM 1;", vec![]),
        ] {
            let text = format!("DO $$ BEGIN {body} END $$");
            let statements = split(&text, Dialect::Postgres).expect("a statement");
            let told: Vec<String> = losses(&statements)
                .into_iter()
                .map(|loss| loss.what)
                .collect();
            let expected: Vec<String> = expected
                .iter()
                .map(|one| format!("{one}, in a block of code"))
                .collect();
            assert_eq!(told, expected, "{text}");
        }
    }

    #[test]
    fn a_block_in_another_language_is_read_by_its_words() {
        let text = "DO LANGUAGE plpython3u $$\n# don't\nplpy.execute(\"DROP TABLE t\")\n$$";
        let statements = split(text, Dialect::Postgres).expect("a statement");
        assert_eq!(
            losses(&statements)[0].what,
            "may drop a table, in a block of code"
        );
    }
}
