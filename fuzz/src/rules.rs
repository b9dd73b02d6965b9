//! Any text as one of the files of a pack that is sound without it. The first byte says which.

#[expect(dead_code, reason = "the tests use the texts, the fuzzer has its own")]
#[path = "../../tests/escape/texts.rs"]
mod texts;

use std::{borrow::Cow, path::PathBuf};
use switchback::{
    model::rule::Hop,
    rules::{
        check,
        diagnostic::Diagnostic,
        explain,
        pack::{self, LoadedPack},
        parse,
        source::{Origin, PackSource},
    },
};
use texts::arrives_fit;

const SOUND: [(&str, &[u8]); 3] = [
    (
        "1.x-to-2.0.yaml",
        include_bytes!("../../examples/first-pack/1.x-to-2.0.yaml"),
    ),
    (
        "pack.yaml",
        include_bytes!("../../examples/first-pack/pack.yaml"),
    ),
    (
        "guide.yaml",
        include_bytes!("../../examples/first-pack/guide.yaml"),
    ),
];

pub fn rules(data: &[u8]) {
    let Some((pick, bytes)) = data.split_first() else {
        return;
    };
    let (name, _) = SOUND[usize::from(*pick) % SOUND.len()];
    let mut source = PackSource {
        origin: Origin::Folder(PathBuf::from("/pack")),
        files: SOUND
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), Cow::Borrowed(*bytes)))
            .collect(),
    };
    let other = Cow::Owned(bytes.to_vec());
    source.files.insert(name.to_owned(), other);
    match pack::load(&source) {
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused without a word");
            wrong.iter().for_each(|one| tells(one, name, bytes));
        }
        Ok(pack) => sound(&pack, name, bytes),
    }
}

/// A pack that can be read: everything about it can be told, and it says the same however its
/// lines end.
fn sound(pack: &LoadedPack, name: &str, bytes: &[u8]) {
    for one in check::check(pack) {
        tells(&one, name, bytes);
    }
    for hop in &pack.hops {
        let told = explain::explain(pack, &hop.file);
        arrives_fit("an explanation", &told.unwrap_or_else(|why| why));
    }
    let text = std::str::from_utf8(bytes).expect("it was read");
    if name == SOUND[0].0 && !text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        let with_cr = text.replace('\n', "\r\n");
        let plain = parse::parse::<Hop>(name, bytes).expect("it was read");
        let other = parse::parse::<Hop>(name, with_cr.as_bytes());
        assert_eq!(other.expect("it says the same").value, plain.value);
    }
}

/// It points into its file, and is fit for a terminal.
fn tells(wrong: &Diagnostic, name: &str, bytes: &[u8]) {
    if wrong.file == name {
        let text = String::from_utf8_lossy(bytes);
        assert!(wrong.span.start <= wrong.span.end && wrong.span.end <= text.len());
        assert!(text.is_char_boundary(wrong.span.start) && text.is_char_boundary(wrong.span.end));
        assert!(wrong.line <= text.matches('\n').count() + 1);
    }
    arrives_fit("a diagnostic", &wrong.render(false));
}
