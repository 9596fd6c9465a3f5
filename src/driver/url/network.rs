//! URLs of databases behind a network: user, password, host, port, database, options.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::error::{Error, Result};

/// Where a server is, and as whom to speak to it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NetworkAddress {
    /// A name or a number; an IPv6 address without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The socket's file or folder, where the server is not reached by TCP.
    pub(crate) socket: Option<PathBuf>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) database: Option<String>,
    pub(crate) tls: Tls,
    pub(crate) application_name: Option<String>,
    /// Settings in the form of a server's command line.
    pub(crate) settings: Option<String>,
    /// A pooler between us and the server gives each transaction another session.
    pub(crate) pgbouncer: bool,
    /// Whether `INSERT … RETURNING` may be used where the server has it.
    pub(crate) returning: bool,
}

/// How a connection is encrypted, and who proves to whom who they are; as the user wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) mode: Option<String>,
    /// A file, as the next two.
    pub(crate) root_cert: Option<String>,
    pub(crate) cert: Option<String>,
    pub(crate) key: Option<String>,
}

impl Tls {
    /// Takes over what another one says.
    pub(crate) fn replace(&mut self, stronger: Self) {
        let Self { mode, root_cert, cert, key } = std::mem::take(self);
        *self = Self {
            mode: stronger.mode.or(mode),
            root_cert: stronger.root_cert.or(root_cert),
            cert: stronger.cert.or(cert),
            key: stronger.key.or(key),
        };
    }
}

/// What may follow the question mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NetworkOption {
    Host,
    Port,
    User,
    Password,
    Database,
    SslMode,
    SslRootCert,
    SslCert,
    SslKey,
    ApplicationName,
    Settings,
    PgBouncer,
    Socket,
    Returning,
}

const POSTGRES: &[(&str, NetworkOption)] = &[
    ("host", NetworkOption::Host),
    ("port", NetworkOption::Port),
    ("user", NetworkOption::User),
    ("password", NetworkOption::Password),
    ("dbname", NetworkOption::Database),
    ("sslmode", NetworkOption::SslMode),
    ("sslrootcert", NetworkOption::SslRootCert),
    ("sslcert", NetworkOption::SslCert),
    ("sslkey", NetworkOption::SslKey),
    ("application_name", NetworkOption::ApplicationName),
    ("options", NetworkOption::Settings),
    ("pgbouncer", NetworkOption::PgBouncer),
];

const MYSQL: &[(&str, NetworkOption)] = &[
    ("socket", NetworkOption::Socket),
    ("ssl-mode", NetworkOption::SslMode),
    ("ssl-ca", NetworkOption::SslRootCert),
    ("ssl-cert", NetworkOption::SslCert),
    ("ssl-key", NetworkOption::SslKey),
    ("sslmode", NetworkOption::SslMode),
    ("sslrootcert", NetworkOption::SslRootCert),
    ("sslcert", NetworkOption::SslCert),
    ("sslkey", NetworkOption::SslKey),
    ("returning", NetworkOption::Returning),
];

impl NetworkOption {
    fn find(scheme: &str, name: &str) -> Result<Self> {
        let known = if scheme == "mysql" { MYSQL } else { POSTGRES };
        if let Some((_, option)) = known.iter().find(|(known, _)| *known == name) {
            return Ok(*option);
        }
        let nearest = known
            .iter()
            .map(|(known, _)| (strsim::damerau_levenshtein(known, name), *known))
            .min()
            .filter(|(distance, _)| *distance <= 3)
            .map(|(_, known)| format!("; did you mean {known:?}?"))
            .unwrap_or_default();
        let names: Vec<&str> = known.iter().map(|(known, _)| *known).collect();
        Err(Error::config(format!("{scheme}:// has no option {name:?}{nearest} (known are {})", names.join(", "))))
    }
}

/// Whether what stands after `scheme:` has an option, by this name or another one for the same.
pub(super) fn names_option(scheme: &str, rest: &str, name: &str) -> bool {
    let Ok(option) = NetworkOption::find(scheme, name) else { return false };
    let same = |name: &str| NetworkOption::find(scheme, name).is_ok_and(|found| found == option);
    Url::parse(&format!("{scheme}:{rest}")).is_ok_and(|url| url.query_pairs().any(|(name, _)| same(&name)))
}

/// What stands after `scheme:`.
pub(super) fn parse(scheme: &str, port: u16, rest: &str) -> Result<NetworkAddress> {
    let url = Url::parse(&format!("{scheme}:{rest}")).map_err(|error| {
        // The parser's own message has nothing of the text in it.
        Error::config(format!(
            "the {scheme}:// URL cannot be read: {error}; percent-encode special characters in user and password"
        ))
    })?;
    if url.cannot_be_a_base() || !rest.starts_with("//") {
        return Err(Error::config(format!("a {scheme} URL starts with {scheme}://")));
    }
    let host = match url.host() {
        None => String::new(),
        Some(Host::Domain(name)) => decoded(scheme, name)?,
        Some(Host::Ipv4(number)) => number.to_string(),
        Some(Host::Ipv6(number)) => number.to_string(),
    };
    let database = decoded(scheme, url.path().trim_start_matches('/'))?;
    let mut address = NetworkAddress {
        socket: host.starts_with('/').then(|| PathBuf::from(&host)),
        host: if host.is_empty() || host.starts_with('/') { "localhost".into() } else { host },
        port: url.port().unwrap_or(port),
        user: Some(decoded(scheme, url.username())?).filter(|user| !user.is_empty()),
        password: url.password().map(|password| decoded(scheme, password)).transpose()?,
        database: Some(database).filter(|database| !database.is_empty()),
        tls: Tls::default(),
        application_name: None,
        settings: None,
        pgbouncer: false,
        returning: true,
    };
    for (name, value) in url.query_pairs() {
        address.set_option(scheme, &name, value.into_owned())?;
    }
    Ok(address)
}

fn decoded(scheme: &str, part: &str) -> Result<String> {
    let text = percent_decode_str(part).decode_utf8();
    text.map(std::borrow::Cow::into_owned)
        .map_err(|_| Error::config(format!("a part of the {scheme}:// URL is not UTF-8 after percent-decoding")))
}

fn truth(name: &str, value: &str) -> Result<bool> {
    match value {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Error::config(format!("option {name:?} is true or false"))),
    }
}

/// An IPv6 address has brackets only where a port may follow it.
fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

impl NetworkAddress {
    /// What is connected to: host and port, or the socket's path.
    pub(crate) fn place(&self) -> String {
        match &self.socket {
            Some(path) => path.display().to_string(),
            None if self.host.contains(':') => format!("[{}]:{}", self.host, self.port),
            None => format!("{}:{}", self.host, self.port),
        }
    }

    /// Takes in an option by the name that it has in URLs of this scheme.
    pub(super) fn set_option(&mut self, scheme: &str, name: &str, value: String) -> Result<()> {
        self.set(NetworkOption::find(scheme, name)?, name, value)
    }

    fn set(&mut self, option: NetworkOption, name: &str, value: String) -> Result<()> {
        match option {
            NetworkOption::Host if value.starts_with('/') => self.socket = Some(value.into()),
            NetworkOption::Host => unbracketed(&value).clone_into(&mut self.host),
            NetworkOption::Port => {
                self.port = value.parse().map_err(|_| Error::config(format!("option {name:?} takes a port number")))?;
            }
            NetworkOption::User => self.user = Some(value),
            NetworkOption::Password => self.password = Some(value),
            NetworkOption::Database => self.database = Some(value),
            NetworkOption::SslMode => self.tls.mode = Some(value),
            NetworkOption::SslRootCert => self.tls.root_cert = Some(value),
            NetworkOption::SslCert => self.tls.cert = Some(value),
            NetworkOption::SslKey => self.tls.key = Some(value),
            NetworkOption::ApplicationName => self.application_name = Some(value),
            NetworkOption::Settings => self.settings = Some(value),
            NetworkOption::Socket => self.socket = Some(value.into()),
            NetworkOption::PgBouncer => self.pgbouncer = truth(name, &value)?,
            NetworkOption::Returning => self.returning = truth(name, &value)?,
        }
        Ok(())
    }
}

/// Without the password, and without the options.
impl fmt::Display for NetworkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        f.write_str(&self.place())?;
        self.database.as_ref().map_or(Ok(()), |database| write!(f, "/{database}"))
    }
}

impl fmt::Debug for NetworkAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
