//! Turns the files of a pack into a usable one: everything parsed, includes merged, identified by a
//! digest. Pure: the caller has read the folder. Whether the rules make sense is up to `check`.

use super::{
    budget::Budget,
    bundled,
    diagnostic::{Diagnostic, Fault, Gravity},
    include,
    parse::{Parsed, parse_own, parse_through},
    path::HopHead,
    source::{Origin, PackFiles, PackSource, is_rules},
};
use crate::{
    model::{
        digest::Digest,
        path::RelPath,
        route::Route,
        rule::{Guide, Hop, Pack},
    },
    side_by_side,
};
use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, LazyLock, OnceLock},
};

pub const PACK_FILE: &str = "pack.yaml";
pub const GUIDE_FILE: &str = "guide.yaml";
const SCHEMA: u32 = 1;

/// A pack that was read whole.
#[derive(Clone, Debug)]
pub struct LoadedPack {
    pub pack: Arc<Pack>,
    /// By file name.
    pub hops: Vec<LoadedHop>,
    /// Every file of the pack, for `create: {from: …}`.
    pub files: PackFiles,
    pub digest: Digest,
    pub origin: Origin,
    pub(super) sources: Sources,
}

/// A hop whose includes stand in front of its own entries.
#[derive(Clone, Debug)]
pub struct LoadedHop {
    pub file: String,
    pub hop: Arc<Hop>,
}

/// The files as they were written, with an index of places.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    pub pack: Parsed<Pack>,
    /// In a bundled pack parsed on first use, which planning does not need.
    guide: OnceLock<Option<Parsed<Guide>>>,
    /// Hops, and the files that hops include.
    pub hops: BTreeMap<String, Parsed<Hop>>,
}

impl LoadedPack {
    /// What the guide says, and where it is wrong.
    pub fn guide(&self) -> &Guide {
        static NONE: LazyLock<Guide> = LazyLock::new(Guide::default);
        self.guide_file().map_or(&NONE, |parsed| &parsed.value)
    }

    pub(super) fn guide_file(&self) -> Option<&Parsed<Guide>> {
        let read = || {
            let guide = guide_read(&self.origin, &self.files).transpose();
            guide.expect("the tests read every bundled pack strictly")
        };
        self.sources.guide.get_or_init(read).as_ref()
    }

    /// The hop of a file.
    pub fn hop(&self, file: &str) -> Option<&Hop> {
        let found = self.hops.iter().find(|hop| hop.file == file)?;
        Some(&found.hop)
    }

    /// What planning a path needs to know of each hop.
    pub fn heads(&self) -> Vec<HopHead> {
        let head = |loaded: &LoadedHop| HopHead {
            file: loaded.file.clone(),
            from: loaded.hop.from.clone(),
            to: loaded.hop.to.clone(),
            title: loaded.hop.title.clone(),
        };
        self.hops.iter().map(head).collect()
    }

    /// The text of a file that rules may take up, if it is there and is text.
    pub fn text(&self, path: &RelPath) -> Option<&str> {
        let bytes = self.files.get(path.as_str())?;
        let text = || std::str::from_utf8(bytes).ok();
        is_rules(path.as_str()).then(text).flatten()
    }

    /// Every such text.
    pub fn texts(&self) -> BTreeMap<RelPath, String> {
        let paths = self.files.keys().map(String::as_str);
        let texts = paths.filter_map(|name| {
            let path = RelPath::try_from(name).ok()?;
            let text = self.text(&path)?.to_owned();
            Some((path, text))
        });
        texts.collect()
    }
}

/// The pack alone, without its hops: enough to recognise a product. A pack from outside is read
/// whole, so that its author hears of every mistake.
pub fn head(source: &PackSource) -> Result<Arc<Pack>, Vec<Diagnostic>> {
    match source.files.get(PACK_FILE) {
        Some(bytes) if source.origin.is_ours() => {
            read(&source.origin, PACK_FILE, bytes, |pack: &Pack| pack.schema)
                .map(|parsed| parsed.value)
        }
        Some(_) | None => load(source).map(|loaded| loaded.pack),
    }
}

/// Reads every file before it gives up, so that one look shows what is wrong with each.
pub fn load(source: &PackSource) -> Result<LoadedPack, Vec<Diagnostic>> {
    let mut wrong = Vec::new();
    let pack = match source.files.get(PACK_FILE) {
        Some(bytes) => keep(
            read(&source.origin, PACK_FILE, bytes, |pack: &Pack| pack.schema),
            &mut wrong,
        ),
        None => {
            let help = "a pack is a folder with pack.yaml, guide.yaml and a file for each hop";
            wrong.push(Diagnostic::of_file(PACK_FILE, "the file is missing", help));
            None
        }
    };
    let guide = if source.origin.is_ours() {
        OnceLock::new()
    } else {
        let guide = guide_read(&source.origin, &source.files);
        OnceLock::from(guide.and_then(|read| keep(read, &mut wrong)))
    };
    let mut parsed = BTreeMap::new();
    for (file, hop) in hops_read(source) {
        if let Some(hop) = keep(hop, &mut wrong) {
            parsed.insert(file.clone(), hop);
        }
    }
    let (Some(mut pack), true) = (pack, wrong.is_empty()) else {
        return Err(wrong);
    };
    if !source.origin.is_ours() {
        wrong.extend(spent(&mut pack, &mut parsed).err().map(|found| *found));
    }
    let hops = merged(&parsed, &mut wrong);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(LoadedPack {
        pack: Arc::clone(&pack.value),
        hops,
        files: source.files.clone(),
        digest: digest(&source.files),
        origin: source.origin.clone(),
        sources: Sources {
            pack,
            guide,
            hops: parsed,
        },
    })
}

/// Charges all patterns of the pack against one budget.
fn spent(
    pack: &mut Parsed<Pack>,
    hops: &mut BTreeMap<String, Parsed<Hop>>,
) -> Result<(), Box<Diagnostic>> {
    let mut budget = Budget::default();
    let index = pack.take_index();
    budget.spend(PACK_FILE, &pack.text, &index)?;
    for (file, hop) in hops {
        let index = hop.take_index();
        budget.spend(file, &hop.text, &index)?;
    }
    Ok(())
}

/// Names and contents in order, each with its length in front so that no two packs run together.
/// Tests and the demo's product do not count: no upgrade reads them, and a pack that gains a test
/// is still the pack that was trusted.
pub fn digest(files: &PackFiles) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for (name, contents) in files.iter().filter(|(name, _)| is_rules(name)) {
        for part in [name.as_bytes(), contents] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
    }
    Digest::from_hash(hasher.finalize())
}

/// Hops stand beside pack.yaml; what they include may stand in `include/`.
fn rules_files(source: &PackSource) -> impl Iterator<Item = (&String, &Cow<'static, [u8]>)> {
    source.files.iter().filter(|(name, _)| {
        let named = name.ends_with(".yaml") && ![PACK_FILE, GUIDE_FILE].contains(&name.as_str());
        named && (is_hop(name) || name.starts_with("include/"))
    })
}

type Read<T> = Result<Parsed<T>, Vec<Diagnostic>>;

/// Parsed in parallel: a person waits for this at every start.
fn hops_read(source: &PackSource) -> Vec<(&String, Read<Hop>)> {
    let mut files: Vec<_> = rules_files(source).collect();
    // The largest first, so that no thread is left with it at the end.
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(bytes.len()));
    side_by_side::each(&files, |(file, bytes)| {
        let hop = read(&source.origin, file, bytes, |hop: &Hop| hop.schema);
        (*file, hop)
    })
}

/// What the guide says and where it is wrong; a pack may come without.
fn guide_read(origin: &Origin, files: &PackFiles) -> Option<Read<Guide>> {
    let bytes = files.get(GUIDE_FILE)?;
    Some(read(origin, GUIDE_FILE, bytes, |guide: &Guide| {
        guide.schema
    }))
}

fn is_hop(name: &str) -> bool {
    !name.contains('/')
}

fn read<T: serde::de::DeserializeOwned>(
    origin: &Origin,
    file: &str,
    bytes: &[u8],
    schema: impl Fn(&T) -> u32,
) -> Read<T> {
    let own = match origin {
        Origin::Bundled(pack) => bundled::own(pack, file, bytes),
        Origin::Folder(_) | Origin::Signed { .. } | Origin::Overlaid { .. } => None,
    };
    let parsed: Parsed<T> = match own {
        Some(own) => parse_own(file, own).map_err(|wrong| vec![*wrong])?,
        None => parse_through(file, bytes)?,
    };
    let found = schema(&parsed.value);
    if found == SCHEMA {
        return Ok(parsed);
    }
    let fault = Fault {
        span: parsed.index().value(&Route::key("schema")),
        message: format!("schema {found} is not known"),
        label: format!("this program reads schema {SCHEMA}"),
        help: Some("a newer pack needs a newer switchback".to_owned()),
    };
    Err(vec![Diagnostic::new(
        Gravity::Error,
        file,
        &parsed.text,
        fault,
    )])
}

fn keep<T>(read: Read<T>, wrong: &mut Vec<Diagnostic>) -> Option<Parsed<T>> {
    read.map_err(|found| wrong.extend(found)).ok()
}

fn merged(parsed: &BTreeMap<String, Parsed<Hop>>, wrong: &mut Vec<Diagnostic>) -> Vec<LoadedHop> {
    let mut hops = Vec::new();
    for file in parsed.keys().filter(|file| is_hop(file)) {
        match include::merge(file, parsed) {
            Ok(hop) => hops.push(LoadedHop {
                file: file.clone(),
                hop,
            }),
            Err(diagnostic) => wrong.push(*diagnostic),
        }
    }
    hops
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::bundled;

    #[test]
    fn the_json_of_a_bundled_pack_says_what_its_yaml_says() {
        for mut source in bundled::packs() {
            let fast = load(&source).expect("a bundled pack");
            source.origin = Origin::Folder("".into());
            let strict = load(&source).expect("the same pack as a folder");
            assert_eq!(fast.pack, strict.pack);
            assert_eq!(fast.guide(), strict.guide());
            assert_eq!(reread::<Pack>(&fast, PACK_FILE), *fast.pack);
            assert_eq!(&reread::<Guide>(&fast, GUIDE_FILE), fast.guide());
            assert_eq!(fast.sources.hops.len(), strict.sources.hops.len());
            for (file, hop) in &fast.sources.hops {
                assert_eq!(reread::<Hop>(&fast, file), *hop.value, "{file}");
                assert_eq!(hop.value, strict.sources.hops[file].value, "{file}");
            }
        }
    }

    /// Reads the JSON only: `parse_own` would silently fall back to the strict reader.
    fn reread<T: serde::de::DeserializeOwned>(pack: &LoadedPack, file: &str) -> T {
        let Origin::Bundled(name) = &pack.origin else {
            panic!("a bundled pack");
        };
        let own = bundled::own(name, file, &pack.files[file]).expect("put into JSON");
        serde_json::from_str(own.json).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    #[test]
    fn what_the_digest_leaves_out_no_rule_can_take_up() {
        for source in bundled::whole_packs() {
            let loaded = load(&source).expect("a bundled pack");
            for path in loaded.texts().into_keys() {
                let mut changed = source.files.clone();
                changed.insert(path.as_str().to_owned(), b"changed".into());
                assert_ne!(digest(&changed), loaded.digest, "{path}");
            }
        }
    }
}
