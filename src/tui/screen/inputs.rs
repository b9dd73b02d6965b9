//! Inputs: everything that must be asked is asked here, before anything is written.

use super::{enter::to_the_open, parts::reading};
use crate::model::{ids::InputName, plan::Answered, text::sanitize};
use crate::tui::{
    app::App,
    backend::InputView,
    call::Call,
    dialog::Dialog,
    field::Field,
    glyph::Sign,
    keymap::{self, Command},
    line::{Line, lines, one_line},
    page::{Act, Detail, Enter, Page, Row, RowKey, Rows},
    theme::Tone,
};

/// Whether it still has to be answered before a run can start.
pub fn is_open(input: &InputView) -> bool {
    (input.needed && input.answer.is_none()) || !input.problems.is_empty()
}

pub fn rows(app: &App) -> Rows<'_> {
    let Some(inputs) = &app.ui.views.inputs else {
        return Rows::default();
    };
    let mut rows = vec![Row::named("Answers needed")];
    rows.extend(inputs.iter().filter(|input| input.needed).map(row));
    rows.push(Row::named("Optional answers"));
    rows.extend(inputs.iter().filter(|input| !input.needed).map(row));
    let current = inputs.iter().find(|input| is_open(input));
    Rows {
        rows,
        current: current.map(|input| RowKey::Input(input.name.clone())),
    }
}

fn row(input: &InputView) -> Row<'_> {
    let (sign, tone) = if !input.problems.is_empty() {
        (Sign::Failed, Tone::Stop)
    } else if is_open(input) {
        (Sign::Unsure, Tone::Attention)
    } else if input.answer.is_some() {
        (Sign::Done, Tone::Good)
    } else {
        (Sign::NotYet, Tone::Plain)
    };
    let answer = match &input.answer {
        Some(shown) => one_line(&shown.to_string()),
        None => "not answered".to_owned(),
    };
    Row::item(
        RowKey::Input(input.name.clone()),
        sign,
        tone,
        one_line(&input.ask),
    )
    .aside(answer)
    .tail(input.how.map_or("", Answered::word))
    .row()
}

pub fn selected<'a>(page: &Page<'a>) -> Option<&'a InputView> {
    let Some(RowKey::Input(name)) = &page.selected else {
        return None;
    };
    page.app
        .ui
        .views
        .inputs
        .iter()
        .flatten()
        .find(|input| input.name == *name)
}

pub fn detail(page: &Page<'_>) -> Detail {
    if page.app.ui.views.inputs.is_none() {
        return reading(page);
    }
    if let Some(RowKey::Group(_)) = &page.selected {
        return Detail::default();
    }
    let Some(input) = selected(page) else {
        return Detail::of(vec![Line::new("This path asks for nothing.")]);
    };
    let mut all = vec![
        Line::toned(Tone::Strong, one_line(&input.ask))
            .and(Tone::Dim, format!("  input {}", input.name))
            .hang(2),
    ];
    if let Some(because) = &input.because {
        all.extend(lines(Tone::Plain, &sanitize(because)));
    }
    all.extend(must_be(input));
    match &input.answer {
        Some(answer) => {
            let how = input.how.map_or("", Answered::word);
            all.push(
                Line::new("answer  ")
                    .and(Tone::Strong, one_line(&answer.to_string()))
                    .and(Tone::Dim, format!("  {how}"))
                    .hang(2),
            );
        }
        None => all.push(Line::toned(Tone::Attention, "? not answered yet")),
    }
    for problem in &input.problems {
        all.push(Line::toned(Tone::Stop, format!("✗ {}", fault(&input.name, problem))).hang(2));
    }
    let files = if input.files.is_empty() {
        "its place in the product's files".to_owned()
    } else {
        one_line(&input.files.join(", "))
    };
    if input.how == Some(Answered::Generated) {
        all.push(Line::new(format!(
            "Generated at random, and never shown: after the upgrade it is in {files}."
        )));
    }
    if input.secret {
        all.push(Line::toned(
            Tone::Dim,
            format!(
                "A secret: it is written to {files} and, readable by you alone, to the run's folder \
                 (to resume and roll back); to no plan, journal, log or report."
            ),
        ));
    }
    if input.can_generate && page.app.run.is_none() {
        let key = keymap::letter(Command::Generate);
        let words = format!("{key} generates a random value that fits.");
        all.push(Line::toned(Tone::Dim, words));
    }
    Detail::of(all)
}

/// The requirement for a value.
pub fn must_be(input: &InputView) -> Option<Line> {
    let rule = input.rule.as_ref()?;
    Some(Line::new(format!("must be: {}", one_line(rule))).hang(2))
}

/// A problem with an answer, preceded by the input's name, without which it would be unclear what
/// the words are about.
pub fn fault(name: &InputName, problem: &str) -> String {
    format!("{name}: {}", one_line(problem))
}

pub fn edit(input: &InputView) -> Dialog {
    Dialog::Value {
        input: input.name.clone(),
        field: Field::default(),
        reveal: false,
        problems: Vec::new(),
    }
}

/// What another answer would replace; a mere default does not count.
pub fn replaced(input: &InputView) -> Option<String> {
    let how = input.how.filter(|how| *how != Answered::Default)?;
    let answer = one_line(&input.answer.as_ref()?.to_string());
    Some(format!("{answer}, {}", how.word()))
}

pub fn enter(page: &Page<'_>) -> Enter {
    let Some(inputs) = &page.app.ui.views.inputs else {
        return Enter::nothing("Enter: nothing yet");
    };
    if page.app.run.is_some() {
        return Enter::new("Enter: back to the run — the plan is sealed", Act::Back);
    }
    let open = inputs.iter().filter(|input| is_open(input)).count();
    if let Some(input) = selected(page).filter(|input| is_open(input)) {
        if input.can_generate && input.answer.is_none() {
            return Enter::new(
                "Enter: generate a random value that fits",
                Act::Call(Call::Generate(input.name.clone())),
            )
            .or(Command::Edit, "type one");
        }
        return Enter::new(
            format!("Enter: answer {}", input.name),
            Act::Open(edit(input)),
        );
    }
    if open > 0 {
        return to_the_open(page, format!("Enter: not yet — {open} to answer (?)"));
    }
    Enter::new(
        "Enter: seal the plan and go on to the checklist — nothing is changed yet",
        Act::Call(Call::StartRun),
    )
}
