//! Where the database is, as a person writes it.

use std::path::PathBuf;

use crate::finding::{Finding, Place, hint};

/// A database address that has been understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// `sqlite:PATH`.
    File(PathBuf),
    /// `sqlite::memory:`, gone with the process.
    Memory,
    /// `postgres://…`, as it was written.
    Postgres(String),
}

/// Parameters of a PostgreSQL address.
const PARAMETERS: [&str; 13] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

/// Reads an address.
///
/// # Errors
/// An unknown scheme, an empty path, a parameter that nobody knows.
pub(super) fn read(address: &str) -> Result<Address, Finding> {
    if let Some(path) = address.strip_prefix("sqlite:") {
        if path == ":memory:" {
            return Ok(Address::Memory);
        }
        let path = path.strip_prefix("//").unwrap_or(path);
        return match path {
            "" => Err(Finding::error("store.no_path", place())),
            _ if path.contains(['?', '\0']) || path.starts_with("file:") => {
                Err(Finding::error("store.path", place()).with("address", address))
            }
            _ => Ok(Address::File(PathBuf::from(path))),
        };
    }
    if !["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme)) {
        return Err(Finding::error("store.scheme", place()).with("address", shown(address)));
    }
    let parameters = address.split_once('?').map(|(_, query)| query).unwrap_or_default();
    for parameter in parameters.split('&').filter(|part| !part.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) && !name.starts_with("options[") {
            let like = hint(name, PARAMETERS);
            let finding = Finding::error("store.parameter", place()).with("name", name);
            return Err(finding.with("hint", like.text()));
        }
    }
    Ok(Address::Postgres(address.to_owned()))
}

/// The address without what may be secret: nothing before the last `@` but the scheme, nothing after `?`.
pub(super) fn shown(address: &str) -> String {
    if address.starts_with("sqlite:") || !address.contains(':') {
        return address.to_owned();
    }
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}"),
        None if rest.contains(':') => format!("{scheme}://…"),
        None => format!("{scheme}://{rest}"),
    }
}

pub(super) fn place() -> Place {
    Place::file("--database")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        for address in [
            "postgres://u:geheim@host/db",
            "postgres://u:ge@heim@host:5432/db?password=geheim",
            "postgres://u:geheim",
            "mysql://u:geheim@host/db",
            "postgres:u:geheim@host",
        ] {
            let shown = shown(address);
            assert!(!shown.contains("heim"), "{shown}");
        }
        assert_eq!(shown("postgres://host/db"), "postgres://host/db");
    }

    #[test]
    fn addresses() {
        assert_eq!(read("sqlite:a.db"), Ok(Address::File("a.db".into())));
        assert_eq!(read("sqlite:///var/a.db"), Ok(Address::File("/var/a.db".into())));
        assert_eq!(read("sqlite::memory:"), Ok(Address::Memory));
        assert_eq!(read("a.db").unwrap_err().code(), "store.scheme");
        assert_eq!(read("sqlite:").unwrap_err().code(), "store.no_path");
        assert_eq!(read("sqlite:a.db?mode=ro").unwrap_err().code(), "store.path");
        assert_eq!(read("postgres://h/d?sslmod=require").unwrap_err().code(), "store.parameter");
    }
}
