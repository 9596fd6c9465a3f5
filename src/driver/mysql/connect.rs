//! Making connections: the options of the URL, and the session as Chakra wants it.

use std::sync::{Arc, OnceLock};

use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::{ConnectOptions, Executor};

use super::connection::MySqlConnection;
use super::error;
use super::server::{Facts, Greeting, QUESTION, SESSION};
use crate::dialect::{Capabilities, Dialect};
use crate::driver::network::{Connector, send_at_once};
use crate::driver::url::NetworkAddress;
use crate::error::{DatabaseError, DatabaseErrorKind, Error, Result};

/// Prepared statements kept by each connection.
const STATEMENTS_KEPT: usize = 256;

/// Makes connections to one server.
pub(super) struct MySqlConnector {
    server: Arc<Server>,
}

/// What all connections of a pool share.
pub(super) struct Server {
    pub(super) options: MySqlConnectOptions,
    /// Whether RETURNING may be used where the server has it.
    may_return: bool,
    /// Known since the first connection.
    facts: OnceLock<Facts>,
    /// Of the server, unless it is reached by a socket in the file system.
    port: Option<u16>,
    /// Where it is, for messages.
    place: String,
    /// The URL without its password, for messages.
    shown: String,
}

impl Server {
    /// Whether INSERT gives rows back.
    pub(super) fn returns(&self) -> bool {
        self.may_return && self.facts.get().is_some_and(|facts| facts.is_mariadb)
    }
}

impl MySqlConnector {
    pub(super) fn new(address: &NetworkAddress) -> Result<Self> {
        let server = Server {
            options: options(address)?,
            may_return: address.returning,
            facts: OnceLock::new(),
            port: address.socket.is_none().then_some(address.port),
            place: address.place(),
            shown: address.to_string(),
        };
        Ok(Self { server: Arc::new(server) })
    }
}

impl Connector for MySqlConnector {
    type Connection = MySqlConnection;

    const DIALECT: Dialect = Dialect::MySql;

    fn place(&self) -> &str {
        &self.server.place
    }

    fn capabilities(&self) -> Capabilities {
        let case_sensitive_tables = self.server.facts.get().is_none_or(|facts| facts.case_sensitive_tables);
        Capabilities { returning: self.server.returns(), case_sensitive_tables, ..Self::DIALECT.capabilities() }
    }

    fn server_limit(&self) -> Option<u64> {
        self.server.facts.get().map(|facts| facts.max_connections)
    }

    async fn connect(&self) -> Result<MySqlConnection> {
        let mut raw =
            send_at_once(self.server.port, self.server.options.connect()).await.map_err(|error| self.refused(error))?;
        let answer = raw.fetch_one(sqlx::raw_sql(QUESTION)).await.map_err(|error| self.refused(error))?;
        let greeting = Greeting::read(&answer).map_err(|error| self.explained(error))?;
        raw.execute(sqlx::raw_sql(SESSION)).await.map_err(|error| self.refused(error))?;
        let _ = self.server.facts.set(greeting.facts.clone()); // an error: known already
        Ok(MySqlConnection::new(raw, Arc::clone(&self.server), greeting))
    }
}

impl MySqlConnector {
    fn refused(&self, error: sqlx::Error) -> Error {
        if let sqlx::Error::Io(error) = error {
            let message = format!("could not connect to {}: {error}", self.server.place);
            return DatabaseError::new(DatabaseErrorKind::ConnectionLost, message).with_source(error).into();
        }
        let is_full = error::is_full(&error);
        let mut explained = self.explained(error::classify(error));
        if let Error::Database(refused) = &mut explained
            && is_full
        {
            refused.kind = DatabaseErrorKind::PoolExhausted;
        }
        explained
    }

    fn explained(&self, error: Error) -> Error {
        match error {
            Error::Database(mut refused) => {
                if refused.kind == DatabaseErrorKind::Other || refused.sqlstate.is_none() {
                    refused.kind = DatabaseErrorKind::Operational;
                }
                refused.message = format!("could not connect to mysql://{}: {}", self.server.shown, refused.message);
                Error::Database(refused)
            }
            other => other,
        }
    }
}

fn options(address: &NetworkAddress) -> Result<MySqlConnectOptions> {
    // The session is set up in one message of ours instead.
    let mut options = MySqlConnectOptions::new()
        .host(&address.host)
        .port(address.port)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .timezone(None)
        .set_names(false)
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
    if let Some(mode) = &address.tls.mode {
        options = options.ssl_mode(ssl_mode(mode)?);
    }
    if let Some(path) = &address.tls.root_cert {
        options = options.ssl_ca(path);
    }
    if let Some(path) = &address.tls.cert {
        options = options.ssl_client_cert(path);
    }
    if let Some(path) = &address.tls.key {
        options = options.ssl_client_key(path);
    }
    Ok(options)
}

/// A mode by MySQL's own name, or by PostgreSQL's.
fn ssl_mode(name: &str) -> Result<MySqlSslMode> {
    Ok(match name.to_ascii_lowercase().replace('-', "_").as_str() {
        "disabled" | "disable" => MySqlSslMode::Disabled,
        "preferred" | "prefer" | "allow" => MySqlSslMode::Preferred,
        "required" | "require" => MySqlSslMode::Required,
        "verify_ca" => MySqlSslMode::VerifyCa,
        "verify_identity" | "verify_full" => MySqlSslMode::VerifyIdentity,
        _ => {
            return Err(Error::config(
                "option \"ssl-mode\" is one of disabled, preferred, required, verify-ca, verify-identity",
            ));
        }
    })
}
