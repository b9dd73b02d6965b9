//! The real machine and the person in front of it.

use super::System;
use crate::model::{record::Who, text::sanitize};
use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

#[derive(Clone, Copy, Debug, Default)]
pub struct RealSystem;

impl System for RealSystem {
    fn who(&self) -> Who {
        let host = rustix::system::uname();
        Who {
            user: sanitize(&user()),
            host: sanitize(&host.nodename().to_string_lossy()),
            pid: std::process::id(),
        }
    }

    fn is_root(&self) -> bool {
        rustix::process::geteuid().is_root()
    }

    fn environment(&self) -> BTreeMap<String, String> {
        std::env::vars_os()
            .map(|(name, value)| {
                let lossy = |part: OsString| part.to_string_lossy().into_owned();
                let text = |part: OsString| part.into_string().unwrap_or_else(lossy);
                (text(name), text(value))
            })
            .collect()
    }

    fn state_dir(&self) -> Option<PathBuf> {
        let places = directories::ProjectDirs::from("", "", "switchback")?;
        places.state_dir().map(Path::to_owned)
    }

    fn config_dir(&self) -> Option<PathBuf> {
        let places = directories::ProjectDirs::from("", "", "switchback")?;
        Some(places.config_dir().to_owned())
    }

    fn random(&self, bytes: usize) -> Vec<u8> {
        let mut random = vec![0; bytes];
        getrandom::fill(&mut random).expect("a system without random numbers cannot make a secret");
        random
    }

    fn boot(&self) -> String {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        id.unwrap_or_default().trim().to_owned()
    }
}

/// Names the person behind `sudo`, not just root, since the records name people.
fn user() -> String {
    let uid = rustix::process::getuid();
    let named = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let user = named("USER").or_else(|| named("LOGNAME"));
    let user = user.unwrap_or_else(|| {
        if uid.is_root() {
            "root".to_owned()
        } else {
            format!("uid {}", uid.as_raw())
        }
    });
    match named("SUDO_USER") {
        Some(person) if uid.is_root() => format!("{person} (as {user})"),
        Some(_) | None => user,
    }
}
