//! What the program and everything it starts do to files, as strace sees it: nothing is written
//! outside the product's folder and the state folder; nothing is read except these, files that were
//! named, and the system's own; no managed file is written in place; and each change of one comes
//! after the backup was verified and after a record that announces it was durable.

use super::{
    injected::can_trace,
    product::{FILES, Product, ROLLBACK},
};
use regex::Regex;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use switchback::{
    engine::store::journal,
    run_state::{BackupState, RunState},
};

/// The calls that open a file, change a file or a name, or make a write durable. Those with a
/// question mark do not exist on every architecture.
const CALLS: &str = "trace=?open,openat,openat2,?creat,truncate,ftruncate,?rename,?renameat,\
                     renameat2,?link,linkat,?symlink,symlinkat,?unlink,unlinkat,?rmdir,?mkdir,\
                     mkdirat,?mknod,mknodat,?chmod,fchmod,fchmodat,?chown,?lchown,fchown,fchownat,\
                     utimensat,setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr,\
                     write,fsync,fdatasync";
const OPENS: [&str; 4] = ["open", "openat", "openat2", "creat"];
const OF_CONTENTS: [&str; 3] = ["write", "fsync", "fdatasync"];
/// Folders that every program on the machine may read.
const SYSTEM: [&str; 9] = [
    "/etc", "/usr", "/lib", "/lib64", "/bin", "/sbin", "/proc", "/sys", "/dev",
];

/// A call of some process, when it begins and when it has ended.
enum Moment<'l> {
    Begun(&'l str),
    Ended(String),
}

/// Joins the two halves of a call that strace splits when another process appears in between.
fn moments(seen: &str) -> Vec<Moment<'_>> {
    let mut begun: BTreeMap<&str, &str> = BTreeMap::new();
    let mut moments = Vec::new();
    for line in seen.lines() {
        let Some((process, rest)) = line.split_once(char::is_whitespace) else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(first) = rest.strip_suffix("<unfinished ...>") {
            begun.insert(process, first);
            moments.push(Moment::Begun(first));
        } else if let Some((_, end)) = rest.split_once(" resumed>") {
            let first = begun.remove(process).unwrap_or_default();
            moments.push(Moment::Ended(format!("{first}{end}")));
        } else if rest.contains('(') {
            moments.push(Moment::Begun(rest));
            moments.push(Moment::Ended(rest.to_owned()));
        }
    }
    moments
}

struct Reach<'p> {
    product: &'p Product,
    /// Matches the file of a descriptor with a name below it, or a name alone.
    place: Regex,
    written: BTreeSet<PathBuf>,
    read: BTreeSet<PathBuf>,
}

fn name_of(call: &str) -> &str {
    call.split_once('(').map_or("", |(name, _)| name)
}

fn has_failed(call: &str) -> bool {
    call.rsplit_once(" = ")
        .is_none_or(|(_, end)| end.starts_with('-'))
}

impl<'p> Reach<'p> {
    fn new(product: &'p Product) -> Self {
        let place = r#"<(/[^>]*)>(?:, "([^"]*)")?|[(] ?"([^"]*)"|, "([^"]*)""#;
        Self {
            product,
            place: Regex::new(place).expect("a pattern"),
            written: BTreeSet::new(),
            read: BTreeSet::new(),
        }
    }

    /// The files that a call names.
    fn places(&self, call: &str) -> Vec<PathBuf> {
        let found = self.place.captures_iter(call).map(|found| {
            let at = |n| found.get(n).map(|it| it.as_str());
            let folder = at(1).map_or(self.product.root.as_path(), Path::new);
            match at(2).or(at(3)).or(at(4)) {
                Some("") | None => folder.to_owned(),
                Some(name) => folder.join(name),
            }
        });
        found.collect()
    }

    fn note(&mut self, call: &str) {
        if has_failed(call) || OF_CONTENTS.contains(&name_of(call)) {
            return;
        }
        if !OPENS.contains(&name_of(call)) {
            self.written.extend(self.places(call));
            return;
        }
        let Some((asked, opened)) = call.rsplit_once(" = ") else {
            return;
        };
        let opened = opened
            .split_once('<')
            .and_then(|(_, it)| it.rsplit_once('>'));
        let Some(path) = opened.map(|(path, _)| PathBuf::from(path)) else {
            return;
        };
        let writes = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND"];
        if writes.iter().any(|flag| asked.contains(flag)) {
            let managed = FILES
                .iter()
                .any(|(file, ..)| path == self.product.root.join(file));
            assert!(!managed, "a managed file was written in its place: {call}");
            self.written.insert(path);
        } else {
            self.read.insert(path);
        }
    }

    /// Requires that only a run's own files are written, and no managed file in place.
    fn assert_kept_within(&self, product_too: bool) {
        let (root, state) = (&self.product.root, &self.product.state);
        for path in &self.written {
            let within = path.starts_with(state)
                || product_too && path.starts_with(root)
                || path == Path::new("/dev/null");
            assert!(within, "{} was written", path.display());
        }
        for path in &self.read {
            let within = path.starts_with(self.product.base())
                // The folders on the way to a file are opened one by one.
                || self.product.base().starts_with(path)
                || SYSTEM.iter().any(|of| path.starts_with(of))
                || Path::new(env!("CARGO_BIN_EXE_switchback")) == path;
            assert!(within, "{} was read", path.display());
        }
    }
}

/// Whether the durable part of the journal announces the change of a file; if not, why.
fn announced(journal: &[u8], file: &str) -> Result<(), String> {
    let records = journal::decode(journal).records;
    let state = RunState::fold(&records).map_err(|error| error.to_string())?;
    if !matches!(state.backup, BackupState::Verified(_)) {
        return Err("the backup was not verified".to_owned());
    }
    let under_way = state.steps.iter().any(|view| {
        view.is_under_way() && view.step.body.file().is_some_and(|it| it.as_str() == file)
    });
    under_way.then_some(()).ok_or_else(|| {
        let last = records.last().map(|record| &record.body);
        format!("no step on it was begun; the last record is {last:?}")
    })
}

/// Checks each change of a managed file against what was durable of the journal by then.
fn assert_announced(
    product: &Product,
    reach: &Reach<'_>,
    moments: &[Moment<'_>],
    had: usize,
) -> usize {
    let path = product.journal().expect("a run");
    let journal = fs::read(&path).expect("a journal");
    let is_of_journal = |call: &str| {
        let of = format!("<{}>", path.display());
        call.split_once(',')
            .map_or(call, |(first, _)| first)
            .contains(&of)
    };
    let (mut written, mut durable, mut changes) = (had, had, 0);
    for moment in moments {
        match moment {
            Moment::Ended(call) if is_of_journal(call) && !has_failed(call) => {
                match name_of(call) {
                    "write" => {
                        let (_, count) = call.rsplit_once(" = ").expect("its end");
                        written += count.trim().parse::<usize>().expect("a count");
                    }
                    "fsync" | "fdatasync" => durable = written,
                    _other => {}
                }
            }
            Moment::Begun(call) if !OF_CONTENTS.contains(&name_of(call)) => {
                for (file, ..) in FILES {
                    let target = product.root.join(file);
                    if OPENS.contains(&name_of(call)) || !reach.places(call).contains(&target) {
                        continue;
                    }
                    changes += 1;
                    if let Err(why) = announced(&journal[..durable], file) {
                        panic!("{call}: {why}");
                    }
                }
            }
            Moment::Begun(_) | Moment::Ended(_) => {}
        }
    }
    assert_eq!(written, journal.len(), "every byte of the journal was seen");
    for (file, ..) in FILES {
        assert!(
            announced(&journal, file).is_err(),
            "{file} is under way for ever"
        );
    }
    changes
}

#[test]
fn nothing_is_written_outside_and_each_change_was_announced_before() {
    if !can_trace() {
        return;
    }
    let product = Product::new();
    let hold = product.root.join("hold");
    let apply = product.apply();
    let plan = product.plan();
    // Only a run that has not ended can be rolled back.
    let errands: [(&str, &[&str], i32); 3] = [
        ("plan", &plan, 0),
        ("apply", &apply, 4),
        ("rollback", &ROLLBACK, 0),
    ];
    for (name, args, code) in errands {
        match name {
            "apply" => fs::write(&hold, "").expect("written"),
            "rollback" => fs::remove_file(&hold).expect("removed"),
            _ => {}
        }
        let journal = product.journal().and_then(|path| fs::read(path).ok());
        let had = journal.map_or(0, |bytes| bytes.len());
        let (ended, seen) = product.under_strace(args, &["-y", "-s", "0", "-e", CALLS]);
        assert_eq!(ended, Some(code), "{name}");
        let moments = moments(&seen);
        let mut reach = Reach::new(&product);
        for moment in &moments {
            if let Moment::Ended(call) = moment {
                reach.note(call);
            }
        }
        let changes = match name {
            "plan" => 0,
            _ => assert_announced(&product, &reach, &moments, had),
        };
        reach.assert_kept_within(name != "plan");
        eprintln!(
            "{name}: {} calls; {} files written, {} read, {changes} changes of managed files, each \
             announced",
            moments.len() / 2,
            reach.written.len(),
            reach.read.len()
        );
        assert!(
            name == "plan" || changes >= FILES.len(),
            "{changes} changes"
        );
    }
    product.assert_old();
}
