//! Who made a pack: a minisign signature over the list of its files, checked with the keys that an
//! operator trusts. Pure: the caller has read everything.
//!
//! What is signed is a text with one line for each file that an upgrade reads, sorted by name: the
//! BLAKE3 of its contents in hex, two spaces, and its name below the pack's folder. `b3sum` writes
//! and checks the same form. The signature's trusted comment says which product it is for and how
//! new it is, and may give a day on which it expires: `product=notes serial=7 until=2027-06-30`.
//! Nothing here knows today's date; callers compare.

use super::source::{PackFiles, is_rules};
use crate::model::{plan::Signed, text::sanitize};
use jiff::civil::Date;
use minisign_verify::{Error, PublicKey, Signature};
use std::fmt::Write;

/// A public key that an operator trusts, under the name of its file.
pub struct Key {
    name: String,
    key: PublicKey,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("`{0}` cannot stand in a list of files; rename it")]
    Name(String),
    #[error("this is no public key of minisign; `minisign -G` makes one")]
    NoKey,
    #[error("this is no signature of minisign; `minisign -S` makes one")]
    NoSignature,
    #[error("no trusted key made it")]
    UnknownKey,
    #[error("its files are not those that {by} has signed; fetch it again")]
    Altered { by: String },
    #[error(
        "{by} signed it without saying for what; the trusted comment must say `product=NAME serial=N`"
    )]
    Unsaid { by: String },
    #[error(
        "{by} signed it until a day that is none; the trusted comment must say `until=YYYY-MM-DD`"
    )]
    NoDay { by: String },
}

/// What a vendor signs.
pub fn listing(files: &PackFiles) -> Result<String, SignatureError> {
    let mut text = String::new();
    for (name, contents) in files.iter().filter(|(name, _)| is_rules(name)) {
        // No two lists may read the same.
        if name.contains(|c: char| c.is_control() || c == '\\') {
            return Err(SignatureError::Name(name.escape_default().to_string()));
        }
        let digest = blake3::hash(contents).to_hex();
        writeln!(text, "{digest}  {name}").expect("a text takes every line");
    }
    Ok(text)
}

impl Key {
    pub fn read(name: &str, text: &str) -> Result<Self, SignatureError> {
        let key = PublicKey::decode(text).map_err(|_| SignatureError::NoKey)?;
        let name = name.to_owned();
        Ok(Self { name, key })
    }
}

/// Checks the signature of this list against the keys, and says whose it is.
pub fn verify(listing: &str, signature: &str, keys: &[Key]) -> Result<Signed, SignatureError> {
    let signature = Signature::decode(signature).map_err(|_| SignatureError::NoSignature)?;
    let mut altered = None;
    for Key { name, key } in keys {
        match key.verify(listing.as_bytes(), &signature, false) {
            Ok(()) => return said(name, signature.trusted_comment()),
            // Two keys may share a key id, so another one may fit.
            Err(Error::InvalidSignature) => altered = Some(name.clone()),
            Err(Error::UnexpectedKeyId) => {}
            Err(_no_form_that_is_taken) => return Err(SignatureError::NoSignature),
        }
    }
    Err(
        altered.map_or(SignatureError::UnknownKey, |by| SignatureError::Altered {
            by,
        }),
    )
}

fn said(by: &str, comment: &str) -> Result<Signed, SignatureError> {
    let all = |name: &str| -> Vec<&str> {
        let words = comment.split_whitespace();
        let values = words.filter_map(|word| word.split_once('='));
        let named = values.filter(|(key, _)| *key == name);
        named.map(|(_, value)| value).collect()
    };
    // A word that is given twice counts as absent.
    let word = |name: &str| match all(name).as_slice() {
        [value] => Some(*value),
        _ => None,
    };
    let by = sanitize(by);
    let until = match all("until").as_slice() {
        [] => None,
        [value] if let Some(day) = day(value) => Some(day),
        _ => return Err(SignatureError::NoDay { by }),
    };
    match (word("product"), word("serial").and_then(|n| n.parse().ok())) {
        (Some(product), Some(serial)) => Ok(Signed {
            by,
            product: product.to_owned(),
            serial,
            until,
        }),
        (_, _) => Err(SignatureError::Unsaid { by }),
    }
}

/// Accepts only the canonical form, `YYYY-MM-DD`.
fn day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (day.to_string() == text).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use minisign::KeyPair;
    use std::io::Cursor;

    fn files(pairs: &[(&str, &str)]) -> PackFiles {
        let file =
            |(name, text): &(&str, &str)| ((*name).to_owned(), text.as_bytes().to_vec().into());
        pairs.iter().map(file).collect()
    }

    fn signed(pair: &KeyPair, listing: &str, comment: &str) -> String {
        let made = minisign::sign(
            Some(&pair.pk),
            &pair.sk,
            Cursor::new(listing),
            Some(comment),
            None,
        );
        made.expect("signed").into_string()
    }

    fn key(name: &str, pair: &KeyPair) -> Key {
        let text = pair.pk.to_box().expect("a key").into_string();
        Key::read(name, &text).expect("a key")
    }

    fn pair() -> KeyPair {
        KeyPair::generate_unencrypted_keypair().expect("keys")
    }

    const COMMENT: &str = "product=notes serial=7 made by ada";

    #[test]
    fn the_list_names_every_file_that_an_upgrade_reads_and_no_other() {
        let pack = files(&[
            ("pack.yaml", "a"),
            ("files/x", "b"),
            ("cases/1/case.yaml", "c"),
        ]);
        let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex();
        let wanted = format!("{}  files/x\n{}  pack.yaml\n", hash("b"), hash("a"));
        assert_eq!(listing(&pack), Ok(wanted));
        for name in ["a\nb", "a\\b"] {
            assert!(matches!(
                listing(&files(&[(name, "")])),
                Err(SignatureError::Name(_))
            ));
        }
    }

    #[test]
    fn what_a_trusted_key_signed_is_known_and_one_changed_byte_is_not() {
        let (vendor, other) = (pair(), pair());
        let list = listing(&files(&[("pack.yaml", "a")])).expect("a list");
        let signature = signed(&vendor, &list, COMMENT);
        let keys = [key("other.pub", &other), key("vendor.pub", &vendor)];
        let known = Signed {
            by: "vendor.pub".to_owned(),
            product: "notes".to_owned(),
            serial: 7,
            until: None,
        };
        assert_eq!(verify(&list, &signature, &keys), Ok(known));
        let changed = listing(&files(&[("pack.yaml", "b")])).expect("a list");
        let by = "vendor.pub".to_owned();
        assert_eq!(
            verify(&changed, &signature, &keys),
            Err(SignatureError::Altered { by })
        );
        assert_eq!(
            verify(&list, &signature, &keys[..1]),
            Err(SignatureError::UnknownKey)
        );
    }

    #[test]
    fn no_byte_of_a_signature_can_be_changed() {
        let vendor = pair();
        let keys = [key("vendor.pub", &vendor)];
        let signature = signed(&vendor, "list", COMMENT);
        // The first line is a comment, which the signature does not cover.
        let from = signature.find('\n').expect("lines") + 1;
        let base64 = |c: char| if c == 'A' { 'B' } else { 'A' };
        let text = signature.trim_end();
        for (at, c) in text.char_indices().skip_while(|(at, _)| *at < from) {
            if matches!(c, '\n' | '=') {
                continue;
            }
            let mut changed = signature.clone();
            changed.replace_range(at..=at, &base64(c).to_string());
            assert!(verify("list", &changed, &keys).is_err(), "byte {at}");
        }
    }

    #[test]
    fn what_is_not_said_in_the_trusted_comment_is_asked_for() {
        let vendor = pair();
        let keys = [key("vendor.pub", &vendor)];
        let by = || "vendor.pub".to_owned();
        for unsaid in [
            "",
            "product=notes",
            "serial=7",
            "product=a product=b serial=1",
            "product=a serial=-1",
        ] {
            let end = verify("list", &signed(&vendor, "list", unsaid), &keys);
            assert_eq!(end, Err(SignatureError::Unsaid { by: by() }), "{unsaid}");
        }
        for no_day in [
            "until=",
            "until=soon",
            "until=2027-02-30",
            "until=20270630",
            "until=2027-06-30T12:00",
            "until=2027-06-30 until=2027-06-30",
        ] {
            let comment = format!("{COMMENT} {no_day}");
            let end = verify("list", &signed(&vendor, "list", &comment), &keys);
            assert_eq!(end, Err(SignatureError::NoDay { by: by() }), "{no_day}");
        }
        let comment = format!("{COMMENT} until=2027-06-30");
        let end = verify("list", &signed(&vendor, "list", &comment), &keys);
        let words = "signed by vendor.pub, serial 7, good until 2027-06-30";
        assert_eq!(end.expect("known").to_string(), words);
        for no_signature in ["", "a\nb\nc\nd\n", "untrusted comment: x\n"] {
            assert_eq!(
                verify("list", no_signature, &keys),
                Err(SignatureError::NoSignature)
            );
        }
        assert!(Key::read("x", "untrusted comment: x\nAAAA\n").is_err());
    }
}
