//! `docker` with the few commands that packs call, and `docker compose`: it starts and ends the
//! services whose images are stand-ins, in the release that the image's tag says, with the variables and the
//! port that the compose file gives them. Other services are said to run.

mod environment;

use super::{
    Call, Failed, container,
    home::{self, Home},
    loki_container,
    process::{self, Service},
};
use regex::{Captures, Regex};
use serde_json::json;
use serde_yaml::Value;
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::PathBuf,
    sync::LazyLock,
};

/// `${NAME}`, `${NAME:-default}` and `${NAME-default}`.
static PLACE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$\{(\w+)(?::?-([^}]*))?\}").expect("a pattern of ours"));

/// Images that are stand-ins, and the services that stand in for them.
const IMAGES: [(&str, &str); 6] = [
    ("postgres", "postgres"),
    ("waylandzhang/gateway", "shannon-gateway"),
    ("waylandzhang/llm-service", "shannon-llm-service"),
    ("waylandzhang/orchestrator", "shannon-orchestrator"),
    ("workflow-engine", "workflow-engine"),
    ("workflow-engine-gateway", "graphql-gateway"),
];

/// The image that a service built here results in: no file of the product says it.
const BUILT: [(&str, &str); 1] = [("ai-workflow-system", "workflow-engine:v0.5")];

/// Options that are followed by a value.
const VALUED: [&str; 3] = ["--format", "--tail", "--timeout"];

pub(super) fn run(call: Call<'_>) -> Result<(), Failed> {
    let rest = match call.args.as_slice() {
        ["compose", rest @ ..] => rest,
        ["pull", image] => return pull(call.home, image, call.out),
        ["run", "--rm", image, "loki", "version"] => {
            return loki_version(call.home, image, call.out);
        }
        ["run", "--rm", "--entrypoint", "cat", image, file] => {
            return container::cat(call.home, image, file, call.out);
        }
        ["tag", from, to] => return container::tag(call.home, from, to),
        ["image", "inspect", name] => return container::inspected(call.home, name).map(drop),
        ["image", "rm", name] => {
            return Ok(fs::remove_dir_all(container::inspected(call.home, name)?)?);
        }
        _ => {
            return Err(Failed::new(
                "docker: the stand-in knows only compose, image, pull, run and tag",
            ));
        }
    };
    let (mut files, rest) = files(rest);
    if files.is_empty() {
        files = found(call.home);
    }
    let Some((verb, rest)) = rest.split_first() else {
        return Err(Failed::new("docker compose: what?"));
    };
    if *verb == "version" {
        return Ok(writeln!(
            call.out,
            "Docker Compose version v2.29.7 (stand-in)"
        )?);
    }
    match (*verb, rest) {
        ("exec", ["-T", container::NAME, "ls", file]) => {
            return container::list(call.home, file, call.out);
        }
        ("cp", [from, to]) => return container::copy(call.home, from, to),
        ("images", ["--quiet", container::NAME]) => {
            return container::tell_image(call.home, call.out);
        }
        _ => {}
    }
    let compose = Compose::read(call.home, &files)?;
    if let ("exec", ["-T", service, "printenv", variable]) = (*verb, rest) {
        return compose.tell_variable(call.home, service, variable, call.out);
    }
    if let Some(service) = compose.services.get(loki_container::NAME) {
        let image = compose.fill(service["image"].as_str().unwrap_or_default());
        if let Some(done) = loki_container::run(call.home, &image, (*verb, rest), call.out) {
            return done;
        }
    }
    if let ("config", ["--images", container::NAME]) = (*verb, rest) {
        let name = container::image_name(&compose.services[container::NAME]);
        return Ok(writeln!(call.out, "{name}")?);
    }
    let start = !rest.contains(&"--no-start");
    let named = names(rest);
    for name in compose.names(&named)? {
        match *verb {
            "ps" => compose.tell(call.home, &name, call.out)?,
            "logs" => {
                let log = call.home.logs().join(format!("{name}.log"));
                write!(call.out, "{}", fs::read_to_string(log).unwrap_or_default())?;
            }
            "up" | "start" => compose.up(call.home, &name, start, call.out)?,
            "stop" | "down" => {
                process::stop(call.home, &name)?;
                writeln!(call.out, " Container {name}  Stopped")?;
            }
            "rm" => {
                process::stop(call.home, &name)?;
                writeln!(call.out, " Container {name}  Removed")?;
            }
            "pull" => writeln!(call.out, " {name} Pulled")?,
            "build" if name == container::NAME => {
                container::build(call.home, &compose.services[&name], call.out)?;
            }
            "build" => writeln!(call.out, " {name} Built")?,
            other => {
                return Err(Failed::new(format!(
                    "docker compose: the stand-in knows no `{other}`"
                )));
            }
        }
    }
    Ok(())
}

/// Splits the files named before the verb from the rest of the arguments.
fn files<'c, 'a>(args: &'c [&'a str]) -> (Vec<&'a str>, &'c [&'a str]) {
    let (mut files, mut rest) = (Vec::new(), args);
    while let ["--file", file, behind @ ..] = rest {
        files.push(*file);
        rest = behind;
    }
    (files, rest)
}

/// The files that compose reads by default, as far as the samples have any.
fn found(home: &Home) -> Vec<&'static str> {
    let mut files = vec!["docker-compose.yml"];
    let over = "docker-compose.override.yml";
    if home.root().join(over).exists() {
        files.push(over);
    }
    files
}

/// The arguments that name services: neither options nor their values.
fn names<'a>(args: &[&'a str]) -> Vec<&'a str> {
    let mut names = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if VALUED.contains(arg) {
            args.next();
        } else if !arg.starts_with('-') {
            names.push(*arg);
        }
    }
    names
}

fn images(home: &Home) -> PathBuf {
    home.path().join("images")
}

/// Notes an image as pulled; changes nothing that runs.
fn pull(home: &Home, image: &str, out: &mut dyn Write) -> Result<(), Failed> {
    let mut known = fs::read_to_string(images(home)).unwrap_or_default();
    known.push_str(image);
    known.push('\n');
    home::write(&images(home), known)?;
    Ok(writeln!(out, "Status: Downloaded newer image for {image}")?)
}

fn loki_version(home: &Home, image: &str, out: &mut dyn Write) -> Result<(), Failed> {
    let known = fs::read_to_string(images(home)).unwrap_or_default();
    match image.rsplit_once(':') {
        Some((_, tag)) if known.lines().any(|one| one == image) => {
            Ok(writeln!(out, "Loki Mode v{tag}")?)
        }
        _ => Err(Failed::with_code(
            format!("Unable to find image '{image}' locally"),
            125,
        )),
    }
}

struct Compose {
    services: BTreeMap<String, Value>,
    variables: BTreeMap<String, String>,
}

impl Compose {
    /// Reads the files, each merged over those before it; `-` is standard input.
    fn read(home: &Home, files: &[&str]) -> Result<Self, Failed> {
        let mut services: BTreeMap<String, Value> = BTreeMap::new();
        for name in files {
            let text = match *name {
                "-" => io::read_to_string(io::stdin())?,
                name => home.read(name),
            };
            for (service, said) in services_of(name, &text)? {
                match services.get_mut(&service) {
                    Some(known) => environment::lay_over(known, &said),
                    None => {
                        services.insert(service, said);
                    }
                }
            }
        }
        for (name, image) in BUILT {
            if let Some(service) = services.get_mut(name)
                && service["image"].is_null()
            {
                service["image"] = image.into();
            }
        }
        let variables = home.dotenv();
        Ok(Self {
            services,
            variables,
        })
    }

    fn names(&self, named: &[&str]) -> Result<Vec<String>, Failed> {
        if let Some(unknown) = named
            .iter()
            .find(|name| !self.services.contains_key(**name))
        {
            return Err(Failed::new(format!("no such service: {unknown}")));
        }
        let wanted = |name: &&String| named.is_empty() || named.contains(&name.as_str());
        Ok(self.services.keys().filter(wanted).cloned().collect())
    }

    fn up(&self, home: &Home, name: &str, start: bool, out: &mut dyn Write) -> Result<(), Failed> {
        let service = &self.services[name];
        if name == container::NAME {
            let (port, variables) = (self.port(service)?, self.environment(service));
            let is = container::up(home, service, port, variables, start)?;
            return Ok(writeln!(out, " Container {name}  {is}")?);
        }
        let image = self.fill(service["image"].as_str().unwrap_or_default());
        let (image, tag) = image.split_once(':').unwrap_or((&image, ""));
        let Some((_, program)) = IMAGES.iter().find(|(known, _)| *known == image) else {
            return Ok(writeln!(out, " Container {name}  Running")?);
        };
        let version = three_parts(tag);
        let port = self.port(service)?;
        let variables = self.environment(service);
        let is_so = |runs: Service| {
            runs.version == version
                && runs.port == port
                && environment::of_process(runs.pid) == variables
        };
        if process::running(home, name).is_some_and(is_so) {
            return Ok(writeln!(out, " Container {name}  Running")?);
        }
        process::stop(home, name)?;
        let wanted = Service {
            pid: 0,
            port,
            version,
        };
        process::start(home, name, program, &wanted, &variables)?;
        Ok(writeln!(out, " Container {name}  Started")?)
    }

    /// `exec -T SERVICE printenv VARIABLE`.
    fn tell_variable(
        &self,
        home: &Home,
        name: &str,
        variable: &str,
        out: &mut dyn Write,
    ) -> Result<(), Failed> {
        self.names(&[name])?;
        let Some(runs) = process::running(home, name) else {
            return Err(Failed::new(format!("service \"{name}\" is not running")));
        };
        match environment::of_process(runs.pid).get(variable) {
            Some(value) => Ok(writeln!(out, "{value}")?),
            None => Err(Failed::new("")),
        }
    }

    /// One line of `ps --format json`.
    fn tell(&self, home: &Home, name: &str, out: &mut dyn Write) -> Result<(), Failed> {
        let image = self.fill(self.services[name]["image"].as_str().unwrap_or_default());
        let image = image
            .split_once(':')
            .map_or(image.as_str(), |(image, _)| image);
        let known = name == container::NAME || IMAGES.iter().any(|(known, _)| *known == image);
        let service = process::running(home, name);
        let (state, status) = if service.is_some() || !known {
            ("running", "Up")
        } else {
            ("exited", "Exited (0)")
        };
        let mut line = json!({ "Name": name, "State": state, "Status": status });
        // The image that it was started from, whatever the file asks for by now.
        if let Some(service) = service {
            line["Image"] = format!("{image}:{}", tag(&service.version)).into();
        }
        Ok(writeln!(out, "{line}")?)
    }

    /// The port of this machine in the first of `ports`.
    fn port(&self, service: &Value) -> Result<u16, Failed> {
        let published = self.fill(service["ports"][0].as_str().unwrap_or_default());
        // `8080:80`, `127.0.0.1:8080:80`
        let port = published
            .rsplit(':')
            .nth(1)
            .and_then(|port| port.parse().ok());
        port.ok_or_else(|| Failed::new(format!("no port of this machine in `{published}`")))
    }

    fn environment(&self, service: &Value) -> BTreeMap<String, String> {
        let written = environment::written(service).into_iter();
        written
            .map(|(name, value)| (name, self.fill(&value)))
            .collect()
    }

    fn fill(&self, text: &str) -> String {
        let value = |found: &Captures<'_>| {
            let set = self
                .variables
                .get(&found[1])
                .filter(|value| !value.is_empty());
            let default = found.get(2).map_or("", |default| default.as_str());
            set.map_or(default, String::as_str).to_owned()
        };
        PLACE.replace_all(text, value).into_owned()
    }
}

/// The services in a compose file.
fn services_of(name: &str, text: &str) -> Result<BTreeMap<String, Value>, Failed> {
    let mut file: Value =
        serde_yaml::from_str(text).map_err(|error| Failed::new(format!("{name}: {error}")))?;
    file.apply_merge()
        .map_err(|error| Failed::new(error.to_string()))?;
    serde_yaml::from_value(file["services"].clone())
        .map_err(|error| Failed::new(format!("services: {error}")))
}

/// `1.0.0` → `v1.0.0`.
fn tag(version: &str) -> String {
    let is_number = version.starts_with(|c: char| c.is_ascii_digit());
    format!("{}{version}", if is_number { "v" } else { "" })
}

/// `v1.0` → `1.0.0`, as the service itself would say it; `latest` stays.
fn three_parts(tag: &str) -> String {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    if !tag.starts_with(|c: char| c.is_ascii_digit()) {
        return tag.to_owned();
    }
    let missing = 3_usize.saturating_sub(tag.split('.').count());
    format!("{tag}{}", ".0".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_as_compose_does() {
        let variables = BTreeMap::from([
            ("A".to_owned(), "a".to_owned()),
            ("E".to_owned(), String::new()),
        ]);
        let compose = Compose {
            services: BTreeMap::new(),
            variables,
        };
        assert_eq!(compose.fill("${A}-${B:-b}-${E:-e}-${C}"), "a-b-e-");
    }

    #[test]
    fn services_are_named_beside_options_and_their_values() {
        let args = ["--timeout", "30", "--all", "app", "--format", "json", "db"];
        assert_eq!(names(&args), ["app", "db"]);
    }

    #[test]
    fn every_file_before_the_verb_is_read() {
        let none: &[&str] = &["up", "--detach"];
        let two: &[&str] = &["--file", "a.yml", "--file", "-", "up", "--detach"];
        assert_eq!(files(none), (vec![], none));
        assert_eq!(files(two), (vec!["a.yml", "-"], none));
    }

    #[test]
    fn a_tag_is_a_release_of_three_parts() {
        for (tag, version) in [
            ("v1.0", "1.0.0"),
            ("v0.5.2", "0.5.2"),
            ("2", "2.0.0"),
            ("latest", "latest"),
        ] {
            assert_eq!(three_parts(tag), version);
        }
    }
}
