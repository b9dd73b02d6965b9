//! The service `loki` of a compose file: its release is the tag of its image, its container is a file
//! that names the image while it runs, and what is mounted for it is the demo's own `~/.loki`.

use super::{
    Failed,
    home::{self, Home},
};
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

pub(super) const NAME: &str = "loki";

fn container(home: &Home) -> PathBuf {
    home.path().join("loki-container")
}

/// `docker compose VERB REST…`, if it is about this service alone.
pub(super) fn run(
    home: &Home,
    image: &str,
    (verb, rest): (&str, &[&str]),
    out: &mut dyn Write,
) -> Option<Result<(), Failed>> {
    let done = match (verb, rest) {
        ("ps", ["--status", "running", "--quiet", NAME]) => running(home, out),
        ("up", [.., NAME]) => home::write(&container(home), image),
        ("stop", [NAME]) => stop(home),
        ("exec", ["-T", NAME, "loki", "version"]) => match fs::read_to_string(container(home)) {
            Ok(runs) => version(&runs, out),
            Err(_) => Err(Failed::new(format!("service \"{NAME}\" is not running"))),
        },
        ("run", ["--rm", "--no-deps", "-T", NAME, "loki", "version"]) => version(image, out),
        ("run", ["--rm", "--no-deps", "-T", NAME, "python3", "-c", code]) => {
            python(home, code, out)
        }
        _ => return None,
    };
    Some(done)
}

fn running(home: &Home, out: &mut dyn Write) -> Result<(), Failed> {
    if container(home).exists() {
        writeln!(out, "0123456789ab")?;
    }
    Ok(())
}

fn stop(home: &Home) -> Result<(), Failed> {
    let container = container(home);
    if container.exists() {
        fs::remove_file(container)?;
    }
    Ok(())
}

fn version(image: &str, out: &mut dyn Write) -> Result<(), Failed> {
    let tag = image.rsplit_once(':').map_or("latest", |(_, tag)| tag);
    Ok(writeln!(out, "Loki Mode v{tag}")?)
}

/// The Python of this machine stands in for the one in the image.
fn python(home: &Home, code: &str, out: &mut dyn Write) -> Result<(), Failed> {
    fs::create_dir_all(home.logs())?;
    let done = Command::new("/usr/bin/python3")
        .args(["-c", code])
        .env("HOME", home.root().join("home"))
        .env_remove("LOKI_DATA_DIR")
        .env("TMPDIR", home.logs())
        .stdin(Stdio::inherit())
        .output()?;
    out.write_all(&done.stdout)?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    Err(Failed::new(said))
}
