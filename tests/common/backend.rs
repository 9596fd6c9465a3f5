//! A database for each test, on every backend that answers.

use std::net::{TcpStream, ToSocketAddrs};
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use chakra::dialect::Sql;
use chakra::driver::{PoolOptions, Query};
use chakra::{Executor, Pool, Result};
use futures_util::FutureExt;

/// A kind of database that the tests run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Always there.
    Sqlite,
    /// At `CHAKRA_TEST_POSTGRES_URL`, else at its usual address.
    Postgres,
    /// At `CHAKRA_TEST_MYSQL_URL`, else at its usual address.
    MySql,
}

/// A place of its own for one test: a file on SQLite, a schema on PostgreSQL, a database on MySQL.
pub struct TestDb {
    pub pool: Pool,
    home: Home,
}

enum Home {
    File(PathBuf),
    /// A part of a server, what removes it, and where that is said.
    Part {
        url: String,
        removal: String,
        from: String,
    },
}

impl Backend {
    /// Opens a fresh place with no tables; None, with the reason printed, where the database is not there.
    async fn open(self, test: &str) -> Option<TestDb> {
        let (server, url, port) = match self {
            Self::Sqlite => return Some(open_file().await),
            Self::Postgres => ("PostgreSQL", postgres_url(), 5432),
            Self::MySql => ("MySQL", mysql_url(), 3306),
        };
        if let Err(reason) = reachable(&url, port) {
            assert!(std::env::var("CHAKRA_TEST_REQUIRE_ALL").as_deref() != Ok("1"), "{server} is required: {reason}");
            println!("skipped {test}: no {server} ({reason})");
            return None;
        }
        // A pooler gives each transaction another session: a schema chosen for one is not that of the next.
        let is_pooled = url.contains("pgbouncer=true");
        Some(match self {
            Self::Postgres if !is_pooled => open_schema(&url).await,
            Self::Postgres => open_database(&url, "TEMPLATE template0", " WITH (FORCE)").await,
            _ => open_database(&url, "CHARACTER SET utf8mb4", "").await,
        })
    }
}

/// Distinct within this process and among others.
fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("chakra_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

async fn open_file() -> TestDb {
    let path = std::env::temp_dir().join(format!("{}.db", unique_name()));
    let pool = chakra::connect(&format!("sqlite:///{}", path.display())).await.unwrap();
    TestDb { pool, home: Home::File(path) }
}

async fn open_schema(url: &str) -> TestDb {
    let name = unique_name();
    let separator = if url.contains('?') { '&' } else { '?' };
    // What a test leaves need not survive a power cut.
    let options = format!("-c search_path={name} -c synchronous_commit=off").replace(' ', "%20").replace('=', "%3D");
    let url = format!("{url}{separator}options={options}");
    let pool = chakra::connect(&url).await.unwrap();
    run_on(&pool, &format!("CREATE SCHEMA {name}")).await.unwrap();
    let removal = format!("DROP SCHEMA {name} CASCADE");
    TestDb { pool, home: Home::Part { from: url.clone(), url, removal } }
}

async fn open_database(url: &str, creation: &str, removal: &str) -> TestDb {
    let name = unique_name();
    let server = chakra::connect(url).await.unwrap();
    run_on(&server, &format!("CREATE DATABASE {name} {creation}")).await.unwrap();
    server.close().await;
    let (place, options) =
        url.split_once('?').map_or((url, String::new()), |(place, rest)| (place, format!("?{rest}")));
    let server = place.rsplit_once('/').map_or(place, |(server, _)| server);
    let own = format!("{server}/{name}{options}");
    let pool = chakra::connect(&own).await.unwrap();
    TestDb {
        pool,
        home: Home::Part { url: own, removal: format!("DROP DATABASE {name}{removal}"), from: url.to_owned() },
    }
}

fn postgres_url() -> String {
    std::env::var("CHAKRA_TEST_POSTGRES_URL").unwrap_or_else(|_| {
        let user = std::env::var("USER").unwrap_or_else(|_| "root".to_owned());
        format!("postgres://{user}@127.0.0.1:5432/test")
    })
}

fn mysql_url() -> String {
    std::env::var("CHAKRA_TEST_MYSQL_URL").unwrap_or_else(|_| "mysql://root@127.0.0.1:3306/test".to_owned())
}

/// Whether something listens where the URL leads.
fn reachable(url: &str, port: u16) -> std::result::Result<(), String> {
    let host = url.split("://").nth(1).and_then(|rest| rest.split(['/', '?']).next()).unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:{port}") };
    let mut addresses = host.to_socket_addrs().map_err(|error| format!("{host}: {error}"))?;
    let address = addresses.next().ok_or_else(|| format!("{host}: no address"))?;
    TcpStream::connect_timeout(&address, Duration::from_secs(2)).map(drop).map_err(|error| format!("{host}: {error}"))
}

/// Runs SQL text past the engine.
pub async fn run_on(executor: &dyn Executor, sql: &str) -> Result<u64> {
    let sql = Arc::new(Sql { text: sql.to_owned(), placeholders: Vec::new() });
    executor.execute(Query { sql, params: Vec::new() }).await
}

impl TestDb {
    /// The place's address.
    pub fn url(&self) -> String {
        match &self.home {
            Home::File(path) => format!("sqlite:///{}", path.display()),
            Home::Part { url, .. } => url.clone(),
        }
    }

    /// Another pool on the same place.
    pub async fn open(&self, options: PoolOptions) -> Pool {
        chakra::connect_with(&self.url(), options).await.unwrap()
    }

    /// Runs SQL text past the engine, for what a model cannot say.
    pub async fn sql(&self, text: &str) -> Result<u64> {
        run_on(&self.pool, text).await
    }

    /// Makes the tables of all models of this program.
    pub async fn create_all(&self) {
        chakra::create_all(&self.pool).await.unwrap();
    }

    async fn remove(self) {
        match self.home {
            Home::File(path) => {
                self.pool.close().await;
                for suffix in ["", "-wal", "-shm"] {
                    // Only the database itself is sure to be there.
                    let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
                }
            }
            Home::Part { url, removal, from } => {
                let is_of_use = url == from && !self.pool.is_closed();
                let pool = if is_of_use {
                    self.pool
                } else {
                    self.pool.close().await;
                    chakra::connect(&from).await.unwrap()
                };
                run_on(&pool, &removal).await.unwrap();
                pool.close().await;
            }
        }
    }
}

/// How many statements something takes.
pub async fn statements<T>(db: &TestDb, work: impl Future<Output = T>) -> (u64, T) {
    let before = db.pool.metrics().statements;
    let value = work.await;
    (db.pool.metrics().statements - before, value)
}

/// Runs one test on one backend, and tidies up even if it fails.
pub fn run(backend: Backend, name: &str, test: impl AsyncFnOnce(&TestDb)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(db) = backend.open(name).await else { return };
        let outcome = AssertUnwindSafe(test(&db)).catch_unwind().await;
        db.remove().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Makes one test for each backend of each function named.
macro_rules! on_every_backend {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[test] fn $test() {
                crate::backend::run(crate::backend::Backend::Sqlite, stringify!($test), super::$test);
            })*
        }

        mod postgres {
            $(#[test] fn $test() {
                crate::backend::run(crate::backend::Backend::Postgres, stringify!($test), super::$test);
            })*
        }

        mod mysql {
            $(#[test] fn $test() {
                crate::backend::run(crate::backend::Backend::MySql, stringify!($test), super::$test);
            })*
        }
    };
}

pub(crate) use on_every_backend;
