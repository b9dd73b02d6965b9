//! A reader keeps their place, whatever arrives in the meantime and whatever the size of the
//! terminal; and what is copied is what was read.

use super::{
    driven::Driven,
    fake::FakeBackend,
    product::{self, Recorder},
    talk::Talk,
};
use crossterm::event::KeyCode;
use switchback::{
    diff,
    engine::link::handle::Event,
    model::{ids::StepId, record::Body},
    tui::app::Msg,
};

const SMALL: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 40);

/// Lines of output kept.
const KEPT: usize = 10_000;

/// On the differences, with left-out lines in between.
fn on_the_differences(size: (u16, u16)) -> Driven {
    let mut driven = Driven::new(FakeBackend::default(), size);
    driven.keys("\n");
    let files = &mut driven.app.ui.views.review.as_mut().expect("a review").files;
    let gap = |line, left_out: &str| diff::Row {
        kind: diff::Kind::Gap,
        old_line: Some(line),
        new_line: Some(line),
        text: "2 equal lines".into(),
        marks: Vec::new(),
        open_end: false,
        left_out: left_out.into(),
    };
    files[0]
        .rows
        .insert(0, gap(9, "HOST=web-03\nNAME=engine\n"));
    files[0].rows.push(gap(14, "DEPTH=7\nBREADTH=9\n"));
    driven.keys("d");
    driven
}

fn resize(driven: &mut Driven, (columns, rows): (u16, u16)) {
    driven.msg(Msg::Resize(columns, rows));
    driven.app.drawn();
}

/// The selected row of the list, without what is beside it.
fn selected(driven: &Driven) -> String {
    let screen = driven.screen();
    let row = screen.lines().find(|line| line.contains('▸'));
    let row = row.unwrap_or_else(|| panic!("nothing is selected\n{screen}"));
    row.to_owned()
}

#[test]
fn a_difference_is_copied_with_what_was_removed_at_every_width() {
    let copied = |size| {
        let mut driven = on_the_differences(size);
        driven.keys("jc");
        driven.copied.expect("it was copied")
    };
    let narrow = copied(SMALL);
    let lines: Vec<&str> = narrow.lines().collect();
    assert_eq!(
        lines,
        [
            ".env: -1 +1 lines",
            "     … 2 equal lines",
            "  11   # tokens",
            "  12 - JWT_SECRET_KEY=•••••• (14 chars) # rotate yearly",
            "  12 + JWT_SECRET=‹asked under Inputs› # rotate yearly",
            "  13   PORT=8080",
            "     … 2 equal lines",
        ],
        "the file of the selected row, and no other"
    );
    assert_eq!(copied(WIDE), narrow);
}

#[test]
fn what_was_opened_in_a_difference_is_copied_too() {
    for size in [SMALL, WIDE] {
        let mut driven = on_the_differences(size);
        driven.keys(" c");
        let copied = driven.copied.expect("it was copied");
        assert!(copied.contains("\n   9   HOST=web-03\n"), "{copied}");
        assert!(!copied.contains("DEPTH"), "{copied}");
    }
}

/// Told in lines on a wide terminal.
#[test]
fn a_difference_is_told_with_what_was_removed_at_every_width() {
    for size in [SMALL, WIDE] {
        let mut talk = Talk::of(on_the_differences(size));
        let told = talk.say("list");
        assert!(told.contains("  12 - JWT_SECRET_KEY="), "{size:?} {told}");
        assert!(told.contains("  12 + JWT_SECRET="), "{size:?} {told}");
    }
}

fn print(driven: &mut Driven, lines: std::ops::Range<usize>) {
    for n in lines {
        driven.run(Event::Output {
            step: "1.0.0/migrate".into(),
            line: format!("imported {n}"),
        });
    }
}

fn migrating(size: (u16, u16)) -> Driven {
    Driven::on(Recorder::new(product::plan()).migrating().state(), size)
}

#[test]
fn of_output_the_selected_line_is_copied() {
    let mut driven = migrating(SMALL);
    print(&mut driven, 0..KEPT);
    driven.keys("okkc");
    assert_eq!(driven.copied.as_deref(), Some("imported 9997"));
}

#[test]
fn the_selection_in_the_output_stays_where_somebody_reads() {
    let mut driven = migrating(SMALL);
    print(&mut driven, 0..KEPT);
    driven.keys("okkk");
    let read = "imported 9996";
    assert!(selected(&driven).contains(read), "{}", driven.screen());
    print(&mut driven, KEPT..KEPT + 5_000);
    assert!(selected(&driven).contains(read), "{}", driven.screen());
    print(&mut driven, KEPT + 5_000..3 * KEPT);
    let row = selected(&driven);
    assert!(
        row.contains("imported 20000"),
        "what is left of it begins there: {row}"
    );
    // Going to the end follows the output again.
    driven.key(KeyCode::End);
    print(&mut driven, 3 * KEPT..3 * KEPT + 10);
    let row = selected(&driven);
    assert!(row.contains("imported 30009"), "{row}");
}

/// The rows of the list, with the selected one among them.
fn listed(driven: &Driven) -> Vec<String> {
    let screen = driven.screen();
    let list = screen.split('─').next().unwrap_or_default();
    let rows = list.lines().filter(|line| line.contains("imported "));
    rows.map(str::to_owned).collect()
}

#[test]
fn the_text_does_not_move_under_whoever_reads_the_output() {
    for filter in ["", "/7\n"] {
        let mut driven = migrating(SMALL);
        print(&mut driven, 0..KEPT);
        driven.keys("o").keys(filter).key(KeyCode::End);
        for _ in 0..40 {
            driven.key(KeyCode::Up);
        }
        let before = listed(&driven);
        assert!(before.len() > 10, "{}", driven.screen());
        print(&mut driven, KEPT..KEPT + 3_000);
        assert_eq!(listed(&driven), before, "{filter:?}");
    }
}

#[test]
fn whoever_comes_back_to_a_running_step_is_not_told_that_it_printed_nothing() {
    let mut driven = migrating(WIDE);
    driven.run(Event::Busy);
    assert!(driven.screen().contains("no output yet"));
    // The worker repeats what it printed earlier.
    let (step, line) = ("1.0.0/migrate".to_owned(), "imported 0".to_owned());
    driven.run(Event::Printed { step, line });
    let screen = driven.screen();
    assert!(screen.contains("imported 0"), "{screen}");
    assert!(!screen.contains("no output yet"), "{screen}");
    assert!(screen.contains("no new output"), "{screen}");
    print(&mut driven, 1..2);
    let screen = driven.screen();
    assert!(screen.contains("last output 0 s"), "{screen}");
    // The output of an earlier try does not count as output of this one.
    let mut again = Recorder::new(product::plan());
    again.failed().push(Body::StepStarted {
        step: StepId::new("1.0.0/migrate"),
        attempt: 2,
    });
    for record in again.records.split_off(again.records.len() - 2) {
        driven.run(Event::Record(Box::new(record)));
    }
    driven.run(Event::Busy);
    let screen = driven.screen();
    assert!(screen.contains("no output yet"), "{screen}");
}

#[test]
fn a_resize_moves_no_selection_and_opens_nothing_else_in_a_difference() {
    // Past the heading to the first changed line, then to the left-out lines below it.
    for (keys, reads) in [("jjj", "JWT_SECRET=‹"), ("jjjjj ", "2 equal lines")] {
        for (from, to) in [(SMALL, WIDE), (WIDE, SMALL)] {
            let mut driven = on_the_differences(SMALL);
            driven.keys(keys);
            assert!(selected(&driven).contains(reads), "{}", driven.screen());
            let opened = driven.screen().contains("DEPTH=7");
            for size in [from, to] {
                resize(&mut driven, size);
                assert!(selected(&driven).contains(reads), "{}", driven.screen());
                let screen = driven.screen();
                assert_eq!(screen.contains("DEPTH=7"), opened, "{size:?}\n{screen}");
                assert!(!screen.contains("HOST=web-03"), "{size:?}\n{screen}");
            }
        }
    }
}

#[test]
fn a_file_that_was_closed_is_closed_when_another_comes_before_it() {
    let mut driven = on_the_differences(SMALL);
    // Out to the heading, then it closes.
    driven.key(KeyCode::Left).key(KeyCode::Left);
    let closed = |driven: &Driven| {
        let screen = driven.screen();
        let headings = screen.lines().filter(|line| line.ends_with("closed"));
        headings.map(str::to_owned).collect::<Vec<_>>()
    };
    let before = closed(&driven);
    let [heading] = before.as_slice() else {
        panic!("{before:?}\n{}", driven.screen());
    };
    assert!(heading.contains(".env: -1 +1 lines"), "{heading}");
    let review = driven.app.ui.views.review.as_mut().expect("a review");
    let mut other = review.files[1].clone();
    other.file = ".dockerignore".into();
    review.files.insert(0, other);
    assert_eq!(closed(&driven), before);
}

#[test]
fn what_goes_and_what_comes_are_one_row_where_they_stand_side_by_side() {
    let mut driven = on_the_differences(SMALL);
    driven.keys("jj");
    assert!(selected(&driven).contains("- JWT_SECRET_KEY"));
    resize(&mut driven, WIDE);
    assert!(selected(&driven).contains("+ JWT_SECRET="));
    driven.keys("j");
    assert!(selected(&driven).contains("PORT=8080"));
}
