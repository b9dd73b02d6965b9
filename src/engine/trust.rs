//! Whether a pack from outside may be used. A pack is a program: so the operator has named its very
//! bytes, or a key that is trusted here has signed the list of them; and nobody else may write where
//! they were read.
//!
//! Trusted keys are files `*.pub` in `/etc/switchback/keys` and in the operator's own configuration.
//! A signature stands beside the pack's folder, under its name with `.minisig` after it. The highest
//! serial that was seen of each product is kept with the runs: an older pack, signed as it may be,
//! was replaced for a reason. A signature may say on which day it ends.
//!
//! All this is asked before a run begins and never of one that has begun: that one has its rules, and
//! must always be able to go back.

use super::store::run_dir::StateDir;
use crate::{
    model::{digest::Digest, limits, plan::Signed, text::sanitize},
    rules::{
        diagnostic::Diagnostic,
        pack,
        signature::{self, Key, SignatureError},
        source::{Origin, PackSource},
    },
    world::{FileError, World},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

pub const SYSTEM_KEYS: &str = "/etc/switchback/keys";
const KEY_ENDING: &str = ".pub";
const SIGNATURE_ENDING: &str = ".minisig";
/// A shorter prefix of a digest does not identify a pack reliably.
const DIGITS_MIN: usize = 12;

#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    #[error(
        "this pack is from outside and runs commands with your rights; read its rules, then add \
         --trust {digest}"
    )]
    NotSaid { digest: Digest },
    #[error(
        "--trust {said} is not the digest of this pack, which is {digest}: it is another pack, or \
         one that was changed since; read its rules, then add --trust {digest}"
    )]
    OtherDigest { said: String, digest: Digest },
    #[error(
        "--trust {said} is too short to name a pack for sure; read the rules, then give the digest \
         that `switchback rules check` prints: --trust {digest}"
    )]
    ShortDigest { said: String, digest: Digest },
    #[error("{path}: {why}; what is in it is run with your rights: `chmod go-w` it, or copy it", path = .path.display())]
    OthersWrite { path: PathBuf, why: String },
    #[error("{path}: {why}", path = .path.display())]
    Signature { path: PathBuf, why: SignatureError },
    #[error(
        "{path}: no trusted key made it; put the vendor's key as a file {KEY_ENDING} into \
         {folders}, or read the rules and add --trust {digest}",
        path = .path.display()
    )]
    UnknownKey {
        path: PathBuf,
        folders: String,
        digest: Digest,
    },
    #[error("{path}: signed for `{signed}`, and the pack is for `{product}`; fetch the right one", path = .path.display())]
    OtherProduct {
        path: PathBuf,
        signed: String,
        product: String,
    },
    #[error(
        "{path}: serial {serial}, and serial {seen} of `{product}` was seen here before; fetch the \
         newest, or read the rules and add --trust {digest}",
        path = .path.display()
    )]
    Older {
        path: PathBuf,
        product: String,
        serial: u64,
        seen: u64,
        digest: Digest,
    },
    #[error(
        "{path}: {by} signed it to be used until {until}, and by this machine's clock it is \
         {today}; fetch the newest, or read the rules and add --trust {digest}",
        path = .path.display()
    )]
    Over {
        path: PathBuf,
        by: String,
        until: Date,
        today: Date,
        digest: Digest,
    },
    #[error("the pack has errors")]
    BadPack(Vec<Diagnostic>),
    #[error(transparent)]
    File(#[from] FileError),
}

/// The highest serials seen, by product.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Serials(BTreeMap<String, u64>);

/// Returns a pack that may be used, with its signer if that is why. `said` is the prefix of the
/// digest that the operator has named.
pub fn must_be_trusted(
    world: &World,
    state: &StateDir,
    source: PackSource,
    said: Option<&str>,
) -> Result<PackSource, TrustError> {
    if source.origin.is_ours() {
        return Ok(source);
    }
    others_must_not_write(world, &source)?;
    let digest = pack::digest(&source.files);
    match said {
        Some(said) if said.len() >= DIGITS_MIN && digest.as_str().starts_with(said) => Ok(source),
        Some(said) => {
            let is_short = digest.as_str().starts_with(said);
            let said = sanitize(said);
            Err(if is_short {
                TrustError::ShortDigest { said, digest }
            } else {
                TrustError::OtherDigest { said, digest }
            })
        }
        None => match &source.origin {
            Origin::Bundled(_) => Ok(source),
            Origin::Folder(folder) | Origin::Signed { folder, .. } => {
                let by = must_be_signed(world, state, folder, &source, digest)?;
                let folder = folder.clone();
                let origin = Origin::Signed { folder, by };
                Ok(PackSource { origin, ..source })
            }
            // No vendor has signed it in combination with the site's rules.
            Origin::Overlaid { .. } => Err(TrustError::NotSaid { digest }),
        },
    }
}

/// A pack runs with the operator's rights, so nobody else may be able to change it.
pub fn others_must_not_write(world: &World, source: &PackSource) -> Result<(), TrustError> {
    let names = source.files.keys();
    let mut folders = source.origin.folders().into_iter();
    folders.try_for_each(|folder| must_be_ours_alone(world, folder, names.clone()))
}

fn must_be_signed(
    world: &World,
    state: &StateDir,
    dir: &Path,
    source: &PackSource,
    digest: Digest,
) -> Result<Signed, TrustError> {
    let mut path = dir.as_os_str().to_owned();
    path.push(SIGNATURE_ENDING);
    let path = PathBuf::from(path);
    let Some(text) = text(world, &path)? else {
        return Err(TrustError::NotSaid { digest });
    };
    let signed = signed(world, &path, &text, source, &digest)?;
    let pack = pack::head(source).map_err(TrustError::BadPack)?;
    if signed.product != pack.product {
        return Err(TrustError::OtherProduct {
            path,
            signed: signed.product,
            product: pack.product.clone(),
        });
    }
    let today = today(world);
    if let Some(until) = signed.until.filter(|until| *until < today) {
        return Err(TrustError::Over {
            path,
            by: signed.by,
            until,
            today,
            digest,
        });
    }
    remember(world, state, &signed, |seen| TrustError::Older {
        path,
        product: pack.product.clone(),
        serial: signed.serial,
        seen,
        digest,
    })?;
    Ok(signed)
}

/// Today in UTC. A clock without a valid time counts as past every day.
fn today(world: &World) -> Date {
    let now_ms = i64::try_from(world.clock.now_ms()).unwrap_or(i64::MAX);
    let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::MAX);
    TimeZone::UTC.to_datetime(now).date()
}

fn signed(
    world: &World,
    path: &Path,
    text: &str,
    source: &PackSource,
    digest: &Digest,
) -> Result<Signed, TrustError> {
    let folders = key_folders(world);
    let listing = signature::listing(&source.files);
    let keys = keys(world, &folders)?;
    let end = listing.and_then(|listing| signature::verify(&listing, text, &keys));
    end.map_err(|why| match why {
        SignatureError::UnknownKey => TrustError::UnknownKey {
            path: path.to_owned(),
            folders: folders
                .iter()
                .map(|folder| folder.display().to_string())
                .collect::<Vec<_>>()
                .join(" or "),
            digest: digest.clone(),
        },
        why => TrustError::Signature {
            path: path.to_owned(),
            why,
        },
    })
}

fn key_folders(world: &World) -> Vec<PathBuf> {
    let own = world.system.config_dir().map(|own| own.join("keys"));
    [Some(PathBuf::from(SYSTEM_KEYS)), own]
        .into_iter()
        .flatten()
        .collect()
}

fn keys(world: &World, folders: &[PathBuf]) -> Result<Vec<Key>, TrustError> {
    let mut keys = Vec::new();
    for folder in folders {
        // The operator's own folder may be a symbolic link of theirs.
        let Some(folder) = world.files.canonical(folder)? else {
            continue;
        };
        let mut names = world.files.list(&folder)?;
        names.retain(|name| name.ends_with(KEY_ENDING));
        for name in names {
            let path = folder.join(&name);
            ours_alone(world, &folder)?;
            ours_alone(world, &path)?;
            if let Some(text) = text(world, &path)? {
                let key = Key::read(&name, &text);
                keys.push(key.map_err(|why| TrustError::Signature { path, why })?);
            }
        }
    }
    Ok(keys)
}

/// Checks a folder of rules, the folders in it and each of the named files.
fn must_be_ours_alone<'n>(
    world: &World,
    dir: &Path,
    names: impl Iterator<Item = &'n String>,
) -> Result<(), TrustError> {
    let mut places = BTreeSet::from([dir.to_owned()]);
    for name in names {
        let file = dir.join(name);
        let folders = file.ancestors().take_while(|folder| *folder != dir);
        places.extend(folders.map(Path::to_owned));
    }
    places.iter().try_for_each(|place| ours_alone(world, place))
}

fn ours_alone(world: &World, path: &Path) -> Result<(), TrustError> {
    match world.files.others_may_write(path)? {
        None => Ok(()),
        Some(why) => Err(TrustError::OthersWrite {
            path: path.to_owned(),
            why,
        }),
    }
}

/// Refuses a serial older than the highest seen, and stores a newer one.
fn remember(
    world: &World,
    state: &StateDir,
    signed: &Signed,
    older: impl FnOnce(u64) -> TrustError,
) -> Result<(), TrustError> {
    let path = state.path().join("serials.json");
    loop {
        let content = world.files.read(&path, limits::SIGNATURE.bytes())?;
        let old = content.as_ref().map(|content| content.digest.clone());
        let mut serials = match content {
            None => Serials::default(),
            Some(content) => read_serials(&path, &content.bytes)?,
        };
        match serials.0.get(&signed.product) {
            Some(seen) if *seen > signed.serial => return Err(older(*seen)),
            Some(seen) if *seen == signed.serial => return Ok(()),
            Some(_) | None => {}
        }
        serials.0.insert(signed.product.clone(), signed.serial);
        let json = serde_json::to_vec(&serials).expect("serials have names");
        world.files.make_private_dir(state.path())?;
        match world.files.replace(&path, &json, None, old.as_ref()) {
            // Another process stored a different one in the meantime: try again.
            Err(FileError::Drift { .. }) => {}
            end => return Ok(end?),
        }
    }
}

fn read_serials(path: &Path, bytes: &[u8]) -> Result<Serials, FileError> {
    serde_json::from_slice(bytes).map_err(|error| FileError::Unusable {
        path: path.to_owned(),
        why: format!("no list of serials ({error})"),
        cure: "if nobody can fix it, remove it: then packs that were replaced are accepted again",
    })
}

/// Reads a small text file; bytes that are not text cannot be read as a key later.
fn text(world: &World, path: &Path) -> Result<Option<String>, FileError> {
    let content = world.files.read(path, limits::SIGNATURE.bytes())?;
    Ok(content.map(|content| String::from_utf8_lossy(&content.bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::survey::FileMeta,
        rules::bundled,
        world::{Files as _, fake::FakeWorld},
    };
    use minisign::KeyPair;
    use std::io::Cursor;

    const KEY: &str = "/etc/switchback/keys/vendor.pub";

    /// A pack of ours as if it came from outside, signed with a key that root has put there.
    fn signed(serial: u64) -> (FakeWorld, PackSource) {
        let fake = FakeWorld::new();
        let mut source = bundled::packs().remove(0);
        source.origin = Origin::Folder("/packs/p".into());
        let pair = KeyPair::generate_unencrypted_keypair().expect("keys");
        let listing = signature::listing(&source.files).expect("a list");
        let product = &pack::head(&source).expect("a pack").product;
        let comment = format!("product={product} serial={serial} until=2027-06-30");
        let list = Cursor::new(listing);
        let made = minisign::sign(Some(&pair.pk), &pair.sk, list, Some(&comment), None);
        let signature = made.expect("signed").into_string();
        fake.files.put("/packs/p.minisig", signature);
        let key = pair.pk.to_box().expect("a key").into_string();
        fake.files.put(KEY, key);
        (fake, source)
    }

    fn trusted(fake: &FakeWorld, source: &PackSource) -> Result<PackSource, TrustError> {
        let state = StateDir::new("/state".into());
        must_be_trusted(&fake.world(), &state, source.clone(), None)
    }

    #[test]
    fn a_key_of_the_system_counts_for_everybody_unless_others_may_write_it() {
        let (fake, source) = signed(1);
        trusted(&fake, &source).expect("trusted");
        let world = fake.world();
        let key = world.files.read(Path::new(KEY), limits::SIGNATURE.bytes());
        let key = key.expect("read").expect("a key");
        let meta = FileMeta {
            mode: 0o664,
            ..key.meta
        };
        let old = Some(&key.digest);
        let opened = fake
            .files
            .replace(Path::new(KEY), &key.bytes, Some(&meta), old);
        opened.expect("opened");
        let end = trusted(&fake, &source);
        assert!(
            matches!(end, Err(TrustError::OthersWrite { .. })),
            "{end:?}"
        );
    }

    #[test]
    fn a_signature_is_good_on_its_last_day_and_not_on_the_next() {
        let (fake, source) = signed(1);
        let at = |time: &str| {
            let time: Timestamp = time.parse().expect("a time");
            fake.clock.jump_to_ms(time.as_millisecond() as u64);
            trusted(&fake, &source)
        };
        at("2027-06-30T23:59:59Z").expect("its last second");
        let told = at("2027-07-01T00:00:00Z")
            .expect_err("it is over")
            .to_string();
        for words in [
            "until 2027-06-30",
            "clock it is 2027-07-01",
            "vendor.pub",
            "--trust ",
        ] {
            assert!(told.contains(words), "{told}");
        }
        // An expired signature leaves no serial behind, and naming the bytes needs no signature.
        let digest = pack::digest(&source.files);
        let state = StateDir::new("/state".into());
        let named = must_be_trusted(&fake.world(), &state, source.clone(), Some(digest.as_str()));
        named.expect("named");
    }

    #[test]
    fn a_list_of_serials_that_cannot_be_read_is_not_taken_for_an_empty_one() {
        let (fake, source) = signed(7);
        for damaged in ["", "{", "[]", "{\"a\": -1}"] {
            fake.files.put("/state/serials.json", damaged);
            let end = trusted(&fake, &source);
            assert!(
                matches!(end, Err(TrustError::File(_))),
                "{damaged}: {end:?}"
            );
        }
    }
}
