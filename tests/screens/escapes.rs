//! Whatever a text from outside contains, only text arrives: on the screens, in plain mode, in the
//! report.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    texts::{TEXTS, arrives_fit},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::path::Path;
use switchback::{
    diff,
    engine::{
        link::handle::{Control, Event},
        means::progress::Progress,
        report,
    },
    model::{plan::Plan, record::Who},
    rules::explain,
    run_state::RunState,
    tui::{
        app::Msg,
        backend::{PackView, Snippet},
        plain::Teller,
    },
};

/// The same value, with a text put in front of every text in it where the type allows that. What a
/// type accepts may come from a pack, a product or another front end; what it refuses cannot.
fn poisoned<T: Serialize + DeserializeOwned>(value: &T, hostile: &str) -> T {
    let mut json = serde_json::to_value(value).expect("JSON");
    let places = texts_in(&json, String::new());
    poison::<T>(&mut json, &places, hostile);
    serde_json::from_value(json).expect("what was taken one by one")
}

fn texts_in(json: &Value, at: String) -> Vec<String> {
    match json {
        Value::String(_) => vec![at],
        Value::Array(items) => {
            let below = items.iter().enumerate();
            below
                .flat_map(|(n, item)| texts_in(item, format!("{at}/{n}")))
                .collect()
        }
        Value::Object(map) => {
            let below = map.iter();
            below
                .flat_map(|(key, item)| {
                    let key = key.replace('~', "~0").replace('/', "~1");
                    texts_in(item, format!("{at}/{key}"))
                })
                .collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// Changes all of these places at once if the type accepts that, otherwise each half by itself.
fn poison<T: DeserializeOwned>(json: &mut Value, places: &[String], hostile: &str) {
    let mut tried = json.clone();
    for place in places {
        if let Some(Value::String(text)) = tried.pointer_mut(place) {
            text.insert_str(0, hostile);
        }
    }
    if serde_json::from_value::<T>(tried.clone()).is_ok() {
        *json = tried;
    } else if places.len() > 1 {
        let (one, other) = places.split_at(places.len() / 2);
        poison::<T>(json, one, hostile);
        poison::<T>(json, other, hostile);
    }
}

fn put(hostile: &str, texts: &mut [&mut String]) {
    for text in texts {
        text.insert_str(0, hostile);
    }
}

fn backend(hostile: &str) -> FakeBackend {
    let mut backend = FakeBackend::default();
    let start = &mut backend.start;
    put(
        hostile,
        &mut [&mut start.title, &mut start.host, &mut start.root],
    );
    start.open = Some(hostile.to_owned());
    start.hops = poisoned(&start.hops, hostile);
    start.packs.push(PackView {
        id: hostile.to_owned(),
        title: hostile.to_owned(),
        why: hostile.to_owned(),
        chosen: false,
    });
    for sighting in &mut start.sightings {
        put(hostile, &mut [&mut sighting.title]);
    }
    start.sightings[2].answer = Err(hostile.to_owned());
    for variant in &mut start.variants {
        put(hostile, &mut [&mut variant.name]);
        for option in &mut variant.options {
            put(hostile, &mut [&mut option.title, &mut option.why]);
        }
    }
    for run in &mut start.runs {
        put(
            hostile,
            &mut [&mut run.from, &mut run.to, &mut run.by, &mut run.at],
        );
    }
    for spot in &mut start.blind_spots {
        put(hostile, &mut [&mut spot.source, &mut spot.why]);
    }
    let review = &mut backend.review;
    review.findings = poisoned(&review.findings, hostile);
    review.notes = poisoned(&review.notes, hostile);
    review.statements = poisoned(&review.statements, hostile);
    let told = |row: &mut diff::Row| put(hostile, &mut [&mut row.text]);
    let shown = |snippet: &mut Snippet| {
        put(hostile, &mut [&mut snippet.file]);
        snippet.rows.iter_mut().for_each(told);
    };
    // Keyed by the changed names of the findings.
    let snippets = std::mem::take(&mut review.snippets);
    for (rule, mut of_rule) in snippets {
        of_rule.iter_mut().for_each(shown);
        review.snippets.insert(poisoned(&rule, hostile), of_rule);
    }
    review.files.iter_mut().for_each(shown);
    for input in &mut backend.inputs {
        put(hostile, &mut [&mut input.ask]);
        input.because = Some(hostile.to_owned());
        input.rule = Some(hostile.to_owned());
        input.problems = vec![hostile.to_owned()];
        input.answer = poisoned(&input.answer, hostile);
        input.name = poisoned(&input.name, hostile);
    }
    let preview = &mut backend.preview;
    put(hostile, &mut preview.after.iter_mut().collect::<Vec<_>>());
    put(hostile, &mut preview.notes.iter_mut().collect::<Vec<_>>());
    preview.ended = Some(hostile.to_owned());
    for line in &mut preview.steps {
        put(hostile, &mut [&mut line.title, &mut line.becomes]);
        line.warnings.push(hostile.to_owned());
        line.nothing_lost = Some(hostile.to_owned());
    }
    put(hostile, &mut [&mut backend.report]);
    backend
}

/// Draws what a person sees, and tells it in lines.
fn shown(driven: &mut Driven, what: &str) {
    arrives_fit(what, &driven.screen());
    let told = Teller::default().tell(&driven.app).text;
    arrives_fit(&format!("{what}, in lines"), &told);
}

/// Shows every screen before a run, and the questions on them.
fn before_a_run(hostile: &str, size: (u16, u16)) {
    for keys in [
        "",
        "\t",
        "h",
        "w",
        "o",
        "\n",
        "\n\t",
        "\nd",
        "\n/a\n",
        "\n\n",
        "\n\n\n",
        "\n\n\n\n",
        "\n\n\n\ne",
        "?",
        "q",
    ] {
        let mut driven = Driven::new(backend(hostile), size);
        for key in keys.chars() {
            driven.keys(&key.to_string());
            shown(&mut driven, keys);
        }
    }
    for fault in ["", "\n", "\n\n"] {
        let mut backend = backend(hostile);
        backend.fault = Some(hostile.to_owned());
        let mut driven = Driven::new(backend, size);
        driven.keys(fault);
        shown(&mut driven, "a fault");
    }
}

type Write = fn(&mut Recorder) -> &mut Recorder;

/// Shows a run in its kinds of states, with the questions that can be asked there.
fn during_a_run(hostile: &str, size: (u16, u16), sample: impl Fn([Write; 13]) -> Vec<Write>) {
    let writes: [Write; 13] = [
        |r| r,
        |r| r.checklist_blocked(),
        |r| r.backing_up(),
        |r| r.backed_up(),
        |r| r.failed(),
        |r| r.unknown(),
        |r| r.before_no_return(),
        |r| r.asking(),
        |r| r.verify_waits(),
        |r| r.ended(),
        |r| r.going_back(),
        |r| r.stuck(),
        |r| r.pulled(),
    ];
    for write in sample(writes) {
        let mut recorder = Recorder::new(plan());
        write(&mut recorder);
        let records = poisoned(&recorder.records, hostile);
        let state = RunState::fold(&records).expect("a legal run");
        let folder = format!("/runs/{hostile}");
        arrives_fit(
            "the report",
            &report::markdown(&state, Path::new(&folder), None),
        );
        for keys in [
            "", "\t", "\to", "b", "b\n", "k", "w", "E", "u", "?", "q", "jjj\t", "s",
        ] {
            let mut driven = Driven::with(backend(hostile), state.clone(), size);
            for event in events(&state, hostile) {
                driven.run(event);
            }
            for key in keys.chars() {
                driven.keys(&key.to_string());
            }
            shown(&mut driven, &format!("{keys:?} in {}", state.word()));
            driven.run(Event::Refused(hostile.to_owned()));
            shown(&mut driven, "a refusal");
        }
    }
}

/// The events of a worker besides records, and of other front ends through it.
fn events(state: &RunState, hostile: &str) -> Vec<Event> {
    let step = state.steps[3].step.id.to_string();
    let line = hostile.to_owned();
    vec![
        Event::Output { step, line },
        Event::Progress(Progress {
            doing: hostile.to_owned(),
            done: 1,
            total: 2,
            unit: hostile.to_owned().into(),
            per_second: None,
        }),
        Event::Control(Control::Theirs(Who {
            user: hostile.to_owned(),
            host: hostile.to_owned(),
            pid: 1,
        })),
    ]
}

fn plan() -> Plan {
    product::plan_with_switches()
}

#[test]
fn nothing_but_text_arrives_on_any_screen_whatever_stands_in_any_field() {
    // Every text in every place takes minutes without optimization: `SWITCHBACK_ESCAPES=all`.
    let all = std::env::var_os("SWITCHBACK_ESCAPES").is_some();
    for (n, hostile) in TEXTS.into_iter().enumerate() {
        if all || n % 4 == 1 {
            before_a_run(hostile, (80, 24));
        }
        during_a_run(hostile, (80, 24), |writes| match all {
            true => writes.to_vec(),
            false => vec![writes[n % writes.len()]],
        });
    }
    // In the detail beside the list.
    before_a_run(TEXTS[5], (130, 40));
}

#[test]
fn what_is_typed_or_pasted_is_shown_as_text() {
    for hostile in TEXTS {
        let mut driven = Driven::new(FakeBackend::default(), (80, 24));
        driven.keys("\n/");
        driven.msg(Msg::Paste(hostile.to_owned()));
        for c in hostile.chars() {
            driven.msg(Msg::Key(KeyEvent::new(
                KeyCode::Char(c),
                KeyModifiers::NONE,
            )));
        }
        shown(&mut driven, "a filter");
        driven.key(KeyCode::Esc);
        driven.say(hostile);
        shown(&mut driven, "a line that was said");
    }
}

#[test]
fn what_nothing_is_called_is_told_as_text() {
    let packs = switchback::rules::bundled::packs();
    let pack = switchback::rules::pack::load(&packs[0]).expect("a bundled pack");
    for hostile in TEXTS {
        let told = explain::explain(&pack, hostile);
        arrives_fit("an id", &told.expect_err("no such id"));
    }
}
