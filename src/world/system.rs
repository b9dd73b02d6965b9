//! The real machine and the person in front of it.

use super::System;
use crate::model::{record::Who, text::sanitize};
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    time::Duration,
};

const CONNECT_LIMIT: Duration = Duration::from_millis(300);

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

    fn environment(&self) -> BTreeMap<String, String> {
        std::env::vars_os()
            .map(|(name, value)| {
                let text = |part: std::ffi::OsString| part.to_string_lossy().into_owned();
                (text(name), text(value))
            })
            .collect()
    }

    fn state_dir(&self) -> Option<PathBuf> {
        let places = directories::ProjectDirs::from("", "", "switchback")?;
        places.state_dir().map(Path::to_owned)
    }

    fn random(&self, bytes: usize) -> Vec<u8> {
        let mut random = vec![0; bytes];
        getrandom::fill(&mut random).expect("a system without random numbers cannot make a secret");
        random
    }

    fn process_environment(&self, pid: u32) -> Result<Option<BTreeMap<String, String>>, io::Error> {
        match std::fs::read(format!("/proc/{pid}/environ")) {
            Ok(bytes) => Ok(Some(split_environment(&bytes))),
            Err(error) if gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn port_open(&self, port: u16) -> bool {
        let here: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        here.into_iter().any(|address| {
            TcpStream::connect_timeout(&SocketAddr::new(address, port), CONNECT_LIMIT).is_ok()
        })
    }
}

/// `sudo` is told apart from root: the records name the person.
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

/// A process can end between opening and reading: then the read says so, not the open.
fn gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

fn split_environment(bytes: &[u8]) -> BTreeMap<String, String> {
    let entries = bytes.split(|byte| *byte == 0).filter_map(|entry| {
        let text = String::from_utf8_lossy(entry);
        let (name, value) = text.split_once('=')?;
        Some((name.to_owned(), value.to_owned()))
    });
    entries.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_split_at_nul_and_the_first_equals_sign() {
        let seen = split_environment(b"A=1\0URL=a=b\0broken\0EMPTY=\0");
        let expected = [("A", "1"), ("EMPTY", ""), ("URL", "a=b")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(seen, expected.into());
    }

    #[test]
    fn this_process_can_be_looked_at_and_a_gone_one_is_none() {
        let own = RealSystem.process_environment(std::process::id());
        assert!(matches!(own, Ok(Some(_))), "{own:?}");
        assert!(matches!(
            RealSystem.process_environment(u32::MAX / 2),
            Ok(None)
        ));
    }

    #[test]
    fn a_listening_port_is_open_and_a_closed_one_is_not() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
        let port = listener.local_addr().expect("address").port();
        assert!(RealSystem.port_open(port));
        drop(listener);
        assert!(!RealSystem.port_open(port));
    }
}
