//! How much of a variable's value must not be seen. Pure text: where a value would be seen is not
//! known here.

use super::text::{MASK, Secret, Shown, from_percent, sanitize};
use std::ops::Range;

/// Later variants hide more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privacy {
    Open,
    /// An address: only its password is hidden; all of it if a user has no password, as the user
    /// may be a token.
    Address,
    /// All of it.
    Secret,
}

impl Privacy {
    /// The parts of the value that must be found and hidden wherever they stand.
    pub fn hidden(self, value: &Secret) -> Vec<Secret> {
        match self {
            Self::Open => Vec::new(),
            Self::Secret => vec![value.clone()],
            Self::Address => match read(value.expose()) {
                Address::WithoutPassword => Vec::new(),
                Address::Unclear => vec![value.clone()],
                Address::Password(place) => {
                    let password = &value.expose()[place];
                    vec![Secret::new(password), Secret::new(from_percent(password))]
                }
            },
        }
    }

    /// The value as it may be shown.
    pub fn shown(self, value: &Secret) -> Shown {
        let text = value.expose();
        match self {
            Self::Open => Shown::of(value, false),
            Self::Secret => Shown::of(value, true),
            Self::Address => match read(text) {
                Address::WithoutPassword => Shown::of(value, false),
                Address::Unclear => Shown::of(value, true),
                Address::Password(place) => {
                    let (before, after) = (&text[..place.start], &text[place.end..]);
                    Shown::Clear(sanitize(&format!("{before}{MASK}{after}")))
                }
            },
        }
    }
}

enum Address {
    WithoutPassword,
    Password(Range<usize>),
    /// A secret may stand anywhere in it.
    Unclear,
}

/// Parts of the names of parameters whose values grant access.
const TELLING: [&str; 8] = [
    "pass", "pwd", "secret", "token", "key", "auth", "cred", "sig",
];

/// Finds the password in `scheme://user:password@host/path?parameters`. Whatever is not plainly of
/// this form is unclear.
fn read(text: &str) -> Address {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "\"'`<>\\;#".contains(c);
    let Some((scheme, rest)) = text.split_once("://") else {
        return Address::Unclear;
    };
    let named = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
    if scheme.is_empty() || !scheme.chars().all(named) || text.contains(odd) {
        return Address::Unclear;
    }
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // A password may contain a slash or a question mark that was not escaped.
    if path.contains('@') || path.contains("://") || lets_in(path) {
        return Address::Unclear;
    }
    let Some((user, _)) = host.rsplit_once('@') else {
        return Address::WithoutPassword;
    };
    match user.split_once(':') {
        _ if user.contains('@') => Address::Unclear,
        None | Some((_, "")) if ["", ":"].contains(&user) => Address::WithoutPassword,
        // A token is given as a user without a password.
        None | Some((_, "")) => Address::Unclear,
        Some((name, password)) => {
            let start = scheme.len() + "://".len() + name.len() + ":".len();
            Address::Password(start..start + password.len())
        }
    }
}

/// Whether a parameter of the address grants access.
fn lets_in(path: &str) -> bool {
    let parameters = path
        .split_once('?')
        .map_or("", |(_, parameters)| parameters);
    let parameters = from_percent(parameters).to_lowercase();
    let mut names = parameters.split('&').map(|pair| pair.split('=').next());
    names.any(|name| {
        TELLING
            .iter()
            .any(|part| name.is_some_and(|name| name.contains(part)))
    })
}

/// Ends of the names, without `_` and `-`, under which people keep what grants access.
const TELLING_ENDS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "signingkey",
    "encryptionkey",
];
/// Shorter values are words such as `true` or `header`: hiding them everywhere would hide much else.
const GUESSED_CHARS_MIN: usize = 8;

/// Whether a value that no rule calls secret is one by its name. A path, an address and a
/// placeholder only say where the secret is.
pub fn is_secret_by_name(name: &str, value: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    let elsewhere = ["/", "./", "../", "~", "${", "$(", "{{", "<"];
    TELLING_ENDS.iter().any(|end| name.ends_with(end))
        && value.chars().count() >= GUESSED_CHARS_MIN
        && !value.contains("://")
        && !elsewhere.iter().any(|begin| value.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: &str) -> String {
        Privacy::Address.shown(&Secret::new(value)).to_string()
    }

    #[test]
    fn an_address_without_a_password_is_seen_whole() {
        for address in [
            "sqlite:///./gateway.db",
            "sqlite+aiosqlite:////srv/data/gateway.db?mode=rwc",
            "postgresql://localhost:5432/shop",
            "postgresql:///shop",
            "redis://cache:6379/0",
            "redis://:@cache",
        ] {
            assert_eq!(shown(address), address);
            assert_eq!(Privacy::Address.hidden(&Secret::new(address)), []);
        }
    }

    #[test]
    fn of_an_address_with_a_password_the_password_is_hidden_in_both_its_forms() {
        let address = Secret::new("postgresql://app:in%2Fside:x@a:1,b:2/shop?sslmode=require");
        assert_eq!(
            Privacy::Address.shown(&address),
            Shown::Clear("postgresql://app:••••••@a:1,b:2/shop?sslmode=require".into())
        );
        let hidden = Privacy::Address.hidden(&address);
        let hidden: Vec<&str> = hidden.iter().map(Secret::expose).collect();
        assert_eq!(hidden, ["in%2Fside:x", "in/side:x"]);
        assert_eq!(shown("redis://:pw@cache"), "redis://:••••••@cache");
    }

    #[test]
    fn what_is_not_plainly_an_address_is_hidden_whole() {
        for value in [
            "",
            "hunter2",
            "host=db password=hunter2",
            "jdbc:postgresql://db/shop?user=app&password=hunter2",
            "postgresql://db/shop?password=hunter2",
            "postgresql://db/shop?pass%77ord=hunter2",
            "postgresql://db/shop?sslmode=require&SSLPassword=hunter2",
            "libsql://db?authToken=hunter2",
            "https://ghp_hunter2@github.com/app",
            "https://sk_live_hunter2:@api.example.org",
            "redis://hunter2@cache",
            "postgresql://app@localhost/shop?sslmode=require",
            "postgresql://app:hunt/er2@db/shop",
            "postgresql://app:hunt?er2@db/shop",
            "postgresql://app:hunt#er2@db/shop",
            "postgresql://app:hunter2@x@db/shop",
            "sqlserver://db;password=hunter2",
            "${DB:-postgresql://app:hunter2@db/shop}",
            "'postgresql://app:hunter2@db/shop'",
            "postgresql://db/shop postgresql://app:hunter2@db/shop",
        ] {
            let secret = Secret::new(value);
            let chars = value.chars().count();
            assert_eq!(
                Privacy::Address.shown(&secret),
                Shown::Masked { chars },
                "{value}"
            );
            assert_eq!(Privacy::Address.hidden(&secret), [secret], "{value}");
        }
    }

    #[test]
    fn what_a_name_calls_secret_is_secret_unless_it_only_says_where_the_secret_is() {
        for name in [
            "SMTP_PASSWORD",
            "api_key",
            "apiKey",
            "client-secret",
            "--bot-token",
        ] {
            assert!(is_secret_by_name(name, "hunter2-and-more"), "{name}");
        }
        for name in [
            "TOKEN_FILE",
            "secrets",
            "keys",
            "password_url",
            "tokens_max",
        ] {
            assert!(!is_secret_by_name(name, "hunter2-and-more"), "{name}");
        }
        for value in [
            "header",
            "4096",
            "/run/secrets/db",
            "${PASSWORD}",
            "vault://app/db",
        ] {
            assert!(!is_secret_by_name("password", value), "{value}");
        }
    }
}
