//! One text → its statements.

use super::{
    lex::{Kind, Token, tokens},
    words::Word,
};

/// One statement, without the semicolon and without comments around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'t> {
    pub text: &'t str,
    /// Where it begins, from 1.
    pub line: usize,
    /// What it says outside of texts and comments; never empty but for a text alone.
    pub(super) words: Vec<Word<'t>>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct SplitError {
    pub line: usize,
    pub why: String,
}

/// The statements of a text. What only psql understands is an error: it is not SQL.
pub fn split(text: &str) -> Result<Vec<Statement<'_>>, SplitError> {
    let wrong = |at: usize, why: &str| SplitError {
        line: line_of(text, at),
        why: why.to_owned(),
    };
    let all = tokens(text).map_err(|(at, why)| wrong(at, why))?;
    let mut statements = Vec::new();
    let mut lines = Lines::of_text(text);
    let mut open: Option<Open> = None;
    for token in all.iter().filter(|token| token.kind != Kind::Comment) {
        let ends = token.kind == Kind::Symbol(';');
        if open.is_none() && token.kind == Kind::Symbol('\\') {
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
            open.get_or_insert_with(|| Open::at(token.at.start))
                .take(text, token);
        }
    }
    statements.extend(open.map(|open| open.statement(text, &mut lines)));
    Ok(statements)
}

fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// Counts the lines of a text from place to place, each once.
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

    /// Of the file, for places in a statement.
    pub fn of_statement(statement: &Statement<'t>) -> Self {
        let line = statement.line;
        Self {
            line,
            ..Self::of_text(statement.text)
        }
    }

    /// The line of a place that is not before the last one.
    pub fn of(&mut self, at: usize) -> usize {
        self.line += self.text[self.at..at].matches('\n').count();
        self.at = at;
        self.line
    }
}

/// The statement that is being read.
struct Open<'t> {
    start: usize,
    end: usize,
    parentheses: usize,
    /// `BEGIN … END` of a trigger or of a function's body, with the `CASE … END` inside.
    blocks: usize,
    words: Vec<Word<'t>>,
}

impl<'t> Open<'t> {
    fn at(start: usize) -> Self {
        Self {
            start,
            end: start,
            parentheses: 0,
            blocks: 0,
            words: Vec::new(),
        }
    }

    fn inside(&self) -> bool {
        self.parentheses > 0 || self.blocks > 0
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
            self.block();
        }
    }

    /// Whether the last word begins or ends a block.
    fn block(&mut self) {
        let [.., before, word] = self.words.as_slice() else {
            return;
        };
        match &**word {
            "BEGIN" if self.blocks == 0 && self.creates(&["TRIGGER"]) => self.blocks = 1,
            "ATOMIC"
                if self.blocks == 0
                    && &**before == "BEGIN"
                    && self.creates(&["FUNCTION", "PROCEDURE"]) =>
            {
                self.blocks = 1;
            }
            "CASE" if self.blocks > 0 => self.blocks += 1,
            "END" if self.blocks > 0 => self.blocks -= 1,
            _ => {}
        }
    }

    /// By its first words: `CREATE OR REPLACE TRIGGER`.
    fn creates(&self, what: &[&str]) -> bool {
        let mut head = self.words.iter().filter(|word| word.is_plain()).take(5);
        head.next().is_some_and(|word| &**word == "CREATE")
            && head.any(|word| what.contains(&&**word))
    }

    /// Rows after `COPY … FROM stdin` are not SQL.
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

    fn texts(text: &str) -> Vec<&str> {
        let statements = split(text).expect("statements");
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
                "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET z = CASE WHEN 1 THEN 2 END; DELETE FROM q; END; next",
                vec![
                    "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET z = CASE WHEN 1 THEN 2 END; DELETE FROM q; END",
                    "next",
                ],
            ),
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; next",
                vec![
                    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END",
                    "next",
                ],
            ),
            ("BEGIN; a; END; b", vec!["BEGIN", "a", "END", "b"]),
        ] {
            assert_eq!(texts(text), expected, "{text}");
        }
    }

    #[test]
    fn a_statement_knows_its_line() {
        let text = "-- one\n\nfirst\n  more;\n/* x\n*/ second;";
        let lines: Vec<usize> = split(text)
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
            ("COPY t FROM stdin;\n1\n\\.\n", 1),
        ] {
            assert_eq!(split(text).expect_err(text).line, line, "{text}");
        }
    }

    proptest! {
        /// Statements made of whole pieces come back as they were, whatever is between them.
        #[test]
        fn statements_put_together_come_apart_again(
            pieces in prop::collection::vec("([a-z]{1,4}|'[a-z;]{0,3}'|\"[;a-z]{1,3}\"|\\$\\$[;'a-z]{0,4}\\$\\$)( (1|\\(;\\)|'')){0,3}", 1..6),
            between in "( |\n|-- ;'\n|/\\* ; \\*/){0,3}",
        ) {
            let text: String = pieces.iter().map(|piece| format!("{between}{piece};")).collect();
            prop_assert_eq!(texts(&text), pieces);
        }

        #[test]
        fn no_text_makes_it_fall_over(text in "[;'\"$a-z(){}/*\\-\\\\\n é]{0,60}") {
            let _either = split(&text);
        }
    }
}
