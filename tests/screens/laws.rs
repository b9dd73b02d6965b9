//! What keys do, and what they never do.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder, finding},
    talk::Talk,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::style::Color;
use switchback::{
    diff,
    engine::link::handle::{Ask, Event},
    model::{
        finding::{Decision, Finding, ProposedChange, Safety},
        ids::{CheckId, InputName, StepId},
        record::{Body, CheckVerdict},
        rule::Severity,
    },
    tui::{
        app::{Focus, Msg, Outcome, Screen},
        backend::UnreadableRun,
        call::{Answer, Pending},
        live::Worker,
    },
};

const SIZE: (u16, u16) = (80, 24);

fn failed() -> Driven {
    Driven::on(Recorder::new(product::plan()).failed().state(), SIZE)
}

#[test]
fn a_failed_step_is_red_where_there_is_colour() {
    let buffer = failed().buffer();
    let red = |symbol| {
        buffer
            .content
            .iter()
            .any(|c| c.symbol() == symbol && c.fg == Color::Red)
    };
    assert!(red("✗"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Random keys never begin anything dangerous, because they do not include the words that guard
    /// it.
    #[test]
    fn random_keys_neither_panic_nor_roll_back(keys in "[a-z /!?\\[\\]\n\t]{0,40}", columns in 20u16..130, rows in 5u16..45) {
        let state = Recorder::new(product::plan()).failed().state();
        let mut driven = Driven::on(state, (columns, rows));
        driven.keys(&keys);
        driven.screen();
        let dangerous = |ask: &Ask| matches!(ask, Ask::Rollback { .. } | Ask::Consent(_));
        prop_assert!(!driven.asks.iter().any(dangerous));
    }

    #[test]
    fn no_control_character_reaches_a_cell(hostile in "\\PC{0,10}[\u{0}-\u{1f}\u{7f}-\u{9f}\u{202e}\u{200b}]{1,4}\\PC{0,10}") {
        let mut backend = FakeBackend::default();
        backend.start.title = hostile.clone();
        backend.start.root = hostile.clone();
        backend.start.sightings[0].answer = Err(hostile.clone());
        for finding in &mut backend.review.findings {
            finding.title = hostile.clone();
            finding.because = Some(hostile.clone());
        }
        backend.inputs[0].ask = hostile.clone();
        let mut plan = product::plan();
        plan.title = hostile.clone();
        plan.steps[3].title = hostile.clone();
        let mut run = Driven::on(Recorder::new(plan).failed().state(), SIZE);
        run.run(Event::Output { step: "1.0.0/migrate".into(), line: hostile });
        let mut road = Driven::new(backend, SIZE);
        let mut cells = run.screen() + &run.keys("o").screen() + &run.keys("b").screen() + &road.screen();
        cells += &road.keys("\n").screen();
        let bad = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{200b}');
        prop_assert!(!cells.contains(bad), "{cells:?}");
    }
}

#[test]
fn a_rollback_takes_its_words_whole() {
    let mut driven = failed();
    driven.keys("b\nroll back web-0\n");
    assert_eq!(driven.asks, []);
    driven.keys("3\n");
    let [
        Ask::Rollback {
            reason,
            over_later_edits: true,
        },
    ] = driven.asks.as_slice()
    else {
        panic!("{:?}", driven.asks);
    };
    assert!(
        reason.contains("diesel migration run` had failed: exit 1"),
        "the report says what led to it: {reason}"
    );
}

#[test]
fn the_words_of_a_danger_cannot_be_pasted() {
    let mut driven = failed();
    driven.keys("b\n");
    driven.msg(Msg::Paste("roll back web-03".into()));
    driven.keys("\n");
    assert_eq!(driven.asks, []);
}

#[test]
fn the_point_of_no_return_is_consented_to_before_it_runs() {
    let state = Recorder::new(product::plan()).before_no_return().state();
    let mut driven = Driven::on(state, SIZE);
    driven.keys("s\n");
    assert_eq!(driven.asks, [], "neither a step nor Enter passes it");
    driven.keys("no return web-03\n");
    assert_eq!(driven.asks, [Ask::Consent(StepId::new("1.0.0/store"))]);
}

#[test]
fn what_was_typed_ahead_answers_no_dialog() {
    let mut driven = failed();
    for c in ['q', 'y'] {
        driven.msg(Msg::Key(KeyEvent::new(
            KeyCode::Char(c),
            KeyModifiers::NONE,
        )));
    }
    assert_eq!(
        driven.end, None,
        "the y came before the question was on the screen"
    );
    driven.app.drawn();
    driven.keys("y");
    assert_eq!(driven.end, Some(Outcome::LeftRun));
}

#[test]
fn enter_on_a_question_changes_nothing() {
    let mut driven = failed();
    driven.keys("q\n");
    assert_eq!((driven.end, driven.asks), (None, vec![]));
}

#[test]
fn a_skip_needs_a_reason() {
    let mut driven = failed();
    driven.keys("K\n");
    assert_eq!(driven.asks, []);
    driven.keys("by hand\n");
    let (step, reason) = (StepId::new("1.0.0/migrate"), "by hand".to_owned());
    assert_eq!(driven.asks, [Ask::Skip { step, reason }]);
}

#[test]
fn a_check_is_fixed_checked_again_and_waived() {
    let state = || Recorder::new(product::plan()).checklist_blocked().state();
    let ask = |keys: &str| {
        let mut driven = Driven::on(state(), SIZE);
        driven.keys(keys);
        driven.asks
    };
    let diesel = || CheckId::new("diesel");
    assert_eq!(ask("jf"), [Ask::Fix(diesel())]);
    assert_eq!(ask("jr"), [Ask::Recheck(diesel())]);
    let (check, reason) = (diesel(), "x".to_owned());
    assert_eq!(ask("jwx\n"), [Ask::Waive { check, reason }]);
    assert_eq!(ask("/users\n "), [Ask::Mark(CheckId::new("told"))]);
}

#[test]
fn a_mark_and_a_waiver_can_be_taken_back() {
    let asked = |keys: &str| {
        let state = Recorder::new(product::plan()).checklist_passed().state();
        let mut driven = Driven::on(state, SIZE);
        driven.keys(keys);
        driven.asks
    };
    assert_eq!(asked("/users\n "), [Ask::Unmark(CheckId::new("told"))]);
    assert_eq!(
        asked("/diesel\nr"),
        [Ask::Recheck(CheckId::new("diesel"))],
        "what is made again is waived no longer"
    );
    assert_eq!(
        asked("/port\nr"),
        [Ask::Recheck(CheckId::new("port"))],
        "what held is looked at again too"
    );
}

#[test]
fn the_heading_of_a_group_opens_and_closes_and_enter_is_the_road_on_every_row() {
    let state = Recorder::new(product::plan()).checklist_passed().state();
    let mut driven = Driven::on(state, SIZE);
    let rows = |driven: &mut Driven| driven.screen().contains("The users know");
    let enter = "Enter: go on to Backup";
    driven.keys("g");
    assert!(driven.screen().contains(enter), "{}", driven.screen());
    let before = rows(&mut driven);
    driven.key(KeyCode::Left);
    assert_ne!(rows(&mut driven), before, "{}", driven.screen());
    driven.key(KeyCode::Right);
    assert_eq!(rows(&mut driven), before);
    driven.keys("  ");
    assert_eq!(rows(&mut driven), before, "closed and opened");
    driven.keys("\n");
    assert_eq!(driven.asks, [Ask::Backup]);
}

#[test]
fn in_verify_every_check_is_made_again_wherever_the_cursor_is() {
    for keys in ["r", "gr", "jr"] {
        let mut driven = Driven::on(Recorder::new(product::plan()).verify_waits().state(), SIZE);
        driven.keys(keys);
        assert_eq!(driven.asks, [Ask::RecheckAll], "{keys}");
    }
}

#[test]
fn a_busy_worker_is_not_asked_twice() {
    let mut driven = failed();
    driven.app.ui.live.agreed = true;
    driven.keys("rr");
    assert_eq!(driven.asks, [Ask::Retry(StepId::new("1.0.0/migrate"))]);
    // Another front end's ask may be under way.
    driven.run(Event::Refused("no".into()));
    assert!(driven.screen().contains("not done: no"));
    driven.keys("r");
    assert_eq!(driven.asks.len(), 1);
    driven.run(Event::Idle);
    driven.keys("r");
    assert_eq!(driven.asks.len(), 2);
}

#[test]
fn the_selection_is_by_id() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\nG");
    driven.keys("/cors\n");
    let selected = |driven: &Driven| {
        let screen = driven.screen();
        let line = screen
            .lines()
            .find(|line| line.contains('▸'))
            .map(str::to_owned);
        line.expect("a selected row")
    };
    driven.key(KeyCode::Down);
    assert!(selected(&driven).contains("cors"));
    driven.key(KeyCode::Esc);
    assert!(
        selected(&driven).contains("cors"),
        "the filter is gone, the row is the same"
    );
}

#[test]
fn a_secret_is_seen_only_while_its_own_typing_is_revealed() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n\n\n\nehunter2");
    assert!(!driven.screen().contains("hunter2"));
    driven.msg(Msg::Key(KeyEvent::new(
        KeyCode::Char('r'),
        KeyModifiers::CONTROL,
    )));
    assert!(driven.screen().contains("hunter2"));
    driven.key(KeyCode::Esc);
    assert!(!driven.screen().contains("hunter2"));
}

#[test]
fn the_whole_road_is_walked_with_enter_and_answers() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n").keys("\n").keys("\n").keys("\n");
    assert_eq!(driven.app.ui.screen, Screen::Inputs);
    driven.keys("g\n");
    assert_eq!(driven.app.ui.screen, Screen::Checklist);
    assert_eq!(
        driven.asks,
        [Ask::Check],
        "a fresh checklist makes its checks"
    );
}

#[test]
fn what_was_read_again_leaves_the_review_behind_the_inputs() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n\n\n\n");
    assert_eq!(driven.app.ui.screen, Screen::Inputs);
    driven.keys("r[");
    assert_eq!(driven.app.ui.screen, Screen::Review);
    assert!(driven.app.ui.views.review.is_some());
}

#[test]
fn the_screen_follows_the_records() {
    let mut recorder = Recorder::new(product::plan());
    recorder.ended();
    let mut driven = Driven::on(Recorder::new(product::plan()).state(), SIZE);
    let mut seen = Vec::new();
    for record in &recorder.records {
        driven.run(Event::Record(Box::new(record.clone())));
        if seen.last() != Some(&driven.app.ui.screen) {
            seen.push(driven.app.ui.screen.clone());
        }
    }
    let road = [
        Screen::Checklist,
        Screen::Backup,
        Screen::Apply,
        Screen::Verify,
        Screen::Report,
    ];
    assert_eq!(seen, road);
    assert_eq!(driven.app.run.as_ref(), Some(&recorder.state()));
}

#[test]
fn many_findings_and_much_output_stay_cheap() {
    let mut backend = FakeBackend::default();
    backend.review.findings = (0..2_000)
        .map(|n| {
            finding(
                &format!("r{n}"),
                Severity::Required,
                &format!("VARIABLE_{n}"),
            )
        })
        .collect();
    let mut driven = Driven::new(backend, SIZE);
    driven.keys("\n").key(KeyCode::End);
    assert!(
        driven.screen().contains("JWT_SECRET is required"),
        "the notes come last"
    );
    driven.keys("/variable_1999\n");
    assert!(driven.screen().contains("VARIABLE_1999"));
    let mut run = failed();
    for n in 0..100_000 {
        run.run(Event::Output {
            step: "1.0.0/migrate".into(),
            line: format!("line {n}"),
        });
    }
    run.keys("o");
    assert!(run.screen().contains("line 99999"));
}

#[test]
fn escape_puts_an_ended_run_away() {
    let mut driven = Driven::on(Recorder::new(product::plan()).ended().state(), SIZE);
    assert_eq!(driven.app.ui.screen, Screen::Report);
    driven.key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Start);
    assert!(driven.app.run.is_none());
}

#[test]
fn the_releases_and_the_host_are_never_cut_however_long_the_folder_is() {
    let folder = format!("/srv/{}/engine", "a-long-name/".repeat(9));
    for size in [(60, 15), (80, 24), (120, 40)] {
        let mut plan = product::plan();
        plan.root.clone_from(&folder);
        let of_run = Driven::on(Recorder::new(plan).failed().state(), size);
        let mut backend = FakeBackend::default();
        backend.start.root.clone_from(&folder);
        for driven in [of_run, Driven::new(backend, size)] {
            let picture = driven.screen();
            let first = picture.lines().next().expect("a first line");
            for words in ["0.5.0 → 1.2.0 (3 hops)", product::HOST, "/engine"] {
                assert!(first.contains(words), "no `{words}` in: {first}");
            }
        }
    }
}

/// The names of hosts and releases may be of any length.
#[test]
fn the_machine_is_named_whole_at_every_size() {
    let host = "ip-10-0-12-34.eu-west-1";
    for size in [(60, 15), (70, 18), (80, 24), (120, 40)] {
        for (from, to) in [
            ("0.5.0", "1.2.0"),
            ("v0.1.7-phase2.2-final", "v0.1.8-phase3-backfill"),
        ] {
            let mut plan = product::plan();
            plan.host = host.to_owned();
            (plan.from, plan.to) = (product::release(from), product::release(to));
            let mut driven = Driven::on(Recorder::new(plan).failed().state(), size);
            for unicode in [true, false] {
                driven.app.ui.look.unicode = unicode;
                let screen = driven.screen();
                let first = screen.lines().next().expect("a first line");
                assert!(first.contains(host), "{size:?}: {first}");
                assert!(first.contains(&to[..4]), "{size:?}: {first}");
            }
        }
    }
}

#[test]
fn enter_leads_to_the_check_that_is_open_and_passes_none() {
    let mut driven = Driven::on(
        Recorder::new(product::plan()).checklist_blocked().state(),
        SIZE,
    );
    let before = driven.screen();
    driven.key(KeyCode::End);
    assert_ne!(driven.screen(), before);
    driven.key(KeyCode::Enter);
    assert_eq!(driven.screen(), before);
    assert!(driven.asks.is_empty());
}

#[test]
fn an_emergency_step_is_pulled_by_words_alone_also_behind_a_running_step() {
    let step = || StepId::new("1.0.0/policies");
    let mut recorder = Recorder::new(product::plan_with_switches());
    let mut driven = Driven::on(recorder.migrating().state(), SIZE);
    driven.app.ui.live.worker = Worker::Works;
    driven.keys("E\n\npull web-0\n");
    assert_eq!(driven.asks, [], "the words are not whole");
    driven.keys("3\n");
    assert_eq!(driven.asks, [Ask::Pull(step())]);
    assert!(driven.screen().contains("queued"), "{}", driven.screen());
    // It is queued: it cannot be pulled twice, and the step that it waits for can be ended.
    driven.keys("\npull web-03\n");
    assert_eq!(driven.asks.len(), 1);
    driven.keys("iy");
    assert_eq!(driven.asks[1..], [Ask::Interrupt]);

    let mut recorder = Recorder::new(product::plan_with_switches());
    let mut driven = Driven::on(recorder.pulled().state(), SIZE);
    assert!(driven.screen().contains("! pulled"));
    driven.keys("Eutake back web-03\n");
    assert_eq!(driven.asks, [Ask::Release(step())]);
}

/// Whoever looks for help there is led back to the step that was selected.
#[test]
fn the_emergency_steps_have_help_and_help_leads_back_to_them() {
    let mut recorder = Recorder::new(product::plan_with_switches());
    let mut driven = Driven::on(recorder.failed().state(), SIZE);
    driven.keys("Ej?");
    assert_eq!(driven.app.ui.screen, Screen::Help);
    let screen = driven.screen();
    assert!(screen.contains("one emergency step up"), "{screen}");
    driven.key(KeyCode::Esc);
    assert_eq!(driven.app.ui.screen, Screen::Apply);
    let screen = driven.screen();
    assert!(screen.contains("▸ · Take no new work"), "{screen}");
    // Nobody asked for it from there now.
    driven.key(KeyCode::Esc).keys("?").key(KeyCode::Esc);
    assert!(driven.app.ui.dialog.is_none(), "{}", driven.screen());
}

#[test]
fn a_failed_step_out_of_sight_is_named_and_enter_leads_to_it() {
    let led = |driven: &mut Driven| {
        assert!(
            driven.screen().contains("Enter: go to "),
            "{}",
            driven.screen()
        );
        driven.keys("\n");
        assert!(driven.screen().contains("What now?"), "{}", driven.screen());
        assert!(driven.asks.is_empty(), "only the selection moved");
    };
    let mut elsewhere = failed();
    elsewhere.key(KeyCode::End);
    led(&mut elsewhere);
    // Its group is closed, with the heading selected.
    let mut closed = failed();
    closed.key(KeyCode::Left).key(KeyCode::Left);
    led(&mut closed);
    let mut filtered = failed();
    filtered.keys("/store\n");
    led(&mut filtered);
}

#[test]
fn escape_leaves_what_a_rollback_would_do() {
    for state in [
        Recorder::new(product::plan()).failed().state(),
        Recorder::new(product::plan()).checklist_blocked().state(),
    ] {
        let mut driven = Driven::on(state, SIZE);
        let before = driven.app.ui.screen.clone();
        driven.keys("b");
        assert_eq!(driven.app.ui.screen, Screen::Rollback);
        let screen = driven.screen();
        assert!(
            screen.contains("Esc: back") && screen.contains("Esc back"),
            "{screen}"
        );
        assert!(!screen.contains("nothing was read yet"), "{screen}");
        driven.key(KeyCode::Esc);
        assert_eq!(driven.app.ui.screen, before);
    }
}

#[test]
fn help_tells_each_key_once() {
    let mut driven = failed();
    driven.app.ui.size = (80, 90);
    driven.keys("?");
    let screen = driven.screen();
    let told: Vec<&str> = screen
        .lines()
        .filter(|line| line.starts_with("   "))
        .collect();
    for (n, line) in told.iter().enumerate() {
        assert!(!told[..n].contains(line), "twice: {line}\n{screen}");
    }
    assert!(told.len() > 30, "{screen}");
}

#[test]
fn whoever_leaves_a_change_learns_of_a_later_hop_that_makes_it() {
    let findings = FakeBackend::default().review.findings;
    let first = findings
        .iter()
        .position(|finding| finding.safety == Safety::OptIn)
        .expect("one that can be left");
    let changes = findings[first].changes.clone();
    let mut later = findings[first].clone();
    later.id = "1.2.0/env/SLACK".into();
    later.hop += 1;
    later.safety = Safety::Safe { optional: true };
    let elsewhere = ProposedChange {
        file: "other".try_into().expect("a path"),
        ..changes[0].clone()
    };
    for (changes, told) in [(changes, true), (vec![elsewhere], false)] {
        let later = Finding {
            changes,
            ..later.clone()
        };
        let mut backend = FakeBackend::default();
        backend.review.findings = [&findings[..], &[later]].concat();
        let mut driven = Driven::new(backend, SIZE);
        driven.keys("\n/slack\n");
        let screen = driven.screen();
        let says = screen.contains("! a later hop changes it anyway");
        assert_eq!(says, told, "{screen}");
    }
}

#[test]
fn the_first_change_is_asked_about_whichever_key_begins_it() {
    for (keys, with, begins) in [
        ("\n", "First step: ", Ask::Apply),
        ("s", "The step: ", Ask::ApplyOne),
    ] {
        let mut driven = Driven::on(Recorder::new(product::plan()).backed_up().state(), SIZE);
        driven.keys(keys);
        assert_eq!(driven.asks, [], "{keys:?}");
        let screen = driven.screen();
        assert!(screen.contains("Change the product now?"), "{screen}");
        assert!(screen.contains(with), "{screen}");
        driven.keys("y");
        assert_eq!(driven.asks, [begins]);
    }
}

#[test]
fn a_key_that_is_pressed_twice_marks_one_check() {
    let state = Recorder::new(product::plan()).checklist_blocked().state();
    let mut driven = Driven::on(state, SIZE);
    driven.keys("/users\n ");
    driven.app.list_mut().filter.clear();
    assert_eq!(driven.asks, [Ask::Mark(CheckId::new("told"))]);
    driven.run(Event::Record(Box::new(
        Recorder::new(product::plan())
            .checklist_blocked()
            .check("told", CheckVerdict::Ok, "marked")
            .records
            .pop()
            .expect("a record"),
    )));
    driven.run(Event::Idle);
    driven.keys(" ");
    let unmark = Ask::Unmark(CheckId::new("told"));
    assert_eq!(driven.asks.last(), Some(&unmark), "{}", driven.screen());
}

#[test]
fn a_filter_says_what_it_hides() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n/jwt\n");
    let screen = driven.screen();
    assert!(
        screen.contains("only rows that hold `jwt`; Esc shows all"),
        "{screen}"
    );
    driven.keys("/nowhere\n");
    let screen = driven.screen();
    assert!(
        screen.contains("no row holds `jwtnowhere`; Esc shows all"),
        "{screen}"
    );
    assert!(!screen.contains("Nothing has to change"), "{screen}");
}

#[test]
fn a_text_is_searched_like_a_list() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("?/secrets");
    let screen = driven.screen();
    assert!(
        screen.contains("only lines that hold `secrets`; Esc shows all"),
        "{screen}"
    );
    assert!(!screen.contains("suspend"), "{screen}");
    driven.keys("nowhere\n");
    let screen = driven.screen();
    assert!(
        screen.contains("no line holds `secretsnowhere`; Esc shows all"),
        "{screen}"
    );
    driven.key(KeyCode::Esc);
    let screen = driven.screen();
    assert!(screen.contains("Keys that do something now"), "{screen}");
}

#[test]
fn what_is_found_in_a_text_stands_under_its_heading() {
    let state = Recorder::new(product::plan()).ended().state();
    let mut driven = Driven::with(FakeBackend::default(), state, SIZE);
    let screen = driven.keys("/rotate").screen();
    let rows: Vec<&str> = screen.lines().map(str::trim).collect();
    let at = rows
        .iter()
        .position(|row| *row == "- rotate JWT_SECRET yearly");
    assert_eq!(rows[at.expect("it is found") - 1], "Left to do by hand");
    assert!(!screen.contains("Waivers"), "nothing under it: {screen}");
}

#[test]
fn a_report_offers_its_filter_whatever_else_there_is_to_see() {
    let state = Recorder::new(product::plan()).ended().state();
    let mut driven = Driven::with(FakeBackend::default(), state, SIZE);
    driven.app.ui.views.review = Some(product::review());
    let (step, line) = ("1.0.0/migrate".to_owned(), "done".to_owned());
    driven.run(Event::Output { step, line });
    let screen = driven.screen();
    assert!(screen.contains("↑↓ scroll  / filter"), "{screen}");
}

/// The first file of the difference begins with left-out lines.
fn left_out(size: (u16, u16)) -> Driven {
    let mut driven = Driven::new(FakeBackend::default(), size);
    driven.keys("\n");
    let files = &mut driven.app.ui.views.review.as_mut().expect("a review").files;
    let gap = diff::Row {
        kind: diff::Kind::Gap,
        old_line: Some(1),
        new_line: Some(1),
        text: "2 equal lines".into(),
        marks: Vec::new(),
        open_end: false,
        left_out: "HOST=web-03\n# before the tokens\n".into(),
    };
    files[0].rows.insert(0, gap);
    driven.keys("d");
    driven
}

/// The number after a mark, if there is one.
fn counted(screen: &str, mark: &str) -> usize {
    let mut words = screen.split(mark).skip(1).map(str::split_whitespace);
    words
        .find_map(|mut words| words.next()?.parse().ok())
        .unwrap_or(0)
}

#[test]
fn every_row_of_a_list_is_shown_or_counted() {
    for size in [(60, 15), SIZE, (120, 40), (200, 12)] {
        let state = Recorder::new(product::plan()).migrating().state();
        let mut driven = Driven::on(state, size);
        for n in 0..100 {
            driven.run(Event::Output {
                step: "1.0.0/migrate".into(),
                line: format!("imported {n}"),
            });
        }
        driven.keys("og");
        for key in [
            KeyCode::Home,
            KeyCode::Down,
            KeyCode::PageDown,
            KeyCode::End,
        ] {
            for _ in 0..30 {
                let screen = driven.key(key).screen();
                // The detail repeats what is selected.
                let list = screen.split('─').next().expect("a screen");
                let heading = list.matches("diesel migration run (100)").count();
                let shown = heading + list.matches("imported ").count();
                let hidden = counted(&screen, "↑ ") + counted(&screen, "↓ ");
                assert_eq!(shown + hidden, 101, "{size:?} {key:?}\n{screen}");
            }
        }
    }
}

#[test]
fn lines_left_out_of_a_difference_are_opened_and_closed() {
    for size in [SIZE, (120, 40)] {
        let mut driven = left_out(size);
        let closed = driven.screen();
        assert!(!closed.contains("HOST=web-03"), "{closed}");
        assert!(closed.contains("→ shows these lines"), "{closed}");
        let open = driven.keys(" ").screen();
        assert!(open.contains("   1   HOST=web-03"), "{open}");
        assert!(open.contains("   2   # before the tokens"), "{open}");
        assert!(open.contains("← leaves these lines out"), "{open}");
        driven.key(KeyCode::Left);
        assert_eq!(driven.screen(), closed);
        driven.key(KeyCode::Right);
        assert_eq!(driven.screen(), open);
    }
    let mut talk = Talk::of(left_out(SIZE));
    let told = talk.say("list");
    assert!(told.contains("\n  1  … 2 equal lines\n"), "{told}");
    let shows = "\nA number before … shows those lines.\n";
    assert!(told.contains(shows), "{told}");
    for opens in ["1", "open 1"] {
        let open = talk.say(opens);
        assert!(open.contains("HOST=web-03"), "{open}");
        assert!(!open.contains(shows), "nothing is left out: {open}");
        assert!(!open.contains("before: less"), "{open}");
        assert_eq!(file_of(&open), file_of(&told), "{open}");
        assert!(!talk.say("close").contains("HOST=web-03"));
    }
}

/// The heading of a difference, without the count of the rows below it.
fn file_of(told: &str) -> Option<&str> {
    let heading = told.lines().find(|line| line.contains(": -"))?;
    heading.rsplit_once(" (").map(|(heading, _)| heading)
}

#[test]
fn a_part_of_a_difference_begins_with_the_name_of_its_file() {
    let mut driven = left_out(SIZE);
    let files = &mut driven.app.ui.views.review.as_mut().expect("a review").files;
    let gap = files[0].rows[0].clone();
    let more = (1..=30).map(|n| diff::Row {
        new_line: Some(100 * n),
        ..gap.clone()
    });
    files[0].rows.splice(1..1, more);
    let mut talk = Talk::of(driven);
    let first = talk.say("list");
    assert!(file_of(&first).is_some(), "{first}");
    for turns in ["more", "25", "close", "open 26"] {
        let told = talk.say(turns);
        assert!(told.contains("before: less"), "{turns}: {told}");
        assert_eq!(file_of(&told), file_of(&first), "{turns}: {told}");
    }
}

#[test]
fn whoever_comes_back_to_a_failed_step_sees_what_it_printed() {
    let backend = FakeBackend {
        printed: vec!["relation event_store does not exist".to_owned()],
        ..FakeBackend::default()
    };
    let state = Recorder::new(product::plan()).failed().state();
    let mut driven = Driven::with(backend, state, SIZE);
    let screen = driven.screen();
    assert!(
        screen.contains("output (last 1 of 1 lines)   o opens it"),
        "{screen}"
    );
    driven.keys("o");
    let screen = driven.screen();
    assert!(
        screen.contains("relation event_store does not exist"),
        "{screen}"
    );
}

#[test]
fn whoever_comes_back_finds_what_the_steps_printed_also_where_none_failed() {
    let backend = FakeBackend {
        printed: vec!["12 rows".to_owned()],
        ..FakeBackend::default()
    };
    let state = Recorder::new(product::plan()).before_no_return().state();
    let mut driven = Driven::with(backend, state, SIZE);
    let screen = driven.screen();
    assert!(screen.contains("o output"), "{screen}");
    let screen = driven.keys("o").screen();
    assert!(screen.contains("12 rows"), "{screen}");
}

#[test]
fn what_was_printed_before_is_not_told_twice() {
    let backend = FakeBackend {
        printed: vec!["of the log".to_owned()],
        ..FakeBackend::default()
    };
    let state = Recorder::new(product::plan()).failed().state();
    let mut driven = Driven::with(backend, state, SIZE);
    driven.msg(Msg::Answer(Box::new(Answer::Printed(vec![(
        StepId::new("1.0.0/migrate"),
        vec!["of the log".to_owned()],
    )]))));
    let output = &driven.app.ui.live.output;
    assert_eq!(output.count_of("1.0.0/migrate"), 1);
}

#[test]
fn in_the_detail_and_under_a_filter_the_arrows_fold_nothing() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\ng").key(KeyCode::Right).key(KeyCode::Left);
    assert_eq!(driven.app.ui.focus, Focus::List, "the first one leads back");
    let toggled = |driven: &mut Driven| driven.app.list_mut().toggled.len();
    assert_eq!(toggled(&mut driven), 0);
    driven.keys("/jwt\ng ").key(KeyCode::Left);
    assert_eq!(toggled(&mut driven), 0);
}

#[test]
fn in_verify_a_waiver_is_taken_back_alone() {
    let mut recorder = Recorder::new(product::plan());
    recorder.verify_waits();
    let waived = recorder.state().plan.verify[0].id.clone();
    recorder.push(Body::CheckWaived {
        id: waived.clone(),
        reason: "known".into(),
        by: product::who(),
    });
    let mut driven = Driven::on(recorder.state(), SIZE);
    driven.keys("gjr");
    assert_eq!(driven.asks, [Ask::Recheck(waived)], "{}", driven.screen());
}

#[test]
fn a_preview_that_was_overtaken_is_asked_for_again() {
    let mut recorder = Recorder::new(product::plan());
    let state = recorder.migrating().state();
    let begun = recorder.records.len();
    let mut driven = Driven::on(state, SIZE);
    driven.run(Event::Busy);
    driven.keys("b");
    let before = driven.app.ui.views.preview.clone().expect("a preview").seq;
    recorder.push(Body::StepFailed {
        step: StepId::new("1.0.0/migrate"),
        error: "exit 1".into(),
        hint: None,
        took_ms: 1,
        no_effect: false,
    });
    let failed = recorder.records[begun].clone();
    driven.run(Event::Record(Box::new(failed)));
    driven.run(Event::Idle);
    let after = driven.app.ui.views.preview.clone().expect("a preview").seq;
    assert!(after > before, "it was made anew");
}

/// Another backend call is pending.
fn busy(driven: &mut Driven, with: Pending) {
    driven.app.ui.pending = Some(with);
}

fn shell_ended(driven: &mut Driven) {
    driven.msg(Msg::Answer(Box::new(Answer::Shell(Ok(())))));
}

#[test]
fn a_report_that_was_due_during_a_shell_is_made_after_it() {
    let mut recorder = Recorder::new(product::plan());
    recorder.rolled_back();
    let mut driven = failed();
    busy(&mut driven, Pending::Shell);
    for record in &recorder.records {
        driven.run(Event::Record(Box::new(record.clone())));
    }
    assert_eq!(driven.app.ui.screen, Screen::Report);
    assert_eq!(driven.app.ui.views.report, None);
    shell_ended(&mut driven);
    assert_eq!(driven.app.ui.views.report.as_deref(), Some(product::REPORT));
}

#[test]
fn a_review_that_was_read_anew_behind_another_screen_is_there() {
    for (keys, screen) in [("d", Screen::Diff), ("?", Screen::Help)] {
        let mut driven = Driven::new(FakeBackend::default(), SIZE);
        driven.keys("\n").keys(keys);
        assert_eq!(driven.app.ui.screen, screen);
        let read = FakeBackend::default().start;
        driven.msg(Msg::Answer(Box::new(Answer::Start(Ok(read)))));
        assert!(!driven.screen().contains("The rules edit no file."));
        driven.key(KeyCode::Esc);
        assert_eq!(driven.app.ui.screen, Screen::Review);
        assert!(driven.app.ui.views.review.is_some(), "after {keys}");
    }
}

/// Once an input is answered, the differences contain the answer.
#[test]
fn a_difference_that_was_made_before_an_answer_is_made_anew() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    driven.keys("\n").keys("\n").keys("\n").keys("\n");
    assert_eq!(driven.app.ui.screen, Screen::Inputs);
    let answered = product::with_limit(product::review(), "7");
    driven.backend = Box::new(FakeBackend {
        review: answered.clone(),
        ..FakeBackend::default()
    });
    driven.keys("d").key(KeyCode::Esc);
    assert_ne!(
        driven.app.ui.views.review,
        Some(answered.clone()),
        "nothing was answered"
    );
    driven.keys("g").keys("d");
    assert_eq!(driven.app.ui.views.review, Some(answered));
}

#[test]
fn a_preview_that_was_asked_for_in_vain_is_asked_for_again() {
    let mut driven = failed();
    busy(&mut driven, Pending::Export);
    driven.keys("b");
    assert_eq!(driven.app.ui.views.preview, None);
    driven.msg(Msg::Answer(Box::new(Answer::Exported(Err(
        "no room".into()
    )))));
    assert!(driven.app.ui.views.preview.is_some());
}

/// Each call ends only with its own answer: another answer that arrives must not allow a second
/// call.
#[test]
fn what_is_waited_for_is_waited_for_whatever_else_is_answered() {
    let mut driven = failed();
    busy(&mut driven, Pending::Shell);
    let report = Answer::Report(Err("no room".into()));
    driven.msg(Msg::Answer(Box::new(report)));
    assert_eq!(driven.app.ui.pending, Some(Pending::Shell));
    shell_ended(&mut driven);
    assert_eq!(driven.app.ui.pending, None);
}

#[test]
fn what_cannot_be_made_is_asked_for_once() {
    let backend = FakeBackend {
        fault: Some("no such folder".into()),
        ..FakeBackend::default()
    };
    let mut driven = Driven::new(backend, SIZE);
    driven.key(KeyCode::Esc).app.show(Screen::Review);
    driven.msg(Msg::Answer(Box::new(Answer::Exported(Err(
        "no room".into()
    )))));
    assert!(driven.screen().contains("no such folder"));
}

/// In a shell, somebody may have edited what a rollback would restore.
#[test]
fn after_a_shell_the_preview_is_made_anew() {
    let mut driven = failed();
    driven.keys("b");
    let mut told = FakeBackend::default();
    for step in &mut told.preview.steps {
        step.later_edit = None;
    }
    let shown = |driven: &Driven| driven.app.ui.views.preview.clone().expect("a preview").undo;
    assert_ne!(shown(&driven), told.preview);
    driven.backend = Box::new(FakeBackend {
        preview: told.preview.clone(),
        ..FakeBackend::default()
    });
    shell_ended(&mut driven);
    assert_eq!(shown(&driven), told.preview);
}

#[test]
fn a_step_of_the_way_back_that_failed_is_where_it_is_stuck() {
    let state = Recorder::new(product::plan()).stuck_after().state();
    assert_eq!(state.word(), "stuck");
    let mut driven = Driven::on(state, SIZE);
    let screen = driven.screen();
    assert!(
        screen.contains("Everything is undone, but this failed"),
        "{screen}"
    );
    assert!(screen.contains("Enter: nothing"), "{screen}");
    driven.keys("r");
    assert_eq!(driven.asks, [Ask::RetryUndo]);
    driven.run(Event::Idle);
    driven.keys("K").keys("by hand\n");
    let (step, reason) = (StepId::new("rollback/start"), "by hand".to_owned());
    assert_eq!(driven.asks[1..], [Ask::SkipUndo { step, reason }]);
    driven.run(Event::Idle);
    driven.keys("q").keys("y");
    assert_eq!(driven.end, Some(Outcome::LeftStuck));
}

/// A worker that was killed leaves a step with an unknown outcome, on the way back too.
#[test]
fn a_step_of_the_way_back_of_which_nobody_knows_is_asked_about() {
    let mut recorder = Recorder::new(product::plan());
    let step = StepId::new("rollback/start");
    recorder
        .undone()
        .started(step.as_str())
        .push(Body::StepUnknown {
            step: step.clone(),
            why: "the worker was killed".into(),
        });
    let mut driven = Driven::on(recorder.state(), SIZE);
    let screen = driven.screen();
    assert!(
        screen.contains("Nobody knows whether this was done"),
        "{screen}"
    );
    driven.keys("Y").keys("y");
    assert_eq!(driven.asks, [Ask::Judge { step, done: true }]);
}

#[test]
fn what_is_kept_as_it_is_counts_as_no_change() {
    let planned = |option: &str| {
        let mut backend = FakeBackend::default();
        let is_policy = |finding: &&Finding| matches!(finding.safety, Safety::Decide { .. });
        let policy = backend.review.findings.iter().find(is_policy);
        let policy = policy.expect("one that is decided").id.clone();
        let chosen = Decision::Choose(option.to_owned());
        backend.review.decisions.insert(policy, chosen);
        Driven::new(backend, SIZE).keys("\n").screen()
    };
    let (kept, theirs) = (planned("keep_mine"), planned("take_theirs"));
    assert!(kept.contains("4 findings change "), "{kept}");
    assert!(theirs.contains("5 findings change "), "{theirs}");
}

/// Findings, files and steps are counted in the same words in the review and in the last question
/// before the first change.
#[test]
fn what_the_review_counts_is_what_the_first_change_is_asked_about_with() {
    let mut backend = FakeBackend::default();
    let is_policy = |finding: &&Finding| matches!(finding.safety, Safety::Decide { .. });
    let policy = backend.review.findings.iter().find(is_policy);
    let policy = policy.expect("one that is decided").id.clone();
    let theirs = Decision::Choose("take_theirs".to_owned());
    backend.review.decisions.insert(policy, theirs);
    let mut plan = product::plan();
    plan.findings.clone_from(&backend.review.findings);
    plan.decisions.clone_from(&backend.review.decisions);
    let review = Driven::new(backend, SIZE).keys("\n").screen();
    let begins = Recorder::new(plan).backed_up().state();
    let mut driven = Driven::on(begins, SIZE);
    let asked = driven.keys("\n").screen();
    let asked = asked.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(asked.contains("Change the product now?"), "{asked}");
    let counted = |text: &str| {
        let at = text.find(" findings change ")?;
        let from = text[..at].rfind(' ')? + 1;
        let to = from + text[from..].find(" file")?;
        Some(text[from..to].to_owned())
    };
    assert!(counted(&review).is_some(), "{review}");
    assert_eq!(counted(&asked), counted(&review), "{asked}");
    let steps = product::plan().steps.len();
    assert!(
        asked.contains(&format!("of the run's {steps} steps")),
        "{asked}"
    );
}

#[test]
fn a_run_that_cannot_be_read_is_listed() {
    let mut backend = FakeBackend::default();
    backend.start.runs.clear();
    let why = "the journal is damaged: line 1";
    backend.start.unreadable = vec![UnreadableRun {
        id: "4711".into(),
        why: why.to_owned(),
    }];
    let mut driven = Driven::new(backend, SIZE);
    driven.keys("h");
    let screen = driven.screen();
    assert!(screen.contains("run 4711"), "{screen}");
    assert!(
        screen.contains("This run cannot be read: the journal is damaged"),
        "{screen}"
    );
    assert!(screen.contains("Enter: back"), "{screen}");
}

#[test]
fn the_words_of_a_danger_are_mended_where_the_caret_stands() {
    let mut driven = failed();
    driven.keys("b\nrol back").key(KeyCode::Left);
    assert!(driven.screen().contains("rol bac_k"), "{}", driven.screen());
}

/// The choices told are those that will exist: on the way back, rolling back is not one.
#[test]
fn who_ends_a_command_is_told_what_can_be_chosen_then() {
    for going_back in [false, true] {
        let mut recorder = Recorder::new(product::plan());
        match going_back {
            true => recorder.undone().started("rollback/start"),
            false => recorder.migrating(),
        };
        let mut driven = Driven::on(recorder.state(), SIZE);
        driven.run(Event::Busy);
        driven.keys("i");
        let screen = driven.screen();
        assert!(screen.contains("End this command now?"), "{screen}");
        assert_eq!(screen.contains("roll back"), !going_back, "{screen}");
    }
}

#[test]
fn a_value_that_was_not_generated_is_told_as_that() {
    let mut driven = Driven::new(FakeBackend::default(), SIZE);
    let answer = Answer::Generated(InputName::new("jwt_secret"), Err("no randomness".into()));
    driven.msg(Msg::Answer(Box::new(answer)));
    let screen = driven.screen();
    assert!(screen.contains("No value was generated"), "{screen}");
}
