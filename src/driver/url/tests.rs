use std::path::Path;

use super::*;

fn url(text: &str) -> DatabaseUrl {
    text.parse().unwrap()
}

fn refusal(text: &str) -> String {
    let error = text.parse::<DatabaseUrl>().unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Config);
    error.to_string()
}

#[test]
fn sqlite_files_and_memory() {
    let file = |text: &str| match url(text).target {
        Target::Sqlite(file) => file,
        _ => panic!("not SQLite"),
    };
    for memory in ["sqlite:///:memory:", "sqlite://:memory:", "sqlite::memory:", "sqlite://", "sqlite:"] {
        assert_eq!(file(memory), SqliteFile::Memory, "{memory}");
    }
    assert_eq!(file("sqlite:///rel/a%20b.db"), SqliteFile::Path("rel/a b.db".into()));
    assert_eq!(file("sqlite:////abs.db"), SqliteFile::Path("/abs.db".into()));
    assert!(refusal("sqlite://host.db").contains("three slashes"));
    assert!(refusal("sqlite:///a.db?mode=ro").contains("\"mode\""));
}

#[test]
fn network_parts_are_decoded() {
    let Target::Postgres(address) =
        url("postgresql://a%40b:p%3Aw%2F@h.example:6543/my%20db?sslmode=require&pgbouncer=true").target
    else {
        panic!("not PostgreSQL")
    };
    assert_eq!(address.user.as_deref(), Some("a@b"));
    assert_eq!(address.password.as_deref(), Some("p:w/"));
    assert_eq!((address.host.as_str(), address.port), ("h.example", 6543));
    assert_eq!(address.database.as_deref(), Some("my db"));
    assert_eq!(address.tls.mode.as_deref(), Some("require"));
    assert!(address.pgbouncer);
    let Target::Postgres(address) = url("postgres://%2Fvar%2Frun/x").target else { panic!("not PostgreSQL") };
    assert_eq!(address.socket.as_deref(), Some(Path::new("/var/run")));
    let Target::MySql(address) = url("mariadb://root@db/test").target else { panic!("not MySQL") };
    assert_eq!(address.port, 3306);
    assert!(address.returning);
    let Target::MySql(address) =
        url("mysql://a:b@db/test?ssl-mode=required&sslrootcert=/ca.pem&socket=/run/my.sock&returning=false").target
    else {
        panic!("not MySQL")
    };
    assert_eq!(address.tls.mode.as_deref(), Some("required"));
    assert_eq!(address.tls.root_cert.as_deref(), Some("/ca.pem"));
    assert_eq!(address.socket.as_deref(), Some(Path::new("/run/my.sock")));
    assert!(!address.returning);
}

#[test]
fn ipv6_hosts_are_known_by_their_brackets() {
    for (given, port, shown) in [
        ("postgres://root@[::1]:6543/test", 6543, "postgres://root@[::1]:6543/test"),
        ("postgres://root@[::1]/test", 5432, "postgres://root@[::1]:5432/test"),
        ("postgres:///test?user=root&host=::1", 5432, "postgres://root@[::1]:5432/test"),
        ("postgres:///test?user=root&host=[::1]&port=7", 7, "postgres://root@[::1]:7/test"),
    ] {
        let given = url(given);
        let Target::Postgres(address) = given.target() else { panic!("not PostgreSQL") };
        // Without brackets, which are the URL's: a resolver does not know them.
        assert_eq!((address.host.as_str(), address.port), ("::1", port));
        assert_eq!(given.to_string(), shown);
        assert_eq!(url(shown), given);
    }
}

#[test]
fn passwords_are_never_shown() {
    let given = url("postgres://ada:hunter2@h/db?password=hunter2");
    for shown in [given.to_string(), format!("{given:?}"), format!("{:?}", given.target())] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    for bad in [
        "oracle://ada:hunter2@h/db",
        "postgres://ada:hunter2@h:port/db",
        "postgres:ada:hunter2@h/db",
        "postgres://ada:hunter2@h/db?sslmod=require",
        "postgres+asyncpg://ada:hunter2@h/db",
        "mysql://ada:hunter2@h/db?sockt=x",
        "mysql+pymysql://ada:hunter2@h/db",
        "hunter2:x",
        "hunter2",
    ] {
        assert!(!refusal(bad).contains("hunter2"), "{bad}: {}", refusal(bad));
    }
}

#[test]
fn refusals_say_what_would_do() {
    let unknown = refusal("oracle://h/db");
    assert!(unknown.contains("oracle:// is not supported; supported are sqlite:///"), "{unknown}");
    assert!(unknown.contains("postgres://") && unknown.contains("mysql://"), "{unknown}");
    assert!(refusal("postgres://h/db?sslmod=require").contains("did you mean \"sslmode\"?"));
    assert!(refusal("mysql://h/db?ssl_mode=required").contains("did you mean \"ssl-mode\"?"));
    assert!(refusal("mysql://h/db?pgbouncer=true").contains("has no option \"pgbouncer\""));
    assert!(refusal("mysql://h/db?returning=maybe").contains("true or false"));
    assert!(refusal("postgresql+asyncpg://h/db").contains("write postgresql:// alone"));
}
