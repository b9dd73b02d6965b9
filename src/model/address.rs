//! Where a database is, in any spelling that products use. Pure text: nothing is contacted here.

use super::{
    rule::{Database, Server},
    template::Template,
    text::{Secret, from_percent, to_percent},
};
use std::{
    fmt,
    net::Ipv6Addr,
    path::{Path, PathBuf},
};

/// The address of one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Postgres(ServerAddress),
    Sqlite(PathBuf),
    Redis(ServerAddress),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres(server) | Self::Redis(server) => write!(f, "{server}"),
            Self::Sqlite(file) => write!(f, "{}", file.display()),
        }
    }
}

/// A server and a database on it. Shown without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// A name, an IP address, or the folder of a socket (it begins with `/`).
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Secret>,
    /// The name of the database; for Redis, its number.
    pub name: Option<String>,
    /// Encrypted from the first byte on: `rediss://`.
    pub tls: bool,
    /// What follows the `?`, decoded: `sslmode=require`.
    pub options: Vec<(String, String)>,
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)?;
        match &self.name {
            Some(name) => write!(f, "/{name}"),
            None => Ok(()),
        }
    }
}

const POSTGRES_PORT: u16 = 5432;
const REDIS_PORT: u16 = 6379;

/// Fills a template; what it cannot fill is the caller's error.
type Fill<'f, E> = &'f dyn Fn(&Template) -> Result<String, E>;

/// The address of a pack's database. The inner error says what is wrong with the address.
pub fn of<E>(
    database: &Database,
    root: &Path,
    fill: Fill<'_, E>,
) -> Result<Result<Address, String>, E> {
    Ok(match database {
        Database::Postgres(parts) => {
            from_parts(parts, fill, postgres, POSTGRES_PORT)?.map(Address::Postgres)
        }
        Database::Redis(parts) => from_parts(parts, fill, redis, REDIS_PORT)?.map(Address::Redis),
        Database::Sqlite(file) => sqlite(&fill(&file.file)?, root).map(Address::Sqlite),
    })
}

fn from_parts<E>(
    parts: &Server,
    fill: Fill<'_, E>,
    read: fn(&str) -> Result<ServerAddress, String>,
    default_port: u16,
) -> Result<Result<ServerAddress, String>, E> {
    if let Some(url) = &parts.url {
        return Ok(read(&fill(url)?));
    }
    let part = |part: &Option<Template>| part.as_ref().map(fill).transpose();
    let host = in_brackets(part(&parts.host)?.unwrap_or_default());
    let port_text = part(&parts.port)?;
    let (user, password) = (part(&parts.user)?, part(&parts.password)?);
    let name = part(&parts.name)?;
    let port = port_text.map_or(Ok(default_port), |text| port(&text));
    Ok(port.map(|port| ServerAddress {
        host,
        port,
        user,
        password: password.map(Secret::new),
        name,
        tls: false,
        options: Vec::new(),
    }))
}

/// Reads `postgres://` and `postgresql://`, also with a driver after a `+` or `jdbc:` in front.
pub fn postgres(text: &str) -> Result<ServerAddress, String> {
    let text = text.trim();
    let plain = text.strip_prefix("jdbc:").unwrap_or(text);
    let bad = || {
        "this is not the address of a PostgreSQL database; write postgres://user:password@host:port/name"
            .to_owned()
    };
    let (scheme, rest) = plain.split_once("://").ok_or_else(bad)?;
    let scheme = scheme.split_once('+').map_or(scheme, |(scheme, _)| scheme);
    if !matches!(scheme, "postgres" | "postgresql") {
        return Err(bad());
    }
    let mut server = server(rest, POSTGRES_PORT)?;
    // Settings that libpq also takes from after the question mark.
    let mut kept = Vec::new();
    for (key, value) in std::mem::take(&mut server.options) {
        match key.as_str() {
            "host" => server.host = in_brackets(value),
            "port" => server.port = port(&value)?,
            "user" => server.user = Some(value),
            "password" => server.password = Some(Secret::new(value)),
            "dbname" => server.name = Some(value),
            _ => kept.push((key, value)),
        }
    }
    server.options = kept;
    Ok(server)
}

/// Reads `redis://` and, encrypted, `rediss://`.
pub fn redis(text: &str) -> Result<ServerAddress, String> {
    let text = text.trim();
    let (tls, rest) = match text.split_once("://") {
        Some(("redis", rest)) => (false, rest),
        Some(("rediss", rest)) => (true, rest),
        Some(_) | None => {
            return Err(
                "this is not the address of a Redis server; write redis://:password@host:port/0"
                    .to_owned(),
            );
        }
    };
    let server = server(rest, REDIS_PORT)?;
    Ok(ServerAddress { tls, ..server })
}

/// Reads a path, or an address with three slashes for a path relative to the root and four for an
/// absolute one.
pub fn sqlite(text: &str, root: &Path) -> Result<PathBuf, String> {
    let text = text.trim();
    let path = match text.split_once("://") {
        Some((scheme, rest)) => {
            let scheme = scheme.split_once('+').map_or(scheme, |(scheme, _)| scheme);
            match scheme {
                // SQLAlchemy: the first slash ends the empty host.
                "sqlite" => rest.strip_prefix('/').unwrap_or(rest),
                "sqlite3" | "file" => rest,
                _ => return Err("this is not the address of a SQLite file".to_owned()),
            }
        }
        None => ["sqlite:", "file:"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .unwrap_or(text),
    };
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() || path == ":memory:" {
        return Err("this is a SQLite database in memory, which nobody else can look into".into());
    }
    Ok(root.join(path))
}

impl ServerAddress {
    /// The host by itself, as programs take it: an IPv6 address without its brackets.
    pub fn bare_host(&self) -> &str {
        let inside = self.host.strip_prefix('[');
        let inside = inside.and_then(|host| host.strip_suffix(']'));
        inside.unwrap_or(&self.host)
    }

    /// An address for drivers that read one, with the password in it.
    pub fn url(&self, scheme: &str) -> Secret {
        let mut url = format!("{scheme}://");
        if let Some(user) = &self.user {
            url.push_str(&encode(user));
        }
        if let Some(password) = &self.password {
            url.push(':');
            url.push_str(&encode(password.expose()));
        }
        if self.user.is_some() || self.password.is_some() {
            url.push('@');
        }
        if self.host.starts_with('/') {
            url.push_str(&encode(&self.host));
        } else {
            url.push_str(&self.host);
        }
        url.push_str(&format!(":{}/", self.port));
        url.push_str(&encode(self.name.as_deref().unwrap_or_default()));
        for (n, (key, value)) in self.options.iter().enumerate() {
            url.push(if n == 0 { '?' } else { '&' });
            url.push_str(&format!("{}={}", encode(key), encode(value)));
        }
        Secret::new(url)
    }
}

/// Reads `user:password@host:port/name?key=value`. The last `@` ends the user and password: a
/// password may contain others.
fn server(rest: &str, default_port: u16) -> Result<ServerAddress, String> {
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (who, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (user, Some(Secret::new(from_percent(password)))),
        None => (who, None),
    };
    let (host, name) = place.split_once('/').unwrap_or((place, ""));
    let (host, port_text) = match host.rsplit_once(':') {
        // The colons of an IPv6 address are inside brackets.
        Some((before, after)) if !after.contains(']') => (before, after),
        Some(_) | None => (host, ""),
    };
    let options = query.split('&').filter(|pair| !pair.is_empty());
    let options = options.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (from_percent(key), from_percent(value))
    });
    let host = from_percent(host);
    Ok(ServerAddress {
        host: if host.is_empty() {
            "localhost".to_owned()
        } else {
            host
        },
        port: if port_text.is_empty() {
            default_port
        } else {
            port(port_text)?
        },
        user: Some(from_percent(user)).filter(|user| !user.is_empty()),
        password: password.filter(|password| !password.expose().is_empty()),
        name: Some(from_percent(name)).filter(|name| !name.is_empty()),
        tls: false,
        options: options.collect(),
    })
}

/// An IPv6 address is written with brackets where a port follows.
fn in_brackets(host: String) -> String {
    if host.parse::<Ipv6Addr>().is_ok() {
        format!("[{host}]")
    } else {
        host
    }
}

fn port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| "its port is not a number from 0 to 65535".to_owned())
}

fn encode(text: &str) -> String {
    to_percent(text, b"-_.~", true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_one_postgres_database_is_the_same_address() {
        let plain = postgres("postgres://ann:s%40cret@db.local:5433/shop").expect("an address");
        assert_eq!(plain.to_string(), "db.local:5433/shop");
        assert_eq!(plain.password, Some(Secret::new("s@cret")));
        for other in [
            "postgresql://ann:s%40cret@db.local:5433/shop",
            "postgresql+psycopg2://ann:s%40cret@db.local:5433/shop",
            "postgresql+asyncpg://ann:s@cret@db.local:5433/shop",
            "jdbc:postgresql://db.local:5433/shop?user=ann&password=s%40cret",
        ] {
            assert_eq!(postgres(other), Ok(plain.clone()), "{other}");
        }
    }

    #[test]
    fn what_is_not_said_has_the_usual_value() {
        let bare = postgres("postgres:///shop").expect("an address");
        assert_eq!((bare.host.as_str(), bare.port), ("localhost", 5432));
        let socket = postgres("postgres://ann@%2Frun%2Fpg/shop").expect("an address");
        assert_eq!(socket.host, "/run/pg");
        let six = postgres("postgres://[::1]:5555/shop").expect("an address");
        assert_eq!((six.host.as_str(), six.port), ("[::1]", 5555));
        let asked = postgres("postgres:///shop?host=::1&port=5555").expect("an address");
        assert_eq!(asked, six);
        assert_eq!(six.bare_host(), "::1");
        assert_eq!(
            redis("redis://:pw@cache/2").expect("redis").name.as_deref(),
            Some("2")
        );
        assert!(redis("rediss://cache").expect("redis").tls);
        assert!(postgres("mysql://x/y").is_err());
        assert!(postgres("postgres://x:port/y").is_err());
    }

    #[test]
    fn a_sqlite_file_is_found_from_the_root_on() {
        let root = Path::new("/srv/app");
        for (text, path) in [
            ("data/app.db", "/srv/app/data/app.db"),
            ("/var/app.db", "/var/app.db"),
            ("sqlite:///data/app.db", "/srv/app/data/app.db"),
            ("sqlite+aiosqlite:////var/app.db", "/var/app.db"),
            ("sqlite://data/app.db?mode=rw", "/srv/app/data/app.db"),
            ("file:./dev.db", "/srv/app/./dev.db"),
        ] {
            assert_eq!(sqlite(text, root), Ok(PathBuf::from(path)), "{text}");
        }
        assert!(sqlite("sqlite://:memory:", root).is_err());
        assert!(sqlite("sqlite:///:memory:", root).is_err());
    }

    proptest! {
        #[test]
        fn an_address_written_is_the_address_read(
            user in "[a-z@:/%?# é]{1,12}", password in "[a-z@:/%?# é]{1,12}", name in "[a-z@%?# é]{1,12}",
        ) {
            let address = ServerAddress {
                host: "db".into(), port: 1234, user: Some(user), password: Some(Secret::new(password)),
                name: Some(name), tls: false, options: vec![("sslmode".into(), "require".into())],
            };
            prop_assert_eq!(postgres(address.url("postgres").expose()), Ok(address));
        }
    }
}
