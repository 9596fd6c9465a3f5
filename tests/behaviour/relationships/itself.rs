//! One to one of a model with itself: from both ends, by one field and by several.

use chakra::{Model, Related};

use super::statements;
use crate::backend::{TestDb, on_every_backend};

on_every_backend! {
    both_ends_are_read_and_asked,
    both_ends_of_several_fields_are_read_and_asked,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(table = "itself_people")]
struct Person {
    #[chakra(primary_key)]
    id: i64,
    #[chakra(references = "itself_people.id", unique)]
    mentor_id: Option<i64>,
    #[chakra(relation = OneToOne, foreign_key = "mentor_id", back_populates = "pupil")]
    mentor: Related<Option<Person>>,
    #[chakra(relation = OneToOne, back_populates = "mentor")]
    pupil: Related<Option<Person>>,
}

async fn both_ends_are_read_and_asked(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Person::table()]).await.unwrap();
    for (id, mentor_id) in [(1, None), (2, Some(1)), (3, Some(2))] {
        let (mentor, pupil) = (Related::default(), Related::default());
        Person { id, mentor_id, mentor, pupil }.insert(&db.pool).await.unwrap();
    }
    let told = |people: Vec<Person>| -> Vec<(Option<i64>, Option<i64>)> {
        let id = |related: &Related<Option<Person>>| related.get().unwrap().as_ref().map(|person| person.id);
        people.iter().map(|person| (id(&person.mentor), id(&person.pupil))).collect()
    };
    let expected = [(None, Some(2)), (Some(1), Some(3)), (Some(2), None)];
    let query = || Person::query().order_by(Person::id());
    let joined = query().select_related(Person::mentor()).select_related(Person::pupil());
    let (count, people) = statements(db, joined.all(&db.pool)).await;
    assert_eq!((count, told(people.unwrap())), (1, expected.to_vec()));
    let after = query().prefetch_related(Person::mentor()).prefetch_related(Person::pupil());
    let (count, people) = statements(db, after.all(&db.pool)).await;
    assert_eq!((count, told(people.unwrap())), (3, expected.to_vec()));

    let mut bo = Person::get(2, &db.pool).await.unwrap();
    Person::pupil().load(&mut bo, &db.pool).await.unwrap();
    Person::mentor().load(&mut bo, &db.pool).await.unwrap();
    assert_eq!(told(vec![bo.clone()]), [(Some(1), Some(3))]);
    let pupil_of_bo = query().filter(Person::mentor().is(&bo));
    assert_eq!(pupil_of_bo.all(&db.pool).await.unwrap()[0].id, 3);
    let mentor_of_bo = query().filter(Person::pupil().is(&bo));
    assert_eq!(mentor_of_bo.all(&db.pool).await.unwrap()[0].id, 1);
    let last = query().filter(!Person::pupil().exists());
    assert_eq!(last.all(&db.pool).await.unwrap()[0].id, 3);
}

#[derive(Model, Debug, Clone, PartialEq)]
#[chakra(
    table = "itself_wagons",
    constraints = [
        ForeignKey::new("fk_itself_wagons_front").columns(&["front_train", "front_place"]).references(&["itself_wagons.train", "itself_wagons.place"]),
        Unique::new("uq_itself_wagons_front").columns(&["front_train", "front_place"])
    ]
)]
struct Wagon {
    #[chakra(primary_key)]
    train: i32,
    #[chakra(primary_key)]
    place: i32,
    front_train: Option<i32>,
    front_place: Option<i32>,
    #[chakra(relation = OneToOne, back_populates = "front")]
    back: Related<Option<Wagon>>,
    #[chakra(relation = OneToOne, foreign_key = ["front_train", "front_place"], back_populates = "back")]
    front: Related<Option<Wagon>>,
}

async fn both_ends_of_several_fields_are_read_and_asked(db: &TestDb) {
    chakra::create_tables(&db.pool, &[Wagon::table()]).await.unwrap();
    for (train, place) in [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2)] {
        let front = (place > 1).then_some(place - 1);
        let (front_train, back) = (front.map(|_| train), Related::default());
        Wagon { train, place, front_train, front_place: front, back, front: Related::default() }
            .insert(&db.pool)
            .await
            .unwrap();
    }
    let place =
        |related: &Related<Option<Wagon>>| related.get().unwrap().as_ref().map(|wagon| (wagon.train, wagon.place));
    let query = || Wagon::query().order_by((Wagon::train(), Wagon::place()));
    let after = query().prefetch_related(Wagon::back()).select_related(Wagon::front());
    let (count, wagons) = statements(db, after.all(&db.pool)).await;
    let held: Vec<_> = wagons.unwrap().iter().map(|wagon| (place(&wagon.front), place(&wagon.back))).collect();
    let expected = [
        (None, Some((1, 2))),
        (Some((1, 1)), Some((1, 3))),
        (Some((1, 2)), None),
        (None, Some((2, 2))),
        (Some((2, 1)), None),
    ];
    assert_eq!((count, held), (2, expected.to_vec()));
    let last = query().filter(!Wagon::back().exists());
    let last: Vec<_> = last.all(&db.pool).await.unwrap().iter().map(|wagon| (wagon.train, wagon.place)).collect();
    assert_eq!(last, [(1, 3), (2, 2)]);
}
