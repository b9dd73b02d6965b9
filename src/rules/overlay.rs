//! A site's own rules, laid over a vendor's pack: a file replaces the pack's file of the same name,
//! or is added. So nobody has to copy a pack to change one line, and the notes say which rules are
//! the site's.

use super::source::{Laid, Origin, PackFiles, PackSource, is_rules};
use crate::model::rule::{Note, NoteKind};
use std::path::PathBuf;

/// Lays a site's files over a pack. The site's own tests are ignored, like those of a pack.
pub fn lay(source: PackSource, folder: PathBuf, site: PackFiles) -> PackSource {
    let PackSource { origin, mut files } = source;
    let site = site.into_iter().filter(|(name, _)| is_rules(name));
    let laid = site.map(|(name, contents)| {
        let over = files.insert(name.clone(), contents).is_some();
        Laid { name, over }
    });
    let laid = laid.collect();
    let origin = Origin::Overlaid {
        on: Box::new(origin),
        folder,
        files: laid,
    };
    PackSource { origin, files }
}

/// Tells the operator which files are the site's; shown before all other notes.
pub fn note(origin: &Origin) -> Option<Note> {
    let Origin::Overlaid { folder, files, .. } = origin else {
        return None;
    };
    let words = files.iter().map(|file| match file.over {
        true => format!("{} (in place of the pack's)", file.name),
        false => format!("{} (added)", file.name),
    });
    let words: Vec<String> = words.collect();
    Some(Note {
        kind: NoteKind::Info,
        text: format!(
            "rules of this site, from {}: {}",
            folder.display(),
            words.join(", ")
        ),
        when: None,
        cites: Vec::new(),
        doubt: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{bundled, pack};

    #[test]
    fn a_file_of_the_site_stands_in_the_place_of_the_packs() {
        let base = bundled::packs().remove(0);
        let before = pack::digest(&base.files);
        let site = [
            ("pack.yaml", "ours"),
            ("files/ours", "x"),
            ("cases/a/case.yaml", "no"),
        ];
        let site = site.map(|(name, text)| (name.to_owned(), text.as_bytes().into()));
        let laid = lay(base.clone(), "/site".into(), site.into_iter().collect());
        assert_eq!(&*laid.files["pack.yaml"], b"ours");
        assert_eq!(laid.files.len(), base.files.len() + 1);
        assert_ne!(pack::digest(&laid.files), before);
        let note = note(&laid.origin).expect("a note").text;
        assert_eq!(
            note,
            "rules of this site, from /site: files/ours (added), pack.yaml (in place of the pack's)"
        );
        assert_eq!(super::note(&base.origin), None);
    }

    /// Wherever the pack comes from, also if most of the patterns are the pack's and not the site's.
    #[test]
    fn a_pack_is_held_to_its_bounds_with_what_is_laid_over_it() {
        let [light, heavy] = [1, 400].map(|count| {
            let one = |n| format!("  - {{error: 'a{n}(b|c){{5000}}', remedy: x}}\n");
            let hints: String = (0..count).map(one).collect();
            format!("schema: 1\nfrom: '0.1'\nto: '0.2'\ntitle: x\nhints:\n{hints}")
        });
        let bundled = bundled::packs().remove(0);
        let mut outside = bundled.clone();
        outside.origin = Origin::Folder("/vendor".into());
        for base in [bundled, outside] {
            let with = |text: &str| {
                let site = [("site.yaml".to_owned(), text.as_bytes().to_vec().into())];
                pack::load(&lay(base.clone(), "/site".into(), site.into()))
            };
            assert!(with(&light).is_ok(), "{:?}", with(&light).err());
            let told = with(&heavy).expect_err("it is too much together");
            assert!(
                told[0].message.contains("repeat too much together"),
                "{told:?}"
            );
        }
    }
}
