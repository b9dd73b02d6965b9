//! `python` with the few modules that packs run, and `pip`: packages are names in a list in the
//! home.

use super::{
    Call, Failed, backfill,
    home::{self, Home},
    relay,
};
use std::{fs, path::PathBuf};

const BACKFILL: &str = "scripts.backfill_redis_keys";

pub(super) fn python(call: Call<'_>) -> Result<(), Failed> {
    match call.args.as_slice() {
        ["-m", "venv", "--help"] => Ok(writeln!(call.out, "usage: venv [-h] ENV_DIR")?),
        ["-m", "uvicorn", "src.webapi:app", options @ ..] => relay::serve(call.home, options),
        ["-m", BACKFILL, options @ ..] => {
            // A module is a file of the release that is checked out.
            if call.home.read("scripts/backfill_redis_keys.py").is_empty() {
                return Err(Failed::new(format!("No module named {BACKFILL}")));
            }
            let options = options.to_vec();
            backfill::run(call, &options)
        }
        ["-c", program] => backfill::program(program, call.out),
        _ => Ok(writeln!(call.out, "Python 3.11.9 (stand-in)")?),
    }
}

pub(super) fn pip(call: Call<'_>) -> Result<(), Failed> {
    let installed = packages(call.home);
    let added = match call.args.as_slice() {
        ["show", name] if installed.iter().any(|one| one == name) => {
            return Ok(writeln!(call.out, "Name: {name}\nVersion: 0.50b0")?);
        }
        ["show", name] => {
            return Err(Failed::new(format!(
                "WARNING: Package(s) not found: {name}"
            )));
        }
        ["uninstall", "--yes", name] => {
            let kept: Vec<String> = installed.into_iter().filter(|one| one != name).collect();
            return home::write(&list(call.home), kept.join("\n"));
        }
        ["install", "--dry-run", name] => {
            return Ok(writeln!(call.out, "Would install {name}-0.50b0")?);
        }
        ["install", "-e", "."] => "oversight-gateway".to_owned(),
        ["install", "-r", file] => {
            let count = call.home.read(file).lines().count();
            writeln!(call.out, "Collecting {count} packages")?;
            "requirements".to_owned()
        }
        ["install", name] => (*name).to_owned(),
        _ => {
            return Err(Failed::new(
                "ERROR: the stand-in knows only install, uninstall and show",
            ));
        }
    };
    let mut all = installed;
    all.push(added.clone());
    home::write(&list(call.home), all.join("\n"))?;
    Ok(writeln!(call.out, "Successfully installed {added}")?)
}

fn list(home: &Home) -> PathBuf {
    home.path().join("packages")
}

pub(super) fn packages(home: &Home) -> Vec<String> {
    let text = fs::read_to_string(list(home)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}
