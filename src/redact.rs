//! Takes secrets out of text before it is shown, logged or reported.
//!
//! Known values are found wherever they stand, in every form in which programs print them; the
//! password of a URL is found by its place. Works line by line, so it fits streamed output. Does
//! not know where secrets come from, and cannot find one that nobody named.

use crate::model::text::{Secret, from_percent, to_percent};

pub use crate::model::text::MASK;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;
use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

/// Shorter values would black out ordinary words, and hardly deserve to be called secrets.
const SECRET_CHARS_MIN: usize = 4;

/// A password between the user and the host of a URL, up to the last `@` before the path.
static URL_PASSWORD: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:)([^\s/"'<>]+)@"#;
    Regex::new(pattern).expect("the pattern is constant and compiles")
});

/// What stands before a value in settings, compose files, JSON and addresses.
const BEFORE_VALUE: [&str; 9] = [
    "=",
    "='",
    "=\"",
    ": ",
    ": '",
    ": \"",
    ":\"",
    ":-",
    "password ",
];

/// Words that vendors ship as passwords, and that are names of much else.
const WORDS: [&str; 11] = [
    "admin",
    "default",
    "guest",
    "localhost",
    "mysql",
    "password",
    "postgres",
    "redis",
    "root",
    "secret",
    "user",
];

/// Prepares secrets for a redactor when one of them may be the product's own name or another such
/// word, as vendors sometimes ship it. It is on every page: masking it everywhere would give the
/// password away and hide paths and keys. So it is hidden only where a value stands, any other
/// secret everywhere.
pub fn beside_name(secrets: Vec<Secret>, product: &str) -> Vec<Secret> {
    let known = |secret: Secret| {
        let word = secret.expose();
        match word == product || WORDS.contains(&word) {
            true => BEFORE_VALUE
                .iter()
                .map(|before| Secret::new(format!("{before}{word}")))
                .collect(),
            false => vec![secret],
        }
    };
    secrets.into_iter().flat_map(known).collect()
}

/// Built once from all known secrets; passes over a text once, however many they are.
#[derive(Clone, Debug)]
pub struct Redactor {
    known: Option<AhoCorasick>,
}

impl Redactor {
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut needles = BTreeSet::new();
        for secret in secrets {
            add_forms(secret.expose(), &mut needles);
            // A program that uses an address takes it apart and may print the password alone.
            for found in URL_PASSWORD.captures_iter(secret.expose()) {
                add_forms(&found[2], &mut needles);
                add_forms(&from_percent(&found[2]), &mut needles);
            }
        }
        let build = |needles: &BTreeSet<String>| {
            // The other kinds search faster but take longer to build, which short lines do not
            // repay.
            AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::NoncontiguousNFA))
                .build(needles)
                .expect("a few thousand short needles fit the automaton")
        };
        Self {
            known: (!needles.is_empty()).then(|| build(&needles)),
        }
    }

    /// The text without the secrets; borrowed when there were none.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = self.known.as_ref().filter(|known| known.is_match(text));
        let Some(known) = known else {
            return hide_url_passwords(text);
        };
        // One secret may overlap or contain another: whatever any of them covers is hidden.
        let found = known.find_overlapping_iter(text);
        let mut covered: Vec<(usize, usize)> =
            found.map(|found| (found.start(), found.end())).collect();
        covered.sort_unstable();
        let mut hidden = String::with_capacity(text.len());
        let mut done = None;
        for (start, end) in covered {
            // Adjacent secrets share one mask, so that it does not tell how many there were.
            if done.is_none_or(|done| start > done) {
                hidden.push_str(&text[done.unwrap_or(0)..start]);
                hidden.push_str(MASK);
            }
            done = done.max(Some(end));
        }
        hidden.push_str(&text[done.unwrap_or(0)..]);
        Cow::Owned(hide_url_passwords(&hidden).into_owned())
    }
}

fn hide_url_passwords(text: &str) -> Cow<'_, str> {
    if text.contains("://") {
        URL_PASSWORD.replace_all(text, format!("${{1}}{MASK}@"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A value as it is and without what is blank around it, as programs, JSON, URLs and base64 write it,
/// what programs write once more as JSON, and each long line of it: output arrives line by line, and a private key has many.
fn add_forms(secret: &str, needles: &mut BTreeSet<String>) {
    if secret.chars().count() < SECRET_CHARS_MIN {
        return;
    }
    let lines = secret
        .lines()
        .map(str::trim)
        .filter(|line| line.chars().count() >= 8);
    // A secret that was read from a file ends with a newline, and is printed without it.
    let bare = secret.trim();
    let is_one = bare != secret && bare.chars().count() >= SECRET_CHARS_MIN;
    let bare = is_one.then_some(bare);
    for part in std::iter::once(secret).chain(bare).chain(lines) {
        let mut printed = json_forms(part);
        printed.insert(part.to_owned());
        printed.extend(QUOTED.iter().map(|escapes| escaped(part, escapes)));
        printed.extend(MARKUP.map(|marks| in_markup(part, marks)));
        printed.extend(python_bytes(part));
        // A log holds as JSON what was printed before, which may be JSON as well. Of several lines each
        // is sought by itself.
        if !part.contains('\n') {
            needles.extend(printed.iter().flat_map(|form| json_forms(form)));
        }
        needles.append(&mut printed);
        for (kept, upper) in KEPT.iter().flat_map(|kept| [(kept, true), (kept, false)]) {
            let written = to_percent(part, kept, upper);
            needles.insert(written.replace("%20", "+"));
            needles.insert(written);
        }
        needles.extend(base64_forms(part));
    }
}

/// What stands for a character inside quotes; each entry is one language's.
const QUOTED: [&[(char, &str)]; 8] = [
    // Inside `'`: SQL and YAML; a shell; a shell, as Python quotes for it; `.env` files; Python.
    &[('\'', "''")],
    &[('\'', r"'\''")],
    &[('\'', "'\"'\"'")],
    &[('\'', r"\'")],
    &[('\'', r"\'"), ('\\', r"\\")],
    // Inside `"`: compose's `.env` files; a shell. Then compose files, which double the `$`.
    &[('"', "\\\""), ('\\', r"\\"), ('$', r"\$")],
    &[('"', "\\\""), ('\\', r"\\"), ('$', r"\$"), ('`', r"\`")],
    &[('$', "$$")],
];

/// What HTML and XML write for a quotation mark and for an apostrophe: in text between tags; as Go,
/// Python and PHP escape them; in XML.
const MARKUP: [[&str; 2]; 5] = [
    ["\"", "'"],
    ["&#34;", "&#39;"],
    ["&quot;", "&#x27;"],
    ["&quot;", "&#039;"],
    ["&quot;", "&apos;"],
];

fn in_markup(text: &str, [quote, apostrophe]: [&str; 2]) -> String {
    let escapes = [
        ('&', "&amp;"),
        ('<', "&lt;"),
        ('>', "&gt;"),
        ('"', quote),
        ('\'', apostrophe),
    ];
    escaped(text, &escapes)
}

fn escaped(text: &str, escapes: &[(char, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match escapes.iter().find(|(plain, _)| *plain == c) {
            Some((_, escape)) => out.push_str(escape),
            None => out.push(c),
        }
    }
    out
}

/// As JSON holds it: with what must be escaped, and with what Go, Python and PHP escape as well.
fn json_forms(part: &str) -> BTreeSet<String> {
    let json = serde_json::Value::from(part).to_string();
    let json = &json[1..json.len() - 1];
    let mark = |c: char| "<>&".contains(c);
    let beyond = |c: char| !c.is_ascii();
    let forms = [
        json.to_owned(),
        with_units(json, mark),
        with_units(json, beyond),
        with_units(json, |c| mark(c) || beyond(c)),
    ];
    let slashed = forms.iter().map(|form| form.replace('/', r"\/"));
    slashed.chain(forms.iter().cloned()).collect()
}

/// As Python shows bytes, whether it puts them between `'` or between `"`.
fn python_bytes(part: &str) -> [String; 2] {
    let mut shown = String::with_capacity(part.len());
    for byte in part.bytes() {
        match byte {
            b'\\' => shown.push_str(r"\\"),
            b'\t' => shown.push_str(r"\t"),
            b'\n' => shown.push_str(r"\n"),
            b'\r' => shown.push_str(r"\r"),
            b' '..=b'~' => shown.push(byte.into()),
            other => shown.push_str(&format!("\\x{other:02x}")),
        }
    }
    [shown.replace('\'', r"\'"), shown]
}

/// Writes such characters as JSON's `\u` escapes.
fn with_units(json: &str, such: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if such(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The characters, besides letters and digits, that URL encoding leaves as they are: by the
/// standard, in JavaScript, in Python, in forms.
const KEPT: [&[u8]; 4] = [b"-_.~", b"-_.~!'()*", b"-_.~/", b"-_.*"];

/// The base64 characters that depend on the secret alone, for each of the three alignments at which
/// it can begin inside a longer text (`user:password` of an Authorization header).
fn base64_forms(secret: &str) -> Vec<String> {
    const COMMON: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut forms = Vec::new();
    for last_two in ["+/", "-_"] {
        let alphabet: Vec<char> = COMMON.chars().chain(last_two.chars()).collect();
        for shift in 0..3 {
            let mut bytes = vec![0; shift];
            bytes.extend(secret.bytes());
            let first = (shift * 8).div_ceil(6);
            let whole = bytes.len() * 8 / 6;
            let sextet = |n: usize| {
                let bit = n * 6;
                let high = u16::from(bytes[bit / 8]) << 8;
                let low = bytes.get(bit / 8 + 1).copied().map_or(0, u16::from);
                usize::from((high | low) >> (10 - bit % 8)) & 63
            };
            let form: String = (first..whole).map(|n| alphabet[sextet(n)]).collect();
            if form.len() >= SECRET_CHARS_MIN {
                forms.push(form);
            }
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redactor(secrets: &[&str]) -> Redactor {
        Redactor::new(secrets.iter().map(|secret| Secret::new(*secret)))
    }

    #[test]
    fn the_name_of_the_product_goes_only_where_a_value_stands() {
        let secrets = ["shannon", "shannon-2"].map(Secret::new).to_vec();
        let redactor = Redactor::new(beside_name(secrets, "shannon"));
        for text in [
            "upgrade/shannon/migrations",
            "localhost:5432/shannon",
            "models.shannon-scraper",
        ] {
            assert_eq!(redactor.redact(text), text);
        }
        for text in [
            "POSTGRES_PASSWORD=shannon",
            "POSTGRES_PASSWORD: 'shannon'",
            "${POSTGRES_PASSWORD:-shannon}",
            r#"{"password":"shannon"}"#,
            "postgres://admin:shannon@db/x",
            "the other one is shannon-2",
        ] {
            let shown = redactor.redact(text);
            assert!(!shown.contains("shannon"), "{text} became {shown}");
        }
    }

    #[test]
    fn a_password_that_every_vendor_ships_leaves_the_text_readable() {
        let secrets = vec![Secret::new("postgres")];
        let redactor = Redactor::new(beside_name(secrets, "shannon"));
        for (text, shown) in [
            (
                "postgresql://app@db/postgres",
                "postgresql://app@db/postgres",
            ),
            ("cd /var/lib/postgres", "cd /var/lib/postgres"),
            ("POSTGRES_PASSWORD=postgres", "POSTGRES_PASSWORD••••••"),
            (
                "postgres://postgres:postgres@db/x",
                "postgres://postgres:••••••@db/x",
            ),
        ] {
            assert_eq!(redactor.redact(text), shown);
        }
    }

    #[test]
    fn a_known_secret_goes_in_every_form() {
        let redactor = redactor(&["p@ss w/rd\"1"]);
        for text in [
            "token p@ss w/rd\"1 end",
            "p%40ss%20w%2Frd%221",
            "p%40ss+w%2frd%221",
            r#"{"k":"p@ss w/rd\"1"}"#,
            "cEBzcyB3L3JkIjE=",
        ] {
            let shown = redactor.redact(text);
            assert!(shown.contains(MASK), "{text} became {shown}");
            for piece in ["p@ss", "ss%20", "ss+w", "cEBzcyB3L3JkI"] {
                assert!(!shown.contains(piece), "{text} became {shown}");
            }
        }
        // `admin:` and the secret encoded together; the last letters depend on what follows and
        // reveal little.
        assert_eq!(
            redactor.redact("Basic YWRtaW46cEBzcyB3L3JkIjE="),
            format!("Basic YWRtaW46{MASK}E=")
        );
    }

    #[test]
    fn a_secret_goes_as_programs_write_it() {
        for (secret, forms) in [
            (
                "it's-s3cret",
                &[
                    "it''s-s3cret",
                    r"it'\''s-s3cret",
                    "it'\"'\"'s-s3cret",
                    r"it\'s-s3cret",
                    "it&#39;s-s3cret",
                    "it&#x27;s-s3cret",
                    "it&#039;s-s3cret",
                ][..],
            ),
            ("a<b&c>d", &[r"a\u003cb\u0026c\u003ed", "a&lt;b&amp;c&gt;d"]),
            ("pässwörd", &[r"p\u00e4ssw\u00f6rd"]),
            ("key🔑key", &[r"key\ud83d\udd11key"]),
            ("a/b/c", &[r"a\/b\/c"]),
            ("ä/b&c", &[r"\u00e4\/b&c", r"\u00e4\/b\u0026c"]),
            ("ab$cd`e", &[r"ab\$cd\`e", r"ab\$cd`e", "ab$$cd`e"]),
            (r#"ab\c"d"#, &[r#"ab\\c\"d"#]),
            // Bytes, as Python shows them; and what was JSON already, in a log of JSON.
            (
                r#"pä's\w"d"#,
                &[
                    r#"p\xc3\xa4's\\w"d"#,
                    r#"p\xc3\xa4\'s\\w"d"#,
                    r#"p\\xc3\\xa4's\\\\w\"d"#,
                    r#"pä's\\\\w\\\"d"#,
                    r#"p\\u00e4's\\\\w\\\"d"#,
                    r#"p\u00e4's\\\\w\\\"d"#,
                ],
            ),
        ] {
            let redactor = redactor(&[secret]);
            for form in forms {
                let shown = redactor.redact(form);
                assert_eq!(shown, MASK, "{secret} as {form}");
            }
        }
    }

    #[test]
    fn of_secrets_that_overlap_nothing_is_left() {
        let all = format!("x {MASK} y");
        for secrets in [
            &["abcdef", "cdefghij"][..],
            &["abcdefghij", "defg", "abcd"],
            &["abcde", "fghij"],
            &["abcd", "bcdef", "defghi", "ghij"],
        ] {
            assert_eq!(
                redactor(secrets).redact("x abcdefghij y"),
                all,
                "{secrets:?}"
            );
        }
    }

    #[test]
    fn the_password_of_a_url_goes_unnamed() {
        let redactor = redactor(&[]);
        for (text, shown) in [
            (
                "postgres://u:hunter2@db:5432/x",
                "postgres://u:••••••@db:5432/x",
            ),
            ("redis://:a@b@h/0 ok", "redis://:••••••@h/0 ok"),
            ("http://localhost:4000/a@b", "http://localhost:4000/a@b"),
            ("plain: text@home", "plain: text@home"),
        ] {
            assert_eq!(redactor.redact(text), shown);
        }
    }

    #[test]
    fn an_address_that_is_secret_hides_its_password_wherever_that_stands() {
        let redactor = redactor(&["postgresql://app:in%2Fside%21x@db/app"]);
        for text in [
            "in%2Fside%21x",
            "in/side!x",
            "in%252Fside%2521x",
            "in%2Fside!x",
            "in/side%21x",
        ] {
            assert_eq!(redactor.redact(text), MASK, "{text}");
        }
    }

    #[test]
    fn short_values_stay_and_a_key_of_many_lines_goes_line_by_line() {
        assert_eq!(redactor(&["abc", ""]).redact("abc"), "abc");
        let key = "-----BEGIN KEY-----\nMIIEabcdefgh\nxyzw1234567\n";
        let redactor = redactor(&[key]);
        assert_eq!(redactor.redact("log MIIEabcdefgh"), format!("log {MASK}"));
    }

    #[test]
    fn what_is_blank_around_a_secret_does_not_hide_it() {
        for secret in ["hunter2\n", " hunter2\r\n", "\thunter2 "] {
            let shown = redactor(&[secret])
                .redact("password is hunter2 ok")
                .into_owned();
            assert_eq!(shown, format!("password is {MASK} ok"), "{secret:?}");
        }
        assert_eq!(redactor(&["abc\n"]).redact("abc"), "abc");
    }

    proptest! {
        #[test]
        fn no_secret_survives(secret in "[a-zA-Z0-9+/=%&]{4,20}", before in "[ -~]{0,20}", after in "[ -~]{0,20}") {
            // `•` is not in the secret's alphabet, so a hit afterwards cannot come from the mask.
            let text = format!("{before}{secret}{after}");
            prop_assert!(!redactor(&[&secret]).redact(&text).contains(&secret));
        }

        #[test]
        fn text_without_a_secret_is_untouched(text in "[a-z \n]{0,60}") {
            let redactor = redactor(&["SECRET-1"]);
            let redacted = redactor.redact(&text);
            prop_assert_eq!(redacted.as_ref(), text.as_str());
        }
    }
}
