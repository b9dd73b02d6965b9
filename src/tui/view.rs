//! Draws the [`App`], and changes nothing.
//!
//! ```text
//! AI Workflow Engine  0.5.0 → 1.2.0 (3 hops)   web-03:/srv/engine   04:12   where this is
//! ✓ Start ✓ Review › Inputs  Checklist …                                    the road
//! list                                                                      body
//! ───────
//! detail of the selected row; at its end what there is to choose
//! Enter: …                                                                  what Enter does
//! ↑↓ select  → detail  ? help  q leave                                      the keys
//! ```

pub mod areas;

use super::{
    app::App,
    page::{Detail, Page},
    widget::{footer, header, list, text},
};
use areas::Areas;
use ratatui::{Frame, buffer::Buffer, layout::Rect};

pub fn draw(app: &App, frame: &mut Frame<'_>) {
    let area = frame.area();
    paint(app, area, frame.buffer_mut());
}

/// Paints the whole screen into a buffer.
pub fn paint(app: &App, area: Rect, buffer: &mut Buffer) {
    let page = Page::of(app);
    let areas = Areas::of(&page, area);
    header::paint(app, areas.header, buffer);
    footer::paint(&page, areas.footer, buffer);
    let in_place = app.ui.dialog.as_ref().filter(|dialog| !dialog.beside());
    if let Some(dialog) = in_place {
        let detail = dialog.detail(app);
        text::paint(&page, &detail, areas.body, buffer);
        return;
    }
    if let Some(area) = areas.hides {
        list::paint_hides(&page, area, buffer);
    }
    if let Some(area) = areas.rule {
        text::rule(app, area, buffer);
    }
    if let Some(area) = areas.list {
        list::paint(&page, area, buffer);
        if let Some(line) = areas.hidden {
            list::paint_hidden(&page, area, line, buffer);
        }
    }
    if let Some(area) = areas.detail {
        text::paint(&page, &detail(&page), area, buffer);
    }
}

/// The detail, with the field of a dialog that leaves the detail visible.
pub fn detail(page: &Page<'_>) -> Detail {
    let app = page.app;
    let mut detail = page.detail();
    if let Some(dialog) = app.ui.dialog.as_ref().filter(|dialog| dialog.beside()) {
        detail.menu = dialog.menu(app);
    }
    detail
}
