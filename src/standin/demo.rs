//! A sample product in a folder of its own: laid out, started in its old release, ended again.

use super::{
    Failed, PROGRAMS,
    home::{self, Home},
    keeper::Keeper,
    lifeline::{self, Lifeline},
    ports::Port,
    process,
    samples::{SAMPLES, Sample, Site},
    servers::{self, Kind, Server},
    vigil,
};
use include_dir::{Dir, include_dir};
use rustix::fs::Access;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

static PACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/packs");

/// The home of the stand-ins, below the root of a demo.
const HOME: &str = ".switchback";
/// The prefix of a demo's folder in the temporary directory.
pub const FOLDER: &str = "switchback-demo-";
/// Where the runs of a demo are kept, below its root.
pub const STATE: &str = ".switchback/state";

/// Only for the owner of the demo: it contains the passwords of its servers.
const OWN: u32 = 0o700;

/// How long a worker whose run has ended may take to finish.
const PATIENCE: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Products that have a sample, each with a few words about it.
pub fn products() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAMPLES.iter().map(|sample| (sample.product, sample.about))
}

/// The name of the real server that a demo will start, which takes a few seconds; if any.
pub fn server_of(product: &str) -> Option<&'static str> {
    let server = sample(product).ok()?.server;
    server.filter(|kind| kind.find().is_ok()).map(Kind::title)
}

/// A description of a demo, for processes that join it later.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Whose sample it is, for `--pack`.
    pub product: String,
    /// Answers of the pack's parameters, for `--set`.
    pub params: Vec<(String, String)>,
}

/// A running demo. It is kept while this value exists or another process keeps it; then its servers
/// and services end, even if all its keepers were killed. `finish` waits for that.
#[derive(Debug)]
pub struct DemoSetup {
    /// The product's folder, for `--root`.
    pub root: PathBuf,
    pub about: About,
    lifeline: Option<Lifeline>,
    server: Option<Keeper>,
    _ports: Option<[Port; 4]>,
}

/// Lays a product out in `dir`, which must be new or empty, and starts its old release. `exe` is
/// this program: the stand-ins call it. With `fail`, one step of the upgrade fails the first time.
pub fn prepare(product: &str, dir: &Path, exe: &Path, fail: bool) -> Result<DemoSetup, Failed> {
    let sample = sample(product)?;
    if let Some(kind) = sample.server {
        kind.find().map_err(|missing| others_instead(&missing))?;
    }
    fs::create_dir_all(dir)?;
    let root = dir.canonicalize()?;
    if fs::read_dir(&root)?.next().is_some() {
        let said = format!("{} is not empty; give a new folder", root.display());
        return Err(Failed::new(said));
    }
    fs::set_permissions(&root, fs::Permissions::from_mode(OWN))?;
    let begun = begin(sample, &root, exe, fail);
    if begun.is_err() {
        // Nobody has seen any of it yet. The first error is the one to report.
        let _as_far_as_it_goes = fs::remove_dir_all(&root);
    }
    begun
}

fn begin(sample: &Sample, root: &Path, exe: &Path, fail: bool) -> Result<DemoSetup, Failed> {
    let home = Home::at(&root.join(HOME));
    let held = [Port::any()?, Port::any()?, Port::any()?, Port::any()?];
    let [ports @ .., last] = held.each_ref().map(|port| port.number);
    let password = servers::password()?;
    let server = sample.server.map(|_| Server::new(last, &password));
    let site = Site {
        home,
        ports,
        server,
    };
    let places = places(&site.ports, site.server.as_ref(), password);
    if let Some(files) = PACKS.get_dir(format!("{}/demo", sample.product)) {
        lay(files, files, root, &places)?;
    }
    programs(&site.home, exe)?;
    if fail {
        home::write(&site.home.fail_marker(), "")?;
    }
    fs::create_dir_all(site.home.logs())?;
    let mut setup = DemoSetup {
        root: root.to_owned(),
        about: About {
            product: sample.product.to_owned(),
            params: Vec::new(),
        },
        lifeline: Some(Lifeline::new(&site.home)?),
        server: None,
        _ports: Some(held),
    };
    if let (Some(kind), Some(server)) = (sample.server, &site.server) {
        setup.server = Some(kind.start(&site.home, server)?);
        kind.wait(&site.home, server)?;
    }
    setup.about.params = (sample.begin)(&site)?;
    let about = serde_json::to_vec(&setup.about).map_err(io::Error::from)?;
    home::write(&site.home.about(), about)?;
    Ok(setup)
}

/// Where the runs of a demo are kept, if this is the root of one.
pub fn runs_of(root: &Path) -> Option<PathBuf> {
    home_of(root).map(|_| root.join(STATE))
}

/// Whether anybody still keeps the demo with this root, so that its services run; `None` if there
/// is no demo.
pub fn is_kept(root: &Path) -> Option<bool> {
    let home = home_of(root)?;
    Some(lifeline::is_kept(&home))
}

/// The folder of the programs for a demo's product, if this is the root of one.
pub fn programs_of(root: &Path) -> Option<PathBuf> {
    home_of(root).map(|home| home.bin())
}

/// The parameters that the pack needs for a demo's product, if this is the root of one. Without
/// them the pack would mean the servers that such a product usually has.
pub fn params_of(root: &Path) -> Vec<(String, String)> {
    let about = home_of(root).and_then(|home| fs::read(home.about()).ok());
    let about = about.and_then(|about| serde_json::from_slice::<About>(&about).ok());
    about.map(|about| about.params).unwrap_or_default()
}

fn home_of(root: &Path) -> Option<Home> {
    let home = Home::at(&root.join(HOME));
    lifeline::is_there(&home).then_some(home)
}

/// Joins the demo whose runs are in this folder, if it belongs to one: a demo laid out by another
/// process, which this process now keeps too, unless it has ended.
pub fn rejoin(state: &Path) -> Result<Option<DemoSetup>, Failed> {
    let home = match state.parent() {
        Some(home) if state.ends_with(STATE) => Home::at(home),
        Some(_) | None => return Ok(None),
    };
    if !lifeline::is_there(&home) {
        return Ok(None);
    }
    let about = fs::read(home.about())?;
    Ok(Some(DemoSetup {
        root: home.root().to_owned(),
        about: serde_json::from_slice(&about).map_err(io::Error::from)?,
        lifeline: Lifeline::join(&home)?,
        server: None,
        _ports: None,
    }))
}

impl DemoSetup {
    /// Whether this process still keeps the demo, so that its servers and services run.
    pub fn lives(&self) -> bool {
        self.lifeline.is_some()
    }

    /// Has another process keep the demo for an hour, in case somebody comes back.
    pub fn leave_to_itself(&self) -> Result<(), Failed> {
        match self.lives() {
            true => vigil::begin(&self.home()),
            false => Ok(()),
        }
    }

    fn home(&self) -> Home {
        Home::at(&self.root.join(HOME))
    }

    /// Like `leave`, for a demo that is over: waits a little for others that are about to leave.
    pub fn finish(&mut self) -> Result<bool, Failed> {
        vigil::end(&self.home())?;
        let began = Instant::now();
        let others = |lifeline: &Lifeline| !lifeline.is_last();
        while self.lifeline.as_ref().is_some_and(others) && began.elapsed() < PATIENCE {
            thread::sleep(LOOK_EVERY);
        }
        self.leave()
    }

    /// Leaves the demo when a worker's run has ended: nobody needs to come back to it, and those
    /// who are there still keep it, and wait for its end.
    pub fn leave_for_good(&mut self) -> Result<bool, Failed> {
        vigil::end(&self.home())?;
        self.leave()
    }

    /// Stops keeping the demo. If nobody else keeps it, ends everything that it started and waits
    /// for that; returns whether it has ended.
    pub fn leave(&mut self) -> Result<bool, Failed> {
        let Some(lifeline) = self.lifeline.take() else {
            return Ok(true);
        };
        if !lifeline.is_last() {
            return Ok(false);
        }
        let home = self.home();
        // Services end before the server that they need.
        let services = process::stop_all(&home);
        // From here on, services that are being started find the demo ended.
        drop(lifeline);
        let server = self.server.take().map_or(Ok(true), Keeper::wait);
        services?;
        match server? {
            true => Ok(true),
            false => Err(Failed::new("the server of the demo did not end well")),
        }
    }

    /// Removes the whole sample.
    pub fn remove(&self) -> Result<(), Failed> {
        Ok(fs::remove_dir_all(&self.root)?)
    }
}

impl Drop for DemoSetup {
    fn drop(&mut self) {
        let _ended_as_far_as_it_can_be = self.leave();
    }
}

fn sample(product: &str) -> Result<&'static Sample, Failed> {
    let found = SAMPLES.iter().find(|sample| sample.product == product);
    found.ok_or_else(|| {
        let all: Vec<&str> = products().map(|(name, _)| name).collect();
        let all = all.join(", ");
        Failed::new(format!("there is no demo of `{product}`; there are {all}"))
    })
}

/// Says what is missing, and which demos work without it.
fn others_instead(missing: &Failed) -> Failed {
    let free = SAMPLES.iter().filter(|sample| sample.server.is_none());
    let free: Vec<&str> = free.map(|sample| sample.product).collect();
    Failed::new(format!(
        "{missing}; the demos {} need nothing",
        free.join(", ")
    ))
}

/// The placeholders in a sample's files, with their values.
fn places(ports: &[u16], server: Option<&Server>, password: String) -> Vec<(&'static str, String)> {
    let names = ["@PORT@", "@SECOND_PORT@", "@THIRD_PORT@"];
    let ports = ports.iter().map(u16::to_string);
    let mut places: Vec<_> = names.into_iter().zip(ports).collect();
    if let Some(server) = server {
        places.push(("@SERVER_PORT@", server.port.to_string()));
    }
    places.push(("@PASSWORD@", password));
    places
}

fn lay(
    top: &Dir<'_>,
    folder: &Dir<'_>,
    root: &Path,
    places: &[(&str, String)],
) -> Result<(), Failed> {
    for file in folder.files() {
        let below = file.path().strip_prefix(top.path()).unwrap_or(file.path());
        let mut text = file.contents_utf8().unwrap_or_default().to_owned();
        for (place, value) in places {
            text = text.replace(place, value);
        }
        home::write(&root.join(below), text)?;
    }
    for inner in folder.dirs() {
        lay(top, inner, root, places)?;
    }
    Ok(())
}

/// Writes a script for each stand-in. Commands run with a clean environment, so each script
/// contains everything it needs.
fn programs(home: &Home, exe: &Path) -> Result<(), Failed> {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
    for (name, _) in PROGRAMS {
        let path = home.bin().join(name);
        let (exe, folder) = (quoted(exe), quoted(home.path()));
        home::write(
            &path,
            format!("#!/bin/sh\nexec {exe} stand-in {name} {folder} \"$@\"\n"),
        )?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        if rustix::fs::access(&path, Access::EXEC_OK).is_err() {
            return Err(Failed::new(format!(
                "{}: the system starts no program there (mounted noexec?); name another folder with \
                 TMPDIR",
                home.path().display()
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_that_lacks_its_server_names_those_that_need_none() {
        let said = others_instead(&Failed::new("no server")).to_string();
        let wanted =
            "no server; the demos workflow-engine, oversight-gateway, loki-mode need nothing";
        assert_eq!(said, wanted);
    }
}
