//! Documents that every update writes.

use chakra::Model;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    documents_are_written_by_every_update,
    a_document_that_is_set_holds,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct Trace {
    by: String,
    steps: Vec<u32>,
}

fn trace() -> Trace {
    Trace { by: "o'server".into(), steps: vec![1, 2] }
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "traced_things")]
pub struct Traced {
    #[chakra(primary_key)]
    id: Option<i64>,
    name: String,
    #[chakra(json, on_update = trace)]
    trace: Trace,
    #[chakra(json, on_update = trace)]
    last: Option<Trace>,
    #[chakra(json, on_update = || None)]
    cleared: Option<Trace>,
    #[chakra(on_update = json!({"seen": true}))]
    plain: Option<Value>,
}

fn traced() -> Traced {
    let first = Trace { by: String::new(), steps: Vec::new() };
    Traced { id: None, name: "one".into(), trace: first.clone(), last: None, cleared: Some(first), plain: None }
}

fn written(before: &Traced) -> Traced {
    Traced { trace: trace(), last: Some(trace()), cleared: None, plain: Some(json!({"seen": true})), ..before.clone() }
}

async fn documents_are_written_by_every_update(db: &TestDb) {
    db.create_all().await;
    let mut object = traced();
    object.insert(&db.pool).await.unwrap();
    let inserted = Traced::query().one(&db.pool).await.unwrap();
    assert_eq!(inserted, object);
    object.update(&db.pool).await.unwrap();
    assert_eq!(object, written(&inserted));
    assert_eq!(Traced::query().one(&db.pool).await.unwrap(), object);

    let mut other = traced();
    other.insert(&db.pool).await.unwrap();
    Traced::query().update(Traced::name().set("all")).execute(&db.pool).await.unwrap();
    for read in Traced::query().all(&db.pool).await.unwrap() {
        assert_eq!(read, Traced { name: "all".into(), id: read.id, ..written(&inserted) });
    }
}

async fn a_document_that_is_set_holds(db: &TestDb) {
    db.create_all().await;
    traced().insert(&db.pool).await.unwrap();
    let own = json!({"seen": false});
    Traced::query().update(Traced::plain().set(own.clone())).execute(&db.pool).await.unwrap();
    let read = Traced::query().one(&db.pool).await.unwrap();
    assert_eq!((read.plain, read.last), (Some(own), Some(trace())));
}
