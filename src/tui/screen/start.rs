//! Start: what was found here, which release runs, which to reach, and by which hops. An unfinished
//! run comes first.

use super::{parts::reading, runs};
use crate::{
    model::{
        plan::PlanHop,
        release::Release,
        survey::{BlindSpot, ReleaseSighting},
    },
    tui::{
        app::{App, Screen},
        backend::{GoesBack, OpenRun, PackView, RunLine, StartChoice, StartView, VariantView},
        call::Call,
        glyph::Sign,
        line::{Line, one_line},
        page::{Act, Detail, Enter, GroupKey, Item, Page, Row, RowKey, Rows},
        theme::Tone,
    },
};

pub fn rows(app: &App) -> Rows<'_> {
    let Some(view) = &app.ui.views.start else {
        return Rows::default();
    };
    let mut rows = Vec::new();
    rows.push(Row::named("Unfinished runs"));
    let open = view.runs.iter().filter(|run| !run.has_ended());
    rows.extend(open.map(runs::standing));
    rows.push(Row::named("Product"));
    rows.extend(view.packs.iter().map(pack_row));
    rows.push(Row::named("Release that runs"));
    rows.extend(sighting_rows(view));
    rows.push(Row::named("Upgrade to"));
    rows.extend(view.targets.iter().map(|target| {
        let chosen = view.to.as_ref() == Some(target);
        let key = RowKey::Target(target.clone());
        choice_row(key, chosen, target.to_string()).row()
    }));
    for variant in &view.variants {
        rows.push(Row::group(
            GroupKey::Variant(variant.name.clone()),
            format!("How it is installed: {}", one_line(&variant.name)),
        ));
        rows.extend(variant_rows(variant));
    }
    rows.push(Row::named("Path"));
    rows.extend(view.hops.iter().map(|hop| {
        let title = format!("{} → {}", hop.from, hop.to);
        Row::item(
            RowKey::Hop(hop.to.clone()),
            Sign::NotYet,
            Tone::Plain,
            title,
        )
        .aside(one_line(&hop.title))
        .row()
    }));
    rows.push(Row::named("Could not be read"));
    rows.extend(view.blind_spots.iter().enumerate().map(|(n, spot)| {
        Row::item(
            RowKey::BlindSpot(n),
            Sign::Unsure,
            Tone::Attention,
            one_line(&spot.source),
        )
        .aside(one_line(&spot.why))
        .row()
    }));
    let current = current(view);
    Rows { rows, current }
}

/// The row of an unfinished run, else of the open question, else of the target.
fn current(view: &StartView) -> Option<RowKey> {
    if let Some(run) = unfinished(view) {
        return Some(RowKey::Run(run.id.clone()));
    }
    if !view.packs.iter().any(|pack| pack.chosen) {
        return view.packs.first().map(|pack| RowKey::Pack(pack.id.clone()));
    }
    if view.from.is_none() {
        return Some(RowKey::Fact(0));
    }
    let open = view
        .variants
        .iter()
        .find(|variant| variant.chosen.is_none());
    if let Some((variant, option)) = open.and_then(|v| Some((v, v.options.first()?))) {
        return Some(RowKey::Variant {
            name: variant.name.clone(),
            choice: option.id.clone(),
        });
    }
    view.to.clone().map(RowKey::Target)
}

fn choice_row<'a>(key: RowKey, chosen: bool, title: String) -> Item<'a> {
    if chosen {
        Row::item(key, Sign::Done, Tone::Good, title)
    } else {
        Row::item(key, Sign::NotYet, Tone::Plain, title)
    }
}

fn pack_row(pack: &PackView) -> Row<'_> {
    let key = RowKey::Pack(pack.id.clone());
    choice_row(key, pack.chosen, one_line(&pack.title))
        .aside(one_line(&pack.why))
        .row()
}

fn sighting_rows(view: &StartView) -> Vec<Row<'_>> {
    let row = |(n, sighting): (usize, &ReleaseSighting)| {
        let title = one_line(&sighting.title);
        match &sighting.answer {
            Ok(release) => {
                let agrees = view.agreeing.contains(&n);
                let (sign, tone) = if agrees {
                    (Sign::Done, Tone::Good)
                } else {
                    (Sign::Unsure, Tone::Attention)
                };
                Row::item(RowKey::Fact(n), sign, tone, title)
                    .aside(format!("says {release}"))
                    .row()
            }
            Err(why) => Row::item(RowKey::Fact(n), Sign::Unsure, Tone::Attention, title)
                .aside(one_line(why))
                .row(),
        }
    };
    view.sightings.iter().enumerate().map(row).collect()
}

fn variant_rows(variant: &VariantView) -> impl Iterator<Item = Row<'_>> {
    variant.options.iter().map(|option| {
        let chosen = variant.chosen.as_ref() == Some(&option.id);
        let key = RowKey::Variant {
            name: variant.name.clone(),
            choice: option.id.clone(),
        };
        let title = one_line(&option.title);
        let item = if chosen && !option.fits {
            // It may be right all the same: only the operator knows.
            Row::item(key, Sign::Attention, Tone::Attention, title)
        } else {
            choice_row(key, chosen, title)
        };
        item.aside(one_line(&option.why)).row()
    })
}

pub fn detail(page: &Page<'_>) -> Detail {
    let Some(view) = &page.app.ui.views.start else {
        return reading(page);
    };
    let mut lines = about(view, page.selected.as_ref()).unwrap_or_default();
    if view.packs.is_empty() {
        lines.push(Line::toned(
            Tone::Attention,
            "No pack knows what is in this folder.",
        ));
        lines.push(Line::new(
            "Start switchback in the product's folder, or name it with --root DIR; name a pack \
             of your own with --pack DIR.",
        ));
    }
    if let Some(run) = unfinished(view) {
        // Halfway through a run the probes cannot agree; the run itself says where it stands.
        if !matches!(page.selected, Some(RowKey::Run(_))) {
            lines.push(Line::empty());
            let words = match run.damaged {
                Some(_) => {
                    "The journal of a run here is damaged: no other run can start beside it."
                }
                None => "A run is unfinished here: no other run can start before it has ended.",
            };
            lines.push(Line::warning(words));
        }
    } else if let Some(open) = &view.open {
        lines.push(Line::empty());
        let (sign, tone) = if view.newest {
            (Sign::Done, Tone::Good)
        } else {
            (Sign::Unsure, Tone::Attention)
        };
        let words = format!("{} {}", sign.glyph(), one_line(open));
        lines.push(Line::toned(tone, words).hang(2));
    }
    Detail::of(lines)
}

/// What is known of the selected row.
fn about(view: &StartView, selected: Option<&RowKey>) -> Option<Vec<Line>> {
    Some(match selected? {
        RowKey::Run(id) => runs::about(view.runs.iter().find(|run| run.id == *id)?),
        RowKey::Pack(id) => about_pack(view.packs.iter().find(|pack| pack.id == *id)?),
        RowKey::Fact(n) => about_sighting(view, view.sightings.get(*n)?),
        RowKey::BlindSpot(n) => about_blind_spot(view.blind_spots.get(*n)?),
        RowKey::Hop(to) => about_hop(view.hops.iter().find(|hop| hop.to == *to)?),
        RowKey::Target(release) => about_target(view, release),
        RowKey::Variant { name, choice } => about_variant(view, name, choice)?,
        _of_other_screens => return None,
    })
}

fn about_hop(hop: &PlanHop) -> Vec<Line> {
    let title = format!("{} → {}  {}", hop.from, hop.to, one_line(&hop.title));
    vec![
        Line::toned(Tone::Strong, title).hang(2),
        Line::new(one_line(&hop.why)),
        Line::toned(Tone::Dim, format!("rules file {}", one_line(&hop.file))),
    ]
}

fn about_pack(pack: &PackView) -> Vec<Line> {
    vec![
        Line::toned(Tone::Strong, one_line(&pack.title))
            .and(Tone::Dim, format!("  pack {}", one_line(&pack.id))),
        Line::new(one_line(&pack.why)),
    ]
}

fn about_blind_spot(spot: &BlindSpot) -> Vec<Line> {
    vec![
        Line::toned(Tone::Strong, one_line(&spot.source)),
        Line::new(one_line(&spot.why)),
        Line::toned(Tone::Dim, "What it holds is unknown: it may hide a value."),
    ]
}

fn about_sighting(view: &StartView, sighting: &ReleaseSighting) -> Vec<Line> {
    let answer = match &sighting.answer {
        Ok(release) => format!("says that {release} runs"),
        Err(why) => format!("gives no release: {}", one_line(why)),
    };
    let mut lines = vec![
        Line::toned(Tone::Strong, one_line(&sighting.title)),
        Line::new(answer),
    ];
    if view.from.is_none() {
        lines.push(Line::toned(
            Tone::Attention,
            "The probes do not agree, or none answers. Enter takes the release of this row.",
        ));
    }
    lines
}

fn about_target(view: &StartView, release: &Release) -> Vec<Line> {
    let mut lines = vec![Line::toned(Tone::Strong, format!("Upgrade to {release}"))];
    if view.to.as_ref() == Some(release) {
        lines.push(Line::new(match view.hops.len() {
            1 => "One hop:".to_owned(),
            n => format!("{n} hops, one after the other:"),
        }));
        for hop in &view.hops {
            let words = format!("{} → {}", hop.from, hop.to);
            lines.push(
                Line::new("  ")
                    .and(Tone::Strong, words)
                    .and(Tone::Plain, format!("  {} — ", one_line(&hop.title)))
                    .and(Tone::Dim, one_line(&hop.why))
                    .hang(4),
            );
        }
    }
    lines
}

fn about_variant(view: &StartView, name: &str, choice: &str) -> Option<Vec<Line>> {
    let mut variants = view.variants.iter();
    let variant = variants.find(|variant| variant.name == name)?;
    let mut options = variant.options.iter();
    let option = options.find(|option| option.id == choice)?;
    let mut lines = vec![
        Line::toned(Tone::Strong, one_line(&option.title)).and(
            Tone::Dim,
            format!("  {} {}", one_line(name), one_line(choice)),
        ),
        Line::new(one_line(&option.why)).hang(2),
    ];
    let chosen = variant.chosen.as_deref() == Some(choice);
    if !option.fits && chosen {
        let words = "You chose it, but what is here does not fit it.";
        lines.push(Line::warning(words));
    }
    if !variant.said && chosen {
        lines.push(Line::toned(
            Tone::Dim,
            "Detected. Going on to the review confirms it.",
        ));
    }
    Some(lines)
}

/// A choice by its title, with a note if it does not fit what is here.
fn option_words(variant: &VariantView, choice: &str) -> String {
    let option = variant.options.iter().find(|option| option.id == choice);
    match option {
        Some(option) if option.fits => one_line(&option.title),
        Some(option) => format!("{}, which does not fit", one_line(&option.title)),
        None => one_line(choice),
    }
}

fn option_of(view: &StartView, name: &str, choice: &str) -> String {
    let variant = view.variants.iter().find(|variant| variant.name == name);
    variant.map_or_else(|| one_line(choice), |variant| option_words(variant, choice))
}

/// How the product is installed: going on confirms whatever of it was only detected.
fn confirms(view: &StartView) -> String {
    let words = view.variants.iter().filter_map(|variant| {
        let chosen = option_words(variant, variant.chosen.as_ref()?);
        Some(format!("{}: {chosen}", one_line(&variant.name)))
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return String::new();
    }
    format!(" ({})", words.join("; "))
}

pub fn enter(page: &Page<'_>) -> Enter {
    let Some(view) = &page.app.ui.views.start else {
        return Enter::nothing("Enter: nothing yet");
    };
    chooses(view, page.selected.as_ref()).unwrap_or_else(|| go_on(view))
}

/// Enter on a row that is not what was chosen so far.
fn chooses(view: &StartView, selected: Option<&RowKey>) -> Option<Enter> {
    let choose = |says: String, choice| Enter::new(says, Act::Call(Call::Choose(choice)));
    Some(match selected? {
        RowKey::Run(id) => runs::take_up(view.runs.iter().find(|run| run.id == *id)?),
        RowKey::Pack(id) => {
            let mut others = view.packs.iter().filter(|pack| !pack.chosen);
            let pack = others.find(|pack| pack.id == *id)?;
            choose(
                format!("Enter: this is the product: {}", one_line(&pack.title)),
                StartChoice::Pack(id.clone()),
            )
        }
        RowKey::Fact(n) if view.from.is_none() => {
            let release = view.sightings.get(*n)?.answer.as_ref().ok()?;
            choose(
                format!("Enter: {release} is the release that runs"),
                StartChoice::Running(release.clone()),
            )
        }
        RowKey::Target(release) if view.to.as_ref() != Some(release) => choose(
            format!("Enter: choose {release} as the target — this starts nothing"),
            StartChoice::Target(release.clone()),
        ),
        RowKey::Variant { name, choice } if !chosen(view, name, choice) => choose(
            format!("Enter: choose {}", option_of(view, name, choice)),
            StartChoice::Variant {
                name: name.clone(),
                choice: choice.clone(),
            },
        ),
        _nothing_to_choose => return None,
    })
}

fn chosen(view: &StartView, name: &str, choice: &str) -> bool {
    let variant = view.variants.iter().find(|variant| variant.name == name);
    variant.is_some_and(|variant| variant.chosen.as_deref() == Some(choice))
}

/// An unfinished run, which must end first: two runs on one product would undo each other's files.
fn unfinished(view: &StartView) -> Option<&RunLine> {
    view.runs.iter().find(|run| !run.has_ended())
}

fn go_on(view: &StartView) -> Enter {
    if let Some(run) = unfinished(view) {
        if run.damaged.is_some() {
            return runs::take_up(run);
        }
        let then = match run.goes_back {
            GoesBack::Never | GoesBack::At(_) => "it has to end first",
            GoesBack::WhenTakenUp => runs::OVERDUE,
        };
        return Enter::new(
            format!("Enter: go to the unfinished run — {then}"),
            Act::Call(Call::OpenRun(run.id.clone(), OpenRun::Resume)),
        );
    }
    match &view.open {
        Some(open) if view.newest => Enter::nothing(format!("Enter: nothing — {}", one_line(open))),
        Some(open) => Enter::nothing(format!("Enter: not yet — {}", one_line(open))),
        None if view.hops.is_empty() => {
            Enter::nothing("Enter: nothing — there is no path to follow")
        }
        None => Enter::new(
            format!(
                "Enter: go on to Review, which writes nothing{}",
                confirms(view)
            ),
            Act::Show(Screen::Review),
        ),
    }
}
