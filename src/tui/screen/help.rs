//! Help: the current screen, the keys that work there, the other keys, and what the signs mean. The
//! keys come from the keymap, so that none is missing and none is made up.

use crate::tui::{
    app::App,
    dialog::going,
    glyph::{OTHER_SIGNS, SECRET, Sign},
    keymap::{self, Binding, Command},
    line::{Line, one_line},
    page::{Detail, Page},
    plain::words,
    theme::Tone,
};

pub fn detail(page: &Page<'_>) -> Detail {
    let app = page.app;
    let mut lines = Vec::new();
    let on = |host: &str, root: &str| {
        let words = format!("on {} in {}", one_line(host), one_line(root));
        Line::new(words).hang(2)
    };
    if let Some(run) = &app.run {
        let plan = &run.plan;
        let title = format!("{}  {} → {}", one_line(&plan.title), plan.from, plan.to);
        lines.push(Line::toned(Tone::Strong, title));
        lines.push(on(&plan.host, &plan.root));
        lines.push(Line::toned(Tone::Dim, format!("run {}", run.run)));
        lines.extend(going::coming_back(app));
    } else if let Some(start) = &app.ui.views.start {
        lines.push(Line::toned(Tone::Strong, one_line(&start.title)));
        lines.push(on(&start.host, &start.root));
    }
    let recorded = |binding: &&Binding| matches!(binding.command, Command::Play(_));
    let there = |binding: &&Binding| app.ui.playing.is_some() || !recorded(binding);
    let known = |binding: &&Binding| app.ui.helped.iter().any(|one| std::ptr::eq(*one, *binding));
    let sayable = |binding: &&Binding| !app.ui.in_lines || keymap::is_said(binding);
    let all = keymap::BINDINGS.iter().filter(there).filter(sayable);
    let (mut here, elsewhere): (Vec<&Binding>, Vec<&Binding>) = all.partition(known);
    let of_questions = keymap::QUESTIONS.iter().filter(sayable);
    let (asked, of_questions): (Vec<&Binding>, Vec<&Binding>) = of_questions.partition(known);
    here.extend(asked);
    let here = told_once(here, &[]);
    let elsewhere = told_once(elsewhere, &here);
    let told: Vec<&Binding> = here.iter().chain(&elsewhere).copied().collect();
    let of_questions = told_once(of_questions, &told);
    for (title, keys) in [
        ("Keys that do something now, where you came from", here),
        ("Keys of other screens, or of other moments", elsewhere),
        ("Keys of a question, while it is open", of_questions),
    ] {
        if keys.is_empty() {
            continue;
        }
        lines.push(Line::empty());
        lines.push(Line::heading(title));
        lines.extend(keys.into_iter().map(|binding| key(app, binding)));
    }
    lines.push(Line::empty());
    lines.extend(signs(app));
    Detail::of(lines)
}

/// What the signs mean; in lines, their words.
fn signs(app: &App) -> Vec<Line> {
    let told = |sign: &str, meaning: &str| {
        Line::new(format!("  {} {meaning}", column(app, sign))).hang(13)
    };
    let (title, others) = if app.ui.in_lines {
        ("The words in front of a row", &[SECRET][..])
    } else {
        ("Signs", &OTHER_SIGNS[..])
    };
    let shown = |sign: Sign| {
        if app.ui.in_lines {
            sign.word()
        } else {
            sign.glyph()
        }
    };
    let mut lines = vec![Line::heading(title)];
    lines.extend(Sign::ALL.map(|sign| told(shown(sign), sign.meaning())));
    lines.extend(others.iter().map(|(sign, meaning)| told(sign, meaning)));
    lines
}

/// Each key once, even if it has several bindings that only look different elsewhere.
fn told_once<'a>(bindings: Vec<&'a Binding>, told: &[&Binding]) -> Vec<&'a Binding> {
    let same = |one: &Binding, other: &Binding| (one.shown, one.help) == (other.shown, other.help);
    let mut once: Vec<&Binding> = Vec::new();
    for binding in bindings {
        let mut before = told.iter().chain(&once);
        if !before.any(|other| same(other, binding)) {
            once.push(binding);
        }
    }
    once
}

/// Pads a sign to its column, by the width of the form that this terminal shows.
fn column(app: &App, text: &str) -> String {
    // A wide gap cannot be heard.
    let end = if app.ui.in_lines { ":" } else { "" };
    format!("{:<10}", app.ui.look.text(text).into_owned() + end)
}

/// The key, or in lines the word to say for it.
fn key(app: &App, binding: &Binding) -> Line {
    let said = words::of_command(binding.command);
    let name = match (app.ui.in_lines, &said) {
        (true, Some(words)) => words.as_str(),
        (true, None) if !binding.label.is_empty() => binding.label,
        (_, _) => binding.shown,
    };
    let keys = "; so does Space";
    let help = if app.ui.in_lines {
        binding.help.strip_suffix(keys).unwrap_or(binding.help)
    } else {
        binding.help
    };
    Line::toned(Tone::Accent, format!("  {} ", column(app, name)))
        .and(Tone::Plain, help)
        .hang(13)
}
