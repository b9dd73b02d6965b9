//! Splits a text into its statements.

use super::{
    lex::{Kind, Token, tokens},
    words::{Word, begins_with as is},
};
use crate::model::rule::Dialect;

/// One statement, without the semicolon and without comments around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'t> {
    pub text: &'t str,
    /// The line it begins on, from 1.
    pub line: usize,
    /// Its words, without comments; never empty.
    pub(super) words: Vec<Word<'t>>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct SplitError {
    pub line: usize,
    pub why: String,
}

/// The statements of a text. What only psql understands is not SQL, and an error.
pub fn split(text: &str, dialect: Dialect) -> Result<Vec<Statement<'_>>, SplitError> {
    let wrong = |at: usize, why: &str| SplitError {
        line: line_of(text, at),
        why: why.to_owned(),
    };
    let all = tokens(text, dialect).map_err(|(at, why)| wrong(at, why))?;
    let mut statements = Vec::new();
    let mut lines = Lines::of_text(text);
    let mut open: Option<Open> = None;
    for token in all.iter().filter(|token| token.kind != Kind::Comment) {
        let ends = token.kind == Kind::Symbol(';');
        if token.kind == Kind::Symbol('\\') {
            let why =
                "a command of psql, which is not SQL; apply this file with psql in a `run` step";
            return Err(wrong(token.at.start, why));
        }
        if let Some(ended) = open.take_if(|open| ends && !open.inside()) {
            if ended.is_copy() {
                let why =
                    "rows follow, which only psql sends; apply this file with psql in a `run` step";
                return Err(wrong(token.at.start, why));
            }
            statements.push(ended.statement(text, &mut lines));
        } else if open.is_some() || !ends {
            open.get_or_insert_with(|| Open::at(token.at.start, dialect))
                .take(text, token);
        }
    }
    statements.extend(open.map(|open| open.statement(text, &mut lines)));
    Ok(statements)
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// Finds the lines of increasing offsets in a text, counting each line once.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl<'t> Lines<'t> {
    fn of_text(text: &'t str) -> Self {
        let (at, line) = (0, 1);
        Self { text, at, line }
    }

    /// Takes offsets in a statement and gives lines of the file.
    pub fn of_statement(statement: &Statement<'t>) -> Self {
        let line = statement.line;
        Self {
            line,
            ..Self::of_text(statement.text)
        }
    }

    /// The line of an offset, which must not lie before the last one asked for.
    pub fn of(&mut self, at: usize) -> usize {
        self.line += self.text[self.at..at].matches('\n').count();
        self.at = at;
        self.line
    }
}

/// The statement that is being read.
struct Open<'t> {
    dialect: Dialect,
    start: usize,
    end: usize,
    parentheses: usize,
    /// It contains statements, up to an `END` where one of them could begin.
    body: bool,
    words: Vec<Word<'t>>,
}

impl<'t> Open<'t> {
    fn at(start: usize, dialect: Dialect) -> Self {
        Self {
            dialect,
            start,
            end: start,
            parentheses: 0,
            body: false,
            words: Vec::new(),
        }
    }

    fn inside(&self) -> bool {
        self.parentheses > 0 || self.body
    }

    fn take(&mut self, text: &'t str, token: &Token) {
        self.end = token.at.end;
        match token.kind {
            Kind::Symbol('(') => self.parentheses += 1,
            Kind::Symbol(')') => self.parentheses = self.parentheses.saturating_sub(1),
            Kind::Word | Kind::Symbol(_) | Kind::Name | Kind::Text | Kind::Comment => {}
        }
        self.words.extend(Word::of(text, token, self.start));
        if token.kind == Kind::Word {
            self.body = match self.body {
                true => !self.ends_body(),
                false => self.begins_body(),
            };
        }
    }

    /// Whether its last words begin a body: `BEGIN` in a trigger of SQLite, `BEGIN ATOMIC` in a
    /// function of PostgreSQL. Either word can be a name too.
    fn begins_body(&self) -> bool {
        const TRIGGER: [&[&str]; 3] = [
            &["CREATE", "TRIGGER"],
            &["CREATE", "TEMP", "TRIGGER"],
            &["CREATE", "TEMPORARY", "TRIGGER"],
        ];
        const FUNCTION: [&[&str]; 4] = [
            &["CREATE", "FUNCTION"],
            &["CREATE", "PROCEDURE"],
            &["CREATE", "OR", "REPLACE", "FUNCTION"],
            &["CREATE", "OR", "REPLACE", "PROCEDURE"],
        ];
        let (heads, begin): (&[&[&str]], &[&str]) = match self.dialect {
            Dialect::Sqlite => (&TRIGGER, &["BEGIN"]),
            Dialect::Postgres => (&FUNCTION, &["BEGIN", "ATOMIC"]),
        };
        let last = self.words.len().saturating_sub(begin.len());
        self.parentheses == 0
            && is(&self.words[last..], begin)
            && heads.iter().any(|head| is(&self.words, head))
    }

    /// Whether its last word ends the body. The `END` of a `CASE` follows something else.
    fn ends_body(&self) -> bool {
        let [.., before, last] = self.words.as_slice() else {
            return false;
        };
        &**last == "END" && matches!(&**before, ";" | "ATOMIC")
    }

    /// Whether it is a `COPY … FROM stdin`: the rows after it are not SQL.
    fn is_copy(&self) -> bool {
        let from_here = |pair: &[Word<'_>]| &*pair[0] == "FROM" && &*pair[1] == "STDIN";
        let copies = self.words.first().is_some_and(|word| &**word == "COPY");
        copies && self.words.windows(2).any(from_here)
    }

    fn statement(self, text: &'t str, lines: &mut Lines<'_>) -> Statement<'t> {
        Statement {
            text: &text[self.start..self.end],
            line: lines.of(self.start),
            words: self.words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str, dialect: Dialect) -> Vec<&str> {
        let statements = split(text, dialect).expect("statements");
        statements.iter().map(|one| one.text).collect()
    }

    #[test]
    fn a_semicolon_ends_a_statement_only_where_it_is_one() {
        for (text, expected) in [
            ("a; b", vec!["a", "b"]),
            (";; a ;", vec!["a"]),
            ("-- x; y\na -- b; c\n;", vec!["a"]),
            ("/* a; /* b; */ c; */ d", vec!["d"]),
            (
                "SELECT ';', 'it''s; ', \"a;b\"; x",
                vec!["SELECT ';', 'it''s; ', \"a;b\"", "x"],
            ),
            (
                r"SELECT E'\';', 'plain\'; b",
                vec![r"SELECT E'\';', 'plain\'", "b"],
            ),
            (
                "DO $$ BEGIN x; END $$; y",
                vec!["DO $$ BEGIN x; END $$", "y"],
            ),
            (
                "SELECT $a$ ; $b$ ; $a$, $1; y",
                vec!["SELECT $a$ ; $b$ ; $a$, $1", "y"],
            ),
            (
                "CREATE RULE r AS ON INSERT TO t DO ALSO (a; b); c",
                vec!["CREATE RULE r AS ON INSERT TO t DO ALSO (a; b)", "c"],
            ),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; next",
                vec![
                    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
                    "next",
                ],
            ),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END; next",
                vec!["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC END", "next"],
            ),
            ("BEGIN; a; END; b", vec!["BEGIN", "a", "END", "b"]),
            ("\u{feff}a; \u{feff}b", vec!["a", "b"]),
            ("-- a\rb; c", vec!["b", "c"]),
            // Words that begin a body in other places.
            (
                "CREATE TRIGGER begin AFTER INSERT ON t EXECUTE FUNCTION f(); a",
                vec![
                    "CREATE TRIGGER begin AFTER INSERT ON t EXECUTE FUNCTION f()",
                    "a",
                ],
            ),
            (
                "CREATE FUNCTION f(begin atomic) RETURNS int AS ''; a",
                vec!["CREATE FUNCTION f(begin atomic) RETURNS int AS ''", "a"],
            ),
        ] {
            assert_eq!(texts(text, Dialect::Postgres), expected, "{text}");
        }
    }

    #[test]
    fn sqlite_has_quotes_comments_and_triggers_of_its_own() {
        for (text, expected) in [
            (
                "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET z = CASE WHEN 1 THEN 2 END; DELETE FROM q; END; next",
                vec![
                    "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET z = CASE WHEN 1 THEN 2 END; DELETE FROM q; END",
                    "next",
                ],
            ),
            (
                "CREATE TEMP TRIGGER begin AFTER INSERT ON x BEGIN UPDATE y SET end = 1; END; next",
                vec![
                    "CREATE TEMP TRIGGER begin AFTER INSERT ON x BEGIN UPDATE y SET end = 1; END",
                    "next",
                ],
            ),
            (
                "CREATE VIEW trigger AS SELECT begin FROM t; next",
                vec!["CREATE VIEW trigger AS SELECT begin FROM t", "next"],
            ),
            ("/* /* */ a; -- */\nb", vec!["a", "b"]),
            (
                "SELECT [a;b], `c;``d;`; e",
                vec!["SELECT [a;b], `c;``d;`", "e"],
            ),
            (r"SELECT e'a\'; b", vec![r"SELECT e'a\'", "b"]),
            ("SELECT $$ FROM t; b $$", vec!["SELECT $$ FROM t", "b $$"]),
            ("\u{feff}a; \u{feff}b", vec!["a", "b"]),
        ] {
            assert_eq!(texts(text, Dialect::Sqlite), expected, "{text}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it measures itself")]
    fn a_word_that_begins_a_body_is_judged_once() {
        let text = format!("{}{}", "(".repeat(20_000), "BEGIN ".repeat(20_000));
        let start = std::time::Instant::now();
        let found = texts(&text, Dialect::Sqlite).len();
        let took = start.elapsed();
        assert_eq!(found, 1);
        assert!(took.as_secs() < 4, "{took:?}");
    }

    #[test]
    fn a_statement_knows_its_line() {
        let text = "-- one\n\nfirst\n  more;\n/* x\n*/ second;";
        let lines: Vec<usize> = split(text, Dialect::Postgres)
            .expect("two")
            .iter()
            .map(|one| one.line)
            .collect();
        assert_eq!(lines, [3, 6]);
    }

    #[test]
    fn what_cannot_be_split_says_where() {
        for (text, line) in [
            ("a;\n'b", 2),
            ("$x$ a;", 1),
            ("\n/* a", 2),
            ("a;\n\\connect b", 2),
            ("a\nFROM b \\gexec", 2),
            ("COPY t FROM stdin;\n1\n\\.\n", 1),
        ] {
            let error = split(text, Dialect::Postgres).expect_err(text);
            assert_eq!(error.line, line, "{text}");
        }
    }

    proptest! {
        /// Statements made of whole tokens come back as they were, whatever is between them.
        #[test]
        fn statements_put_together_come_apart_again(
            pieces in prop::collection::vec("([a-z]{1,4}|'[a-z;]{0,3}'|\"[;a-z]{1,3}\"|\\$\\$[;'a-z]{0,4}\\$\\$)( (1|\\(;\\)|'')){0,3}", 1..6),
            between in "( |\n|-- ;'\n|/\\* ; \\*/){0,3}",
        ) {
            let text: String = pieces.iter().map(|piece| format!("{between}{piece};")).collect();
            prop_assert_eq!(texts(&text, Dialect::Postgres), pieces);
        }

        #[test]
        fn no_text_makes_it_fall_over(text in "[;'\"$a-z(){}/*\\-\\\\\n é]{0,60}") {
            for dialect in [Dialect::Postgres, Dialect::Sqlite] {
                let _either = split(&text, dialect);
            }
        }
    }
}
