//! What must hold between numbers: `new.after - new.before == migrated`. Two sums and one
//! comparison; whole numbers, names, `+` and `-`. It knows no command and no rules file.

use super::diagnostic::did_you_mean;
use std::{collections::BTreeMap, fmt, ops::Range};

/// Nobody writes more; a hostile pack stays small.
const TEXT_BYTES_MAX: usize = 1000;

/// What is wrong, and where in the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Wrong {
    /// Bytes of the text.
    pub span: Range<usize>,
    pub message: String,
}

/// Numbers by name.
pub type Numbers = BTreeMap<String, i64>;

/// Terms that are added up, each with its sign and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum(Vec<Term>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    minus: bool,
    value: Value,
    span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Number(i64),
    Name(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    left: Sum,
    comparison: Comparison,
    right: Sum,
}

impl Requirement {
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let mut reader = Reader::new(text)?;
        let left = reader.sum()?;
        let comparison = reader.comparison()?;
        let right = reader.sum()?;
        reader.end()?;
        Ok(Self {
            left,
            comparison,
            right,
        })
    }

    /// Whether it holds; if not, both sides in numbers: `1994 + 0 + 2 = 1996 is not 3002`.
    pub fn judge(&self, numbers: &Numbers) -> Result<Result<(), String>, Wrong> {
        let (left, right) = (self.left.value(numbers)?, self.right.value(numbers)?);
        if self.comparison.holds(left, right) {
            return Ok(Ok(()));
        }
        let (left_told, right_told) = (
            self.left.told(numbers, left),
            self.right.told(numbers, right),
        );
        let is_not = match self.comparison {
            Comparison::Equal => "is not",
            Comparison::Unequal => "is also",
            Comparison::Less => "is not less than",
            Comparison::AtMost => "is more than",
            Comparison::More => "is not more than",
            Comparison::AtLeast => "is less than",
        };
        Ok(Err(format!("{left_told} {is_not} {right_told}")))
    }

    /// Names that are not among the known ones.
    pub fn unknown(&self, known: &[String]) -> Vec<Wrong> {
        let mut unknown = self.left.unknown(known);
        unknown.extend(self.right.unknown(known));
        unknown
    }
}

impl Comparison {
    fn holds(self, left: i64, right: i64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::Unequal => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

impl Sum {
    /// A sum alone, without a comparison.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let mut reader = Reader::new(text)?;
        let sum = reader.sum()?;
        reader.end()?;
        Ok(sum)
    }

    pub fn value(&self, numbers: &Numbers) -> Result<i64, Wrong> {
        let mut total: i64 = 0;
        for term in &self.0 {
            let value = match &term.value {
                Value::Number(number) => *number,
                Value::Name(name) => *numbers.get(name).ok_or_else(|| Wrong {
                    span: term.span.clone(),
                    message: format!("there is no number `{name}`"),
                })?,
            };
            let next = if term.minus {
                total.checked_sub(value)
            } else {
                total.checked_add(value)
            };
            total = next.ok_or_else(|| Wrong {
                span: term.span.clone(),
                message: "the sum is too large".to_owned(),
            })?;
        }
        Ok(total)
    }

    pub fn unknown(&self, known: &[String]) -> Vec<Wrong> {
        let wrong = |term: &Term| match &term.value {
            Value::Number(_) => None,
            Value::Name(name) if known.contains(name) => None,
            Value::Name(name) => {
                let near = did_you_mean(name, known.iter().map(String::as_str));
                Some(Wrong {
                    span: term.span.clone(),
                    message: format!("no number is called `{name}`{near}"),
                })
            }
        };
        self.0.iter().filter_map(wrong).collect()
    }

    /// `1994 + 2 = 1996`, or the number alone when there is nothing to add.
    fn told(&self, numbers: &Numbers, total: i64) -> String {
        let mut told = String::new();
        for (n, term) in self.0.iter().enumerate() {
            let value = match &term.value {
                Value::Number(number) => Some(*number),
                Value::Name(name) => numbers.get(name).copied(),
            };
            told.push_str(match (n, term.minus) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            });
            told.push_str(&value.map_or_else(|| "?".to_owned(), |value| value.to_string()));
        }
        if self.0.len() > 1 {
            told.push_str(&format!(" = {total}"));
        }
        told
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Number(i64),
    Name(String),
    Plus,
    Minus,
    Compare(Comparison),
    End,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "`{number}`"),
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Plus => f.write_str("`+`"),
            Self::Minus => f.write_str("`-`"),
            Self::Compare(_) => f.write_str("a comparison"),
            Self::End => f.write_str("the end"),
        }
    }
}

struct Reader {
    tokens: Vec<(Token, Range<usize>)>,
    at: usize,
}

impl Reader {
    fn new(text: &str) -> Result<Self, Wrong> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(Wrong {
                span: 0..text.len(),
                message: format!("longer than {TEXT_BYTES_MAX} bytes"),
            });
        }
        Ok(Self {
            tokens: tokens(text)?,
            at: 0,
        })
    }

    fn peek(&self) -> &(Token, Range<usize>) {
        let last = self.tokens.len() - 1;
        &self.tokens[self.at.min(last)]
    }

    fn take(&mut self) -> (Token, Range<usize>) {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn sum(&mut self) -> Result<Sum, Wrong> {
        let mut minus = self.peek().0 == Token::Minus;
        if minus {
            self.at += 1;
        }
        let mut terms = Vec::new();
        loop {
            let (token, span) = self.take();
            let value = match token {
                Token::Number(number) => Value::Number(number),
                Token::Name(name) => Value::Name(name),
                other => {
                    return Err(Wrong {
                        span,
                        message: format!("a number or a name is missing before {other}"),
                    });
                }
            };
            terms.push(Term { minus, value, span });
            minus = match self.peek().0 {
                Token::Plus => false,
                Token::Minus => true,
                Token::Number(_) | Token::Name(_) | Token::Compare(_) | Token::End => {
                    return Ok(Sum(terms));
                }
            };
            self.at += 1;
        }
    }

    fn comparison(&mut self) -> Result<Comparison, Wrong> {
        match self.take() {
            (Token::Compare(comparison), _) => Ok(comparison),
            (other, span) => Err(Wrong {
                span,
                message: format!("expected ==, !=, <, <=, > or >= before {other}"),
            }),
        }
    }

    fn end(&mut self) -> Result<(), Wrong> {
        match self.take() {
            (Token::End, _) => Ok(()),
            (other, span) => Err(Wrong {
                span,
                message: format!("{other} is too much: write one comparison for each line"),
            }),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<(Token, Range<usize>)>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let (token, bytes) = if first.is_ascii_digit() {
            number(rest, at)?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
            let bytes = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
            (Token::Name(rest[..bytes].to_owned()), bytes)
        } else {
            symbol(rest, at)?
        };
        tokens.push((token, at..at + bytes));
        at += bytes;
    }
    tokens.push((Token::End, text.len()..text.len()));
    Ok(tokens)
}

fn number(rest: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let in_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let bytes = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
    let word = &rest[..bytes];
    let number = word.parse().map_err(|_| Wrong {
        span: at..at + bytes,
        message: format!("`{word}` is not a whole number"),
    })?;
    Ok((Token::Number(number), bytes))
}

fn symbol(rest: &str, at: usize) -> Result<(Token, usize), Wrong> {
    let known = [
        ("==", Token::Compare(Comparison::Equal)),
        ("!=", Token::Compare(Comparison::Unequal)),
        ("<=", Token::Compare(Comparison::AtMost)),
        (">=", Token::Compare(Comparison::AtLeast)),
        ("<", Token::Compare(Comparison::Less)),
        (">", Token::Compare(Comparison::More)),
        ("+", Token::Plus),
        ("-", Token::Minus),
    ];
    let found = known
        .into_iter()
        .find(|(symbol, _)| rest.starts_with(symbol));
    if let Some((symbol, token)) = found {
        return Ok((token, symbol.len()));
    }
    let first = rest.chars().next().unwrap_or_default();
    let message = match first {
        '=' => "write == to compare".to_owned(),
        '*' | '/' | '(' | ')' => format!("`{first}`: only + and - are known here"),
        other => format!("`{other}` means nothing here"),
    };
    Err(Wrong {
        span: at..at + first.len_utf8(),
        message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(all: &[(&str, i64)]) -> Numbers {
        all.iter()
            .map(|(name, value)| ((*name).to_owned(), *value))
            .collect()
    }

    #[test]
    fn a_difference_is_told_in_numbers() {
        let found = numbers(&[("migrated", 1994), ("exists", 0), ("scanned", 3000)]);
        let text = "migrated + exists == scanned";
        let told = Requirement::parse(text).expect("reads").judge(&found);
        assert_eq!(told, Ok(Err("1994 + 0 = 1994 is not 3000".to_owned())));
    }

    #[test]
    fn every_comparison_says_what_it_says() {
        for (symbol, below, same, above) in [
            ("==", false, true, false),
            ("!=", true, false, true),
            ("<", true, false, false),
            ("<=", true, true, false),
            (">", false, false, true),
            (">=", false, true, true),
        ] {
            for (value, holds) in [(1, below), (2, same), (3, above)] {
                let requirement = Requirement::parse(&format!("a{symbol}2")).expect("reads");
                let judged = requirement.judge(&numbers(&[("a", value)]));
                assert_eq!(judged.map(|end| end.is_ok()), Ok(holds), "{value}{symbol}2");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (text, marked, message) in [
            ("a = b", "=", "write == to compare"),
            (
                "a + == 1",
                "==",
                "a number or a name is missing before a comparison",
            ),
            ("a * 2 == 4", "*", "`*`: only + and - are known here"),
            (
                "a == b == c",
                "==",
                "a comparison is too much: write one comparison for each line",
            ),
            ("1.5 < a", "1.5", "`1.5` is not a whole number"),
            (
                "a + b",
                "",
                "expected ==, !=, <, <=, > or >= before the end",
            ),
            ("ä == 1", "ä", "`ä` means nothing here"),
        ] {
            let wrong = Requirement::parse(text).expect_err(text);
            assert_eq!(
                (&text[wrong.span.clone()], wrong.message.as_str()),
                (marked, message)
            );
        }
    }

    #[test]
    fn an_unknown_name_has_a_neighbour() {
        let requirement = Requirement::parse("migrted == 0").expect("reads");
        let unknown = requirement.unknown(&["migrated".to_owned(), "errors".to_owned()]);
        assert_eq!(
            unknown[0].message,
            "no number is called `migrted`; did you mean `migrated`?"
        );
    }

    #[test]
    fn a_missing_number_is_an_error_and_not_a_zero() {
        let requirement = Requirement::parse("errors == 0").expect("reads");
        assert!(requirement.judge(&Numbers::new()).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            if let Err(wrong) = Requirement::parse(&text) {
                prop_assert!(text.get(wrong.span).is_some());
            }
        }

        #[test]
        fn a_sum_is_the_sum(terms in proptest::collection::vec(-1000i64..1000, 1..9)) {
            let text: Vec<String> = terms
                .iter()
                .map(|term| format!("{} {}", if *term < 0 { '-' } else { '+' }, term.abs()))
                .collect();
            let text = format!("0 {}", text.join(" "));
            let value = Sum::parse(&text).expect("reads").value(&Numbers::new());
            prop_assert_eq!(value, Ok(terms.iter().sum::<i64>()));
        }
    }
}
