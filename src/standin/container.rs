//! The container of the oversight gateway, as two folders: an image is what was built from the code
//! that lay here, a container is a copy of one with what was written into it. A container that is
//! made anew has lost that, which is the trap of its first release: its database lies there.

use super::{
    Failed, git,
    home::{self, Home},
    process::{self, Service},
};
use serde_yaml::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::SystemTime,
};

pub(super) const NAME: &str = "oversight-gateway";
/// Tell the gateway's stand-in where its code is, and its database if that is elsewhere.
pub(super) const CODE: &str = "STAND_IN_CODE";
pub(super) const DATABASE: &str = "STAND_IN_DATABASE";

/// The files that the Dockerfile copies.
const COPIED: [&str; 4] = [
    "oversight_gateway",
    "policies",
    "pyproject.toml",
    "requirements.txt",
];
/// A file in an image and in its containers that identifies the build.
const BUILD: &str = ".build";
/// A file in a container with its part of the compose file.
const CONFIG: &str = ".config";

fn container(home: &Home) -> PathBuf {
    home.path().join("container")
}

fn image(home: &Home, name: &str) -> PathBuf {
    home.path().join("built").join(name.replace('/', "_"))
}

/// The name of a service's image; unless specified, it is made of the project and the service.
pub(super) fn image_name(service: &Value) -> &str {
    let named = service["image"].as_str();
    named.unwrap_or("product-oversight-gateway")
}

fn image_of(home: &Home, service: &Value) -> PathBuf {
    image(home, image_name(service))
}

/// Prints the image that the container was made from, even if its name means another one by now.
pub(super) fn tell_image(home: &Home, out: &mut dyn Write) -> Result<(), Failed> {
    let made_of = fs::read(container(home).join(BUILD))?;
    for folder in fs::read_dir(home.path().join("built"))? {
        let folder = folder?.path();
        if fs::read(folder.join(BUILD))? == made_of {
            let name = folder.file_name().unwrap_or_default();
            return Ok(writeln!(out, "{}", name.to_string_lossy())?);
        }
    }
    Err(Failed::new("Error: No such image"))
}

/// Prints a file of an image, as seen in a container without mounts.
pub(super) fn cat(home: &Home, image: &str, file: &str, out: &mut dyn Write) -> Result<(), Failed> {
    let below = file.strip_prefix("/app/").unwrap_or("nowhere");
    let bytes = fs::read(inspected(home, image)?.join(below))
        .map_err(|_| Failed::new(format!("cat: {file}: No such file or directory")))?;
    Ok(out.write_all(&bytes)?)
}

pub(super) fn build(home: &Home, service: &Value, out: &mut dyn Write) -> Result<(), Failed> {
    let dockerfile = home.read("Dockerfile");
    let copies = |line: &str| line.starts_with("COPY") && line.contains("README.md");
    if home.read("pyproject.toml").contains("readme") && !dockerfile.lines().any(copies) {
        return Err(Failed::new(
            "OSError: Readme file does not exist: README.md",
        ));
    }
    let to = image_of(home, service);
    emptied(&to)?;
    for name in COPIED {
        let from = home.root().join(name);
        if from.is_dir() {
            git::lay(&from, &to.join(name))?;
        } else if from.is_file() {
            fs::copy(&from, to.join(name))?;
        }
    }
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    fs::write(to.join(BUILD), now.as_nanos().to_string())?;
    Ok(writeln!(out, " {NAME} Built")?)
}

pub(super) fn tag(home: &Home, from: &str, to: &str) -> Result<(), Failed> {
    let source = inspected(home, from)?;
    let target = image(home, to);
    emptied(&target)?;
    git::lay(&source, &target)
}

pub(super) fn inspected(home: &Home, name: &str) -> Result<PathBuf, Failed> {
    let folder = image(home, name);
    if folder.is_dir() {
        return Ok(folder);
    }
    Err(Failed::new(format!("Error: No such image: {name}")))
}

/// Makes the container, anew if its image or its part of the compose file has changed, and starts
/// it if that is wanted.
pub(super) fn up(
    home: &Home,
    service: &Value,
    port: u16,
    mut variables: BTreeMap<String, String>,
    start: bool,
) -> Result<&'static str, Failed> {
    let image = image_of(home, service);
    let build = fs::read_to_string(image.join(BUILD)).map_err(|_| {
        Failed::new(format!(
            "pull access denied for {NAME}, repository does not exist"
        ))
    })?;
    let own = container(home);
    let config = serde_yaml::to_string(service).map_err(|error| Failed::new(error.to_string()))?;
    let is = |file: &str, wanted: &str| {
        fs::read_to_string(own.join(file)).is_ok_and(|text| text == wanted)
    };
    if !is(BUILD, &build) || !is(CONFIG, &config) {
        process::stop(home, NAME)?;
        emptied(&own)?;
        git::lay(&image, &own)?;
        home::write(&own.join(CONFIG), &config)?;
    }
    if !start {
        return Ok("Created");
    }
    if process::running(home, NAME).is_some() {
        return Ok("Running");
    }
    let new = own.join("pyproject.toml").is_file();
    if new {
        let file = database(home, service, variables.get("DATABASE_URL"));
        variables.insert(DATABASE.to_owned(), file.display().to_string());
    }
    variables.insert(CODE.to_owned(), own.display().to_string());
    let version = if new { "2.0.0" } else { "0.1.0" }.to_owned();
    let wanted = Service {
        pid: 0,
        port,
        version,
    };
    process::start(home, NAME, NAME, &wanted, &variables)?;
    Ok("Started")
}

/// The path on this machine: three slashes in the URL lead below `/app`, four into a mount.
fn database(home: &Home, service: &Value, url: Option<&String>) -> PathBuf {
    let url = url.map_or("", String::as_str);
    let path = url.split_once(":///").map_or("", |(_, path)| path);
    let mounts = service["volumes"].as_sequence().into_iter().flatten();
    let mounted = mounts.filter_map(|mount| {
        let (here, there) = mount.as_str()?.split_once(':')?;
        let below = Path::new(path).strip_prefix(there).ok()?;
        Some(home.root().join(here).join(below))
    });
    let inside = container(home).join(path.trim_start_matches('/'));
    mounted.into_iter().next().unwrap_or(inside)
}

/// `exec -T oversight-gateway ls FILE`.
pub(super) fn list(home: &Home, file: &str, out: &mut dyn Write) -> Result<(), Failed> {
    if process::running(home, NAME).is_none() {
        return Err(Failed::new(format!("service \"{NAME}\" is not running")));
    }
    if !inside(home, file)?.exists() {
        let said = format!("ls: cannot access '{file}': No such file or directory");
        return Err(Failed::with_code(said, 2));
    }
    Ok(writeln!(out, "{file}")?)
}

/// `cp`, one side of which is `oversight-gateway:/app/…`.
pub(super) fn copy(home: &Home, from: &str, to: &str) -> Result<(), Failed> {
    let place = |side: &str| match side.split_once(':') {
        Some((NAME, file)) => inside(home, file),
        Some(_) | None => Ok(home.root().join(side)),
    };
    fs::copy(place(from)?, place(to)?)?;
    Ok(())
}

fn inside(home: &Home, file: &str) -> Result<PathBuf, Failed> {
    let own = container(home);
    if !own.is_dir() {
        return Err(Failed::new(format!(
            "no container found for service \"{NAME}\""
        )));
    }
    let below = file.strip_prefix("/app/").unwrap_or("nowhere");
    Ok(own.join(below))
}

fn emptied(folder: &Path) -> Result<(), Failed> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}
