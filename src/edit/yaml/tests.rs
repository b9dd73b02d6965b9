//! What a change leaves of the way in which a value is written.

use crate::{
    edit::{Edit, Format, Op, apply},
    model::route::Route,
};
use serde_json::{Value, json};

fn set(text: &str, value: Value) -> String {
    let edit = Edit::new(Route::key("a"), Op::Set { value });
    let edited = apply(&Format::Yaml, text, &[edit]);
    edited
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .text
}

#[test]
fn the_comment_behind_the_sign_of_a_block_scalar_stays() {
    for end in ["\n", "\r\n"] {
        let text = "a: |-  # script\n  one\n  two\nz: 1\n".replace('\n', end);
        let with = |head: &str| format!("{head}\nz: 1\n").replace('\n', end);
        for (value, left) in [
            (json!("x\ny"), "a: |-  # script\n  x\n  y"),
            (json!("x\n\n"), "a: \"x\\n\\n\"  # script"),
            (json!(3), "a: 3  # script"),
            (json!([3]), "a:  # script\n  - 3"),
            (json!({"k": 3}), "a:  # script\n  k: 3"),
        ] {
            assert_eq!(set(&text, value), with(left));
        }
    }
    let item = "- | # script\n  one\n- 2\n";
    let first = Route::parse("[0]").expect("a route");
    let value = json!({"k": 3, "l": 4});
    let edited = apply(&Format::Yaml, item, &[Edit::new(first, Op::Set { value })]);
    assert_eq!(
        edited.expect("a map").text,
        "- k: 3 # script\n  l: 4\n- 2\n"
    );
}

#[test]
fn what_stands_below_its_key_gives_way_to_a_value_behind_it() {
    let text = "a: # why\n  b:\n    - 1\nz: 1\n";
    assert_eq!(set(text, json!(3)), "a: 3 # why\nz: 1\n");
    let only = Edit::new(Route::parse("a.b").expect("a route"), Op::Remove);
    let edited = apply(&Format::Yaml, text, &[only]).expect("it is removed");
    assert_eq!(edited.text, "a: {} # why\nz: 1\n");
}

#[test]
fn a_tag_goes_with_its_value_and_leaves_one_blank() {
    assert_eq!(set("a: !ref x\n", json!(3)), "a: 3\n");
    assert_eq!(
        set("a: !ref # why\n  x: 1\nz: 1\n", json!(3)),
        "a: 3 # why\nz: 1\n"
    );
    assert_eq!(set("a: &n x\nb: *n\n", json!(3)), "a: &n 3\nb: *n\n");
}
