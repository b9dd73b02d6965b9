//! Parses the Prometheus text format: names, labels and numbers, line by line. A line that it does
//! not understand is refused with its number; comments, types, help and exemplars are skipped. Each
//! byte is read once.

/// A service with more series than this is not worth reading during an upgrade.
const SERIES_MAX: usize = 100_000;
const LABELS_MAX: usize = 64;

/// One line: a number with its name and labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub name: String,
    /// In the order of the text.
    pub labels: Vec<(String, String)>,
    pub value: f64,
    /// Milliseconds since 1970, if the text says when.
    pub at_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Unreadable {
    /// From 1.
    pub line: usize,
    pub why: String,
}

impl Series {
    /// Whether it has this name, and each of these labels with this value.
    pub fn is<'l>(
        &self,
        name: &str,
        labels: impl IntoIterator<Item = (&'l String, &'l String)>,
    ) -> bool {
        let has = |(key, value): (&String, &String)| {
            let found = self.labels.iter().find(|(label, _)| label == key);
            found.map_or(value.is_empty(), |(_, is)| is == value)
        };
        self.name == name && labels.into_iter().all(has)
    }
}

pub fn read(text: &str) -> Result<Vec<Series>, Unreadable> {
    let mut all = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let wrong = |why: String| Unreadable { line: n + 1, why };
        let plain = line.trim_matches([' ', '\t', '\r']);
        if plain.is_empty() || plain.starts_with('#') {
            continue;
        }
        if all.len() == SERIES_MAX {
            return Err(wrong(format!("more than {SERIES_MAX} series")));
        }
        all.push(series(plain).map_err(wrong)?);
    }
    Ok(all)
}

fn series(line: &str) -> Result<Series, String> {
    let (name, rest) = split_name(line, true)?;
    let rest = rest.trim_start_matches([' ', '\t']);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let mut words = words(rest);
    let value = number(words.next().ok_or("the number is missing")?)?;
    let at_ms = words.next().map(timestamp).transpose()?;
    if let Some(more) = words.next() {
        return Err(format!("`{}` is too much", short(more)));
    }
    Ok(Series {
        name: name.to_owned(),
        labels,
        value,
        at_ms,
    })
}

/// What stands before an exemplar.
fn words(rest: &str) -> impl Iterator<Item = &str> {
    let end = rest.find(" #").unwrap_or(rest.len());
    rest[..end]
        .split([' ', '\t'])
        .filter(|word| !word.is_empty())
}

fn split_name(text: &str, colons: bool) -> Result<(&str, &str), String> {
    let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    let end = text.find(|c| !in_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("`{}` does not begin with a name", short(text)));
    }
    Ok((name, rest))
}

type Labels = Vec<(String, String)>;

/// Reads up to the closing brace; braces and commas inside quoted values do not count.
fn labels(mut rest: &str) -> Result<(Labels, &str), String> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Ok((labels, rest));
        }
        if labels.len() == LABELS_MAX {
            return Err(format!("more than {LABELS_MAX} labels"));
        }
        let (name, after) = split_name(rest, false)?;
        let after = after.trim_start_matches([' ', '\t']);
        let after = after.strip_prefix('=');
        let after = after.map(|after| after.trim_start_matches([' ', '\t']));
        let after = after.and_then(|after| after.strip_prefix('"'));
        let after = after.ok_or_else(|| format!("the label `{name}` lacks =\"…\""))?;
        let (value, after) = quoted(after)?;
        if labels.iter().any(|(label, _)| label == name) {
            return Err(format!("the label `{name}` is there twice"));
        }
        labels.push((name.to_owned(), value));
        rest = after.trim_start_matches([' ', '\t']);
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.starts_with('}') => {}
            None => return Err("a comma or } is missing after a label".to_owned()),
        }
    }
}

/// A value to its closing quote; `\\`, `\"` and `\n` are the only escapes there are.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, '\\')) => value.push('\\'),
                Some((_, '"')) => value.push('"'),
                Some((_, 'n')) => value.push('\n'),
                Some((_, other)) => return Err(format!("`\\{other}` is no escape")),
                None => break,
            },
            other => value.push(other),
        }
    }
    Err("a label's value does not end".to_owned())
}

fn number(word: &str) -> Result<f64, String> {
    let known = match word
        .trim_start_matches(['+', '-'])
        .to_ascii_lowercase()
        .as_str()
    {
        "inf" | "infinity" | "nan" => true,
        digits => digits.starts_with(|c: char| c.is_ascii_digit() || c == '.'),
    };
    let parsed = known.then(|| word.parse().ok()).flatten();
    parsed.ok_or_else(|| format!("`{}` is not a number", short(word)))
}

/// Prometheus writes milliseconds, OpenMetrics seconds with a fraction.
fn timestamp(word: &str) -> Result<i64, String> {
    if let Ok(ms) = word.parse() {
        return Ok(ms);
    }
    match word.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() => Ok((seconds * 1000.0) as i64),
        Ok(_) | Err(_) => Err(format!("`{}` is not a time", short(word))),
    }
}

fn short(text: &str) -> String {
    crate::model::text::sanitize(&text.chars().take(40).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn one(line: &str) -> Series {
        let mut all = read(line).expect(line);
        assert_eq!(all.len(), 1, "{line}");
        all.remove(0)
    }

    #[test]
    fn a_page_as_services_write_it_is_read() {
        let text = "# HELP http_requests_total Requests, with a \\n and a {brace}\n\
                    # TYPE http_requests_total counter\n\
                    http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000\n\n\
                    weird{path=\"C:\\\\DIR\\\\\",error=\"Cannot find \\\"x\\\"\\n{a,b}\", grüße=\"1\"} 1\n";
        assert_eq!(read(text).expect_err("a label name in UTF-8").line, 5);
        let text = text.replace(" grüße=\"1\"", "town=\"Zürich\",");
        let all = read(&text).expect("reads");
        assert_eq!(all[0].at_ms, Some(1_395_066_363_000));
        assert_eq!(all[1].labels[0].1, "C:\\DIR\\");
        assert_eq!(all[1].labels[1].1, "Cannot find \"x\"\n{a,b}");
        assert_eq!(all[1].labels[2].1, "Zürich");
    }

    #[test]
    fn every_number_that_prometheus_writes_is_read() {
        assert_eq!(one("a +Inf").value, f64::INFINITY);
        assert_eq!(one("a -Inf").value, f64::NEG_INFINITY);
        assert!(one("a NaN").value.is_nan());
        assert_eq!(one("a 1.5e-3").value, 0.0015);
        assert_eq!(one("a .5").value, 0.5);
        assert_eq!(one("a{} 3").value, 3.0);
        assert_eq!(one("a 3 12.5").at_ms, Some(12_500));
        let exemplar = one("b_bucket{le=\"0.1\"} 8 # {trace=\"x } y\"} 0.05 1.0");
        assert_eq!(exemplar.value, 8.0);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line() {
        for (line, why) in [
            ("a", "the number is missing"),
            ("a one", "`one` is not a number"),
            ("a 1 2 3", "`3` is too much"),
            ("1a 1", "`1a 1` does not begin with a name"),
            ("a{b} 1", "the label `b` lacks =\"…\""),
            ("a{b=\"c} 1", "a label's value does not end"),
            ("a{b=\"\\t\"} 1", "`\\t` is no escape"),
            (
                "a{b=\"1\" c=\"2\"} 1",
                "a comma or } is missing after a label",
            ),
            ("a{b=\"1\",b=\"2\"} 1", "the label `b` is there twice"),
        ] {
            let wrong = read(&format!("ok 1\n{line}\n")).expect_err(line);
            assert_eq!((wrong.line, wrong.why.as_str()), (2, why));
        }
    }

    #[test]
    fn a_label_that_is_not_there_is_empty() {
        let series = one("a{b=\"1\"} 1");
        let labels = |b: &str, c: &str| -> BTreeMap<String, String> {
            [
                ("b".to_owned(), b.to_owned()),
                ("c".to_owned(), c.to_owned()),
            ]
            .into()
        };
        assert!(series.is("a", &labels("1", "")));
        assert!(!series.is("a", &labels("1", "2")));
        assert!(!series.is("b", &BTreeMap::new()));
    }

    fn written(series: &Series) -> String {
        let escape = |text: &str| {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"");
            text.replace('\n', "\\n")
        };
        let labels: Vec<String> = series
            .labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escape(value)))
            .collect();
        let at = series.at_ms.map_or(String::new(), |at| format!(" {at}"));
        format!(
            "{}{{{}}} {:?}{at}",
            series.name,
            labels.join(","),
            series.value
        )
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            name in "[a-z_:][a-z0-9_:]{0,8}",
            labels in proptest::collection::btree_map("[a-z_][a-z0-9_]{0,5}", "(\\PC|[\\\\\"{},\n ]){0,12}", 0..5),
            value in -1e300f64..1e300,
            at_ms in proptest::option::of(any::<i64>()),
        ) {
            let series = Series { name, labels: labels.into_iter().collect(), value, at_ms };
            prop_assert_eq!(read(&written(&series)), Ok(vec![series]));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|[{}\"\\\\=, \n#]){0,80}") {
            let _read_or_refused = read(&text);
        }
    }
}
