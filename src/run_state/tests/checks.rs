//! What the checks have seen, and for how long it counts.

use super::*;

fn looked(id: &str) -> Body {
    Body::CheckDone {
        id: CheckId::new(id),
        verdict: CheckVerdict::Ok,
        detail: String::new(),
    }
}

fn planned_check(id: &str, probe: serde_json::Value) -> PlannedCheck {
    let check = serde_json::json!({ "id": id, "title": id, "probe": probe });
    PlannedCheck {
        id: CheckId::new(id),
        hop: 0,
        check: serde_json::from_value(check).expect("a check"),
    }
}

#[test]
fn what_is_done_after_a_check_has_looked_is_looked_at_again() {
    let mut plan = plan();
    plan.steps[1] = step("b", Undo::File);
    plan.verify = vec![
        planned_check(
            "port",
            serde_json::json!({ "port": { "port": "80", "open": true } }),
        ),
        planned_check("seen", serde_json::json!({ "manual": { "text": "look" } })),
    ];
    let way = [
        verified(),
        started("a"),
        done("a"),
        looked("port"),
        looked("seen"),
    ];
    let open = |more: &[Body]| {
        let state = after_on(plan.clone(), &[&way[..], more].concat());
        let open = state.open_checks(&state.plan.verify).into_iter();
        open.map(|check| check.id.to_string()).collect::<Vec<_>>()
    };
    let fixed = Body::RemedyStarted {
        of: RemedyOf::Check(CheckId::new("seen")),
        by: who(),
    };
    assert_eq!(open(&[]), [""; 0]);
    assert_eq!(open(&[pulled()]), ["port"]);
    assert_eq!(open(&[fixed]), ["port"], "it may have undone what held");
    assert_eq!(open(&[started("b")]), ["port"]);
    assert_eq!(
        open(&[rollback()]),
        [""; 0],
        "what was found stays in the report"
    );
    let waived = Body::CheckWaived {
        id: CheckId::new("port"),
        reason: "not here".into(),
        by: who(),
    };
    assert_eq!(open(&[waived, pulled()]), [""; 0]);
}

#[test]
fn a_remedy_ends_once_and_only_if_it_was_begun() {
    let of = |id: &str| RemedyOf::Check(CheckId::new(id));
    let begins = |id: &str| Body::RemedyStarted {
        of: of(id),
        by: who(),
    };
    let ends = |id: &str| Body::RemedyEnded {
        of: of(id),
        end: RemedyEnd::Done {
            detail: String::new(),
        },
    };
    let begun = after(&[begins("port")]);
    assert!(refused(&after(&[]), ends("port")));
    assert!(!refused(&begun, ends("port")));
    assert!(refused(&begun, ends("seen")));
    assert!(refused(
        &after(&[begins("port"), ends("port")]),
        ends("port")
    ));
}
