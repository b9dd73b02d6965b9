//! `npm` and `brew`, for a demo's only package: an installation is a folder with a file VERSION.
//! Both know newer releases than the wanted one, and install those unless told otherwise.

use super::{
    Call, Failed,
    home::{self, Home},
};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
};

const NAME: &str = "loki-mode";
const RELEASES: [&str; 3] = ["5.50.0", "5.51.0", "5.52.4"];
/// Kegs of Homebrew: the formula itself, and those for older releases.
const FORMULA: &str = "5.51.0";
const OLD_FORMULA: &str = "loki-mode@5.50.0";

pub(super) struct Package {
    pub folder: PathBuf,
    pub version: String,
}

/// The package that `loki` on the path belongs to.
pub(super) fn installed(home: &Home) -> Result<Package, Failed> {
    let program = fs::canonicalize(home.bin().join("loki"))?;
    let folder = program.ancestors().nth(2).unwrap_or(home.root()).to_owned();
    let version = fs::read_to_string(folder.join("VERSION"))?
        .trim()
        .to_owned();
    Ok(Package { folder, version })
}

/// Installs a release of the package, with its program reachable as `loki`. Everything in the
/// folder is replaced, including the Python environment of the old dashboard.
pub(super) fn install(home: &Home, folder: &Path, version: &str) -> Result<(), Failed> {
    let script = fs::read_to_string(home.bin().join("loki"))?;
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    }
    home::write(&folder.join("VERSION"), format!("{version}\n"))?;
    let program = folder.join("autonomy/loki");
    home::write(&program, script)?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    fs::remove_file(home.bin().join("loki"))?;
    Ok(symlink(&program, home.bin().join("loki"))?)
}

pub(super) fn npm_folder(home: &Home) -> PathBuf {
    home.path().join("npm/lib/node_modules").join(NAME)
}

pub(super) fn cellar(home: &Home, version: &str) -> PathBuf {
    home.path().join("Cellar").join(NAME).join(version)
}

pub(super) fn npm(call: Call<'_>) -> Result<(), Failed> {
    let (is_install, wanted) = match call.args.as_slice() {
        ["--version"] => return Ok(writeln!(call.out, "10.8.2 (stand-in)")?),
        ["pack", "--dry-run", wanted] => (false, *wanted),
        ["install", "-g" | "--global", wanted] | ["update", "-g" | "--global", wanted] => {
            (true, *wanted)
        }
        _ => {
            return Err(Failed::new(
                "npm: the stand-in knows only pack, install and update",
            ));
        }
    };
    let (name, version) = wanted.split_once('@').unwrap_or((wanted, "5.52.4"));
    if name != NAME || !RELEASES.contains(&version) {
        let said =
            format!("npm error code E404\nnpm error 404 No match found for version {wanted}");
        return Err(Failed::new(said));
    }
    if is_install {
        install(call.home, &npm_folder(call.home), version)?;
        Ok(writeln!(call.out, "changed 1 package in 1s")?)
    } else {
        Ok(writeln!(call.out, "{NAME}-{version}.tgz")?)
    }
}

pub(super) fn brew(call: Call<'_>) -> Result<(), Failed> {
    let version = match call.args.as_slice() {
        ["update"] => return Ok(writeln!(call.out, "Already up-to-date.")?),
        ["info", "--json=v2", NAME] => {
            let said = format!(
                r#"{{"formulae":[{{"name":"{NAME}","versions":{{"stable":"{FORMULA}"}}}}]}}"#
            );
            return Ok(writeln!(call.out, "{said}")?);
        }
        ["info", OLD_FORMULA] => {
            return Ok(writeln!(call.out, "==> {OLD_FORMULA}: stable 5.50.0")?);
        }
        ["upgrade", NAME] => FORMULA,
        ["install", OLD_FORMULA] => "5.50.0",
        other => {
            let wanted = other.last().unwrap_or(&"");
            let said = format!("Warning: No available formula with the name \"{wanted}\".");
            return Err(Failed::new(said));
        }
    };
    install(call.home, &cellar(call.home, version), version)?;
    Ok(writeln!(call.out, "==> Pouring {NAME}--{version}")?)
}
