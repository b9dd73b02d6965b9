//! Tables without a header, and large numbers of them.

use crate::{
    edit::{Edit, Format, Op, apply},
    model::route::Route,
};
use serde_json::json;

fn edited(text: &str, route: &str, op: Op) -> String {
    let route = Route::parse(route).expect(route);
    let edited = apply(&Format::Toml, text, &[Edit::new(route, op)]);
    edited
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .text
}

#[test]
fn a_key_beside_dotted_keys_stands_behind_the_last_of_them() {
    let text = "a.b.c = 1\na.b.d = 2\n\n[x]\ny = 1\n";
    for (route, line) in [
        ("a.z", "a.z = 3"),
        ("a.b.z", "a.b.z = 3"),
        ("a.y.z", "a.y.z = 3"),
    ] {
        let value = json!(3);
        let there = text.replace("d = 2\n", &format!("d = 2\n{line}\n"));
        assert_eq!(edited(text, route, Op::Set { value }), there);
    }
}

#[test]
fn a_table_gets_one_header_however_many_entries_come() {
    let set = |route: &str| {
        let value = json!(1);
        Edit::new(Route::parse(route).expect(route), Op::Set { value })
    };
    let edited = apply(&Format::Toml, "[a.b]\nx = 1\n", &[set("a.c"), set("a.d")]);
    let text = edited.expect("both are made").text;
    assert_eq!(text, "[a.b]\nx = 1\n\n[a]\nc = 1\nd = 1\n");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it measures itself")]
fn a_table_of_many_dotted_keys_goes_at_once() {
    let keys: String = (0..20_000).map(|n| format!("a.k{n} = 1\n")).collect();
    let start = std::time::Instant::now();
    assert_eq!(
        edited(&format!("z = 1\n{keys}"), "a", Op::Remove),
        "z = 1\n"
    );
    // Without optimisation.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}
