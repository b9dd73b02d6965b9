//! A sample product in a folder of its own: laid out, started in its old release, ended again.

use super::{
    Failed, PROGRAMS,
    home::{self, Home},
    keeper::Keeper,
    lifeline::Lifeline,
    ports::Port,
    process,
    samples::{SAMPLES, Sample, Site},
    servers::{Kind, Server},
};
use include_dir::{Dir, include_dir};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

static PACKS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/assets/packs");

/// Only for the person whose demo it is: passwords of its servers stand in it.
const OWN: u32 = 0o700;

/// Products that have a sample, each with a few words about it.
pub fn products() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAMPLES.iter().map(|sample| (sample.product, sample.about))
}

/// The real server that a demo is going to start, by name: it takes a few seconds.
pub fn server_of(product: &str) -> Option<&'static str> {
    let server = sample(product).ok()?.server;
    server.filter(|kind| kind.find().is_ok()).map(Kind::title)
}

/// A demo that runs, for as long as this is there: its servers and services end with it, also when
/// this process is killed. `finish` waits for that.
#[derive(Debug)]
pub struct DemoSetup {
    /// The product's folder, for `--root`.
    pub root: PathBuf,
    /// Answers of the pack's parameters, for `--set`.
    pub params: Vec<(String, String)>,
    /// Services end before the server that they need.
    lifeline: Option<Lifeline>,
    server: Option<Keeper>,
    _ports: [Port; 4],
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
        // Nothing of it was seen by anybody yet.
        fs::remove_dir_all(&root)?;
    }
    begun
}

fn begin(sample: &Sample, root: &Path, exe: &Path, fail: bool) -> Result<DemoSetup, Failed> {
    let home = Home::at(&root.join(".switchback"));
    let held = [Port::any()?, Port::any()?, Port::any()?, Port::any()?];
    let [ports @ .., last] = held.each_ref().map(|port| port.number);
    let server = sample.server.map(|_| Server::new(last)).transpose()?;
    let site = Site {
        home,
        ports,
        server,
    };
    let places = places(&site.ports, site.server.as_ref());
    if let Some(files) = PACKS.get_dir(format!("{}/demo", sample.product)) {
        lay(files, files, root, &places)?;
    }
    programs(&site.home, exe)?;
    if fail {
        home::write(&site.home.fail_marker(), "")?;
    }
    fs::create_dir_all(site.home.logs())?;
    let lifeline = Some(Lifeline::new(&site.home)?);
    let server = match (sample.server, &site.server) {
        (Some(kind), Some(server)) => Some(kind.start(&site.home, server)?),
        _ => None,
    };
    let params = (sample.begin)(&site)?;
    let root = root.to_owned();
    Ok(DemoSetup {
        root,
        params,
        lifeline,
        server,
        _ports: held,
    })
}

impl DemoSetup {
    /// Ends everything that the demo started, and waits for that.
    pub fn finish(&mut self) -> Result<(), Failed> {
        let home = Home::at(&self.root.join(".switchback"));
        let services = process::stop_all(&home);
        // One that is started now has come too late.
        drop(self.lifeline.take());
        let server = self.server.as_mut().map_or(Ok(true), Keeper::end);
        services?;
        match server? {
            true => Ok(()),
            false => Err(Failed::new("the server of the demo did not end well")),
        }
    }

    /// Takes the whole sample away.
    pub fn remove(&self) -> Result<(), Failed> {
        Ok(fs::remove_dir_all(&self.root)?)
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

/// What is missing, and what can be tried without it.
fn others_instead(missing: &Failed) -> Failed {
    let free = SAMPLES.iter().filter(|sample| sample.server.is_none());
    let free: Vec<&str> = free.map(|sample| sample.product).collect();
    Failed::new(format!(
        "{missing}; the demos {} need nothing",
        free.join(", ")
    ))
}

/// What the files of a sample leave open, as they name it.
fn places(ports: &[u16], server: Option<&Server>) -> Vec<(&'static str, String)> {
    let names = ["@PORT@", "@SECOND_PORT@", "@THIRD_PORT@"];
    let ports = ports.iter().map(u16::to_string);
    let mut places: Vec<_> = names.into_iter().zip(ports).collect();
    if let Some(server) = server {
        places.push(("@SERVER_PORT@", server.port.to_string()));
        places.push(("@PASSWORD@", server.password.clone()));
    }
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

/// One script for each stand-in. A command sees a clean environment, so the script holds all that
/// it needs.
fn programs(home: &Home, exe: &Path) -> Result<(), Failed> {
    let quoted = |path: &Path| format!("'{}'", path.display().to_string().replace('\'', "'\\''"));
    for (name, _) in PROGRAMS {
        let path = home.bin().join(name);
        let (exe, home) = (quoted(exe), quoted(home.path()));
        home::write(
            &path,
            format!("#!/bin/sh\nexec {exe} stand-in {name} {home} \"$@\"\n"),
        )?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
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
