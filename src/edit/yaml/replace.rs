//! Replaces a value: keeps its quotes, lines or brackets as long as the new value fits.

use super::{
    super::{
        document::Kind,
        line_end::BYTE_ORDER_MARK,
        splice::Splice,
        syntax::{File, Spliced},
        tree::{Id, Layout},
    },
    Yaml,
    print::{self, Style},
    scalar::Quoting,
};
use serde_json::Value;

impl Yaml {
    pub(super) fn replace_value(&self, file: &File, id: Id, value: &Value) -> Spliced {
        let node = file.node(id);
        let start = self.value_from(file, id);
        // A tag is part of the value; before an anchor that stays, it would be that of the new value.
        if file.text[node.props().start..start.max(node.props().start)].starts_with('!') {
            return Err(file.refuse(
                node.props().start,
                "this value has a tag before its anchor",
                "change it by hand, then start again",
            ));
        }
        if self.in_flow(file, id) || !print::is_block(value) || stays_flow(file, id, value) {
            let text = self.text_like(file, id, value);
            return Ok(self.replace_by_text(file, id, start, text));
        }
        Ok(match node.is_item() && !node.has_anchor(file.text) {
            true => vec![self.replace_item(file, id, start, value)],
            false => self.replace_by_block(file, id, start, value),
        })
    }

    /// A value that needs no lines of its own, written in the style of the old one.
    fn text_like(&self, file: &File, id: Id, value: &Value) -> String {
        let node = file.node(id);
        let old = &file.text[node.value()];
        let in_flow = self.in_flow(file, id);
        let comment = comment_of_header(file, id);
        let is_block = !in_flow && node.kind == Kind::Scalar && old.starts_with(['|', '>']);
        let text = value.as_str().filter(|_| is_block).and_then(|text| {
            print::block_scalar(text, old, comment, self.child_indent(file, id), file.eol)
        });
        let like = match node.kind {
            Kind::Scalar => Quoting::of(old),
            Kind::Map | Kind::List | Kind::Alias => Quoting::Plain,
        };
        text.unwrap_or_else(|| print::inline(value, like, in_flow) + comment)
    }

    fn replace_by_text(&self, file: &File, id: Id, start: usize, text: String) -> Vec<Splice> {
        let node = file.node(id);
        let value = node.value();
        // The value stays where it is written, be that below its key or after an anchor.
        let tagged = !node.props().is_empty() && node.props().end > start;
        if node.layout == Layout::Flow && !value.is_empty() && !tagged {
            return vec![Splice::replace(value, text)];
        }
        let blank = match file.text[..start].ends_with([' ', '\t']) {
            true => "",
            false => " ",
        };
        let text = format!("{blank}{text}");
        let same_line = file.line_start(value.start) == file.line_start(start);
        if node.layout == Layout::Flow || same_line {
            return vec![Splice::replace(start..value.end.max(start), text)];
        }
        // A map or list on the lines below gives way to a value on the line of its key.
        let tag = match tagged {
            true => start..node.props().end,
            false => start..start,
        };
        let head = file.line_end(start);
        vec![
            Splice::replace(tag, text),
            Splice::replace(head..file.line_end(value.end), ""),
        ]
    }

    /// Replaces an item that begins right after its dash.
    fn replace_item(&self, file: &File, id: Id, start: usize, value: &Value) -> Splice {
        let node = file.node(id);
        let mut lines = print::block(value, Style::of(file, id));
        if let Some(first) = lines.first_mut() {
            first.push_str(comment_of_header(file, id));
        }
        let indent = " ".repeat(file.column(node.entry().start) + 2);
        let text = lines.join(&format!("{}{indent}", file.eol));
        Splice::replace(start..node.value().end.max(start), format!(" {text}"))
    }

    fn replace_by_block(&self, file: &File, id: Id, start: usize, value: &Value) -> Vec<Splice> {
        let node = file.node(id);
        let indent = " ".repeat(self.child_indent(file, id));
        let mut text = comment_of_header(file, id).to_owned();
        for line in print::block(value, Style::of(file, id)) {
            text.push_str(file.eol);
            text.push_str(&indent);
            text.push_str(&line);
        }
        let below = file.text[start..node.value().start.max(start)].contains('\n');
        if below {
            let head = file.line_end(start);
            return vec![Splice::replace(head..file.line_end(node.value().end), text)];
        }
        let end = node.value().end.max(start);
        let mut from = start;
        while from > 0 && file.text[..from].ends_with([' ', '\t']) {
            from -= 1;
        }
        let tail = file.line_end(end);
        if from == end {
            return vec![Splice::insert(tail, text, 0)];
        }
        if tail == end {
            return vec![Splice::replace(from..end, text)];
        }
        vec![
            Splice::replace(from..end, ""),
            Splice::insert(tail, text, 0),
        ]
    }

    pub(super) fn replace_top(&self, file: &File, id: Id, value: &Value) -> Spliced {
        let node = file.node(id);
        let text = if print::is_block(value) {
            print::block(value, Style::of(file, id)).join(file.eol)
        } else {
            print::inline(value, Quoting::Plain, false)
        };
        if !node.value().is_empty() {
            return Ok(vec![Splice::replace(node.value(), text)]);
        }
        let at = node.value().start;
        let lead = if at == 0 || file.text[..at].ends_with(['\n', BYTE_ORDER_MARK]) {
            ""
        } else {
            file.eol
        };
        // After a last comment without a line end, the value gets none either.
        let open = !lead.is_empty() && at == file.line_end(at);
        let tail = if open { "" } else { file.eol };
        Ok(vec![Splice::replace(at..at, format!("{lead}{text}{tail}"))])
    }
}

/// Whether a list or map in brackets stays in brackets: it does as long as it fits on a line.
fn stays_flow(file: &File, id: Id, value: &Value) -> bool {
    const COLUMNS_MAX: usize = 100;
    let node = file.node(id);
    let same_kind = match node.kind {
        Kind::List => value.is_array(),
        Kind::Map => value.is_object(),
        Kind::Scalar | Kind::Alias => false,
    };
    same_kind
        && node.layout == Layout::Flow
        && file.column(node.value().start) + print::inline(value, Quoting::Plain, true).len()
            <= COLUMNS_MAX
}

/// The comment after the `|` or `>` of a block scalar, with the blanks before it.
fn comment_of_header<'f>(file: &File<'f>, id: Id) -> &'f str {
    let node = file.node(id);
    let old = &file.text[node.value()];
    let is_block = node.kind == Kind::Scalar && old.starts_with(['|', '>']);
    let header = old.lines().next().filter(|_| is_block).unwrap_or("");
    let sign = |c: char| "|>+-".contains(c) || c.is_ascii_digit();
    header.trim_start_matches(sign).trim_end()
}
