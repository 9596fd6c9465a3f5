//! Making connections: the options of the URL, and the session as Chakra wants it.

use std::sync::{Arc, OnceLock};

use sqlx::postgres::{PgConnectOptions, PgSslMode, PgValueRef};
use sqlx::{ConnectOptions, Executor, Row, ValueRef};

use super::bulk::Tables;
use super::connection::PostgresConnection;
use super::error;
use super::statement::Texts;
use crate::dialect::Dialect;
use crate::driver::network::{Connector, send_at_once};
use crate::driver::url::NetworkAddress;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// Prepared statements kept by each connection.
const STATEMENTS_KEPT: usize = 256;

/// Makes connections to one server.
pub(super) struct PostgresConnector {
    server: Arc<Server>,
}

/// What all connections of a pool share.
pub(super) struct Server {
    pub(super) options: PgConnectOptions,
    pub(super) texts: Texts,
    pub(super) tables: Tables,
    /// A pooler in transaction mode stands between: no named statements, nothing that lives longer
    /// than a transaction, and backends that are ours to cancel only as long.
    pub(super) pgbouncer: bool,
    /// Of the server, unless it is reached by a socket in the file system.
    port: Option<u16>,
    /// Where it is, for messages.
    place: String,
    /// The URL without its password, for messages.
    shown: String,
    /// How many connections it takes, once it has told.
    limit: OnceLock<u64>,
}

impl PostgresConnector {
    pub(super) fn new(address: &NetworkAddress) -> Result<Self> {
        let server = Server {
            options: options(address)?,
            texts: Texts::default(),
            tables: Tables::default(),
            pgbouncer: address.pgbouncer,
            port: address.socket.is_none().then_some(address.port),
            place: address.place(),
            shown: address.to_string(),
            limit: OnceLock::new(),
        };
        Ok(Self { server: Arc::new(server) })
    }
}

impl Connector for PostgresConnector {
    type Connection = PostgresConnection;

    const DIALECT: Dialect = Dialect::Postgres;

    fn place(&self) -> &str {
        &self.server.place
    }

    async fn connect(&self) -> Result<PostgresConnection> {
        let mut raw =
            send_at_once(self.server.port, self.server.options.connect()).await.map_err(|error| self.refused(error))?;
        let (backend, limit) = if self.server.pgbouncer {
            (None, None)
        } else {
            greeting(&mut raw).await.map_err(|error| self.refused(error))?
        };
        if let Some(limit) = limit {
            let _ = self.server.limit.set(limit); // an error: known already
        }
        Ok(PostgresConnection::new(raw, Arc::clone(&self.server), backend))
    }

    fn server_limit(&self) -> Option<u64> {
        self.server.limit.get().copied()
    }
}

impl PostgresConnector {
    fn refused(&self, error: sqlx::Error) -> Error {
        if let sqlx::Error::Io(error) = error {
            let message = format!("could not connect to {}: {error}", self.server.place);
            return DatabaseError::new(DatabaseErrorKind::ConnectionLost, message).with_source(error).into();
        }
        match error::classify(error) {
            Error::Database(mut refused) => {
                if refused.sqlstate.as_deref() == Some(error::TOO_MANY_CONNECTIONS) {
                    refused.kind = DatabaseErrorKind::PoolExhausted;
                } else if refused.kind == DatabaseErrorKind::Other || refused.sqlstate.is_none() {
                    refused.kind = DatabaseErrorKind::Operational;
                }
                refused.message = format!("could not connect to postgres://{}: {}", self.server.shown, refused.message);
                Error::Database(refused)
            }
            other => other,
        }
    }
}

/// The number of the server's process, by which its statements can be cancelled (sqlx keeps the key of the protocol's
/// own cancel request to itself), and how many connections the server takes.
async fn greeting(raw: &mut sqlx::PgConnection) -> sqlx::Result<(Option<i32>, Option<u64>)> {
    let row = raw.fetch_one(sqlx::raw_sql("SELECT pg_backend_pid(), current_setting('max_connections')")).await?;
    let (process, limit) = (row.try_get_raw(0)?, row.try_get_raw(1)?);
    let text = |value: PgValueRef<'_>| if value.is_null() { None } else { value.as_str().ok().map(str::to_owned) };
    let process = text(process).and_then(|text| text.parse().ok());
    Ok((process, text(limit).and_then(|text| text.parse().ok())))
}

fn options(address: &NetworkAddress) -> Result<PgConnectOptions> {
    // The time zone (UTC), the encoding (UTF-8) and the date style are set by sqlx in the same message.
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&address.host)
        .port(address.port)
        .application_name(address.application_name.as_deref().unwrap_or("chakra"))
        .extra_float_digits(None) // floats travel in binary
        .statement_cache_capacity(if address.pgbouncer { 0 } else { STATEMENTS_KEPT })
        .disable_statement_logging();
    if let Some(path) = &address.socket {
        options = options.socket(path);
    }
    if let Some(user) = &address.user {
        options = options.username(user);
    }
    if let Some(password) = &address.password {
        options = options.password(password);
    }
    if let Some(database) = &address.database {
        options = options.database(database);
    }
    if !address.pgbouncer {
        // A pooler refuses the message in which these travel, and 'on' is the server's default anyway.
        options = options.options([("standard_conforming_strings", "on")]);
    }
    for (name, value) in settings(address.settings.as_deref().unwrap_or_default())? {
        options = options.options([(name, value)]);
    }
    with_tls(options, address)
}

fn with_tls(mut options: PgConnectOptions, address: &NetworkAddress) -> Result<PgConnectOptions> {
    if let Some(mode) = &address.tls.mode {
        let mode: PgSslMode = mode.parse().map_err(|_| {
            Error::config("option \"sslmode\" is one of disable, allow, prefer, require, verify-ca, verify-full")
        })?;
        options = options.ssl_mode(mode);
    }
    if let Some(path) = &address.tls.root_cert {
        options = options.ssl_root_cert(path);
    }
    if let Some(path) = &address.tls.cert {
        options = options.ssl_client_cert(path);
    }
    if let Some(path) = &address.tls.key {
        options = options.ssl_client_key(path);
    }
    Ok(options)
}

/// Settings as on the server's command line: `-c name=value`, `-cname=value` or `--name=value`.
fn settings(text: &str) -> Result<Vec<(&str, &str)>> {
    let mut settings = Vec::new();
    let mut words = text.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let setting = match word {
            "-c" => words.next(),
            _ => word.strip_prefix("--").or_else(|| word.strip_prefix("-c")),
        };
        let setting = setting.and_then(|setting| setting.split_once('='));
        settings.push(setting.ok_or_else(|| Error::config("option \"options\" is a list of \"-c name=value\""))?);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn settings_of_a_command_line() {
        let all = settings("-c a=1  -cb=2 --c.d=x=y").unwrap();
        assert_eq!(all, [("a", "1"), ("b", "2"), ("c.d", "x=y")]);
        assert!(settings("-c").is_err() && settings("a=1").is_err());
    }
}
