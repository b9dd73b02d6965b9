//! Whether somebody else could have written what is about to be believed.

use super::spot::Spot;
use crate::world::FileError;
use rustix::process::geteuid;
use std::path::Path;

/// Who else, in words; `None`: only this user and root, or nothing is there.
pub fn others_may_write(path: &Path) -> Result<Option<String>, FileError> {
    let Some(stat) = Spot::find(path)?
        .map(|spot| spot.stat())
        .transpose()?
        .flatten()
    else {
        return Ok(None);
    };
    let (owner, mode) = (stat.st_uid, stat.st_mode & 0o7777);
    Ok(if !is_ours(owner) {
        Some(format!("it belongs to user {owner}"))
    } else if mode & 0o022 != 0 {
        Some(format!("others may write into it (mode {mode:o})"))
    } else {
        None
    })
}

/// Root can do everything anyway, and under `sudo` the caller counts as us.
fn is_ours(owner: u32) -> bool {
    let us = geteuid();
    let person = || {
        let id = std::env::var("SUDO_UID").ok()?;
        id.parse::<u32>().ok().filter(|_| us.is_root())
    };
    owner == 0 || owner == us.as_raw() || person() == Some(owner)
}
